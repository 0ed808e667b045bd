/*
 * Events: inserted with the change that they tell, numbered once that is
 * committed, read in the order of their numbers.
 */
#include "config.h"

#include "domain/event.h"

#include <inttypes.h>
#include <string.h>

#include "base/base.h"
#include "base/clock.h"
#include "core/conf.h"
#include "core/db.h"

#define NUMBER_MAX INT64_C(512) /* numbered in one transaction */
#define CHUNK 16                /* ... so many by one statement */

DB_STMT(event_insert, "uus", NULL,
    "INSERT INTO event (account_id, task_id, body, created_at)"
    "VALUES (?, ?, ?, NOW(3))");

enum err
event_append(struct ctx *cx, const struct uuid *account,
    const struct uuid *task, const char *body)
{
	return db_run(cx, NULL, &event_insert, account, task, body);
}

/* ---- numbers ---- */

struct numbered {
	int64_t id;
};
static const struct field numbered_fields[] = { COLUMN(struct numbered, id) };
static const struct shape numbered_shape =
    SHAPE(struct numbered, numbered_fields);

struct bounds {
	int64_t last_seq, first_kept;
};
static const struct field bounds_fields[] = {
	COLUMN(struct bounds, last_seq),
	COLUMN(struct bounds, first_kept),
};
static const struct shape bounds_shape = SHAPE(struct bounds, bounds_fields);

/* Most looks find nothing, and must not write. */
DB_STMT(event_unnumbered, "", &numbered_shape,
    "SELECT id FROM event WHERE seq IS NULL LIMIT 1");

/* One sequencer at a time; whoever comes second waits here. */
DB_STMT(event_sequence_lock, "", &bounds_shape,
    "SELECT last_seq, first_kept FROM event_sequence WHERE id = 1 FOR UPDATE");
/*
 * Committed rows only: what a running transaction inserted is locked.  Two
 * events of one task are in the order of their ids, because their writers hold
 * the task's row.
 */
DB_STMT(event_committed, "i", &numbered_shape,
    "SELECT id FROM event WHERE seq IS NULL ORDER BY id LIMIT ?"
    "   FOR UPDATE SKIP LOCKED");

/* seq = what went before + the place in the list; 0 is nobody's id. */
#define PLACES "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
DB_STMT(event_give, "iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii", NULL,
    "UPDATE event SET seq = ? + FIELD(id, " PLACES ")"
    " WHERE id IN (" PLACES ")");
DB_STMT(event_sequence_set, "i", NULL,
    "UPDATE event_sequence SET last_seq = ? WHERE id = 1");

static enum err
chunk_give(
    struct ctx *cx, int64_t last, const struct numbered *rows, size_t count)
{
	int64_t n[CHUNK] = { 0 };
	uint64_t given;
	enum err e;

	for (size_t i = 0; i < count; i++)
		n[i] = rows[i].id;
	e = db_run(cx, &given, &event_give, last, n[0], n[1], n[2], n[3], n[4],
	    n[5], n[6], n[7], n[8], n[9], n[10], n[11], n[12], n[13], n[14],
	    n[15], n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9],
	    n[10], n[11], n[12], n[13], n[14], n[15]);
	if (e == ERR_OK && given != count)
		return fault(cx, ERR_INTERNAL, NULL,
		    "%" PRIu64 " of %zu events were numbered", given, count);
	return e;
}

static enum err
number_work(struct ctx *cx, void *arg)
{
	size_t *count_out = arg, count;
	struct numbered *rows;
	struct bounds b;
	enum err e;

	e = db_find(cx, &b, &event_sequence_lock);
	if (e)
		return e;
	e = db_list(cx, &rows, &count, (size_t)NUMBER_MAX, &event_committed,
	    NUMBER_MAX);
	if (e)
		return e;
	*count_out = count;
	if (count == 0)
		return ERR_OK;
	for (size_t i = 0; i < count; i += CHUNK) {
		size_t n = count - i < CHUNK ? count - i : CHUNK;

		e = chunk_give(cx, b.last_seq + (int64_t)i, rows + i, n);
		if (e)
			return e;
	}
	return db_run(
	    cx, NULL, &event_sequence_set, b.last_seq + (int64_t)count);
}

enum err
event_number(struct ctx *cx, size_t *count_out)
{
	struct numbered any;
	size_t count = 0;
	enum err e;

	e = db_find(cx, &any, &event_unnumbered);
	if (e == ERR_OK)
		e = db_transaction(cx, number_work, &count);
	else if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	if (e == ERR_OK)
		*count_out = count;
	return e;
}

/* ---- reading ---- */

static const struct field event_fields[] = {
	COLUMN(struct event, seq),
	COLUMN(struct event, account_id),
	COLUMN(struct event, body),
	COLUMN(struct event, created_at),
};
static const struct shape event_shape = SHAPE(struct event, event_fields);

DB_STMT(event_after, "ii", &event_shape,
    "SELECT seq, account_id, body, created_at FROM event"
    " WHERE seq > ? ORDER BY seq LIMIT ?");

enum err
event_since(struct ctx *cx, int64_t after, size_t max, struct event **out,
    size_t *count_out)
{
	size_t count, good = 0;
	struct event *rows;
	enum err e;

	e = db_list(cx, &rows, &count, max, &event_after, after, (int64_t)max);
	if (e)
		return e;
	while (good < count && rows[good].seq == after + 1 + (int64_t)good)
		good++;
	*out = rows;
	*count_out = good;
	return ERR_OK;
}

DB_STMT(event_after_of, "uiii", &event_shape,
    "SELECT seq, account_id, body, created_at FROM event"
    " WHERE account_id = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?");

enum err
event_since_of(struct ctx *cx, const struct uuid *account, int64_t after,
    int64_t upto, size_t max, struct event **out, size_t *count_out)
{
	return db_list(cx, out, count_out, max, &event_after_of, account, after,
	    upto, (int64_t)max);
}

DB_STMT(event_sequence_look, "", &bounds_shape,
    "SELECT last_seq, first_kept FROM event_sequence WHERE id = 1");

enum err
event_bounds(struct ctx *cx, int64_t *last_out, int64_t *first_kept_out)
{
	struct bounds b;
	enum err e;

	e = db_find(cx, &b, &event_sequence_look);
	if (e)
		return e;
	*last_out = b.last_seq;
	*first_kept_out = b.first_kept;
	return ERR_OK;
}

const char *
event_message(struct ctx *cx, const struct event *event)
{
	size_t len = strlen(event->body);
	char at[32];

	/* without its closing brace */
	return arena_printf(cx->arena,
	    "%.*s,\"eventId\":%" PRId64 ",\"at\":\"%s\"}",
	    (int)(len > 0 ? len - 1 : 0), event->body, event->seq,
	    time_format(event->created_at.ms, at));
}

/* ---- the end ---- */

/* The oldest that is young enough to stay, among the next so many. */
DB_STMT(event_young, "iii", &numbered_shape,
    "SELECT seq AS id FROM"
    "  (SELECT seq, created_at FROM event WHERE seq >= ?"
    "    ORDER BY seq LIMIT ?) oldest"
    " WHERE created_at >= NOW(3) - INTERVAL ? SECOND"
    " ORDER BY seq LIMIT 1");
DB_STMT(event_drop, "ii", NULL, "DELETE FROM event WHERE seq >= ? AND seq < ?");
DB_STMT(event_kept_set, "i", NULL,
    "UPDATE event_sequence SET first_kept = ? WHERE id = 1");

struct pruning {
	int64_t max;
	uint64_t dropped;
};

static enum err
prune_work(struct ctx *cx, void *arg)
{
	struct pruning *p = arg;
	struct numbered young;
	struct bounds b;
	int64_t end;
	enum err e;

	p->dropped = 0;
	e = db_find(cx, &b, &event_sequence_lock);
	if (e)
		return e;
	end = b.first_kept + p->max;
	if (end > b.last_seq + 1)
		end = b.last_seq + 1;
	e = db_find(cx, &young, &event_young, b.first_kept, p->max,
	    cx->conf->event_retention);
	if (e == ERR_OK)
		end = young.id;
	else if (e != ERR_NOT_FOUND)
		return e;
	if (end <= b.first_kept)
		return ERR_OK;
	e = db_run(cx, NULL, &event_kept_set, end);
	if (e)
		return e;
	return db_run(cx, &p->dropped, &event_drop, b.first_kept, end);
}

enum err
event_prune(struct ctx *cx, size_t max, size_t *count_out)
{
	struct pruning p = { .max = (int64_t)max };
	enum err e = db_transaction(cx, prune_work, &p);

	if (e == ERR_OK)
		*count_out = (size_t)p.dropped;
	return e;
}

const struct db_stmt *const event_stmts[] = { &event_insert, &event_unnumbered,
	&event_sequence_lock, &event_committed, &event_give,
	&event_sequence_set, &event_after, &event_after_of,
	&event_sequence_look, &event_young, &event_drop, &event_kept_set,
	NULL };
