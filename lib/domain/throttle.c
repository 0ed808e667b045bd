/*
 * Counters of rare acts, one row each, by the database's clock.
 */
#include "config.h"

#include "domain/throttle.h"

#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "core/db.h"

#define SUBJECT_MAX 80 /* bytes of the column */
#define HOUR_S INT64_C(3600)

/* "kind:subject"; what is too long for the column by its hash. */
static const char *
subject_key(struct ctx *cx, const char *kind, const char *subject)
{
	const char *key = arena_printf(cx->arena, "%s:%s", kind, subject);

	if (strlen(key) <= SUBJECT_MAX)
		return key;
	return arena_printf(cx->arena, "%s:%s", kind,
	    sha256_hex(cx->arena, subject, strlen(subject)));
}

struct window {
	int64_t tries;
	int64_t left_s;
};
static const struct field window_fields[] = {
	COLUMN(struct window, tries),
	COLUMN(struct window, left_s),
};
static const struct shape window_shape = SHAPE(struct window, window_fields);

DB_STMT(throttle_find, "isi", &window_shape,
    "SELECT tries,"
    "       (TIMESTAMPDIFF(MICROSECOND, NOW(3), window_start"
    "           + INTERVAL ? SECOND) + 999999) DIV 1000000 AS left_s"
    "  FROM throttle"
    " WHERE subject = ? AND window_start > NOW(3) - INTERVAL ? SECOND");

/* A window that begins later than now: the clock was set back. */
DB_STMT(throttle_pull, "s", NULL,
    "UPDATE throttle SET window_start = LEAST(window_start, NOW(3))"
    " WHERE subject = ?");

enum err
throttle_check(struct ctx *cx, const char *kind, const char *subject,
    int64_t limit, int64_t window_s)
{
	struct window w;
	enum err e;

	e = db_find(cx, &w, &throttle_find, window_s,
	    subject_key(cx, kind, subject), window_s);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e)
		return e;
	if (w.tries < limit)
		return ERR_OK;
	if (w.left_s > window_s) {
		w.left_s = window_s;
		e = db_run(
		    cx, NULL, &throttle_pull, subject_key(cx, kind, subject));
		if (e)
			return e;
	}
	return fault_retry(cx, ERR_TOO_MANY_TRIES, w.left_s,
	    "try again in %lld seconds", (long long)w.left_s);
}

/*
 * Assignments run from left to right: tries is set by the old start of the
 * window.
 */
DB_STMT(throttle_add, "sii", NULL,
    "INSERT INTO throttle (subject, window_start, tries)"
    "VALUES (?, NOW(3), 1)"
    "    ON DUPLICATE KEY UPDATE"
    "       tries = IF(window_start > NOW(3) - INTERVAL ? SECOND,"
    "           tries + 1, 1),"
    "       window_start = IF(window_start > NOW(3) - INTERVAL ? SECOND,"
    "           LEAST(window_start, NOW(3)), NOW(3))");

enum err
throttle_count(
    struct ctx *cx, const char *kind, const char *subject, int64_t window_s)
{
	return db_run(cx, NULL, &throttle_add, subject_key(cx, kind, subject),
	    window_s, window_s);
}

DB_STMT(throttle_delete, "s", NULL, "DELETE FROM throttle WHERE subject = ?");

enum err
throttle_clear(struct ctx *cx, const char *kind, const char *subject)
{
	return db_run(
	    cx, NULL, &throttle_delete, subject_key(cx, kind, subject));
}

/*
 * The row of this hour, with nothing counted if it was not there.  The next
 * hour is that of a machine whose clock is ahead a little; what lies further
 * ahead, of one that was wrong.
 */
#define THIS_HOUR                                                              \
	"window_start BETWEEN VALUES(window_start)"                            \
	" AND VALUES(window_start) + INTERVAL 1 HOUR"
DB_STMT(throttle_hour, "st", NULL,
    "INSERT INTO throttle (subject, window_start, tries) VALUES (?, ?, 0)"
    "    ON DUPLICATE KEY UPDATE"
    "       tries = IF(" THIS_HOUR ", tries, 0),"
    "       window_start = IF(" THIS_HOUR ", window_start,"
    "           VALUES(window_start))");
DB_STMT(throttle_take, "si", NULL,
    "UPDATE throttle SET tries = tries + 1 WHERE subject = ? AND tries < ?");

enum err
throttle_take_hour(
    struct ctx *cx, const char *kind, const char *subject, int64_t limit)
{
	const char *key = subject_key(cx, kind, subject);
	int64_t now_s = clock_ms() / 1000;
	int64_t hour_s = now_s - now_s % HOUR_S;
	uint64_t matched;
	enum err e;

	e = db_run(cx, NULL, &throttle_hour, key, hour_s * 1000);
	if (e)
		return e;
	e = db_run(cx, &matched, &throttle_take, key, limit);
	if (e)
		return e;
	if (matched == 1)
		return ERR_OK;
	return fault_retry(cx, ERR_TOO_MANY_TRIES, hour_s + HOUR_S - now_s,
	    "%lld an hour are allowed", (long long)limit);
}

DB_STMT(throttle_return, "s", NULL,
    "UPDATE throttle SET tries = tries - 1 WHERE subject = ? AND tries > 0");

enum err
throttle_give_back(struct ctx *cx, const char *kind, const char *subject)
{
	return db_run(
	    cx, NULL, &throttle_return, subject_key(cx, kind, subject));
}

const struct db_stmt *const throttle_stmts[] = { &throttle_find, &throttle_pull,
	&throttle_add, &throttle_delete, &throttle_hour, &throttle_take,
	&throttle_return, NULL };
