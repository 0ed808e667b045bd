#include "vendor/wire.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"

#define UNREAD_MAX (2 * MIB)    /* of one call */
#define UNREAD_ENOUGH (1 * MIB) /* then its vendor waits for its reader */
#define REPLY_MAX (1 * MIB)     /* what is kept of a reply that is no stream */
#define IDLE_MS 60000
#define WIRE_MEMORY (16 * KIB)

struct wire_call {
	struct wire *wire;
	struct wire_call *next;  /* in the wire's list of errands */
	struct fetch_request rq; /* with our functions */
	struct fetch *fetch;     /* NULL: not begun, or over */
	int fd;
	/* under the mutex */
	bool queued; /* for the thread to start it, go on with it or drop it */
	bool paused; /* until its reader has read */
	bool left;   /* by its reader */
	bool over;
	struct buf in;
	struct arena *arena; /* of the reply */
	struct fetch_reply reply;
};

struct wire {
	struct arena *arena;
	pthread_t thread;
	struct fetch_loop *loop;
	pthread_mutex_t mutex;
	pthread_cond_t dropped;
	struct wire_call *errands;
	bool stopping;
};

static void
call_tell(struct wire_call *c)
{
	const uint64_t one = 1;

	/* It can only fail when it is readable already. */
	(void)!write(c->fd, &one, sizeof(one));
}

/* In the thread: bytes of a stream. */
static bool
on_data(void *arg, const char *data, size_t len)
{
	struct wire_call *c = arg;
	bool first, kept;

	(void)pthread_mutex_lock(&c->wire->mutex);
	first = c->in.len == 0;
	kept = buf_add(&c->in, data, len);
	if (c->in.len >= UNREAD_ENOUGH && !c->paused) {
		c->paused = true;
		fetch_pause(c->fetch, true);
	}
	(void)pthread_mutex_unlock(&c->wire->mutex);
	if (first)
		call_tell(c);
	return kept;
}

static void
on_done(void *arg, const struct fetch_reply *reply)
{
	struct wire_call *c = arg;

	c->arena = arena_new(REPLY_MAX);
	fetch_reply_copy(c->arena, reply, &c->reply);
	(void)pthread_mutex_lock(&c->wire->mutex);
	c->fetch = NULL;
	c->over = true;
	(void)pthread_cond_broadcast(&c->wire->dropped);
	(void)pthread_mutex_unlock(&c->wire->mutex);
	call_tell(c);
}

/* One errand, under the mutex. */
static void
errand_run(struct wire *w, struct wire_call *c)
{
	struct fetch *fetch = c->fetch;

	if (c->left && fetch != NULL)
		fetch_stop(fetch);
	if (c->left) {
		c->fetch = NULL;
		c->over = true;
	} else if (fetch == NULL && !c->over) {
		c->fetch = fetch_start(w->loop, &c->rq, on_done, c);
	} else if (fetch != NULL) {
		/* on_data() gets at once what came before the pause */
		(void)pthread_mutex_unlock(&w->mutex);
		fetch_pause(fetch, false);
		(void)pthread_mutex_lock(&w->mutex);
	}
	(void)pthread_cond_broadcast(&w->dropped);
}

/* Does what was asked for since; false: the end. */
static bool
errands_run(struct wire *w)
{
	struct wire_call *c;
	bool stopping;

	(void)pthread_mutex_lock(&w->mutex);
	while ((c = w->errands) != NULL) {
		w->errands = c->next;
		c->queued = false;
		errand_run(w, c);
	}
	stopping = w->stopping;
	(void)pthread_mutex_unlock(&w->mutex);
	return !stopping;
}

static void *
wire_run(void *arg)
{
	struct wire *w = arg;

	while (errands_run(w))
		fetch_loop_turn(w->loop, NULL, 0, IDLE_MS);
	return NULL;
}

struct wire *
wire_start(const char *egress_allow)
{
	struct arena *arena = arena_new(WIRE_MEMORY);
	struct wire *w = ARENA_NEW(arena, struct wire);
	int error;

	w->arena = arena;
	w->loop = fetch_loop_new(egress_allow);
	/* With these arguments neither fails on Linux. */
	(void)pthread_mutex_init(&w->mutex, NULL);
	(void)pthread_cond_init(&w->dropped, NULL);
	error = pthread_create(&w->thread, NULL, wire_run, w);
	if (error == 0)
		return w;
	fetch_loop_free(w->loop);
	arena_free(arena);
	errno = error;
	return NULL;
}

void
wire_stop(struct wire *w)
{
	if (w == NULL)
		return;
	(void)pthread_mutex_lock(&w->mutex);
	w->stopping = true;
	(void)pthread_mutex_unlock(&w->mutex);
	fetch_loop_wake(w->loop);
	(void)pthread_join(w->thread, NULL);
	fetch_loop_free(w->loop);
	(void)pthread_cond_destroy(&w->dropped);
	(void)pthread_mutex_destroy(&w->mutex);
	arena_free(w->arena);
}

/* Under the mutex. */
static void
call_queue(struct wire_call *c)
{
	if (!c->queued) {
		c->queued = true;
		c->next = c->wire->errands;
		c->wire->errands = c;
	}
	fetch_loop_wake(c->wire->loop);
}

struct wire_call *
wire_call(struct wire *w, struct arena *arena, const struct fetch_request *rq)
{
	struct wire_call *c = ARENA_NEW(arena, struct wire_call);

	c->wire = w;
	c->rq = *rq;
	c->rq.sink_fd = 0;
	c->rq.on_data = on_data;
	c->rq.on_tick = NULL;
	c->rq.arg = c;
	c->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->fd < 0)
		return NULL;
	buf_init(&c->in, UNREAD_MAX);
	(void)pthread_mutex_lock(&w->mutex);
	call_queue(c);
	(void)pthread_mutex_unlock(&w->mutex);
	return c;
}

int
wire_fd(const struct wire_call *c)
{
	return c->fd;
}

bool
wire_read(
    struct wire_call *c, struct buf *out, const struct fetch_reply **reply_out)
{
	uint64_t told;
	bool over;

	(void)!read(c->fd, &told, sizeof(told));
	(void)pthread_mutex_lock(&c->wire->mutex);
	buf_add(out, buf_text(&c->in), c->in.len);
	buf_clear(&c->in);
	over = c->over;
	if (c->paused && !over)
		call_queue(c);
	c->paused = false;
	(void)pthread_mutex_unlock(&c->wire->mutex);
	if (over)
		*reply_out = &c->reply;
	return over;
}

void
wire_end(struct wire_call *c)
{
	struct wire *w = c->wire;

	(void)pthread_mutex_lock(&w->mutex);
	if (!c->over) {
		c->left = true;
		call_queue(c);
	}
	while (!c->over || c->queued)
		(void)pthread_cond_wait(&w->dropped, &w->mutex);
	(void)pthread_mutex_unlock(&w->mutex);
	(void)close(c->fd);
	buf_release(&c->in);
	arena_free(c->arena);
}
