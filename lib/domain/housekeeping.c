#include "config.h"

#include "domain/housekeeping.h"

#include "core/db.h"
#include "domain/answer.h"
#include "domain/event.h"
#include "domain/media_sweep.h"
#include "domain/square.h"

#define BATCH 200                /* rows or files in one step */
#define ANSWERS 16               /* of the assistant, in one step */
#define STORE_PARTS 257          /* media_dir/00 ... ff, and tmp */
#define ANSWERS_S INT64_C(86400) /* contract 1: kept for 24 h */
#define THROTTLE_S INT64_C(7200) /* longer than any window */
#define TOKEN_S INT64_C(86400)   /* that clocks may be apart */
#define HEARTBEAT_S INT64_C(3600)

struct taken {
	int64_t place;
};
static const struct field taken_fields[] = { COLUMN(struct taken, place) };
static const struct shape taken_shape = SHAPE(struct taken, taken_fields);

DB_STMT(chore_make, "s", NULL,
    "INSERT IGNORE INTO chore (name, due_at) VALUES (?, NOW(3))");
DB_STMT(chore_claim, "is", NULL,
    "UPDATE chore SET due_at = NOW(3) + INTERVAL ? SECOND"
    " WHERE name = ? AND due_at <= NOW(3)");
DB_STMT(chore_read, "s", &taken_shape,
    "SELECT place FROM chore WHERE name = ?");
DB_STMT(chore_move, "is", NULL, "UPDATE chore SET place = ? WHERE name = ?");

enum err
chore_take(struct ctx *cx, const char *name, int64_t every_s, bool *mine_out,
    int64_t *place_out)
{
	struct taken row = { 0 };
	uint64_t matched;
	enum err e = db_find(cx, &row, &chore_read, name);

	if (e == ERR_NOT_FOUND) {
		fault_clear(cx);
		e = db_run(cx, NULL, &chore_make, name);
	}
	if (e == ERR_OK)
		e = db_run(cx, &matched, &chore_claim, every_s, name);
	if (e)
		return e;
	*mine_out = matched == 1;
	*place_out = row.place;
	return ERR_OK;
}

enum err
chore_place(struct ctx *cx, const char *name, int64_t place)
{
	return db_run(cx, NULL, &chore_move, place, name);
}

/* Rows that nobody asks for any more, oldest first. */
DB_STMT(old_answers, "ii", NULL,
    "DELETE FROM idempotency WHERE created_at < NOW(3) - INTERVAL ? SECOND"
    " ORDER BY created_at LIMIT ?");
DB_STMT(old_tokens, "ii", NULL,
    "DELETE FROM revoked_token WHERE expires_at < NOW(3) - INTERVAL ? SECOND"
    " ORDER BY expires_at LIMIT ?");
DB_STMT(old_tickets, "ii", NULL,
    "DELETE FROM ws_ticket WHERE dies_at < NOW(3) - INTERVAL ? SECOND"
    " ORDER BY dies_at LIMIT ?");
DB_STMT(old_throttles, "ii", NULL,
    "DELETE FROM throttle WHERE window_start < NOW(3) - INTERVAL ? SECOND"
    " ORDER BY window_start LIMIT ?");
/* The last sign of a program is what tells how long it has been silent. */
DB_STMT(old_heartbeats, "ii", NULL,
    "DELETE FROM heartbeat WHERE at < NOW(3) - INTERVAL ? SECOND"
    "   AND (at < NOW(3) - INTERVAL 7 DAY"
    "       OR EXISTS (SELECT 1"
    "             FROM (SELECT name, MAX(at) AS at FROM heartbeat"
    "                    GROUP BY name) newest"
    "            WHERE newest.name = heartbeat.name"
    "              AND newest.at > heartbeat.at))"
    " ORDER BY at LIMIT ?");

static const struct {
	const struct db_stmt *stmt;
	int64_t age_s;
} aged[] = {
	{ &old_answers, ANSWERS_S },
	{ &old_tokens, TOKEN_S },
	{ &old_tickets, 0 },
	{ &old_throttles, THROTTLE_S },
	{ &old_heartbeats, HEARTBEAT_S },
};

/* Of every kind a batch; the most of any kind tells whether there is more. */
static enum err
chore_rows(struct ctx *cx, struct housekeeping *h, size_t *removed_out)
{
	size_t most = 0;

	for (size_t i = 0; i < COUNT(aged); i++) {
		uint64_t count;
		enum err e = db_run(
		    cx, &count, aged[i].stmt, aged[i].age_s, (int64_t)BATCH);

		if (e)
			return e;
		if (count > most)
			most = (size_t)count;
		h->removed += (int64_t)count;
	}
	*removed_out = most;
	return ERR_OK;
}

static enum err
chore_files(struct ctx *cx, struct housekeeping *h, size_t *removed_out)
{
	enum err e = media_sweep(cx, BATCH, removed_out, &h->freed);

	h->removed += (int64_t)*removed_out;
	return e;
}

/* What another file removes. */
static enum err
chore_of(struct ctx *cx, struct housekeeping *h, size_t *removed_out,
    enum err (*prune)(struct ctx *, size_t, size_t *))
{
	enum err e = prune(cx, BATCH, removed_out);

	if (e == ERR_OK)
		h->removed += (int64_t)*removed_out;
	return e;
}

static enum err
chore_events(struct ctx *cx, struct housekeeping *h, size_t *removed_out)
{
	return chore_of(cx, h, removed_out, event_prune);
}

static enum err
chore_square(struct ctx *cx, struct housekeeping *h, size_t *removed_out)
{
	return chore_of(cx, h, removed_out, square_sweep);
}

/* The scores of all works in turn; "full" while there are more. */
static enum err
chore_scores(struct ctx *cx, struct housekeeping *h, size_t *removed_out)
{
	size_t mended;
	enum err e = square_refresh(cx, &h->square, BATCH, &mended);

	*removed_out = uuid_is_null(&h->square) ? 0 : BATCH;
	return e;
}

/* Answers whose writers have died; few at a time, for they have texts. */
static enum err
chore_answers(struct ctx *cx, struct housekeeping *h, size_t *removed_out)
{
	size_t ended;
	enum err e = answer_sweep(cx, ANSWERS, &ended);

	(void)h;
	*removed_out = e == ERR_OK && ended == ANSWERS ? BATCH : 0;
	return e;
}

/* A part of the store each time. */
static enum err
chore_orphans(struct ctx *cx, struct housekeeping *h, size_t *removed_out)
{
	int64_t place = h->place % STORE_PARTS;
	const char *below =
	    place == STORE_PARTS - 1
		? "tmp"
		: arena_printf(cx->arena, "%02x", (unsigned)place);
	size_t count = 0;
	enum err e = media_sweep_orphans(cx, below, &count, &h->freed);
	enum err moved =
	    chore_place(cx, "housekeeping", (place + 1) % STORE_PARTS);

	h->removed += (int64_t)count;
	*removed_out = 0;
	return e ? e : moved;
}

/* A chore counts in h what it removes; *removed_out full: there is more. */
static enum err (*const chores[])(
    struct ctx *, struct housekeeping *, size_t *) = {
	chore_files,
	chore_rows,
	chore_events,
	chore_answers,
	chore_square,
	chore_scores,
	chore_orphans,
};

enum err
housekeeping_step(struct ctx *cx, struct housekeeping *h, bool *over_out)
{
	size_t removed = 0;
	enum err e = chores[h->chore](cx, h, &removed);

	if (e != ERR_OK || removed < BATCH)
		h->chore++;
	h->failed = e ? h->failed + 1 : 0;
	*over_out = h->chore == COUNT(chores);
	return e;
}

const struct db_stmt *const housekeeping_stmts[] = { &chore_make, &chore_claim,
	&chore_read, &chore_move, &old_answers, &old_tokens, &old_tickets,
	&old_throttles, &old_heartbeats, NULL };
