#include "config.h"

#include "domain/task_queue.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "core/conf.h"
#include "core/db.h"
#include "domain/task_event.h"

#define DEMAND_MAX 1000 /* providers with something due */
#define CLAIM_MAX 1000  /* tasks in one claim */
#define CONCURRENCY 16  /* of a provider whose row is gone */

static const struct field claim_fields[] = {
	COLUMN(struct task_claim, id),
	COLUMN(struct task_claim, account_id),
	COLUMN(struct task_claim, kind),
	COLUMN(struct task_claim, state),
	COLUMN(struct task_claim, provider_id),
	COLUMN(struct task_claim, model_id),
	COLUMN(struct task_claim, prompt),
	COLUMN(struct task_claim, params),
	COLUMN(struct task_claim, input_media),
	COLUMN(struct task_claim, count),
	COLUMN(struct task_claim, cost),
	COLUMN(struct task_claim, hd),
	COLUMN(struct task_claim, quota_day),
	COLUMN(struct task_claim, size_class),
	COLUMN(struct task_claim, estimated_s),
	COLUMN(struct task_claim, progress),
	COLUMN(struct task_claim, parts),
	COLUMN(struct task_claim, attempts),
	COLUMN(struct task_claim, lease_token),
	COLUMN(struct task_claim, elapsed_ms),
	COLUMN(struct task_claim, left_ms),
};
static const struct shape claim_shape = SHAPE(struct task_claim, claim_fields);

#define CLAIM_COLUMNS                                                          \
	"id, account_id, kind, state, provider_id, model_id, prompt,"          \
	" params, input_media, count, cost, hd, quota_day, size_class,"        \
	" estimated_s, progress, parts, attempts, lease_token,"                \
	" TIMESTAMPDIFF(MICROSECOND, COALESCE(submitted_at, NOW(3)), NOW(3))"  \
	"     DIV 1000 AS elapsed_ms,"                                         \
	" TIMESTAMPDIFF(MICROSECOND, NOW(3), deadline_at) DIV 1000 AS left_ms"

static const struct field demand_fields[] = {
	COLUMN(struct task_demand, provider_id),
	COLUMN(struct task_demand, waiting),
	COLUMN(struct task_demand, stray),
	COLUMN(struct task_demand, now),
};
static const struct shape demand_shape =
    SHAPE(struct task_demand, demand_fields);

DB_STMT(queue_demand, "", &demand_shape,
    "SELECT provider_id,"
    "       CAST(SUM(state = 'queued' AND deadline_at > NOW(3)) AS SIGNED)"
    "           AS waiting,"
    "       CAST(SUM(state <> 'queued' OR deadline_at <= NOW(3)) AS SIGNED)"
    "           AS stray, NOW(3) AS now"
    "  FROM task WHERE active = TRUE AND next_at <= NOW(3)"
    " GROUP BY provider_id LIMIT 1000");

enum err
task_queue_demand(struct ctx *cx, struct task_demand **out, size_t *count_out)
{
	return db_list(cx, out, count_out, DEMAND_MAX, &queue_demand);
}

/* A claim on its way. */
struct claiming {
	const char *owner, *provider;
	size_t max;
	struct task_claim *claims;
	size_t count;
};

struct room {
	int64_t concurrency;
};
static const struct field room_fields[] = { COLUMN(struct room, concurrency) };
static const struct shape room_shape = SHAPE(struct room, room_fields);

struct busy {
	int64_t busy;
};
static const struct field busy_fields[] = { COLUMN(struct busy, busy) };
static const struct shape busy_shape = SHAPE(struct busy, busy_fields);

/* The lock makes one claimer of many, so that the count below is exact. */
DB_STMT(queue_room, "s", &room_shape,
    "SELECT concurrency FROM provider WHERE id = ? FOR UPDATE");
/* Nobody knows whether the vendor works on an uncertain one. */
DB_STMT(queue_busy, "s", &busy_shape,
    "SELECT COUNT(*) AS busy FROM task"
    " WHERE active = TRUE AND provider_id = ? AND state <> 'uncertain'"
    "   AND (state <> 'queued' OR lease_until > NOW(3))");
DB_STMT(queue_waiting, "si", &claim_shape,
    "SELECT " CLAIM_COLUMNS "  FROM task"
    " WHERE active = TRUE AND next_at <= NOW(3) AND provider_id = ?"
    "   AND state = 'queued'"
    "   AND (lease_until IS NULL OR lease_until <= NOW(3))"
    " ORDER BY next_at, id LIMIT ? FOR UPDATE SKIP LOCKED");
DB_STMT(queue_strays, "i", &claim_shape,
    "SELECT " CLAIM_COLUMNS "  FROM task"
    " WHERE active = TRUE AND next_at <= NOW(3)"
    "   AND (state <> 'queued' OR deadline_at <= NOW(3))"
    "   AND (lease_until IS NULL OR lease_until <= NOW(3))"
    " ORDER BY next_at, id LIMIT ? FOR UPDATE SKIP LOCKED");
DB_STMT(queue_lease, "siu", NULL,
    "UPDATE task"
    "   SET lease_owner = ?, lease_token = lease_token + 1,"
    "       lease_until = NOW(3) + INTERVAL ? SECOND, next_at = lease_until"
    " WHERE id = ?");

static enum err
lease(struct ctx *cx, const char *owner, struct task_claim *claim)
{
	claim->lease_token++;
	return db_run(
	    cx, NULL, &queue_lease, owner, cx->conf->lease, &claim->id);
}

static enum err
lease_all(struct ctx *cx, struct claiming *c)
{
	for (size_t i = 0; i < c->count; i++) {
		enum err e = lease(cx, c->owner, &c->claims[i]);

		if (e)
			return e;
	}
	return ERR_OK;
}

static enum err
claim_work(struct ctx *cx, void *arg)
{
	struct claiming *c = arg;
	struct room room;
	struct busy busy;
	int64_t free_places;
	enum err e;

	c->count = 0;
	e = db_find(cx, &room, &queue_room, c->provider);
	if (e == ERR_NOT_FOUND)
		room.concurrency = CONCURRENCY;
	else if (e)
		return e;
	e = db_find(cx, &busy, &queue_busy, c->provider);
	if (e)
		return e;
	free_places = room.concurrency - busy.busy;
	if (free_places > (int64_t)c->max)
		free_places = (int64_t)c->max;
	if (free_places <= 0)
		return ERR_OK;
	e = db_list(cx, &c->claims, &c->count, CLAIM_MAX, &queue_waiting,
	    c->provider, free_places);
	if (e)
		return e;
	return lease_all(cx, c);
}

static enum err
rescue_work(struct ctx *cx, void *arg)
{
	struct claiming *c = arg;
	enum err e;

	e = db_list(cx, &c->claims, &c->count, CLAIM_MAX, &queue_strays,
	    (int64_t)c->max);
	if (e)
		return e;
	return lease_all(cx, c);
}

static enum err
claim(struct ctx *cx, struct claiming *c,
    enum err (*work)(struct ctx *, void *), struct task_claim **out,
    size_t *count_out)
{
	enum err e;

	if (c->max > CLAIM_MAX)
		c->max = CLAIM_MAX;
	e = db_transaction(cx, work, c);
	if (e)
		return e;
	*out = c->claims;
	*count_out = c->count;
	return ERR_OK;
}

enum err
task_queue_claim(struct ctx *cx, const char *owner, const char *provider,
    size_t max, struct task_claim **out, size_t *count_out)
{
	struct claiming c = {
		.owner = owner, .provider = provider, .max = max
	};

	return claim(cx, &c, claim_work, out, count_out);
}

enum err
task_queue_rescue(struct ctx *cx, const char *owner, size_t max,
    struct task_claim **out, size_t *count_out)
{
	struct claiming c = { .owner = owner, .max = max };

	return claim(cx, &c, rescue_work, out, count_out);
}

struct task_claim *
task_claim_copy(struct ctx *cx, const struct task_claim *from)
{
	struct task_claim *to = ARENA_NEW(cx->arena, struct task_claim);

	*to = *from;
	to->kind = arena_strdup(cx->arena, from->kind);
	to->state = arena_strdup(cx->arena, from->state);
	to->provider_id = arena_strdup(cx->arena, from->provider_id);
	to->model_id = arena_strdup(cx->arena, from->model_id);
	to->prompt = arena_strdup(cx->arena, from->prompt);
	to->params = arena_strdup(cx->arena, from->params);
	to->size_class = arena_strdup(cx->arena, from->size_class);
	to->parts = arena_strdup(cx->arena, from->parts);
	return to;
}

struct token {
	int64_t lease_token;
};
static const struct field token_fields[] = { COLUMN(
    struct token, lease_token) };
static const struct shape token_shape = SHAPE(struct token, token_fields);

DB_STMT(queue_uncertain, "u", &token_shape,
    "SELECT lease_token FROM task"
    " WHERE id = ? AND active = TRUE AND state = 'uncertain' FOR UPDATE");

struct reclaiming {
	const char *owner;
	struct task_claim *claim;
	int64_t token;
};

static enum err
reclaim_work(struct ctx *cx, void *arg)
{
	struct reclaiming *r = arg;
	struct token now;
	enum err e;

	e = db_find(cx, &now, &queue_uncertain, &r->claim->id);
	if (e == ERR_NOT_FOUND)
		return ERR_CONFLICT;
	if (e)
		return e;
	r->token = now.lease_token + 1;
	return db_run(
	    cx, NULL, &queue_lease, r->owner, cx->conf->lease, &r->claim->id);
}

enum err
task_queue_reclaim(
    struct ctx *cx, const char *owner, struct task_claim *claim_io)
{
	struct reclaiming r = { owner, claim_io, 0 };
	enum err e = db_transaction(cx, reclaim_work, &r);

	if (e)
		return e;
	claim_io->lease_token = r.token;
	claim_io->state = task_state_name(TASK_UNCERTAIN);
	return ERR_OK;
}

struct leased {
	struct uuid id;
};
static const struct field leased_fields[] = { COLUMN(struct leased, id) };
static const struct shape leased_shape = SHAPE(struct leased, leased_fields);

struct pulses {
	struct task_pulse *pulses;
	size_t count;
};

DB_STMT(queue_pulse, "iiui", NULL,
    "UPDATE task"
    "   SET lease_until = NOW(3) + INTERVAL ? SECOND, next_at = lease_until,"
    "       progress = GREATEST(progress, ?)"
    " WHERE id = ? AND lease_token = ? AND active = TRUE");

/* What may have been told is not told again, nor anything less. */
static void
progress_told(struct task_claim *t, int64_t progress, enum err e)
{
	if ((e == ERR_OK || e == ERR_UNCERTAIN) && progress > t->progress)
		t->progress = progress;
}

static enum err
pulse_work(struct ctx *cx, void *arg)
{
	const struct pulses *all = arg;

	for (size_t i = 0; i < all->count; i++) {
		struct task_pulse *p = &all->pulses[i];
		const struct task_claim *t = p->claim;
		uint64_t matched;
		enum err e = db_run(cx, &matched, &queue_pulse, cx->conf->lease,
		    p->progress, &t->id, t->lease_token);

		if (e)
			return e;
		p->lost = matched != 1;
		if (p->lost || p->progress <= t->progress)
			continue;
		e = task_event_progress(
		    cx, &t->account_id, &t->id, p->progress);
		if (e)
			return e;
	}
	return ERR_OK;
}

enum err
task_queue_pulse(struct ctx *cx, struct task_pulse *pulses, size_t count)
{
	struct pulses all = { pulses, count };
	enum err e = db_transaction(cx, pulse_work, &all);

	for (size_t i = 0; i < count; i++)
		if (!pulses[i].lost)
			progress_told(pulses[i].claim, pulses[i].progress, e);
	return e;
}

DB_STMT(queue_open, "u", &leased_shape,
    "SELECT id FROM task WHERE id = ? AND active = TRUE");

enum err
task_queue_is_over(struct ctx *cx, const struct uuid *id, bool *out)
{
	struct leased row;
	enum err e = db_find(cx, &row, &queue_open, id);

	if (e && e != ERR_NOT_FOUND)
		return e;
	*out = e == ERR_NOT_FOUND;
	return ERR_OK;
}

/* Works keep the names until they are made. */
DB_STMT(queue_first, "uss", &leased_shape,
    "SELECT id FROM work"
    " WHERE task_id = ? AND provider_id = ? AND model_id = ? LIMIT 1");

enum err
task_queue_is_first(struct ctx *cx, const struct task_claim *t, bool *out)
{
	struct leased row;
	enum err e = db_find(
	    cx, &row, &queue_first, &t->id, t->provider_id, t->model_id);

	if (e && e != ERR_NOT_FOUND)
		return e;
	*out = e == ERR_OK;
	return ERR_OK;
}

struct stepping {
	struct task_claim *claim;
	const struct task_step *step;
	enum task_state to;
};

/*
 * A stage that is entered again keeps its first time.  A step whose commit may
 * have been done is taken again: it finds its own state.  The delay ends at the
 * deadline at the latest, and not before the lease while that is kept.
 */
DB_STMT(queue_step, "sssssiisiiiiuiss", NULL,
    "UPDATE task"
    "   SET timeline = IF(LOCATE(CONCAT('\"', ?, '\":'), timeline) > 0,"
    "           timeline, CONCAT(timeline, ',\"', ?, '\":\"',"
    "           DATE_FORMAT(NOW(3), '%Y-%m-%dT%H:%i:%sZ'), '\"')),"
    "       state = ?, provider_id = COALESCE(?, provider_id),"
    "       model_id = COALESCE(?, model_id),"
    "       progress = GREATEST(progress, ?),"
    "       submitted_at = IF(?, COALESCE(submitted_at, NOW(3)),"
    "           submitted_at),"
    "       parts = COALESCE(?, parts), attempts = attempts + ?,"
    "       lease_owner = IF(?, NULL, lease_owner),"
    "       lease_until = IF(lease_owner IS NULL, NULL, lease_until),"
    "       next_at = IF(?, LEAST(deadline_at,"
    "           NOW(3) + INTERVAL ? * 1000 MICROSECOND), next_at)"
    " WHERE id = ? AND lease_token = ? AND state IN (?, ?)");

static enum err
step_work(struct ctx *cx, void *arg)
{
	const struct stepping *s = arg;
	const struct task_step *step = s->step;
	const struct task_claim *t = s->claim;
	const char *to = task_state_name(s->to);
	uint64_t matched;
	enum err e;

	e = db_run(cx, &matched, &queue_step, to, to, to, step->provider_id,
	    step->model_id, step->progress, (int64_t)step->submitted,
	    step->parts, (int64_t)step->failed_attempt, (int64_t)step->release,
	    (int64_t)step->release, step->delay_ms > 0 ? step->delay_ms : 0,
	    &t->id, t->lease_token, t->state, to);
	if (e)
		return e;
	if (matched != 1)
		return ERR_CONFLICT;
	if (step->progress <= t->progress)
		return ERR_OK;
	return task_event_progress(cx, &t->account_id, &t->id, step->progress);
}

enum err
task_queue_step(
    struct ctx *cx, struct task_claim *t, const struct task_step *step)
{
	enum task_state from = task_state_parse(t->state);
	struct stepping s = { t, step, from };
	enum err e;

	if (step->requeue || step->to != TASK_QUEUED)
		s.to = step->to;
	assert(s.to == from || task_state_may(from, s.to));
	e = db_transaction(cx, step_work, &s);
	progress_told(t, step->progress, e);
	if (e)
		return e;
	t->state = task_state_name(s.to);
	t->attempts += step->failed_attempt;
	return ERR_OK;
}

DB_STMT(queue_leased, "si", &leased_shape,
    "SELECT id FROM task"
    " WHERE active = TRUE AND lease_owner = ? ORDER BY id LIMIT ?");
DB_STMT(queue_unlease, "us", NULL,
    "UPDATE task SET lease_owner = NULL, lease_until = NULL, next_at = NOW(3)"
    " WHERE id = ? AND lease_owner = ?");

static enum err
release_work(struct ctx *cx, void *arg)
{
	const struct claiming *c = arg;
	struct leased *tasks;
	size_t count;
	enum err e;

	e = db_list(cx, &tasks, &count, CLAIM_MAX, &queue_leased, c->owner,
	    (int64_t)CLAIM_MAX);
	for (size_t i = 0; e == ERR_OK && i < count; i++)
		e = db_run(cx, NULL, &queue_unlease, &tasks[i].id, c->owner);
	if (e == ERR_OK)
		((struct claiming *)arg)->count = count;
	return e;
}

enum err
task_queue_release_all(struct ctx *cx, const char *owner)
{
	struct claiming c = { .owner = owner };
	enum err e;

	do
		e = db_transaction(cx, release_work, &c);
	while (e == ERR_OK && c.count == CLAIM_MAX);
	return e;
}

const struct db_stmt *const task_queue_stmts[] = { &queue_demand, &queue_room,
	&queue_busy, &queue_waiting, &queue_strays, &queue_lease,
	&queue_uncertain, &queue_pulse, &queue_open, &queue_first, &queue_step,
	&queue_leased, &queue_unlease, NULL };
