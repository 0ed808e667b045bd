/*
 * Events: written with the change, numbered after its commit, read in order.
 */
#include "config.h"

#include "domain/event.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "core/conf.h"
#include "core/db.h"

#define NUMBER_MAX 512            /* events numbered in one transaction */
#define IDS_MAX (32 * NUMBER_MAX) /* bytes of their ids as a JSON array */

DB_STMT(event_insert, "uus", NULL,
    "INSERT INTO event (account_id, task_id, body, created_at)"
    "VALUES (?, ?, ?, NOW(3))");

enum err
event_append(struct ctx *cx, const struct uuid *account,
    const struct uuid *task, const char *body)
{
	return db_run(cx, NULL, &event_insert, account, task, body);
}

struct number {
	int64_t n;
};
static const struct field number_fields[] = { COLUMN(struct number, n) };
static const struct shape number_shape = SHAPE(struct number, number_fields);

/* A glance that locks nothing, for the many ticks without news. */
DB_STMT(event_glance, "", &number_shape,
    "SELECT id AS n FROM event WHERE seq IS NULL LIMIT 1");
DB_STMT(event_last_locked, "", &number_shape,
    "SELECT last_seq AS n FROM event_sequence WHERE id = 1 FOR UPDATE");
/*
 * Rows of running transactions are locked by them: skipped, numbered after
 * their commit.
 */
DB_STMT(event_unnumbered, "i", &number_shape,
    "SELECT id AS n FROM event FORCE INDEX (event_seq)"
    " WHERE seq IS NULL ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED");
/* What is committed, locked or not. */
DB_STMT(event_committed, "ii", &number_shape,
    "SELECT id AS n FROM event FORCE INDEX (event_seq)"
    " WHERE seq IS NULL AND id < ? ORDER BY id LIMIT ?");
DB_STMT(event_give, "si", NULL,
    "UPDATE JSON_TABLE(?, '$[*]' COLUMNS"
    "           (place FOR ORDINALITY, id BIGINT PATH '$')) AS chosen"
    "  STRAIGHT_JOIN event FORCE INDEX (PRIMARY)"
    "    ON event.id = chosen.id"
    "   SET event.seq = ? + chosen.place");
DB_STMT(event_given, "i", NULL,
    "UPDATE event_sequence SET last_seq = last_seq + ? WHERE id = 1");

static const char *
ids_json(struct ctx *cx, const struct number *ids, size_t count)
{
	struct buf b;
	const char *text;

	buf_init(&b, IDS_MAX);
	for (size_t i = 0; i < count; i++)
		(void)buf_printf(
		    &b, "%c%" PRId64, i == 0 ? '[' : ',', ids[i].n);
	(void)buf_putc(&b, ']');
	text = arena_copy(cx->arena, b.data, b.len);
	buf_release(&b);
	return text;
}

/*
 * A commit lets go of its locks one by one, so the next event of a task may be
 * committed and free while the one before is committed but, for a moment, still
 * locked, and was skipped.  So only those are numbered that come before the
 * first such; a running transaction's own are no matter, nobody else can have
 * told of its task.
 */
static enum err
numbers_before_skipped(
    struct ctx *cx, const struct number *ids, size_t count, size_t *out)
{
	struct number *committed;
	size_t n, k = 0;
	enum err e;

	e = db_list(cx, &committed, &n, NUMBER_MAX, &event_committed,
	    ids[count - 1].n, (int64_t)NUMBER_MAX);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++) {
		while (k < count && ids[k].n < committed[i].n)
			k++;
		if (k == count || ids[k].n != committed[i].n) {
			*out = k;
			return ERR_OK;
		}
	}
	*out = count;
	return ERR_OK;
}

/* The lock on the sequence comes first: one sequencer at a time. */
static enum err
number_batch(struct ctx *cx, void *arg)
{
	size_t *count_out = arg;
	struct number last, *ids;
	size_t count;
	uint64_t matched;
	enum err e;

	*count_out = 0;
	e = db_find(cx, &last, &event_last_locked);
	if (e)
		return e;
	e = db_list(cx, &ids, &count, NUMBER_MAX, &event_unnumbered,
	    (int64_t)NUMBER_MAX);
	if (e || count == 0)
		return e;
	e = numbers_before_skipped(cx, ids, count, &count);
	if (e || count == 0)
		return e;
	e = db_run(cx, &matched, &event_give, ids_json(cx, ids, count), last.n);
	if (e)
		return e;
	if (matched != count)
		return fault(cx, ERR_INTERNAL, NULL,
		    "%" PRIu64 " events of %zu were numbered", matched, count);
	*count_out = count;
	return db_run(cx, NULL, &event_given, (int64_t)count);
}

enum err
event_pending(struct ctx *cx, bool *out)
{
	struct number any;
	enum err e = db_find(cx, &any, &event_glance);

	*out = e == ERR_OK;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
event_number(struct ctx *cx, size_t *count_out)
{
	bool any;
	enum err e = event_pending(cx, &any);

	*count_out = 0;
	return e || !any ? e : db_transaction(cx, number_batch, count_out);
}

static const struct field event_fields[] = {
	COLUMN(struct event, seq),
	COLUMN(struct event, account_id),
	COLUMN(struct event, body),
	COLUMN(struct event, created_at),
};
static const struct shape event_shape = SHAPE(struct event, event_fields);

DB_STMT(event_read, "ii", &event_shape,
    "SELECT seq, account_id, body, created_at FROM event"
    " WHERE seq > ? ORDER BY seq LIMIT ?");
DB_STMT(event_read_locked, "ii", &event_shape,
    "SELECT seq, account_id, body, created_at FROM event"
    " WHERE seq > ? ORDER BY seq LIMIT ? LOCK IN SHARE MODE");

/* How many of the rows follow each other without a hole. */
static size_t
events_in_row(const struct event *events, size_t count, int64_t after)
{
	size_t n = 0;

	while (n < count && events[n].seq == after + 1 + (int64_t)n)
		n++;
	return n;
}

enum err
event_since(struct ctx *cx, int64_t after, size_t max, struct event **out,
    size_t *count_out)
{
	size_t count, whole;
	enum err e;

	e = db_list(cx, out, &count, max, &event_read, after, (int64_t)max);
	if (e)
		return e;
	whole = events_in_row(*out, count, after);
	if (whole > 0 || count == 0) {
		*count_out = whole;
		return ERR_OK;
	}
	/*
	 * Numbers are given in order, so what comes next was committed before
	 * what is here, but this snapshot may not show it yet.  Locks look at
	 * what is true: what is missing now was taken away.
	 */
	e = db_list(
	    cx, out, &count, max, &event_read_locked, after, (int64_t)max);
	if (e)
		return e;
	if (count > 0 && (*out)[0].seq != after + 1) {
		log_error("events %" PRId64 " to %" PRId64 " are gone",
		    after + 1, (*out)[0].seq - 1);
		after = (*out)[0].seq - 1;
	}
	*count_out = events_in_row(*out, count, after);
	return ERR_OK;
}

DB_STMT(event_read_of, "uiii", &event_shape,
    "SELECT seq, account_id, body, created_at FROM event"
    " WHERE account_id = ? AND seq > ? AND seq <= ?"
    " ORDER BY seq LIMIT ?");

enum err
event_since_of(struct ctx *cx, const struct uuid *account, int64_t after,
    int64_t upto, size_t max, struct event **out, size_t *count_out)
{
	return db_list(cx, out, count_out, max, &event_read_of, account, after,
	    upto, (int64_t)max);
}

struct bounds {
	int64_t last_seq;
	int64_t first_kept;
};
static const struct field bounds_fields[] = {
	COLUMN(struct bounds, last_seq),
	COLUMN(struct bounds, first_kept),
};
static const struct shape bounds_shape = SHAPE(struct bounds, bounds_fields);

DB_STMT(event_sequence_read, "", &bounds_shape,
    "SELECT last_seq, first_kept FROM event_sequence WHERE id = 1");

enum err
event_bounds(struct ctx *cx, int64_t *last_out, int64_t *first_kept_out)
{
	struct bounds bounds;
	enum err e = db_find(cx, &bounds, &event_sequence_read);

	if (e == ERR_OK) {
		*last_out = bounds.last_seq;
		*first_kept_out = bounds.first_kept;
	}
	return e;
}

enum err
event_start(
    struct ctx *cx, int64_t since, int64_t *last_out, int64_t *reset_out)
{
	int64_t first;
	enum err e = event_bounds(cx, last_out, &first);

	if (e)
		return e;
	*reset_out = INT_NONE;
	if (since != INT_NONE && since < first - 1)
		*reset_out = first - 1;
	else if (since != INT_NONE && since > *last_out)
		*reset_out = *last_out;
	return ERR_OK;
}

const char *
event_note(struct ctx *cx, const char *type, int64_t seq)
{
	return arena_printf(
	    cx->arena, "{\"type\":\"%s\",\"eventId\":%" PRId64 "}", type, seq);
}

const char *
event_message(struct ctx *cx, const struct event *event)
{
	size_t len = strlen(event->body);
	char at[32];

	return arena_printf(cx->arena,
	    "%.*s%s\"eventId\":%" PRId64 ",\"at\":\"%s\"}", (int)len - 1,
	    event->body, len > 2 ? "," : "", event->seq,
	    time_format(event->created_at.ms, at));
}

/* The oldest events and whether their time is over. */
struct aged {
	int64_t seq;
	bool old;
};
static const struct field aged_fields[] = {
	COLUMN(struct aged, seq),
	COLUMN(struct aged, old),
};
static const struct shape aged_shape = SHAPE(struct aged, aged_fields);

DB_STMT(event_oldest, "ii", &aged_shape,
    "SELECT seq, created_at < NOW(3) - INTERVAL ? SECOND AS old"
    "  FROM event WHERE seq IS NOT NULL ORDER BY seq LIMIT ?");
DB_STMT(event_keep_from, "i", NULL,
    "UPDATE event_sequence SET first_kept = GREATEST(first_kept, ?)"
    " WHERE id = 1");
DB_STMT(event_delete, "i", NULL, "DELETE FROM event WHERE seq <= ?");

/* What can't be asked for again is said before it is gone. */
static enum err
prune_upto(struct ctx *cx, void *arg)
{
	const int64_t *upto = arg;
	enum err e = db_run(cx, NULL, &event_keep_from, *upto + 1);

	return e ? e : db_run(cx, NULL, &event_delete, *upto);
}

enum err
event_prune(struct ctx *cx, size_t max, size_t *count_out)
{
	struct aged *rows;
	size_t count, old = 0;
	enum err e;

	*count_out = 0;
	/* where nobody asks for events nobody else numbers them */
	e = event_number(cx, &count);
	if (e)
		return e;
	e = db_list(cx, &rows, &count, max, &event_oldest,
	    cx->conf->event_retention, (int64_t)max);
	if (e)
		return e;
	while (old < count && rows[old].old)
		old++;
	if (old == 0)
		return ERR_OK;
	e = db_transaction(cx, prune_upto, &rows[old - 1].seq);
	if (e == ERR_OK)
		*count_out = old;
	return e;
}

const struct db_stmt *const event_stmts[] = { &event_insert, &event_glance,
	&event_last_locked, &event_unnumbered, &event_committed, &event_give,
	&event_given, &event_read, &event_read_locked, &event_read_of,
	&event_sequence_read, &event_oldest, &event_keep_from, &event_delete,
	NULL };
