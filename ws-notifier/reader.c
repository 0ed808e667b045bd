#include "config.h"

#include "reader.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/conf.h"
#include "core/ctx.h"
#include "core/db.h"
#include "domain/event.h"
#include "domain/health.h"
#include "message.h"

#define READ_MAX 64     /* events in one letter: one turn of the loop */
#define NUMBER_FULL 512 /* event_number() has more to do */
#define REPLAY_MAX 128  /* events in one answer ... */
#define REPLAY_BYTES ((size_t)128 * 1024)
#define PAST 1024             /* events that are read at the start */
#define IDLE_MS INT64_C(250)  /* the slowest tick */
#define AWAY_MS INT64_C(1000) /* between tries while the database is away */
#define BEAT_US ((int64_t)10 * 1000000)
#define PRUNE_US ((int64_t)60 * 1000000)
#define PRUNE_AGAIN_US ((int64_t)100 * 1000) /* while there is more */
#define PRUNE_MAX 500

struct reader {
	pthread_t thread;
	struct reader_calls calls;
	struct ctx cx;
	_Atomic(const struct conf *) conf, conf_used;
	atomic_size_t connections;
	atomic_bool stop;
	struct mailbox asked;
	int64_t cursor; /* INT_NONE: not read yet */
	int64_t tick_ms;
	int64_t beat_us, prune_us; /* when they are due */
	bool past;                 /* all that came before us was told */
	bool away;
};

static struct message *
event_message_new(struct ctx *cx, const struct event *event)
{
	return message_new(
	    event->seq, &event->account_id, event_message(cx, event));
}

/* ---- new events ---- */

/* Where to begin: a little in the past, for those who come back soon. */
static enum err
cursor_init(struct reader *r)
{
	int64_t last, first;
	struct letter *l;
	enum err e;

	if (r->cursor != INT_NONE)
		return ERR_OK;
	e = event_bounds(&r->cx, &last, &first);
	if (e)
		return e;
	r->cursor = last - PAST > first - 1 ? last - PAST : first - 1;
	l = letter_new(LETTER_EVENTS);
	l->after = r->cursor;
	l->more = true;
	r->calls.deliver(r->calls.arg, l);
	return ERR_OK;
}

static enum err
events_read(struct reader *r, size_t *count_out)
{
	struct event *events;
	struct letter *l;
	size_t count;
	enum err e;

	e = event_since(&r->cx, r->cursor, READ_MAX, &events, &count);
	if (e)
		return e;
	*count_out = count;
	if (count == 0 && r->past)
		return ERR_OK;
	l = letter_new(LETTER_EVENTS);
	letter_hold_messages(l, count);
	for (size_t i = 0; i < count; i++)
		l->messages[i] = event_message_new(&r->cx, &events[i]);
	l->message_count = count;
	l->after = r->cursor;
	l->more = count == READ_MAX;
	if (count > 0)
		r->cursor = events[count - 1].seq;
	r->past = r->past || !l->more;
	r->calls.deliver(r->calls.arg, l);
	return ERR_OK;
}

static enum err
events_look(struct reader *r, bool *any_out)
{
	size_t count;
	enum err e = cursor_init(r);

	*any_out = false;
	if (e)
		return e;
	do {
		e = event_number(&r->cx, &count);
	} while (e == ERR_OK && count >= NUMBER_FULL);
	do {
		if (e == ERR_OK)
			e = events_read(r, &count);
		if (e)
			return e;
		arena_reset(r->cx.arena);
		*any_out = *any_out || count > 0;
	} while (count == READ_MAX && !atomic_load(&r->stop));
	return ERR_OK;
}

/* ---- what is asked ---- */

static enum err
replay_read(struct reader *r, struct letter *l)
{
	struct event *events;
	size_t count, bytes = 0, n = 0;
	enum err e;

	e = event_since_of(&r->cx, &l->account, l->after, l->upto, REPLAY_MAX,
	    &events, &count);
	if (e)
		return e;
	letter_hold_messages(l, count);
	while (n < count && (n == 0 || bytes < REPLAY_BYTES)) {
		l->messages[n] = event_message_new(&r->cx, &events[n]);
		bytes += l->messages[n++]->len;
	}
	l->message_count = n;
	if (n < count || count == REPLAY_MAX)
		l->upto = events[n - 1].seq;
	return ERR_OK;
}

/* Keeps the ended ones only. */
static enum err
watch_read(struct reader *r, struct letter *l)
{
	size_t *ended, count;
	enum err e;

	e = session_watch(
	    &r->cx, l->sessions, l->session_count, &ended, &count);
	if (e)
		return e;
	for (size_t i = 0; i < count; i++)
		l->connections[i] = l->connections[ended[i]];
	l->session_count = count;
	return ERR_OK;
}

/* Until the next look is due, however many ask: they come back together. */
static enum err
asked_answer(struct reader *r, int64_t until_us)
{
	struct letter *l;
	enum err e = ERR_OK;

	while (e == ERR_OK && clock_steady_us() < until_us &&
	       (l = mailbox_take(&r->asked)) != NULL) {
		e = l->kind == LETTER_REPLAY ? replay_read(r, l)
					     : watch_read(r, l);
		if (e && l->kind == LETTER_REPLAY) {
			mailbox_put(&r->asked, l); /* somebody waits for it */
			continue;
		}
		if (e)
			l->session_count = 0; /* it will be asked again */
		if (l->kind == LETTER_WATCH && l->session_count == 0)
			r->calls.leave(r->calls.arg, l);
		else
			r->calls.deliver(r->calls.arg, l);
		if (e == ERR_OK)
			arena_reset(r->cx.arena);
	}
	return e;
}

/* ---- housekeeping ---- */

static enum err
housekeeping(struct reader *r)
{
	int64_t now = clock_steady_us();
	enum err e = ERR_OK;
	size_t count;

	if (now >= r->beat_us) {
		r->beat_us = now + BEAT_US;
		e = health_beat(&r->cx, "notifier",
		    arena_printf(r->cx.arena, "connections=%zu event=%" PRId64,
			atomic_load(&r->connections), r->cursor));
	}
	if (e == ERR_OK && now >= r->prune_us) {
		e = event_prune(&r->cx, PRUNE_MAX, &count);
		r->prune_us =
		    now + (count == PRUNE_MAX ? PRUNE_AGAIN_US : PRUNE_US);
	}
	if (e == ERR_OK)
		arena_reset(r->cx.arena);
	return e;
}

/* Says so once while the database is away; how long to wait. */
static int64_t
reader_fail(struct reader *r, enum err e)
{
	if (!r->away || e != ERR_UNAVAILABLE)
		log_error("events cannot be read: %s",
		    r->cx.fault.detail != NULL ? r->cx.fault.detail
					       : err_name(e));
	r->away = true;
	arena_reset(r->cx.arena);
	return AWAY_MS;
}

/* One look at everything; how long to wait for the next. */
static int64_t
reader_look(struct reader *r)
{
	bool any = false;
	enum err e;

	r->cx.conf = atomic_load(&r->conf);
	atomic_store(&r->conf_used, r->cx.conf);
	fault_clear(&r->cx);
	e = events_look(r, &any);
	if (e == ERR_OK)
		e = housekeeping(r);
	if (e)
		return reader_fail(r, e);
	if (r->away)
		log_info("events are read again");
	r->away = false;
	r->tick_ms =
	    any ? r->cx.conf->ws_tick : r->tick_ms + r->tick_ms / 8 + 1;
	if (r->tick_ms > IDLE_MS)
		r->tick_ms = IDLE_MS > r->cx.conf->ws_tick
				 ? IDLE_MS
				 : r->cx.conf->ws_tick;
	return r->tick_ms;
}

/* Questions are answered between the looks. */
static void
reader_rest(struct reader *r, int64_t ms)
{
	int64_t until = clock_steady_us() + ms * 1000;
	int64_t left;
	enum err e = ERR_OK;

	while (e == ERR_OK && !r->away && !atomic_load(&r->stop) &&
	       (left = until - clock_steady_us()) > 0) {
		mailbox_wait(&r->asked, left / 1000 + 1);
		e = asked_answer(r, until);
	}
	if (e)
		ms = reader_fail(r, e);
	if (r->away)
		mailbox_pause(&r->asked, ms);
}

static void *
reader_run(void *arg)
{
	struct reader *r = arg;

	while (!atomic_load(&r->stop))
		reader_rest(r, reader_look(r));
	return NULL;
}

struct reader *
reader_open(const struct conf *conf, const struct reader_calls *calls)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (r == NULL)
		die(EX_OSERR, "out of memory");
	r->calls = *calls;
	r->cx = (struct ctx){
		.arena = arena_new(64 * MIB), .db = db_new(conf), .conf = conf
	};
	r->cursor = INT_NONE;
	r->tick_ms = conf->ws_tick;
	atomic_init(&r->conf, conf);
	atomic_init(&r->conf_used, conf);
	mailbox_init(&r->asked);
	if (pthread_create(&r->thread, NULL, reader_run, r) != 0)
		die(EX_OSERR, "cannot start a thread");
	return r;
}

void
reader_ask(struct reader *r, struct letter *l)
{
	mailbox_put(&r->asked, l);
}

void
reader_reload(struct reader *r, const struct conf *conf)
{
	atomic_store(&r->conf, conf);
}

bool
reader_uses(struct reader *r, const struct conf *conf)
{
	return atomic_load(&r->conf_used) == conf;
}

void
reader_count(struct reader *r, size_t connections)
{
	atomic_store(&r->connections, connections);
}

void
reader_close(struct reader *r)
{
	atomic_store(&r->stop, true);
	mailbox_close(&r->asked);
	(void)pthread_join(r->thread, NULL);
	mailbox_release(&r->asked);
	db_free(r->cx.db);
	arena_free(r->cx.arena);
	free(r);
}
