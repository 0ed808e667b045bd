#include "config.h"

#include "watch.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "domain/housekeeping.h"
#include "domain/provider.h"
#include "protocol.h"

#define ROUND_S INT64_C(86400)    /* between two rounds */
#define LOOK_US INT64_C(60000000) /* between two looks whether one is due */
#define DAY_MS INT64_C(86400000)
#define SOON_MS (90 * DAY_MS) /* a shutdown that is worth telling */
#define REPLY_MS INT64_C(30000)
#define LIST_MAX (4 * MIB)
#define VENDORS_MAX 256 /* of a round */
#define WATCH_MEMORY (8 * MIB)

/* A vendor that is being asked. */
struct asked {
	struct engine *engine;
	struct fetch *fetch; /* NULL: it has answered, or is not to be asked */
	const char *id;
	const struct protocol *protocol;
};

/* A round; its memory holds all of it. */
struct watch {
	struct arena *arena;
	struct asked asked[VENDORS_MAX];
	size_t count, open;
};

static const struct vendor_model *
listed(const struct vendor_model *models, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (text_is(models[i].id, id))
			return &models[i];
	return NULL;
}

static void
status_set(struct engine *e, const struct model *m, const char *status)
{
	struct model_change change = {
		.price = INT_NONE,
		.position = INT_NONE,
		.deadline_s = INT_NONE,
		.status = status,
	};
	enum err err;

	if (text_is(m->status, status))
		return;
	err = model_change(&e->cx, m->provider_id, m->id, &change);
	if (err)
		engine_db_failed(e, "marking a model", err);
}

/* One of our models, held against the vendor's list. */
static void
model_judge(struct engine *e, const struct model *m,
    const struct vendor_model *models, size_t count)
{
	const struct vendor_model *v = listed(models, count, m->upstream);
	char day[32];

	if (v == NULL) {
		log_event(LOG_LEVEL_WARN, "a model is not in its vendor's list",
		    "provider", m->provider_id, "model", m->id, "upstream",
		    m->upstream, (char *)NULL);
		return;
	}
	if (v->shutdown_ms == TIME_NONE ||
	    v->shutdown_ms > clock_ms() + SOON_MS)
		return;
	log_event(LOG_LEVEL_WARN,
	    v->shutdown_ms <= clock_ms() ? "a model was shut down"
					 : "a model will be shut down",
	    "provider", m->provider_id, "model", m->id, "upstream", m->upstream,
	    "on", time_format(v->shutdown_ms, day), (char *)NULL);
	status_set(
	    e, m, v->shutdown_ms <= clock_ms() ? "retired" : "deprecated");
}

static void
models_judge(struct engine *e, const struct asked *a,
    const struct vendor_model *models, size_t count)
{
	struct model *ours;
	size_t our_count;
	enum err err = model_list(&e->cx, &ours, &our_count);

	if (err) {
		engine_db_failed(e, "reading models", err);
		return;
	}
	for (size_t i = 0; i < our_count; i++)
		if (text_is(ours[i].provider_id, a->id) && ours[i].enabled &&
		    !text_is(ours[i].status, "retired"))
			model_judge(e, &ours[i], models, count);
}

static void
round_end(struct engine *e)
{
	arena_free(e->watch->arena);
	e->watch = NULL;
}

static void
on_listed(void *arg, const struct fetch_reply *reply)
{
	struct asked *a = arg;
	struct engine *e = a->engine;
	struct vendor_model *models;
	size_t count, mark = arena_mark(e->cx.arena);

	a->fetch = NULL;
	if (reply->outcome == FETCH_OK &&
	    a->protocol->models_read(&e->cx, reply, &models, &count) &&
	    count > 0)
		models_judge(e, a, models, count);
	else
		log_event(LOG_LEVEL_INFO, "a vendor's models are not known",
		    "provider", a->id, "detail", reply->detail, (char *)NULL);
	arena_rewind(e->cx.arena, mark);
	if (--e->watch->open == 0)
		round_end(e);
}

/* Asks, unless the vendor has no list or is not in use. */
static void
vendor_ask(struct engine *e, struct watch *w, const struct provider *p)
{
	struct ctx cx = e->cx;
	struct asked *a = &w->asked[w->count];
	struct job job = { .url = p->url };
	struct fetch_request rq = { .method = "GET" };
	enum err err;

	cx.arena = w->arena;
	a->engine = e;
	a->id = p->id;
	a->protocol = protocol_find(p->protocol, text_is(p->type, "video"));
	if (text_is(p->protocol, "openai"))
		a->protocol = protocol_find(p->protocol, false);
	if (!p->enabled || a->protocol == NULL || a->protocol->models == NULL)
		return;
	err = provider_key(&cx, p, &job.key);
	if (err == ERR_OK)
		err = a->protocol->models(&cx, &job, &rq);
	if (err) {
		log_event(LOG_LEVEL_WARN, "a vendor can't be asked for models",
		    "provider", a->id, "reason", err_name(err), "detail",
		    cx.fault.detail, (char *)NULL);
		return;
	}
	rq.max_bytes = LIST_MAX;
	rq.total_ms = REPLY_MS;
	a->fetch = fetch_start(e->loop, &rq, on_listed, a);
	w->count++;
	w->open++;
}

static void
round_begin(struct engine *e)
{
	struct arena *arena = arena_new(WATCH_MEMORY);
	struct watch *w = ARENA_NEW(arena, struct watch);
	struct ctx cx = e->cx;
	struct provider *providers;
	size_t count;
	enum err err;

	cx.arena = w->arena = arena;
	e->watch = w;
	err = provider_list(&cx, &providers, &count);
	if (err) {
		engine_db_failed(e, "reading vendors", err);
		count = 0;
	}
	for (size_t i = 0; i < count && w->count < VENDORS_MAX; i++)
		vendor_ask(e, w, &providers[i]);
	if (w->open == 0)
		round_end(e);
}

void
watch_turn(struct engine *e)
{
	int64_t now = clock_steady_us(), place;
	bool mine = false;
	enum err err;

	if (now < e->watch_us || e->watch != NULL)
		return;
	e->watch_us = now + LOOK_US;
	err = chore_take(&e->cx, "models", ROUND_S, &mine, &place);
	if (err)
		engine_db_failed(e, "looking after models", err);
	else if (mine)
		round_begin(e);
}

void
watch_stop(struct engine *e)
{
	if (e->watch == NULL)
		return;
	for (size_t i = 0; i < e->watch->count; i++)
		if (e->watch->asked[i].fetch != NULL)
			fetch_stop(e->watch->asked[i].fetch);
	round_end(e);
}
