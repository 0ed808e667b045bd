/*
 * One statement for a thousand sessions: they go in as a JSON array, and only
 * those that ended come out.
 */
#include "config.h"

#include "domain/session_watch.h"

#include <assert.h>
#include <inttypes.h>

#include "base/buf.h"
#include "base/encode.h"
#include "core/db.h"

#define ROW_MAX 128 /* bytes of a session in the array */

struct place {
	int64_t place;
};
static const struct field place_fields[] = { COLUMN(struct place, place) };
static const struct shape place_shape = SHAPE(struct place, place_fields);

DB_STMT(session_ended, "s", &place_shape,
    "SELECT held.place"
    "  FROM JSON_TABLE(?, '$[*]' COLUMNS (place FOR ORDINALITY,"
    "           account CHAR(32) CHARACTER SET ascii PATH '$[0]',"
    "           jti CHAR(32) CHARACTER SET ascii PATH '$[1]',"
    "           epoch BIGINT PATH '$[2]')) AS held"
    "  LEFT JOIN account a FORCE INDEX (PRIMARY)"
    "    ON a.id = UNHEX(held.account)"
    "  LEFT JOIN revoked_token r FORCE INDEX (PRIMARY)"
    "    ON r.jti = UNHEX(held.jti) AND r.dies_at <= NOW(3)"
    " WHERE a.id IS NULL OR a.banned_at IS NOT NULL"
    "    OR a.token_epoch <> held.epoch OR r.jti IS NOT NULL");

static const char *
held_json(struct ctx *cx, const struct session_held *held, size_t count)
{
	struct buf b;
	const char *text;

	buf_init(&b, SESSION_WATCH_MAX * ROW_MAX);
	for (size_t i = 0; i < count; i++) {
		size_t mark = arena_mark(cx->arena);

		(void)buf_printf(&b, "%c[\"%s\",\"%s\",%" PRId64 "]",
		    i == 0 ? '[' : ',',
		    hex_encode(cx->arena, held[i].account.b, 16),
		    hex_encode(cx->arena, held[i].jti.b, 16), held[i].epoch);
		arena_rewind(cx->arena, mark);
	}
	(void)buf_putc(&b, ']');
	text = arena_copy(cx->arena, b.data, b.len);
	buf_release(&b);
	return text;
}

enum err
session_watch(struct ctx *cx, const struct session_held *held, size_t count,
    size_t **ended_out, size_t *ended_count_out)
{
	struct place *places;
	size_t ended;
	enum err e;

	assert(count <= SESSION_WATCH_MAX);
	*ended_count_out = 0;
	if (count == 0)
		return ERR_OK;
	e = db_list(cx, &places, &ended, count, &session_ended,
	    held_json(cx, held, count));
	if (e)
		return e;
	*ended_out = ARENA_ARRAY(cx->arena, ended + 1, size_t);
	for (size_t i = 0; i < ended; i++)
		(*ended_out)[i] = (size_t)places[i].place - 1;
	*ended_count_out = ended;
	return ERR_OK;
}

const struct db_stmt *const session_watch_stmts[] = { &session_ended, NULL };
