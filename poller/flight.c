/*
 * A flight's beginning and end, and what it tells the database.
 */
#include "config.h"

#include "flight.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "call.h"
#include "core/conf.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "deliver.h"
#include "domain/media.h"
#include "domain/provider.h"
#include "domain/task.h"
#include "domain/task_kind.h"

#define FLIGHT_MEMORY (32 * MIB)
#define SAVE_AGAIN_US 300000 /* while the database is away */

/* A vendor and its model as they were read last. */
struct vendor_seen {
	struct provider provider;
	struct model model;
};

static enum err
vendor_look(struct flight *f, struct ctx *cx, struct vendor_seen *out)
{
	const struct task_claim *t = f->claim;
	enum err e = provider_find(cx, t->provider_id, &out->provider);

	if (e == ERR_OK)
		e = model_find(cx, t->provider_id, t->model_id, &out->model);
	if (e == ERR_NOT_FOUND)
		return fault(cx, ERR_PROVIDER_MISCONFIGURED, NULL,
		    "the vendor or the model is gone");
	return e;
}

/* What they are goes into the job; whether something new may be sent. */
static enum err
vendor_take(struct flight *f, struct ctx *cx, const struct vendor_seen *seen)
{
	const struct provider *provider = &seen->provider;
	const struct model *model = &seen->model;
	const char *key;
	enum err e = provider_key(cx, provider, &key);

	if (e)
		return e;
	json_free(f->job.config);
	json_free(f->job.model_config);
	f->job.config = f->job.model_config = NULL;
	f->protocol = protocol_find(model->protocol, f->job.film);
	f->job.url = arena_strdup(cx->arena, provider->url);
	f->job.key = arena_strdup(cx->arena, key);
	f->job.upstream = arena_strdup(cx->arena, model->upstream);
	if (provider->config != NULL)
		f->job.config = json_parse_loose(
		    provider->config, strlen(provider->config));
	if (model->config != NULL)
		f->job.model_config =
		    json_parse_loose(model->config, strlen(model->config));
	f->fallback = json_text_at(f->job.model_config, "fallback");
	if (f->protocol == NULL)
		return fault(cx, ERR_PROVIDER_MISCONFIGURED, NULL,
		    "protocol '%s' does not make this", model->protocol);
	if (!provider->enabled)
		return fault(cx, ERR_PROVIDER_UNAVAILABLE, NULL,
		    "the vendor is switched off");
	return ERR_OK;
}

/* What the vendor and the model are today; why nothing new may be sent. */
static enum err
vendor_read(struct flight *f, struct ctx *cx)
{
	struct vendor_seen *seen = ARENA_NEW(cx->arena, struct vendor_seen);
	enum err e = vendor_look(f, cx, seen);

	if (e)
		return e;
	f->seen = seen;
	return vendor_take(f, cx, seen);
}

/* Nothing new is sent; only the first reason counts. */
static void
flight_refuse(struct flight *f, enum err e, const char *detail)
{
	if (!f->new_work)
		return;
	f->new_work = false;
	f->refusal = e == ERR_INTERNAL ? ERR_PROVIDER_MISCONFIGURED : e;
	flight_log(f, "can't be sent", e, detail);
}

static bool
seen_same(const struct vendor_seen *a, const struct vendor_seen *b)
{
	const struct provider *p = &a->provider, *q = &b->provider;
	const struct model *m = &a->model, *n = &b->model;

	return p->enabled == q->enabled && text_is(p->url, q->url) &&
	       text_is(p->sealed_key, q->sealed_key) &&
	       text_is(p->config, q->config) &&
	       text_is(m->upstream, n->upstream) &&
	       text_is(m->config, n->config);
}

/* While the database is away all stays as it was: what runs goes on. */
void
flight_refresh(struct flight *f)
{
	struct ctx cx = f->engine->cx;
	struct vendor_seen now;
	enum err e;

	if (f->seen == NULL || f->engine->db_away)
		return;
	e = vendor_look(f, &cx, &now);
	if (e == ERR_UNAVAILABLE || e == ERR_UNCERTAIN) {
		engine_db_failed(f->engine, "reading a vendor", e);
		return;
	}
	if (e) {
		flight_refuse(f, e, cx.fault.detail);
		return;
	}
	if (!text_is(f->seen->model.protocol, now.model.protocol) ||
	    seen_same(f->seen, &now))
		return;
	f->vendor_turn++;
	cx.arena = f->arena;
	e = vendor_read(f, &cx);
	if (e && e != ERR_UNAVAILABLE && e != ERR_UNCERTAIN)
		flight_refuse(f, e, cx.fault.detail);
}

/* What was asked for. */
static enum err
job_read(struct flight *f, struct ctx *cx)
{
	const struct task_claim *t = f->claim;
	const struct task_kind *kind = task_kind_find(t->kind);
	struct task_new in = { .kind = kind };
	enum err e =
	    json_read(cx, t->params, strlen(t->params), kind->kept, &in);

	if (e)
		return e;
	f->job = (struct job){ .task = t->id,
		.film = kind->film,
		.prompt = t->prompt,
		.negative_prompt = in.negative_prompt,
		.style = in.style,
		.width = in.width,
		.height = in.height,
		.seed = in.seed,
		.strength = in.strength,
		.duration = in.duration,
		.fps = in.fps,
		.resolution = in.resolution,
		.url = "",
		.key = "",
		.upstream = "" };
	return ERR_OK;
}

/* Of the given picture its measures for now; its bytes when they are sent. */
static enum err
picture_read(struct flight *f, struct ctx *cx)
{
	struct picture *picture;
	struct media media;
	enum err e;

	if (uuid_is_null(&f->claim->input_media))
		return ERR_OK;
	e = media_find(cx, &f->claim->input_media, &media);
	if (e == ERR_NOT_FOUND)
		return fault(cx, ERR_PROVIDER_REJECTED, NULL,
		    "the given picture is gone");
	if (e)
		return e;
	picture = ARENA_NEW(f->arena, struct picture);
	picture->mime = arena_strdup(f->arena, media.mime);
	picture->width = media.width;
	picture->height = media.height;
	f->job.picture = picture;
	return ERR_OK;
}

static enum err
parts_make(struct flight *f, struct ctx *cx)
{
	int64_t batch = 1;
	enum err e = parts_read(cx, f->claim->parts, &f->parts, &f->part_count);

	if (e || f->part_count > 0)
		return e;
	if (f->protocol != NULL)
		batch = f->protocol->batch_of != NULL
			    ? f->protocol->batch_of(&f->job)
			    : f->protocol->batch;
	f->parts = parts_new(
	    cx, f->claim->count, batch > 0 ? batch : 1, &f->part_count);
	return ERR_OK;
}

/* Each step may find why nothing can be sent; what runs goes on all the same.
 */
static void
flight_fill(struct flight *f)
{
	static enum err (*const steps[])(struct flight *,
	    struct ctx *) = { job_read, vendor_read, picture_read, parts_make };
	struct ctx cx = f->engine->cx;

	cx.arena = f->arena;
	f->new_work = true;
	for (size_t i = 0; i < COUNT(steps); i++) {
		enum err e = steps[i](f, &cx);

		if (e == ERR_OK)
			continue;
		if (e == ERR_UNAVAILABLE || e == ERR_UNCERTAIN) {
			/* the lease runs out, and somebody tries again */
			engine_db_failed(f->engine, "reading a task", e);
			f->over = true;
			return;
		}
		flight_refuse(f, e, cx.fault.detail);
		fault_clear(&cx);
	}
}

struct flight *
flight_new(
    struct engine *engine, const struct task_claim *claim, int64_t asked_us)
{
	struct arena *arena = arena_new(FLIGHT_MEMORY);
	struct flight *f = ARENA_NEW(arena, struct flight);
	struct ctx cx = engine->cx;
	char id[UUID_TEXT];

	cx.arena = arena;
	f->engine = engine;
	f->arena = arena;
	f->claim = task_claim_copy(&cx, claim);
	snprintf(
	    f->trace, sizeof(f->trace), "task=%s", uuid_format(&claim->id, id));
	f->claimed_us = clock_steady_us();
	f->pulse_us = f->claimed_us;
	flight_held(f, asked_us);
	f->deadline_us = f->claimed_us + claim->left_ms * 1000;
	if (claim->elapsed_ms > 0)
		f->started_us = f->claimed_us - claim->elapsed_ms * 1000;
	f->next = engine->flights;
	f->link = &engine->flights;
	if (f->next != NULL)
		f->next->link = &f->next;
	engine->flights = f;
	engine->flight_count++;
	log_context(f->trace);
	flight_fill(f);
	log_context(NULL);
	return f;
}

void
flight_free(struct flight *f)
{
	for (size_t i = 0; i < f->part_count; i++) {
		call_stop(f->parts[i].call);
		if (f->unwanted)
			deliver_drop(f, &f->parts[i]);
		else
			deliver_leave(f, &f->parts[i]);
	}
	json_free(f->job.config);
	json_free(f->job.model_config);
	*f->link = f->next;
	if (f->next != NULL)
		f->next->link = f->link;
	f->engine->flight_count--;
	arena_free(f->arena);
}

void
flight_held(struct flight *f, int64_t asked_us)
{
	f->held_us = asked_us + f->engine->cx.conf->lease * INT64_C(1000000);
}

bool
flight_reclaim(struct flight *f)
{
	struct engine *e = f->engine;
	int64_t asked_us = clock_steady_us();

	if (task_queue_reclaim(&e->cx, e->owner, f->claim) != ERR_OK)
		return false;
	flight_held(f, asked_us);
	return true;
}

void
flight_drop(struct flight *f)
{
	f->over = true;
	f->due_us = 0;
}

void
flight_lost(struct flight *f)
{
	struct ctx *cx = &f->engine->cx;

	fault_clear(cx);
	if (task_queue_is_over(cx, &f->claim->id, &f->unwanted) != ERR_OK)
		fault_clear(cx);
	log_info(f->unwanted ? "the task is not wanted any more"
			     : "the task is somebody else's");
	flight_drop(f);
}

struct job
flight_job(const struct flight *f, const struct part *p)
{
	struct job job = f->job;

	job.count = p->count;
	job.part = p - f->parts;
	job.remote_id = p->remote_id;
	job.picture_ref = p->picture_ref;
	job.lookups = p->lookups;
	return job;
}

int64_t
flight_progress(const struct flight *f, int64_t now_us)
{
	int64_t usual_us = f->claim->estimated_s * INT64_C(1000000);
	int64_t sum = 0, told = 0;
	int64_t took;

	for (size_t i = 0; i < f->part_count; i++) {
		const struct part *p = &f->parts[i];

		if (p->state >= PART_READY)
			sum += 100;
		else if (p->state == PART_RUNNING && p->progress != INT_NONE)
			sum += p->progress;
		else
			continue;
		told++;
	}
	if (told == (int64_t)f->part_count && told > 0)
		return 1 + sum / told * 94 / 100;
	if (f->started_us == 0)
		return 0;
	/* four fifths of the way in the usual time, then ever slower */
	took = now_us - f->started_us;
	if (usual_us <= 0)
		usual_us = 1;
	if (took < usual_us)
		return 1 + 79 * took / usual_us;
	return 95 - 15 * usual_us / took;
}

void
flight_log(const struct flight *f, const char *what, enum err reason,
    const char *detail)
{
	log_event(LOG_LEVEL_WARN, what, "provider", f->claim->provider_id,
	    "model", f->claim->model_id, "reason", err_reason(reason), "detail",
	    detail, (char *)NULL);
}

/* The state of the whole, as its parts are. */
static enum task_state
state_wanted(const struct flight *f)
{
	size_t count[PART_STATE__MAX] = { 0 };

	for (size_t i = 0; i < f->part_count; i++)
		count[f->parts[i].state]++;
	if (count[PART_UNSENT] == f->part_count)
		return TASK_QUEUED;
	if (count[PART_UNSENT] > 0 || count[PART_SENT] > 0)
		return TASK_SUBMITTING;
	if (count[PART_RUNNING] > 0)
		return TASK_RUNNING;
	if (count[PART_READY] > 0) {
		for (size_t i = 0; i < f->part_count; i++)
			for (size_t n = 0; n < f->parts[i].delivery_count; n++)
				if (f->parts[i].deliveries[n].state ==
				    DELIVERY_AFAR)
					return TASK_FETCHING;
		return TASK_STORING;
	}
	return count[PART_UNKNOWN] > 0 ? TASK_UNCERTAIN : TASK_STORING;
}

/* A step of the flight's with its parts as they are now. */
static enum err
step_write(struct flight *f, struct task_step *step)
{
	struct engine *engine = f->engine;
	enum task_state now = task_state_parse(f->claim->state);
	enum task_state wanted = state_wanted(f);

	if (wanted != now && task_state_may(now, wanted)) {
		step->to = wanted;
		step->requeue = wanted == TASK_QUEUED;
	}
	step->parts = parts_write(&engine->cx, f->parts, f->part_count);
	step->submitted = f->submitted;
	step->failed_attempt = f->failed_attempt;
	step->progress = f->progress;
	return task_queue_step(&engine->cx, f->claim, step);
}

/* Whether a step is written; otherwise tries again later, or it is lost. */
static bool
step_settled(struct flight *f, enum err e)
{
	struct engine *engine = f->engine;

	if (e == ERR_OK) {
		f->dirty = f->submitted = f->failed_attempt = false;
		f->progress = 0;
		deliver_settled(f);
		engine->db_away = false;
		return true;
	}
	if (e == ERR_CONFLICT && flight_reclaim(f)) {
		log_info("a result came late, and is kept");
		f->due_us = 0;
		return false;
	}
	if (e == ERR_CONFLICT) {
		flight_lost(f);
		return false;
	}
	engine_db_failed(engine, "writing a step", e);
	f->due_us = clock_steady_us() + SAVE_AGAIN_US;
	return false;
}

bool
flight_save(struct flight *f)
{
	struct task_step step = { .to = TASK_QUEUED };

	if (f->over)
		return false;
	if (!f->dirty)
		return true;
	return step_settled(f, step_write(f, &step));
}

void
flight_release(struct flight *f, int64_t delay_ms)
{
	struct task_step step = { .release = true, .delay_ms = delay_ms };

	if (step_settled(f, step_write(f, &step)))
		flight_drop(f);
	else
		f->dirty = true;
}
