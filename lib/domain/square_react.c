/*
 * Likes, favorites, plays: a row each, counted in the work's row.  Whoever
 * changes one holds the work's row, so that the counts are exact and nobody
 * deadlocks.
 */
#include "config.h"

#include "domain/square.h"

#include "base/clock.h"
#include "core/conf.h"
#include "core/db.h"
#include "domain/square_row.h"

struct published {
	struct uuid author;
};
static const struct field published_fields[] = {
	COLUMN(struct published, author),
};
static const struct shape published_shape =
    SHAPE(struct published, published_fields);

DB_STMT(published_lock, "u", &published_shape,
    "SELECT account_id AS author FROM work"
    " WHERE id = ? AND published_at IS NOT NULL FOR UPDATE");

DB_STMT(like_insert, "uu", NULL,
    "INSERT INTO work_like (work_id, account_id, created_at)"
    "VALUES (?, ?, NOW(3))");
DB_STMT(like_delete, "uu", NULL,
    "DELETE FROM work_like WHERE work_id = ? AND account_id = ?");
DB_STMT(like_counted, "iu", NULL,
    "UPDATE work SET like_count = like_count + ? WHERE id = ?");
DB_STMT(favorite_insert, "uu", NULL,
    "INSERT INTO work_favorite (work_id, account_id, created_at)"
    "VALUES (?, ?, NOW(3))");
DB_STMT(favorite_delete, "uu", NULL,
    "DELETE FROM work_favorite WHERE work_id = ? AND account_id = ?");
DB_STMT(favorite_counted, "iu", NULL,
    "UPDATE work SET favorite_count = favorite_count + ? WHERE id = ?");

static const struct {
	const struct db_stmt *insert, *delete, *counted;
} reactions[] = {
	[REACTION_LIKE] = { &like_insert, &like_delete, &like_counted },
	[REACTION_FAVORITE] = { &favorite_insert, &favorite_delete,
	    &favorite_counted },
};

DB_STMT(play_insert, "uui", NULL,
    "INSERT INTO work_play (work_id, account_id, day) VALUES (?, ?, ?)");
DB_STMT(play_counted, "iu", NULL,
    "UPDATE work SET play_count = play_count + ? WHERE id = ?");

DB_STMT(square_scored, "u", NULL,
    "UPDATE square s JOIN work w ON w.id = s.work_id"
    "   SET s.hot = s.latest + " SQUARE_EARNED " WHERE s.work_id = ?");

static const struct field counts_fields[] = {
	COLUMN(struct square_counts, like_count),
	COLUMN(struct square_counts, favorite_count),
	COLUMN(struct square_counts, play_count),
};
static const struct shape counts_shape =
    SHAPE(struct square_counts, counts_fields);

DB_STMT(counts_by_id, "u", &counts_shape,
    "SELECT like_count, favorite_count, play_count FROM work WHERE id = ?");

/* What is being said, by whom, of what. */
struct saying {
	const struct uuid *account, *work;
	enum reaction reaction;
	bool on;
	int64_t day; /* of a play */
	int64_t changed;
	struct square_counts *out;
};

/* An insert of what is there already changes nothing. */
static enum err
inserted(struct ctx *cx, enum err e, int64_t *changed_out)
{
	*changed_out = e == ERR_OK ? 1 : 0;
	if (e != ERR_CONFLICT)
		return e;
	fault_clear(cx);
	return ERR_OK;
}

/* Counts what has changed and tells the counts. */
static enum err
saying_end(struct ctx *cx, struct saying *s, const struct db_stmt *counted)
{
	enum err e = ERR_OK;

	if (s->changed != 0) {
		e = db_run(cx, NULL, counted, s->changed, s->work);
		if (e)
			return e;
		e = db_run(cx, NULL, &square_scored, s->work);
		if (e)
			return e;
	}
	return db_find(cx, s->out, &counts_by_id, s->work);
}

static enum err
react_work(struct ctx *cx, void *arg)
{
	struct saying *s = arg;
	struct published published;
	uint64_t gone;
	enum err e;

	e = db_find(cx, &published, &published_lock, s->work);
	if (e)
		return e;
	if (s->on) {
		e = inserted(cx,
		    db_run(cx, NULL, reactions[s->reaction].insert, s->work,
			s->account),
		    &s->changed);
	} else {
		e = db_run(cx, &gone, reactions[s->reaction].delete, s->work,
		    s->account);
		s->changed = e == ERR_OK ? -(int64_t)gone : 0;
	}
	if (e)
		return e;
	return saying_end(cx, s, reactions[s->reaction].counted);
}

enum err
square_react(struct ctx *cx, const struct uuid *account,
    const struct uuid *work, enum reaction reaction, bool on,
    struct square_counts *out)
{
	struct saying s = { .account = account,
		.work = work,
		.reaction = reaction,
		.on = on,
		.out = out };

	return db_transaction(cx, react_work, &s);
}

static enum err
play_work(struct ctx *cx, void *arg)
{
	struct saying *s = arg;
	struct published published;
	enum err e;

	s->changed = 0;
	e = db_find(cx, &published, &published_lock, s->work);
	if (e)
		return e;
	if (!uuid_equal(&published.author, s->account)) {
		e = inserted(cx,
		    db_run(cx, NULL, &play_insert, s->work, s->account, s->day),
		    &s->changed);
		if (e)
			return e;
	}
	return saying_end(cx, s, &play_counted);
}

enum err
square_play(struct ctx *cx, const struct uuid *account, const struct uuid *work,
    bool *counted_out, struct square_counts *out)
{
	int64_t ends;
	struct saying s = { .account = account,
		.work = work,
		.day =
		    time_zone_day(cx->conf->quota_timezone, clock_ms(), &ends),
		.out = out };
	enum err e = db_transaction(cx, play_work, &s);

	if (e)
		return e;
	*counted_out = s.changed > 0;
	return ERR_OK;
}

const struct db_stmt *const square_react_stmts[] = { &published_lock,
	&like_insert, &like_delete, &like_counted, &favorite_insert,
	&favorite_delete, &favorite_counted, &play_insert, &play_counted,
	&square_scored, &counts_by_id, NULL };
