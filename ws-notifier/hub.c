#include "config.h"

#include "hub.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "ring.h"

#define BUCKETS 16384     /* of accounts */
#define FEED_MESSAGES 128 /* a backlog is filled up to here from the past */
#define FEED_BYTES (BACKLOG_BYTES / 2)
#define QUEUE_FIRST 8

struct connection {
	struct connection *next, **link; /* in its bucket */
	uint64_t id;                     /* slot and generation */
	void *handle;                    /* NULL until greeted */
	struct session_held session;
	int64_t expires_ms;
	int64_t since, reset;
	int64_t told;
	bool bad_origin;
	bool behind, asked;
	enum close_code closing;
	/* backlog: a ring that doubles when it is full */
	uint16_t head, count, size;
	struct message **queue;
	size_t bytes;
};

struct hub {
	struct hub_calls calls;
	bool begun, ready;
	int64_t cursor; /* the last event of anybody */
	struct ring ring;
	struct connection *buckets[BUCKETS];
	struct connection **slots; /* by the low half of the id */
	size_t slot_count, count;
	size_t watching; /* letters that are away */
	uint32_t generation;
};

static void *
resize(void *old, size_t count, size_t size)
{
	void *p = reallocarray(old, count, size);

	if (p == NULL)
		die(EX_OSERR, "out of memory");
	return p;
}

struct hub *
hub_new(const struct hub_calls *calls)
{
	struct hub *h = calloc(1, sizeof(*h));

	if (h == NULL)
		die(EX_OSERR, "out of memory");
	h->calls = *calls;
	return h;
}

void
hub_free(struct hub *h)
{
	ring_release(&h->ring);
	free(h->slots);
	free(h);
}

/* The last bytes of a UUIDv7 are random. */
static struct connection **
hub_bucket(struct hub *h, const struct uuid *account)
{
	size_t n = (size_t)account->b[15] << 8 | account->b[14];

	return &h->buckets[n % BUCKETS];
}

/* ---- joining and leaving ---- */

static size_t
slot_take(struct hub *h)
{
	size_t old = h->slot_count;

	for (size_t i = h->count < old ? 0 : old; i < old; i++)
		if (h->slots[i] == NULL)
			return i;
	h->slot_count = old == 0 ? 64 : old * 2;
	h->slots = resize(h->slots, h->slot_count, sizeof(h->slots[0]));
	memset(h->slots + old, 0, (h->slot_count - old) * sizeof(h->slots[0]));
	return old;
}

static struct connection *
hub_find(const struct hub *h, uint64_t id)
{
	size_t slot = id & UINT32_MAX;
	struct connection *c = slot < h->slot_count ? h->slots[slot] : NULL;

	return c != NULL && c->id == id ? c : NULL;
}

struct connection *
hub_join(struct hub *h, const struct admission *a)
{
	struct connection **bucket = hub_bucket(h, &a->session.account);
	struct connection *c = calloc(1, sizeof(*c));
	size_t slot = slot_take(h);

	if (c == NULL)
		die(EX_OSERR, "out of memory");
	c->id = (uint64_t)++h->generation << 32 | slot;
	c->session = a->session;
	c->expires_ms = a->expires_ms;
	c->since = a->since;
	c->reset = a->reset;
	c->bad_origin = a->bad_origin;
	c->behind = true;
	c->next = *bucket;
	c->link = bucket;
	if (c->next != NULL)
		c->next->link = &c->next;
	*bucket = c;
	h->slots[slot] = c;
	h->count++;
	return c;
}

static void
backlog_clear(struct connection *c)
{
	for (; c->count > 0; c->count--) {
		message_drop(c->queue[c->head]);
		c->head = (uint16_t)((c->head + 1) % c->size);
	}
	free(c->queue);
	c->queue = NULL;
	c->size = 0;
	c->head = 0;
	c->bytes = 0;
}

void
hub_leave(struct hub *h, struct connection *c)
{
	*c->link = c->next;
	if (c->next != NULL)
		c->next->link = c->link;
	h->slots[c->id & UINT32_MAX] = NULL;
	h->count--;
	backlog_clear(c);
	free(c);
}

size_t
hub_count(const struct hub *h)
{
	return h->count;
}

size_t
hub_count_of(const struct hub *h, const struct uuid *account)
{
	struct connection *const *bucket =
	    hub_bucket((struct hub *)(uintptr_t)h, account);
	size_t n = 0;

	for (const struct connection *c = *bucket; c != NULL; c = c->next)
		n += uuid_equal(&c->session.account, account);
	return n;
}

/* ---- the backlog ---- */

static void
backlog_grow(struct connection *c)
{
	uint16_t size = c->size == 0 ? QUEUE_FIRST : (uint16_t)(c->size * 2);

	c->queue = resize(c->queue, size, sizeof(c->queue[0]));
	/* what had wrapped around goes behind the rest */
	for (uint16_t i = 0; i < c->head; i++)
		c->queue[c->size + i] = c->queue[i];
	c->size = size;
}

/* Takes over a reference. */
static void
backlog_add(struct connection *c, struct message *m)
{
	if (c->count == c->size)
		backlog_grow(c);
	c->queue[(c->head + c->count++) % c->size] = m;
	c->bytes += m->len;
	if (m->seq > c->told)
		c->told = m->seq;
}

static bool
backlog_fits(
    const struct connection *c, const struct message *m, size_t n, size_t bytes)
{
	return c->count < n && (c->count == 0 || c->bytes + m->len <= bytes);
}

const struct message *
hub_next(const struct connection *c)
{
	return c->count > 0 ? c->queue[c->head] : NULL;
}

/* ---- feeding ---- */

static void
connection_ask(struct hub *h, struct connection *c)
{
	struct letter *l = letter_new(LETTER_REPLAY);

	l->connection = c->id;
	l->account = c->session.account;
	l->after = c->told;
	l->upto = h->cursor;
	c->asked = true;
	h->calls.ask(h->calls.arg, l);
}

/* From the ring; false when the backlog is full before its end. */
static bool
connection_take(struct hub *h, struct connection *c)
{
	size_t place = ring_find(&h->ring, c->told);
	struct message *m;

	for (; (m = ring_at(&h->ring, place)) != NULL; place++) {
		if (!uuid_equal(&m->account, &c->session.account))
			continue;
		if (!backlog_fits(c, m, FEED_MESSAGES, FEED_BYTES))
			return false;
		backlog_add(c, message_hold(m));
	}
	return true;
}

static void
connection_feed(struct hub *h, struct connection *c)
{
	if (!c->behind || c->asked || c->closing || c->handle == NULL)
		return;
	if (c->told < h->ring.after) {
		if (c->count == 0)
			connection_ask(h, c);
	} else if (connection_take(h, c)) {
		c->behind = false;
		if (c->told < h->cursor)
			c->told = h->cursor;
	}
	if (c->count > 0)
		h->calls.wake(h->calls.arg, c->handle);
}

void
hub_sent(struct hub *h, struct connection *c)
{
	struct message *m = c->queue[c->head];

	c->bytes -= m->len;
	c->head = (uint16_t)((c->head + 1) % c->size);
	c->count--;
	message_drop(m);
	if (c->count == 0) {
		backlog_clear(c);
		connection_feed(h, c);
	}
}

static void
connection_say(struct connection *c, const char *type, int64_t seq)
{
	char text[80];

	(void)snprintf(text, sizeof(text),
	    "{\"type\":\"%s\",\"eventId\":%" PRId64 "}", type, seq);
	backlog_add(c, message_new(0, &c->session.account, text));
}

void
hub_greet(struct hub *h, struct connection *c, void *handle)
{
	c->handle = handle;
	if (c->bad_origin) {
		hub_close(h, c, CLOSE_POLICY);
		return;
	}
	c->told = c->reset != INT_NONE   ? c->reset
		  : c->since != INT_NONE ? c->since
					 : h->cursor;
	/* what stands in any message is a good since */
	connection_say(c, "hello", c->told);
	if (c->reset != INT_NONE)
		connection_say(c, "reset", c->reset);
	h->calls.wake(h->calls.arg, handle);
	connection_feed(h, c);
}

/* ---- news ---- */

bool
hub_ready(const struct hub *h)
{
	return h->ready;
}

static void
connection_tell(struct hub *h, struct connection *c, struct message *m)
{
	if (c->handle == NULL || c->closing || c->behind || c->told >= m->seq)
		return;
	if (!backlog_fits(c, m, BACKLOG_MESSAGES, BACKLOG_BYTES)) {
		log_info("a connection is %d messages behind: closed",
		    (int)c->count);
		hub_close(h, c, CLOSE_TOO_SLOW);
		return;
	}
	backlog_add(c, message_hold(m));
	if (c->count == 1)
		h->calls.wake(h->calls.arg, c->handle);
}

void
hub_events(struct hub *h, const struct letter *l)
{
	if (!h->begun) {
		h->begun = true;
		h->cursor = l->after;
		ring_init(&h->ring, l->after);
	}
	for (size_t i = 0; i < l->message_count; i++) {
		struct message *m = l->messages[i];
		struct connection *c = *hub_bucket(h, &m->account);

		ring_add(&h->ring, m);
		h->cursor = m->seq;
		for (; c != NULL; c = c->next)
			if (uuid_equal(&c->session.account, &m->account))
				connection_tell(h, c, m);
	}
	h->ready = h->ready || !l->more;
}

void
hub_replayed(struct hub *h, const struct letter *l)
{
	struct connection *c = hub_find(h, l->connection);

	if (c == NULL || c->closing)
		return;
	c->asked = false;
	for (size_t i = 0; i < l->message_count; i++)
		backlog_add(c, message_hold(l->messages[i]));
	if (l->upto > c->told)
		c->told = l->upto;
	connection_feed(h, c);
	if (c->count > 0)
		h->calls.wake(h->calls.arg, c->handle);
}

/* ---- ends ---- */

void
hub_close(struct hub *h, struct connection *c, enum close_code code)
{
	if (c->closing)
		return;
	c->closing = code;
	backlog_clear(c);
	if (c->handle != NULL)
		h->calls.wake(h->calls.arg, c->handle);
}

enum close_code
hub_closing(const struct connection *c)
{
	return c->closing;
}

void
hub_ended(struct hub *h, const struct letter *l)
{
	h->watching--;
	for (size_t i = 0; i < l->session_count; i++) {
		struct connection *c = hub_find(h, l->connections[i]);

		if (c != NULL)
			hub_close(h, c, CLOSE_UNAUTHENTICATED);
	}
}

void
hub_watch(struct hub *h)
{
	struct letter *l = NULL;
	size_t left = h->count;

	if (h->watching > 0)
		return;
	for (size_t i = 0; i < h->slot_count; i++) {
		const struct connection *c = h->slots[i];

		if (c == NULL)
			continue;
		if (l == NULL) {
			size_t n =
			    left < SESSION_WATCH_MAX ? left : SESSION_WATCH_MAX;

			l = letter_new(LETTER_WATCH);
			letter_hold_sessions(l, n);
		}
		left--;
		l->connections[l->session_count] = c->id;
		l->sessions[l->session_count++] = c->session;
		if (l->session_count == SESSION_WATCH_MAX || left == 0) {
			h->watching++;
			h->calls.ask(h->calls.arg, l);
			l = NULL;
		}
	}
}

void
hub_expire(struct hub *h, int64_t now_ms)
{
	for (size_t i = 0; i < h->slot_count; i++) {
		struct connection *c = h->slots[i];

		if (c != NULL && c->expires_ms <= now_ms)
			hub_close(h, c, CLOSE_UNAUTHENTICATED);
	}
}

void
hub_end(struct hub *h, enum close_code code)
{
	for (size_t i = 0; i < h->slot_count; i++)
		if (h->slots[i] != NULL)
			hub_close(h, h->slots[i], code);
}

void
hub_each(struct hub *h, void (*each)(void *arg, void *handle), void *arg)
{
	for (size_t i = 0; i < h->slot_count; i++) {
		struct connection *c = h->slots[i];

		if (c != NULL && c->handle != NULL)
			each(arg, c->handle);
	}
}
