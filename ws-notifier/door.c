#include "config.h"

#include "door.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "core/conf.h"
#include "core/db.h"
#include "domain/event.h"
#include "domain/session.h"
#include "domain/ticket.h"
#include "handshake.h"

#define GUESTS_MAX 1024                /* whose head has not come yet */
#define PATIENCE_US ((int64_t)5000000) /* for a head */
#define STARVED_US ((int64_t)500000)   /* out of descriptors or memory */
#define BATCH 64
#define CONFS_MAX 16 /* configurations that are kept */

struct guest {
	int fd; /* -1: free */
	int64_t until_us;
};

struct door {
	pthread_t thread;
	struct door_calls calls;
	const struct listen *listen;
	struct ctx cx;
	struct conf *confs[CONFS_MAX]; /* others may still read an old one */
	size_t conf_next;              /* where the oldest is, or none */
	int epoll_fd, signal_fd, stop_fd;
	bool listening;
	int64_t starved_until_us; /* nobody is let in before */
	struct guest guests[GUESTS_MAX];
	size_t guest_count;
	char head[HEAD_MAX];
};

/* What stands for other descriptors in epoll's data. */
enum {
	TAG_LISTEN = GUESTS_MAX,
	TAG_SIGNAL,
	TAG_STOP
};

/* ---- refusing ---- */

static void
socket_answer(int fd, const char *text)
{
	char waste[4096];

	/* unread bytes would reset the connection before the answer is read */
	while (recv(fd, waste, sizeof(waste), MSG_DONTWAIT) > 0)
		continue;
	(void)send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_WR);
	(void)close(fd);
}

/* The answer, and the line in the log that bears the same id. */
static void
guest_refuse(struct ctx *cx, int fd, enum err e, const char *language)
{
	char trace[UUID_TEXT];
	struct uuid id = uuid_new();

	cx->trace = uuid_format(&id, trace);
	log_context(arena_printf(cx->arena, "req=%s", trace));
	if (err_status(e) >= 500)
		log_error("a handshake failed: %s",
		    cx->fault.detail != NULL ? cx->fault.detail : err_name(e));
	log_event(LOG_LEVEL_INFO, "handshake", "status",
	    arena_printf(cx->arena, "%d", err_status(e)), "reason",
	    err_reason(e), (char *)NULL);
	socket_answer(fd, handshake_refusal(cx, e, language));
	log_context(NULL);
	cx->trace = NULL;
}

void
door_refuse(const struct conf *conf, int fd, enum err e, int64_t retry_after_s,
    const char *detail)
{
	struct ctx cx = { .arena = arena_new(MIB), .conf = conf };

	(void)fault_retry(&cx, e, retry_after_s, "%s", detail);
	guest_refuse(&cx, fd, e, NULL);
	arena_free(cx.arena);
}

/* ---- who is it ---- */

static enum err
since_read(struct ctx *cx, const char *text, struct admission *out)
{
	int64_t last;

	out->since = out->reset = INT_NONE;
	if (text == NULL)
		return ERR_OK;
	if (!text_to_int_in(text, 0, INT64_MAX - 1, &out->since))
		return fault(cx, ERR_INVALID_FIELD, "since",
		    "the eventId of a message is wanted");
	return event_start(cx, out->since, &last, &out->reset);
}

static enum err
session_read(struct ctx *cx, const struct handshake *h, struct session *out)
{
	if (!text_empty(h->ticket))
		return ticket_redeem(cx, h->ticket, out);
	if (text_empty(h->token))
		return fault(cx, ERR_UNAUTHENTICATED, NULL,
		    "/ws?token= or /ws?ticket= is wanted");
	return session_check(cx, h->token, out);
}

static enum err
admission_judge(
    struct ctx *cx, const struct handshake *h, struct admission *out)
{
	struct session session;
	enum err e = session_read(cx, h, &session);

	if (e == ERR_OK)
		e = since_read(cx, h->since, out);
	if (e == ERR_OK && h->wrong != NULL)
		e = fault(cx, ERR_INVALID_FIELD, h->wrong,
		    "this address speaks WebSocket (RFC 6455) only");
	if (e)
		return e;
	out->session = (struct session_held){ session.claims.sub,
		session.claims.jti, session.claims.epoch };
	out->expires_ms = session.claims.exp * 1000;
	out->bad_origin =
	    !handshake_origin_ok(cx, cx->conf->ws_origins, h->origin);
	return ERR_OK;
}

static void
guest_judge(struct door *d, int fd, size_t len)
{
	struct ctx *cx = &d->cx;
	struct letter *l = letter_new(LETTER_ADMIT);
	struct handshake h = { 0 };
	enum err e;

	fault_clear(cx);
	e = handshake_read(cx, d->head, len, &h);
	if (e == ERR_OK)
		e = admission_judge(cx, &h, &l->admission);
	if (e == ERR_OK) {
		l->admission.fd = fd;
		d->calls.admit(d->calls.arg, l);
	} else {
		letter_free(l);
		guest_refuse(cx, fd, e, h.language);
	}
	arena_reset(cx->arena);
}

/* ---- guests ---- */

static void
guest_forget(struct door *d, struct guest *g)
{
	(void)epoll_ctl(d->epoll_fd, EPOLL_CTL_DEL, g->fd, NULL);
	g->fd = -1;
	d->guest_count--;
}

/* Looks at what came so far; edge-triggered, so each new part wakes us. */
static void
guest_look(struct door *d, struct guest *g)
{
	ssize_t n =
	    recv(g->fd, d->head, sizeof(d->head), MSG_PEEK | MSG_DONTWAIT);
	int fd = g->fd;
	size_t len;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	len = n > 0 ? handshake_length(d->head, (size_t)n) : 0;
	if (n > 0 && len == 0 && (size_t)n < sizeof(d->head))
		return;
	guest_forget(d, g);
	if (n <= 0)
		(void)close(fd);
	else if (len == 0)
		door_refuse(d->cx.conf, fd, ERR_INVALID_FIELD, 0,
		    "the head of the request is too long");
	else
		guest_judge(d, fd, len);
}

static struct guest *
guest_place(struct door *d)
{
	for (size_t i = 0; i < GUESTS_MAX; i++)
		if (d->guests[i].fd < 0)
			return &d->guests[i];
	return NULL;
}

static void
listen_watch(struct door *d, bool on)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = TAG_LISTEN };

	if (on == d->listening)
		return;
	/* what can't be watched now is tried again in the next turn */
	if (epoll_ctl(d->epoll_fd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL,
		d->listen->fd, &ev) == 0)
		d->listening = on;
}

/* Whoever knocks would wake us again at once, for the same. */
static void
door_starved(struct door *d, int error)
{
	log_error("cannot accept a connection: %s", strerror(error));
	listen_watch(d, false);
	d->starved_until_us = clock_steady_us() + STARVED_US;
}

static void
guests_accept(struct door *d)
{
	struct guest *g;
	int fd;

	for (int i = 0; i < BATCH; i++) {
		struct epoll_event ev = { .events =
					      EPOLLIN | EPOLLRDHUP | EPOLLET };

		g = guest_place(d);
		if (g == NULL)
			break;
		fd = accept4(
		    d->listen->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0) {
			if (errno != EAGAIN && errno != EINTR &&
			    errno != ECONNABORTED)
				door_starved(d, errno);
			break;
		}
		g->fd = fd;
		g->until_us = clock_steady_us() + PATIENCE_US;
		d->guest_count++;
		ev.data.u32 = (uint32_t)(g - d->guests);
		if (epoll_ctl(d->epoll_fd, EPOLL_CTL_ADD, fd, &ev) != 0) {
			(void)fault(&d->cx, ERR_UNAVAILABLE, NULL,
			    "cannot watch it: %s", strerror(errno));
			guest_forget(d, g);
			guest_refuse(&d->cx, fd, ERR_UNAVAILABLE, NULL);
			fault_clear(&d->cx);
			arena_reset(d->cx.arena);
		}
	}
	if (d->guest_count == GUESTS_MAX)
		listen_watch(d, false);
}

static void
guests_tire(struct door *d)
{
	int64_t now = clock_steady_us();

	for (size_t i = 0; d->guest_count > 0 && i < GUESTS_MAX; i++) {
		struct guest *g = &d->guests[i];

		if (g->fd >= 0 && g->until_us <= now) {
			int fd = g->fd;

			guest_forget(d, g);
			(void)close(fd);
		}
	}
}

/* ---- signals ---- */

static void
door_reload(struct door *d)
{
	struct conf **place = &d->confs[d->conf_next];
	struct conf *fresh;

	if (*place != NULL && d->calls.uses(d->calls.arg, *place)) {
		log_error("reloaded too often: the file is not read again");
		return;
	}
	fresh = conf_reload(d->cx.conf, "gesso-notifier");
	if (fresh == NULL)
		return;
	conf_free(*place);
	*place = fresh;
	d->conf_next = (d->conf_next + 1) % CONFS_MAX;
	d->cx.conf = fresh;
	fault_clear(&d->cx);
	if (session_keys_load(&d->cx) != ERR_OK)
		log_error("the old keys stay in force: %s",
		    d->cx.fault.detail != NULL ? d->cx.fault.detail : "?");
	d->calls.reload(d->calls.arg, fresh);
	log_info("the configuration was read again");
}

static void
door_signal(struct door *d)
{
	struct signalfd_siginfo info;

	if (read(d->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP)
		door_reload(d);
	else
		d->calls.stop(d->calls.arg);
}

/* ---- the thread ---- */

static void *
door_run(void *arg)
{
	struct epoll_event events[BATCH];
	struct door *d = arg;
	bool stop = false;

	while (!stop) {
		int n = epoll_wait(d->epoll_fd, events, BATCH,
		    d->guest_count > 0 || !d->listening ? 500 : -1);

		for (int i = 0; i < n; i++) {
			uint32_t tag = events[i].data.u32;

			if (tag == TAG_LISTEN)
				guests_accept(d);
			else if (tag == TAG_SIGNAL)
				door_signal(d);
			else if (tag == TAG_STOP)
				stop = true;
			else if (d->guests[tag].fd >= 0)
				guest_look(d, &d->guests[tag]);
		}
		guests_tire(d);
		if (d->guest_count < GUESTS_MAX &&
		    clock_steady_us() >= d->starved_until_us)
			listen_watch(d, true);
	}
	return NULL;
}

static bool
door_watch(struct door *d, int fd, uint32_t tag)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = tag };

	return fd >= 0 && epoll_ctl(d->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0;
}

struct door *
door_open(const struct conf *conf, const struct listen *at,
    const struct door_calls *calls)
{
	struct door *d = calloc(1, sizeof(*d));
	sigset_t set;

	if (d == NULL)
		die(EX_OSERR, "out of memory");
	d->calls = *calls;
	d->listen = at;
	d->cx = (struct ctx){
		.arena = arena_new(4 * MIB), .db = db_new(conf), .conf = conf
	};
	for (size_t i = 0; i < GUESTS_MAX; i++)
		d->guests[i].fd = -1;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	d->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	d->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	d->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (d->epoll_fd < 0 || !door_watch(d, d->signal_fd, TAG_SIGNAL) ||
	    !door_watch(d, d->stop_fd, TAG_STOP))
		die(EX_OSERR, "cannot watch sockets: %s", strerror(errno));
	listen_watch(d, true);
	if (pthread_create(&d->thread, NULL, door_run, d) != 0)
		die(EX_OSERR, "cannot start a thread");
	return d;
}

void
door_shut(struct door *d)
{
	uint64_t one = 1;

	(void)!write(d->stop_fd, &one, sizeof(one));
	(void)pthread_join(d->thread, NULL);
}

void
door_free(struct door *d)
{
	for (size_t i = 0; i < GUESTS_MAX; i++)
		if (d->guests[i].fd >= 0)
			(void)close(d->guests[i].fd);
	(void)close(d->epoll_fd);
	(void)close(d->signal_fd);
	(void)close(d->stop_fd);
	db_free(d->cx.db);
	arena_free(d->cx.arena);
	for (size_t i = 0; i < CONFS_MAX; i++)
		conf_free(d->confs[i]);
	free(d);
}
