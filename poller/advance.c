/*
 * What is to be done next with a flight, by the states of its parts.
 */
#include "config.h"

#include "flight.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "call.h"
#include "core/json_read.h"
#include "deliver.h"
#include "domain/task_state.h"
#include "talk.h"
#include "vendor.h"

#define AGAIN_US 300000      /* while the database is away */
#define PATIENT_US 1000000   /* a longer wait is spent out of our hands */
#define PROGRESS_SENT 5      /* told when the vendor is called */
#define PROGRESS_FETCHING 96 /* told when the work is made */
#define NEVER INT64_MAX

static void
earlier(int64_t *due_us, int64_t at_us)
{
	if (at_us < *due_us)
		*due_us = at_us;
}

static bool
part_is_final(const struct part *p)
{
	return p->state == PART_STORED || p->state == PART_FAILED;
}

/* Submissions a minute that the vendor is to get at most; 0: as they come. */
static int64_t
gap_ms(const struct flight *f)
{
	int64_t a_minute = json_int_at(f->job.config, "perMinute");

	return a_minute > 0 ? 60000 / a_minute : 0;
}

static void
part_refuse(struct flight *f, struct part *p)
{
	p->state = PART_FAILED;
	p->reason = f->refusal;
	f->dirty = true;
}

/*
 * Something that has not left yet.  Marked as sent first, and sent when the
 * database knows that.
 */
static void
advance_unsent(struct flight *f, struct part *p, int64_t now)
{
	struct engine *engine = f->engine;
	int64_t when;

	if (!f->new_work) {
		part_refuse(f, p);
		return;
	}
	if (p->call != NULL)
		return;
	if (engine->closing || p->due_us > now) {
		earlier(&f->due_us, p->due_us);
		return;
	}
	flight_refresh(f);
	if (!f->new_work) {
		part_refuse(f, p);
		return;
	}
	if (f->job.picture != NULL && !media_helper_idle(&engine->cx)) {
		/* the picture may have to be fitted */
		p->due_us = now + HELPERS_BUSY_US;
		earlier(&f->due_us, p->due_us);
		return;
	}
	if (talk_needs_prepare(f, p)) {
		talk_prepare(f, p);
		return;
	}
	if (!vendor_may_send(
		vendor_find(engine, f->claim->provider_id), gap_ms(f), &when)) {
		p->due_us = when;
		earlier(&f->due_us, when);
		return;
	}
	p->state = PART_SENT;
	if (f->started_us == 0)
		f->started_us = now;
	f->dirty = f->submitted = true;
	f->progress = PROGRESS_SENT;
}

static void
advance_running(struct flight *f, struct part *p, int64_t now)
{
	if (f->protocol->poll == NULL || p->remote_id == NULL) {
		p->state = PART_UNKNOWN;
		f->dirty = true;
	} else if (p->call == NULL && p->due_us <= now) {
		talk_poll(f, p);
	} else if (p->call == NULL) {
		earlier(&f->due_us, p->due_us);
	}
}

static void
advance_unknown(struct flight *f, struct part *p, int64_t now)
{
	if (f->protocol == NULL || f->protocol->lookup == NULL ||
	    p->call != NULL)
		return;
	if (p->due_us <= now && !f->engine->closing)
		talk_lookup(f, p);
	else
		earlier(&f->due_us, p->due_us);
}

static void
advance_ready(struct flight *f, struct part *p)
{
	deliver_advance(f, p);
	for (size_t i = 0; i < p->delivery_count; i++) {
		const struct delivery *d = &p->deliveries[i];

		if (d->state == DELIVERY_AFAR || d->state == DELIVERY_HERE)
			earlier(&f->due_us, d->call != NULL || d->job != NULL
						? NEVER
						: d->due_us);
	}
}

static void
advance_part(struct flight *f, struct part *p, int64_t now)
{
	/* what was begun in a protocol that is there no more */
	if (f->protocol == NULL &&
	    (p->state == PART_RUNNING || p->state == PART_READY)) {
		deliver_stop(f, p, ERR_PROVIDER_MISCONFIGURED);
		p->state = PART_FAILED;
		p->reason = ERR_PROVIDER_MISCONFIGURED;
		f->dirty = true;
	}
	switch (p->state) {
	case PART_UNSENT:
		advance_unsent(f, p, now);
		break;
	case PART_RUNNING:
		advance_running(f, p, now);
		break;
	case PART_UNKNOWN:
		advance_unknown(f, p, now);
		break;
	case PART_READY:
		advance_ready(f, p);
		break;
	default:
		break;
	}
}

static size_t
parts_in(const struct flight *f, enum part_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < f->part_count; i++)
		count += f->parts[i].state == state;
	return count;
}

/*
 * Is there nothing more to come?  An answer that is lost is not waited for when
 * all others are in and there is something to hand over.
 */
static bool
is_complete(struct flight *f)
{
	size_t open = 0, unknown = parts_in(f, PART_UNKNOWN);

	for (size_t i = 0; i < f->part_count; i++)
		open += !part_is_final(&f->parts[i]);
	if (open == 0)
		return true;
	if (open > unknown || parts_in(f, PART_STORED) == 0)
		return false;
	for (size_t i = 0; i < f->part_count; i++)
		if (f->parts[i].state == PART_UNKNOWN) {
			f->parts[i].state = PART_FAILED;
			f->parts[i].reason = ERR_PROVIDER_TIMEOUT;
		}
	return true;
}

/* Works that are kept, of all parts, in the engine's arena. */
static struct task_item *
items_gather(struct flight *f, size_t *count_out, enum err *reason_out)
{
	struct task_item *items = ARENA_ARRAY(
	    f->engine->cx.arena, (size_t)f->claim->count + 1, struct task_item);
	size_t count = 0;

	*reason_out = ERR_RESULT_INVALID;
	for (size_t i = f->part_count; i-- > 0;)
		if (f->parts[i].state == PART_FAILED)
			*reason_out = f->parts[i].reason;
	for (size_t i = 0; i < f->part_count; i++) {
		const struct part *p = &f->parts[i];

		for (size_t n = 0; n < p->delivery_count; n++)
			if (p->deliveries[n].state == DELIVERY_KEPT &&
			    count < (size_t)f->claim->count)
				items[count++] = p->deliveries[n].item;
	}
	*count_out = count;
	return items;
}

/* How long such a work takes; not to know is no reason to fail. */
static void
estimate_learn(struct flight *f)
{
	enum err e = task_queue_learn(&f->engine->cx, f->claim);

	if (e)
		engine_db_failed(f->engine, "learning from a task", e);
}

static void
end_settled(struct flight *f, enum err e, const struct task_end *end)
{
	struct engine *engine = f->engine;

	if (e == ERR_OK) {
		log_event(LOG_LEVEL_INFO,
		    end->count > 0 ? "task done" : "task failed", "provider",
		    f->claim->provider_id, "model", f->claim->model_id,
		    "reason", end->count > 0 ? NULL : err_reason(end->reason),
		    (char *)NULL);
		deliver_settled(f);
		if (end->count > 0)
			estimate_learn(f);
		flight_drop(f);
	} else if (e == ERR_CONFLICT && !f->unsure && flight_reclaim(f)) {
		log_info("a result came late, and is kept");
		f->due_us = 0;
	} else if (e == ERR_CONFLICT) {
		flight_lost(f);
	} else {
		f->unsure = f->unsure || e == ERR_UNCERTAIN;
		engine_db_failed(engine, "ending a task", e);
		f->due_us = clock_steady_us() + AGAIN_US;
	}
}

static void
flight_end(struct flight *f)
{
	struct task_end end;
	enum err e;

	end.items = items_gather(f, &end.count, &end.reason);
	e = task_queue_end(&f->engine->cx, f->claim, &end);
	end_settled(f, e, &end);
}

/*
 * Another model takes over what this one's vendor surely did not begin, if the
 * administrator has said which.  Once: two may name each other.
 */
static bool
fall_back(struct flight *f)
{
	static const enum err faults[] = { ERR_PROVIDER_UNAVAILABLE,
		ERR_PROVIDER_MISCONFIGURED };
	struct task_step step = {
		.requeue = true, .release = true, .parts = "[]"
	};
	const char *slash;
	bool at_fault = false, first;
	enum err e;

	if (f->fallback == NULL || !f->new_work ||
	    parts_in(f, PART_FAILED) != f->part_count ||
	    !task_state_may(task_state_parse(f->claim->state), TASK_QUEUED))
		return false;
	for (size_t i = 0; i < COUNT(faults); i++)
		at_fault = at_fault || f->parts[0].reason == faults[i];
	slash = strchr(f->fallback, '/');
	if (!at_fault || slash == NULL)
		return false;
	e = task_queue_is_first(&f->engine->cx, f->claim, &first);
	if (e || !first)
		return false;
	step.provider_id = arena_copy(
	    f->engine->cx.arena, f->fallback, (size_t)(slash - f->fallback));
	step.model_id = slash + 1;
	e = task_queue_step(&f->engine->cx, f->claim, &step);
	if (e)
		return false;
	log_info("'%s' takes over", f->fallback);
	flight_drop(f);
	return true;
}

/* Its time is over: nothing that is not kept yet will be. */
static void
flight_expire(struct flight *f)
{
	static const enum err reasons[PART_STATE__MAX] = {
		[PART_UNSENT] = ERR_PROVIDER_UNAVAILABLE,
		[PART_SENT] = ERR_PROVIDER_TIMEOUT,
		[PART_UNKNOWN] = ERR_PROVIDER_TIMEOUT,
		[PART_RUNNING] = ERR_DEADLINE,
		[PART_READY] = ERR_DEADLINE,
	};

	for (size_t i = 0; i < f->part_count; i++) {
		struct part *p = &f->parts[i];

		if (part_is_final(p))
			continue;
		call_stop(p->call);
		talk_cancel(f, p);
		p->reason = reasons[p->state];
		deliver_stop(f, p, p->reason);
		p->state = PART_FAILED;
		for (size_t n = 0; n < p->delivery_count; n++)
			if (p->deliveries[n].state == DELIVERY_KEPT)
				p->state = PART_STORED;
	}
}

/*
 * What need not be in our hands: everything when we are about to end, what
 * waits for long, what waits for an answer that is lost.
 */
static bool
hand_back(struct flight *f, int64_t now)
{
	bool unsent = parts_in(f, PART_UNSENT) == f->part_count;
	int64_t left_ms = (f->deadline_us - now) / 1000;

	if (f->calls > 0 || parts_in(f, PART_READY) > 0)
		return false;
	if (unsent && f->due_us > now + PATIENT_US && f->due_us != NEVER) {
		flight_release(f, (f->due_us - now) / 1000);
		return true;
	}
	if (parts_in(f, PART_UNKNOWN) > 0 && parts_in(f, PART_RUNNING) == 0 &&
	    (f->protocol == NULL || f->protocol->lookup == NULL)) {
		flight_release(f, left_ms);
		return true;
	}
	if (!f->engine->closing)
		return false;
	/* not sooner than we would have looked */
	flight_release(f, f->due_us > now ? (f->due_us - now) / 1000 : 0);
	return true;
}

/* Nobody waits for answers any more: what they were about is not known. */
static void
hang_up(struct flight *f)
{
	for (size_t i = 0; i < f->part_count; i++) {
		struct part *p = &f->parts[i];

		call_stop(p->call);
		if (p->state == PART_SENT)
			p->state = PART_UNKNOWN;
		for (size_t n = 0; n < p->delivery_count; n++)
			call_stop(p->deliveries[n].call);
		f->dirty = true;
	}
}

static void
progress_note(struct flight *f)
{
	size_t made = parts_in(f, PART_READY) + parts_in(f, PART_STORED);

	if (f->dirty && made == f->part_count &&
	    f->claim->progress < PROGRESS_FETCHING)
		f->progress = PROGRESS_FETCHING;
}

void
flight_advance(struct flight *f)
{
	int64_t now = clock_steady_us();

	if (f->over)
		return;
	f->due_us = f->deadline_us;
	if (f->engine->hurried)
		hang_up(f);
	/*
	 * Somebody else may have it by now, with its files: first a sign of
	 * life tells.
	 */
	if (now >= f->held_us && !f->engine->hurried) {
		f->due_us = now + AGAIN_US;
		return;
	}
	if (now >= f->deadline_us)
		flight_expire(f);
	for (size_t i = 0; i < f->part_count; i++)
		advance_part(f, &f->parts[i], now);
	if (is_complete(f)) {
		if (!fall_back(f))
			flight_end(f);
		return;
	}
	progress_note(f);
	if (!flight_save(f))
		return;
	/* it took long: nothing is sent by whom the task may be taken from */
	if (clock_steady_us() >= f->held_us && !f->engine->hurried) {
		f->due_us = clock_steady_us() + AGAIN_US;
		return;
	}
	for (size_t i = 0; i < f->part_count; i++)
		if (f->parts[i].state == PART_SENT && f->parts[i].call == NULL)
			talk_submit(f, &f->parts[i]);
	(void)hand_back(f, now);
}
