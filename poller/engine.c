#include "config.h"

#include "engine.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/log.h"
#include "claim.h"
#include "core/conf.h"
#include "core/db.h"
#include "deliver.h"
#include "domain/health.h"
#include "domain/housekeeping.h"
#include "domain/media_helper.h"
#include "domain/task_queue.h"
#include "flight.h"
#include "step.h"
#include "sweep.h"
#include "watch.h"

/* A turn's: the largest answer, parsed, and the works in it. */
#define TURN_MEMORY (512 * MIB)
#define ENGINE_MEMORY (4 * MIB)
#define BEAT_US 5000000
#define WATCH_AFTER_US 20000000
#define HOST_MAX 32

struct engine *
engine_new(const struct conf *conf)
{
	struct arena *memory = arena_new(ENGINE_MEMORY);
	struct engine *e = ARENA_NEW(memory, struct engine);
	char host[HOST_MAX] = "";
	uint8_t random[4];

	e->memory = memory;
	e->cx = (struct ctx){ .arena = arena_new(TURN_MEMORY),
		.db = db_new(conf),
		.conf = conf };
	e->loop = fetch_loop_new(conf->egress_allow);
	e->house = ARENA_NEW(memory, struct housekeeping);
	/* there is no hurry, and vendors of our own may be starting, too */
	e->watch_us = clock_steady_us() + WATCH_AFTER_US;
	(void)gethostname(host, sizeof(host) - 1);
	random_fill(random, sizeof(random));
	snprintf(e->owner, sizeof(e->owner), "%s:%ld:%s", host, (long)getpid(),
	    hex_encode(memory, random, sizeof(random)));
	return e;
}

void
engine_free(struct engine *e)
{
	while (e->flights != NULL)
		flight_free(e->flights);
	watch_stop(e);
	media_helper_stop();
	fetch_loop_free(e->loop);
	db_free(e->cx.db);
	arena_free(e->cx.arena);
	arena_free(e->memory);
}

void
engine_configure(struct engine *e, const struct conf *conf)
{
	db_free(e->cx.db);
	e->cx.db = db_new(conf);
	e->cx.conf = conf;
	fetch_loop_allow(e->loop, conf->egress_allow);
}

void
engine_db_failed(struct engine *e, const char *what, enum err err)
{
	if (err != ERR_UNAVAILABLE && err != ERR_UNCERTAIN)
		log_error("%s: %s: %s", what, err_name(err),
		    e->cx.fault.detail != NULL ? e->cx.fault.detail : "");
	else if (!e->db_away)
		log_error("the database is away: %s: %s", what,
		    e->cx.fault.detail != NULL ? e->cx.fault.detail : "");
	if (err == ERR_UNAVAILABLE || err == ERR_UNCERTAIN)
		e->db_away = true;
	fault_clear(&e->cx);
}

static void
beat(struct engine *e)
{
	enum err err = health_beat(&e->cx, "poller",
	    arena_printf(e->cx.arena, "%zu tasks in flight, %zu calls",
		e->flight_count, fetch_loop_busy(e->loop)));

	if (err)
		engine_db_failed(e, "giving a sign of life", err);
	else
		e->db_away = false;
}

/* Looks at every flight whose time has come; the finished ones go. */
static int64_t
flights_advance(struct engine *e, int64_t until_us)
{
	struct flight *next;

	for (struct flight *f = e->flights; f != NULL; f = next) {
		size_t mark = arena_mark(e->cx.arena);

		next = f->next;
		if (!f->over && f->due_us <= clock_steady_us()) {
			log_context(f->trace);
			flight_advance(f);
			log_context(NULL);
		}
		arena_rewind(e->cx.arena, mark);
		if (f->over && f->calls == 0)
			flight_free(f);
		else if (!f->over && f->due_us < until_us)
			until_us = f->due_us;
	}
	return until_us;
}

/* Helpers that may have finished by the next look. */
static size_t
helper_fds(struct engine *e, int *fds)
{
	size_t count = 0;

	for (struct flight *f = e->flights; f != NULL; f = f->next) {
		size_t n = deliver_fds(f, fds + count, FETCH_FDS_MAX - count);

		count += n;
		if (n > 0)
			f->due_us = 0;
	}
	return count;
}

void
engine_turn(struct engine *e, int64_t wait_ms)
{
	int64_t now = clock_steady_us();
	int64_t until_us = now + wait_ms * 1000;
	int fds[FETCH_FDS_MAX];
	size_t count;

	arena_reset(e->cx.arena);
	if (now >= e->beat_us) {
		e->beat_us = now + BEAT_US;
		step_look(e);
		beat(e);
	}
	claim_keep(e);
	if (!e->closing && now >= e->claim_us) {
		e->claim_us = now + e->cx.conf->poller_tick * 1000;
		claim_new(e);
	}
	if (!e->closing) {
		sweep_turn(e);
		watch_turn(e);
	}
	until_us = flights_advance(e, until_us);
	if (!e->closing && e->claim_us < until_us)
		until_us = e->claim_us;
	count = helper_fds(e, fds);
	now = clock_steady_us();
	arena_reset(e->cx.arena);
	fetch_loop_turn(e->loop, fds, count,
	    until_us > now ? (until_us - now + 999) / 1000 : 0);
}

void
engine_close(struct engine *e)
{
	e->closing = true;
	for (struct flight *f = e->flights; f != NULL; f = f->next)
		f->due_us = 0;
}

void
engine_hurry(struct engine *e)
{
	engine_close(e);
	e->hurried = true;
}

bool
engine_is_idle(const struct engine *e)
{
	return e->flight_count == 0 && e->watch == NULL;
}

enum err
engine_has_demand(struct engine *e, bool *out)
{
	struct task_demand *demand;
	size_t count;
	enum err err = task_queue_demand(&e->cx, &demand, &count);

	if (err == ERR_OK)
		*out = count > 0;
	return err;
}
