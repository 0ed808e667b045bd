#include "config.h"

#include "claim.h"

#include "base/log.h"
#include "call.h"
#include "core/conf.h"
#include "deliver.h"
#include "domain/breaker.h"
#include "domain/task_queue.h"
#include "flight.h"
#include "step.h"
#include "talk.h"
#include "vendor.h"

#define BATCH 100           /* tasks claimed or renewed in one transaction */
#define BREAKERS_US 1000000 /* between two looks at the breakers */
#define TELL_US 1000000     /* progress of a task is not told oftener */
#define SIGN_MAX_US 5000000 /* nor is a sign of life rarer */
#define TELL_STEP 2         /* percent that are worth telling */
#define AGAIN_US 500000     /* while the database is away */

static void
flights_make(struct engine *e, const struct task_claim *claims, size_t count,
    int64_t asked_us)
{
	for (size_t i = 0; i < count; i++)
		flight_new(e, &claims[i], asked_us);
}

static size_t
room_left(const struct engine *e)
{
	size_t most = (size_t)e->cx.conf->poller_tasks;
	size_t left = e->flight_count < most ? most - e->flight_count : 0;

	return left < BATCH ? left : BATCH;
}

/* What a vendor may get: one when its breaker tries, none while it rests. */
static enum err
vendor_room(struct engine *e, const char *id, size_t *room)
{
	struct vendor *v = vendor_find(e, id);
	bool mine = false;
	enum err err;

	if (clock_steady_us() < v->send_us)
		*room = 0;
	if (!v->open || *room == 0)
		return ERR_OK;
	*room = 0;
	if (clock_steady_us() < v->try_us)
		return ERR_OK;
	err = breaker_try(&e->cx, id, &mine);
	if (err == ERR_OK && mine)
		*room = 1;
	return err;
}

static enum err
claim_of(struct engine *e, const struct task_demand *d)
{
	struct task_claim *claims;
	size_t count, room = room_left(e);
	int64_t asked_us = clock_steady_us();
	enum err err = ERR_OK;

	if (d->stray > 0 && room > 0) {
		err =
		    task_queue_rescue(&e->cx, e->owner, room, &claims, &count);
		if (err)
			return err;
		flights_make(e, claims, count, asked_us);
		room = room_left(e);
	}
	if (d->waiting == 0 || room == 0)
		return ERR_OK;
	err = vendor_room(e, d->provider_id, &room);
	if (err || room == 0)
		return err;
	asked_us = clock_steady_us();
	err = task_queue_claim(
	    &e->cx, e->owner, d->provider_id, room, &claims, &count);
	if (err)
		return err;
	flights_make(e, claims, count, asked_us);
	return ERR_OK;
}

static enum err
claim_all(struct engine *e)
{
	struct task_demand *demand;
	size_t count;
	enum err err = task_queue_demand(&e->cx, &demand, &count);

	if (err || count == 0 || step_seen(e, demand[0].now.ms))
		return err;
	if (clock_steady_us() >= e->breaker_us) {
		err = vendor_refresh(e);
		if (err)
			return err;
		e->breaker_us = clock_steady_us() + BREAKERS_US;
	}
	for (size_t i = 0; err == ERR_OK && i < count; i++)
		err = claim_of(e, &demand[i]);
	return err;
}

/*
 * After a silence that a lease did not outlast, signs of life come first: what
 * nobody has taken meanwhile is still ours, and we are not to take it from
 * ourselves, for of a result that is in our hands the database knows nothing.
 */
static bool
all_held(const struct engine *e)
{
	int64_t now = clock_steady_us();

	for (const struct flight *f = e->flights; f != NULL; f = f->next)
		if (!f->over && now >= f->held_us)
			return false;
	return true;
}

void
claim_new(struct engine *e)
{
	enum err err;

	if (!all_held(e))
		return;
	err = claim_all(e);
	if (err == ERR_OK)
		return;
	engine_db_failed(e, "claiming", err);
	e->claim_us = clock_steady_us() + AGAIN_US;
}

/* Is it time for a sign of life of this one?  Says what to tell. */
static bool
pulse_due(const struct flight *f, int64_t now, struct task_pulse *out)
{
	int64_t lease_us = f->engine->cx.conf->lease * INT64_C(1000000);
	int64_t rest_us =
	    lease_us / 3 < SIGN_MAX_US ? lease_us / 3 : SIGN_MAX_US;

	if (f->over || now < f->pulse_us + TELL_US)
		return false;
	*out = (struct task_pulse){ .claim = f->claim,
		.progress = flight_progress(f, now) };
	if (out->progress < f->claim->progress + TELL_STEP)
		out->progress = f->claim->progress;
	return now >= f->held_us || now >= f->pulse_us + rest_us ||
	       out->progress > f->claim->progress;
}

/*
 * Its user does not want it any more, or somebody else has it; unless that one
 * only waits for the answer that we may still get.
 */
static void
lease_lost(struct flight *f)
{
	if (flight_reclaim(f))
		return;
	flight_lost(f);
	for (size_t i = 0; i < f->part_count; i++) {
		call_stop(f->parts[i].call);
		if (f->unwanted) {
			deliver_stop(f, &f->parts[i], ERR_CANCELLED);
			talk_cancel(f, &f->parts[i]);
		} else {
			deliver_leave(f, &f->parts[i]);
		}
	}
}

void
claim_keep(struct engine *e)
{
	struct task_pulse pulses[BATCH];
	struct flight *flights[BATCH];
	int64_t now = clock_steady_us();
	size_t count = 0;
	enum err err;

	for (struct flight *f = e->flights; f != NULL && count < BATCH;
	     f = f->next)
		if (pulse_due(f, now, &pulses[count]))
			flights[count++] = f;
	if (count == 0)
		return;
	err = task_queue_pulse(&e->cx, pulses, count);
	for (size_t i = 0; i < count; i++) {
		flights[i]->pulse_us = err ? now - TELL_US + AGAIN_US : now;
		if (err == ERR_OK && !pulses[i].lost)
			flight_held(flights[i], now);
		if (err != ERR_OK || !pulses[i].lost)
			continue;
		log_context(flights[i]->trace);
		lease_lost(flights[i]);
		log_context(NULL);
	}
	if (err)
		engine_db_failed(e, "renewing leases", err);
	else
		e->db_away = false;
}
