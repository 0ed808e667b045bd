#include "config.h"

#include "server.h"

#include <assert.h>
#include <errno.h>
#include <libwebsockets.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/conf.h"
#include "door.h"
#include "files.h"
#include "handshake.h"
#include "hub.h"
#include "loop.h"
#include "mail.h"
#include "reader.h"

#define RX_SIZE 128               /* clients have nothing to tell */
#define RX_MAX 4096               /* ... and not much of it */
#define SWEEP_MS 1000             /* between two looks for expired tokens */
#define WATCH_SWEEPS 3            /* ... for revoked ones */
#define PING_SWEEPS 30            /* ... and two pings */
#define PING_GROUPS 6             /* which do not go out all at once */
#define SILENCE_MS INT64_C(75000) /* after which somebody is gone */
#define HANDSHAKE_S 5
#define GOODBYE_S 5 /* for a close frame to leave, or to be answered */
#define FAREWELL_US ((int64_t)2000000) /* for all of them, at the end */
#define HEADERS_AT_ONCE 64
#define SPARE_FILES 1200 /* descriptors besides connections: guests, ours */
#define FULL_RETRY_S 10

/* What libwebsockets keeps for each connection. */
struct peer {
	struct connection *connection;
	int64_t heard_ms;
	size_t message_bytes; /* of what the client is telling us */
	unsigned char group;  /* 0 to PING_GROUPS - 1 */
	bool ping, leaving;
};

struct server {
	_Atomic(const struct conf *) conf;
	void *loop; /* NULL: the library's own, which polls */
	struct lws_context *context;
	struct lws_vhost *vhost;
	struct hub *hub;
	struct reader *reader;
	struct mailbox inbox;
	struct mailbox early; /* who came before the first events */
	lws_sorted_usec_list_t sweep;
	unsigned sweeps, greeted;
	atomic_bool stop;
	size_t connections_max;
	struct connection *adopting; /* not yet known to libwebsockets */
};

static_assert(MESSAGE_ROOM >= LWS_PRE, "room before a message");

/* ---- from other threads ---- */

static void
inbox_put(void *arg, struct letter *l)
{
	struct server *s = arg;

	mailbox_put(&s->inbox, l);
	lws_cancel_service(s->context);
}

/* It is read at the next sweep, if nothing wakes us before. */
static void
inbox_leave(void *arg, struct letter *l)
{
	struct server *s = arg;

	mailbox_put(&s->inbox, l);
}

static void
reload(void *arg, const struct conf *conf)
{
	struct server *s = arg;

	atomic_store(&s->conf, conf);
	reader_reload(s->reader, conf);
}

static bool
uses(void *arg, const struct conf *conf)
{
	struct server *s = arg;

	return reader_uses(s->reader, conf);
}

static void
stop(void *arg)
{
	struct server *s = arg;

	atomic_store(&s->stop, true);
	lws_cancel_service(s->context);
}

/* ---- from the hub ---- */

static void
hub_wakes(void *arg, void *handle)
{
	(void)arg;
	(void)lws_callback_on_writable(handle);
}

static void
hub_asks(void *arg, struct letter *l)
{
	struct server *s = arg;

	reader_ask(s->reader, l);
}

/* ---- letting in ---- */

static void
letter_admit(struct server *s, struct letter *l)
{
	const struct conf *conf = atomic_load(&s->conf);
	struct admission *a = &l->admission;
	lws_adopt_desc_t desc = { .vh = s->vhost,
		.type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP };
	char user[UUID_TEXT];
	int fd = a->fd;

	a->fd = -1;
	if (hub_count(s->hub) >= s->connections_max) {
		door_refuse(conf, fd, ERR_UNAVAILABLE, FULL_RETRY_S,
		    "too many connections");
		return;
	}
	if (hub_count_of(s->hub, &a->session.account) >=
	    (size_t)conf->ws_connections_per_user) {
		door_refuse(conf, fd, ERR_TOO_MANY_TRIES, FULL_RETRY_S,
		    "too many connections of this account");
		return;
	}
	desc.fd.sockfd = fd;
	s->adopting = hub_join(s->hub, a);
	desc.opaque = s->adopting;
	/* when it fails it closes the descriptor, and may have told us or not*/
	if (lws_adopt_descriptor_vhost_via_info(&desc) == NULL &&
	    s->adopting != NULL)
		hub_leave(s->hub, s->adopting);
	s->adopting = NULL;
	reader_count(s->reader, hub_count(s->hub));
	log_event(LOG_LEVEL_INFO, "handshake", "status", "101", "user",
	    uuid_format(&a->session.account, user), (char *)NULL);
}

static void letter_read(struct server *, struct letter *);

static void
early_admit(struct server *s)
{
	struct letter *l;

	while ((l = mailbox_take(&s->early)) != NULL)
		letter_read(s, l);
}

static void
letter_read(struct server *s, struct letter *l)
{
	switch (l->kind) {
	case LETTER_ADMIT:
		if (!hub_ready(s->hub)) {
			mailbox_put(&s->early, l);
			return;
		}
		letter_admit(s, l);
		break;
	case LETTER_EVENTS:
		hub_events(s->hub, l);
		if (hub_ready(s->hub))
			early_admit(s);
		break;
	case LETTER_REPLAY:
		hub_replayed(s->hub, l);
		break;
	case LETTER_WATCH:
		hub_ended(s->hub, l);
		break;
	}
	letter_free(l);
}

/*
 * After one letter of events there is a turn of the loop, in which those who
 * read fast enough empty their backlogs.
 */
static void
inbox_read(struct server *s)
{
	struct letter *l;
	bool events = false;

	while (!events && (l = mailbox_take(&s->inbox)) != NULL) {
		events = l->kind == LETTER_EVENTS;
		letter_read(s, l);
	}
	if (events)
		lws_cancel_service(s->context);
}

/* ---- what libwebsockets tells ---- */

static void
peer_start(struct server *s, struct lws *wsi, struct peer *p)
{
	p->connection = lws_get_opaque_user_data(wsi);
	p->heard_ms = clock_steady_us() / 1000;
	p->group = (unsigned char)(s->greeted++ % PING_GROUPS);
	hub_greet(s->hub, p->connection, wsi);
}

static int
peer_close(struct lws *wsi, enum close_code code)
{
	static const struct {
		enum close_code code;
		const char *reason;
	} reasons[] = {
		{ CLOSE_GOING_AWAY, "the notifier ends" },
		{ CLOSE_POLICY, "this origin may not connect" },
		{ CLOSE_UNAUTHENTICATED, "the token is no longer valid" },
		{ CLOSE_TOO_SLOW, "too slow; come back with since" },
	};
	const char *reason = "";

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].code == code)
			reason = reasons[i].reason;
	lws_close_reason(wsi, (enum lws_close_status)code,
	    (unsigned char *)(uintptr_t)reason, strlen(reason));
	return -1;
}

/* Writes until the socket is full; -1 closes. */
static int
peer_write(struct server *s, struct lws *wsi, struct peer *p)
{
	/* of an empty pong the library tells nothing */
	unsigned char ping[LWS_PRE + 1] = { [LWS_PRE] = '?' };
	const struct message *m;

	if (hub_closing(p->connection))
		return peer_close(wsi, hub_closing(p->connection));
	if (p->ping) {
		p->ping = false;
		if (lws_write(wsi, ping + LWS_PRE, 1, LWS_WRITE_PING) < 0)
			return -1;
		(void)lws_callback_on_writable(wsi);
		return 0;
	}
	while ((m = hub_next(p->connection)) != NULL) {
		if (lws_send_pipe_choked(wsi)) {
			(void)lws_callback_on_writable(wsi);
			return 0;
		}
		/* the library writes its header into the room */
		if (lws_write(wsi,
			(unsigned char *)(uintptr_t)m->bytes + MESSAGE_ROOM,
			m->len, LWS_WRITE_TEXT) < 0)
			return -1;
		hub_sent(s->hub, p->connection);
	}
	return 0;
}

static int
peer_heard(struct lws *wsi, struct peer *p, size_t len)
{
	p->heard_ms = clock_steady_us() / 1000;
	p->message_bytes =
	    lws_is_first_fragment(wsi) ? len : p->message_bytes + len;
	return p->message_bytes > RX_MAX ? peer_close(wsi, CLOSE_TOO_BIG) : 0;
}

/* One whose handshake is not over is known by its opaque data only. */
static void
peer_end(struct server *s, struct lws *wsi)
{
	struct connection *c = lws_get_opaque_user_data(wsi);

	if (c == NULL)
		return;
	lws_set_opaque_user_data(wsi, NULL);
	if (s->adopting == c)
		s->adopting = NULL;
	hub_leave(s->hub, c);
	if (s->reader != NULL)
		reader_count(s->reader, hub_count(s->hub));
}

static int
on_event(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in,
    size_t len)
{
	struct server *s = lws_context_user(lws_get_context(wsi));
	struct peer *p = user;

	(void)in;
	switch (why) {
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		inbox_read(s);
		return 0;
	case LWS_CALLBACK_ESTABLISHED:
		peer_start(s, wsi, p);
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return peer_write(s, wsi, p);
	case LWS_CALLBACK_RECEIVE:
		return peer_heard(wsi, p, len);
	case LWS_CALLBACK_RECEIVE_PONG:
		p->heard_ms = clock_steady_us() / 1000;
		return 0;
	case LWS_CALLBACK_HTTP:
		return -1; /* the door lets only upgrades through */
	case LWS_CALLBACK_WSI_DESTROY:
		peer_end(s, wsi);
		return 0;
	default:
		return 0;
	}
}

/* ---- what time tells ---- */

static void
peer_sweep(void *arg, void *handle)
{
	struct server *s = arg;
	struct peer *p = lws_wsi_user(handle);
	int64_t silence = clock_steady_us() / 1000 - p->heard_ms;

	if (hub_closing(p->connection)) {
		/* whoever does not read does not read this either */
		if (!p->leaving)
			lws_set_timeout(handle,
			    PENDING_TIMEOUT_USER_REASON_BASE, GOODBYE_S);
		p->leaving = true;
	} else if (silence > SILENCE_MS) {
		lws_set_timeout(handle, PENDING_TIMEOUT_USER_REASON_BASE,
		    LWS_TO_KILL_ASYNC);
	} else if (s->sweeps % PING_SWEEPS ==
		   p->group * (PING_SWEEPS / PING_GROUPS)) {
		p->ping = true;
		(void)lws_callback_on_writable(handle);
	}
}

static void
sweep(lws_sorted_usec_list_t *sul)
{
	struct server *s = lws_container_of(sul, struct server, sweep);

	s->sweeps++;
	inbox_read(s);
	hub_expire(s->hub, clock_ms());
	if (s->sweeps % WATCH_SWEEPS == 0)
		hub_watch(s->hub);
	hub_each(s->hub, peer_sweep, s);
	lws_sul_schedule(
	    s->context, 0, &s->sweep, sweep, SWEEP_MS * LWS_US_PER_MS);
}

/* ---- start and stop ---- */

static void
lws_says(int level, const char *line)
{
	int len = (int)strcspn(line, "\n");

	if (level == LLL_ERR)
		log_error("libwebsockets: %.*s", len, line);
	else
		log_debug("libwebsockets: %.*s", len, line);
}

static void
context_open(struct server *s)
{
	static const struct lws_protocols protocols[] = {
		{ .name = "events",
		    .callback = on_event,
		    .per_session_data_size = sizeof(struct peer),
		    .rx_buffer_size = RX_SIZE },
		{ 0 },
	};
	/*
	 * We ping and we hang up ourselves: the library's own timers, one a
	 * connection, stand in one sorted list that each pong walks along.
	 */
	static const lws_retry_bo_t no_timers = { 0 };
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = protocols,
		.gid = -1,
		.uid = -1,
		.user = s,
		.count_threads = 1,
		.max_http_header_pool = HEADERS_AT_ONCE,
		.max_http_header_data = HEAD_MAX,
		.timeout_secs = HANDSHAKE_S,
		.pt_serv_buf_size = 4096,
		.retry_and_idle_policy = &no_timers,
		.options = LWS_SERVER_OPTION_DISABLE_IPV6 |
			   LWS_SERVER_OPTION_VALIDATE_UTF8,
	};

	lws_set_log_level(LLL_ERR | LLL_WARN, lws_says);
	s->loop = loop_new();
	if (s->loop != NULL) {
		info.options |= LWS_SERVER_OPTION_LIBEV;
		info.foreign_loops = &s->loop;
		s->context = lws_create_context(&info);
	}
	if (s->context == NULL) {
		/* its part for libev is a package of its own */
		log_info("polling: without libev a few thousand are many");
		loop_free(s->loop);
		s->loop = NULL;
		info.options &= ~(uint64_t)LWS_SERVER_OPTION_LIBEV;
		info.foreign_loops = NULL;
		s->context = lws_create_context(&info);
	}
	if (s->context == NULL)
		die(EX_SOFTWARE, "cannot start libwebsockets");
	s->vhost = lws_get_vhost_by_name(s->context, "default");
	if (s->vhost == NULL)
		die(EX_SOFTWARE, "libwebsockets has no vhost");
	lws_sul_schedule(
	    s->context, 0, &s->sweep, sweep, SWEEP_MS * LWS_US_PER_MS);
}

static bool
turn(struct server *s)
{
	return s->loop != NULL ? loop_turn(s->loop)
			       : lws_service(s->context, 0) >= 0;
}

/* Tells all that we go, and waits a little until they know. */
static void
farewell(struct server *s)
{
	int64_t until = clock_steady_us() + FAREWELL_US;

	hub_end(s->hub, CLOSE_GOING_AWAY);
	while (hub_count(s->hub) > 0 && clock_steady_us() < until && turn(s))
		continue;
}

int
server_run(const struct conf *conf)
{
	struct server s = { .hub = NULL }; /* clang: no 0 for an atomic */
	const struct hub_calls hub_calls = { &s, hub_wakes, hub_asks };
	const struct reader_calls reader_calls = { &s, inbox_put, inbox_leave };
	const struct door_calls door_calls = { &s, inbox_put, reload, uses,
		stop };
	struct listen at;
	struct door *door;

	atomic_init(&s.conf, conf);
	s.connections_max = files_reserve(conf->ws_connections, SPARE_FILES);
	mailbox_init(&s.inbox);
	mailbox_init(&s.early);
	s.hub = hub_new(&hub_calls);
	context_open(&s);
	listen_open(&at, conf->ws_listen);
	s.reader = reader_open(conf, &reader_calls);
	door = door_open(conf, &at, &door_calls);
	log_info("listening at '%s'", conf->ws_listen);

	while (!atomic_load(&s.stop) && turn(&s))
		continue;

	log_info("stopping");
	door_shut(door);
	listen_close(&at);
	farewell(&s);
	reader_close(s.reader);
	s.reader = NULL;
	lws_context_destroy(s.context);
	loop_free(s.loop);
	door_free(door);
	mailbox_release(&s.inbox);
	mailbox_release(&s.early);
	hub_free(s.hub);
	return EX_OK;
}
