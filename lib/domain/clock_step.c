#include "config.h"

#include "domain/clock_step.h"

#include "core/conf.h"
#include "core/db.h"
#include "domain/housekeeping.h"

#define CHORE "clock"
#define SLACK_MS INT64_C(2000) /* how exactly a step is known */
#define ONCE_S INT64_C(15)     /* others see the same step that late at most */

struct seen {
	struct stamp now, latest;
};
static const struct field seen_fields[] = {
	COLUMN(struct seen, now),
	COLUMN(struct seen, latest),
};
static const struct shape seen_shape = SHAPE(struct seen, seen_fields);

DB_STMT(step_seen, "", &seen_shape,
    "SELECT NOW(3) AS now, COALESCE(MAX(at), NOW(3)) AS latest FROM heartbeat");

/* The signs of life come first: their locks let one do it. */
DB_STMT(step_signs, "", NULL,
    "UPDATE heartbeat SET at = NOW(3) WHERE at > NOW(3)");
/*
 * A lease that was renewed since is right already; any other one ends when its
 * holder, who counts by a steady clock, knows it to end, or later.  Whoever
 * waits without a lease may be looked at too soon, but not too late.
 */
DB_STMT(step_tasks_back, "ii", NULL,
    "UPDATE task SET"
    "       deadline_at = IF(created_at > NOW(3),"
    "           deadline_at - INTERVAL ? * 1000 MICROSECOND, deadline_at),"
    "       lease_until = LEAST(lease_until, NOW(3) + INTERVAL ? SECOND),"
    "       next_at = COALESCE(lease_until, NOW(3))"
    " WHERE active = TRUE AND next_at > NOW(3)");
DB_STMT(step_breakers_back, "i", NULL,
    "UPDATE breaker"
    "   SET retry_at = retry_at - INTERVAL ? * 1000 MICROSECOND"
    " WHERE retry_at > NOW(3)");
DB_STMT(step_chores_back, "", NULL,
    "UPDATE chore SET due_at = NOW(3) WHERE due_at > NOW(3)");
DB_STMT(step_answers_back, "i", NULL,
    "UPDATE message"
    "   SET dies_at = dies_at - INTERVAL ? * 1000 MICROSECOND"
    " WHERE dies_at > NOW(3) AND created_at > NOW(3)");

static enum err
back_work(struct ctx *cx, void *arg)
{
	const int64_t *ms = arg;
	uint64_t signs;
	enum err e = db_run(cx, &signs, &step_signs);

	if (e != ERR_OK || signs == 0)
		return e;
	e = db_run(cx, NULL, &step_tasks_back, *ms, cx->conf->lease);
	if (e == ERR_OK)
		e = db_run(cx, NULL, &step_breakers_back, *ms);
	if (e == ERR_OK)
		e = db_run(cx, NULL, &step_chores_back);
	if (e == ERR_OK)
		e = db_run(cx, NULL, &step_answers_back, *ms);
	return e;
}

enum err
clock_step_look(struct ctx *cx, int64_t *now_ms_out, int64_t *back_ms_out)
{
	struct seen seen;
	int64_t back_ms;
	enum err e = db_find(cx, &seen, &step_seen);

	if (e)
		return e;
	back_ms = seen.latest.ms - seen.now.ms;
	*now_ms_out = seen.now.ms;
	*back_ms_out = back_ms > CLOCK_STEP_LEAST_MS ? back_ms : 0;
	if (*back_ms_out == 0)
		return ERR_OK;
	return db_transaction(cx, back_work, &back_ms);
}

/* What came since the step was given its time by the new clock. */
DB_STMT(step_tasks_forward, "iiii", NULL,
    "UPDATE task SET"
    "       deadline_at = deadline_at + INTERVAL ? * 1000 MICROSECOND,"
    "       lease_until = LEAST(lease_until + INTERVAL ? * 1000 MICROSECOND,"
    "           NOW(3) + INTERVAL ? SECOND),"
    "       next_at = COALESCE(lease_until, next_at)"
    " WHERE active = TRUE"
    "   AND created_at <= NOW(3) - INTERVAL ? * 1000 MICROSECOND");
DB_STMT(step_answers_forward, "ii", NULL,
    "UPDATE message"
    "   SET dies_at = dies_at + INTERVAL ? * 1000 MICROSECOND"
    " WHERE dies_at IS NOT NULL"
    "   AND created_at <= NOW(3) - INTERVAL ? * 1000 MICROSECOND");

struct forward {
	int64_t ms;
	bool mine;
};

static enum err
forward_work(struct ctx *cx, void *arg)
{
	struct forward *f = arg;
	int64_t before_ms = f->ms - SLACK_MS, place;
	enum err e = chore_take(cx, CHORE, ONCE_S, &f->mine, &place);

	if (e != ERR_OK || !f->mine)
		return e;
	e = db_run(cx, NULL, &step_tasks_forward, f->ms, f->ms, cx->conf->lease,
	    before_ms);
	if (e == ERR_OK)
		e = db_run(cx, NULL, &step_answers_forward, f->ms, before_ms);
	return e;
}

enum err
clock_step_forward(struct ctx *cx, int64_t ms, bool *mine_out)
{
	struct forward f = { .ms = ms };
	enum err e = db_transaction(cx, forward_work, &f);

	*mine_out = e == ERR_OK && f.mine;
	return e;
}

const struct db_stmt *const clock_step_stmts[] = { &step_seen, &step_signs,
	&step_tasks_back, &step_breakers_back, &step_chores_back,
	&step_answers_back, &step_tasks_forward, &step_answers_forward, NULL };
