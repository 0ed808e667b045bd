/*
 * What the poller does for the square, a bounded batch at a time.
 */
#include "config.h"

#include "domain/square.h"

#include <string.h>

#include "base/clock.h"
#include "core/conf.h"
#include "core/db.h"
#include "domain/square_row.h"

struct score {
	struct uuid work_id;
	int64_t hot, should;
};
static const struct field score_fields[] = {
	COLUMN(struct score, work_id),
	COLUMN(struct score, hot),
	COLUMN(struct score, should),
};
static const struct shape score_shape = SHAPE(struct score, score_fields);

DB_STMT(score_batch, "ui", &score_shape,
    "SELECT s.work_id, s.hot, s.latest + " SQUARE_EARNED " AS should"
    "  FROM square s JOIN work w ON w.id = s.work_id"
    " WHERE s.work_id > COALESCE(?, '')"
    " ORDER BY s.work_id LIMIT ?");
/* Only from what was seen: a like in between has set it right. */
DB_STMT(score_mend, "iui", NULL,
    "UPDATE square SET hot = ? WHERE work_id = ? AND hot = ?");

enum err
square_refresh(
    struct ctx *cx, struct uuid *after, size_t max, size_t *mended_out)
{
	struct score *rows;
	size_t count, mended = 0;
	enum err e;

	e = db_list(cx, &rows, &count, max, &score_batch, after, (int64_t)max);
	if (e)
		return e;
	for (size_t i = 0; i < count; i++) {
		if (rows[i].hot == rows[i].should)
			continue;
		e = db_run(cx, NULL, &score_mend, rows[i].should,
		    &rows[i].work_id, rows[i].hot);
		if (e)
			return e;
		mended++;
	}
	memset(after, 0, sizeof(*after));
	if (count == max)
		*after = rows[count - 1].work_id;
	*mended_out = mended;
	return ERR_OK;
}

struct dead {
	struct uuid work_id;
};
static const struct field dead_fields[] = { COLUMN(struct dead, work_id) };
static const struct shape dead_shape = SHAPE(struct dead, dead_fields);

DB_STMT(dead_first, "", &dead_shape,
    "SELECT work_id FROM work_deleted ORDER BY work_id LIMIT 1");
DB_STMT(dead_likes, "ui", NULL,
    "DELETE FROM work_like WHERE work_id = ? LIMIT ?");
DB_STMT(dead_favorites, "ui", NULL,
    "DELETE FROM work_favorite WHERE work_id = ? LIMIT ?");
DB_STMT(dead_plays, "ui", NULL,
    "DELETE FROM work_play WHERE work_id = ? LIMIT ?");
DB_STMT(dead_forget, "u", NULL, "DELETE FROM work_deleted WHERE work_id = ?");
DB_STMT(old_plays, "ii", NULL, "DELETE FROM work_play WHERE day < ? LIMIT ?");

/* Of one deleted work; *removed_out below max: there is nothing left of it. */
static enum err
dead_sweep(
    struct ctx *cx, const struct uuid *work, size_t max, size_t *removed_out)
{
	static const struct db_stmt *const steps[] = { &dead_likes,
		&dead_favorites, &dead_plays };
	size_t removed = 0;

	for (size_t i = 0; i < COUNT(steps) && removed < max; i++) {
		uint64_t n;
		enum err e =
		    db_run(cx, &n, steps[i], work, (int64_t)(max - removed));

		if (e)
			return e;
		removed += n;
	}
	*removed_out = removed;
	return removed < max ? db_run(cx, NULL, &dead_forget, work) : ERR_OK;
}

enum err
square_sweep(struct ctx *cx, size_t max, size_t *removed_out)
{
	int64_t ends;
	int64_t today =
	    time_zone_day(cx->conf->quota_timezone, clock_ms(), &ends);
	size_t removed = 0;
	uint64_t plays;
	enum err e = ERR_OK;

	while (e == ERR_OK && removed < max) {
		struct dead dead;
		size_t n = 0;

		e = db_find(cx, &dead, &dead_first);
		if (e == ERR_OK)
			e = dead_sweep(cx, &dead.work_id, max - removed, &n);
		removed += n;
	}
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	/* Yesterday may still be today in an old configuration's zone. */
	e = db_run(cx, &plays, &old_plays, today - 1,
	    (int64_t)(max > removed ? max - removed : 1));
	if (e)
		return e;
	*removed_out = removed + plays;
	return ERR_OK;
}

const struct db_stmt *const square_sweep_stmts[] = { &score_batch, &score_mend,
	&dead_first, &dead_likes, &dead_favorites, &dead_plays, &dead_forget,
	&old_plays, NULL };
