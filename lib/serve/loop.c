/*
 * The threads of one process and their accept loop.
 */
#include "config.h"

#include "serve/loop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "serve/fcgi.h"

#define THREADS_MAX 4096
#define THREAD_BYTES ((size_t)1024) /* of a thread's place in the arena */
#define STACK_DEFAULT (256 * KIB)
/* Serving the queue at the end takes no longer, even if it never empties. */
#define EMPTY_US ((int64_t)5000000)
/* Out of descriptors or memory: wait so long before the next try. */
#define STARVED_NS 20000000L
#define STARVED_LOG_US ((int64_t)1000000)

enum mode {
	MODE_RUN,
	MODE_EMPTY,
	MODE_LEAVE
};

struct thread {
	pthread_t id;
	struct loop *loop;
	struct fcgi *fcgi;
	int epoll_fd;
};

struct loop {
	const struct serve *serve;
	struct arena *arena;
	int listen_fd;
	int stop_fd; /* never read: once set it wakes everybody */
	atomic_int mode;
	int64_t empty_until_us; /* written before the mode */
	atomic_int_fast64_t requests_left;
	atomic_int_fast64_t starved_us; /* when it was logged last */
	struct thread *threads;
	size_t count;
};

/* May the thread take another request? */
static bool
loop_goes_on(const struct loop *l)
{
	switch (atomic_load(&l->mode)) {
	case MODE_RUN:
		return true;
	case MODE_EMPTY:
		return clock_steady_us() < l->empty_until_us;
	default:
		return false;
	}
}

/* Nothing is queued: waits for a connection, or for the end. */
static void
loop_wait(int ep)
{
	struct epoll_event event;

	log_flush();
	/* An error is EINTR at most, and the next accept tells the rest. */
	(void)epoll_wait(ep, &event, 1, -1);
}

static void
loop_starved(struct loop *l, int error)
{
	const struct timespec pause = { .tv_nsec = STARVED_NS };
	int_fast64_t last = atomic_load(&l->starved_us);
	int64_t now = clock_steady_us();

	if (now - last >= STARVED_LOG_US &&
	    atomic_compare_exchange_strong(&l->starved_us, &last, now))
		log_warn("cannot accept a request: %s", strerror(error));
	(void)nanosleep(&pause, NULL);
}

static void
loop_count(struct loop *l)
{
	if (atomic_fetch_sub(&l->requests_left, 1) == 1)
		(void)kill(getpid(), SIGUSR1);
}

/* Serves a request that is queued; else what accept says, as -errno. */
static int
loop_take(struct loop *l, struct fcgi *f, void *state)
{
	int rc = fcgi_accept(f);

	if (rc == 0) {
		l->serve->handle(state, f);
		fcgi_finish(f);
		loop_count(l);
	}
	return rc;
}

/* While requests are queued there is no need to ask whether there are. */
static void
loop_serve(struct loop *l, struct fcgi *f, int ep, void *state)
{
	while (loop_goes_on(l)) {
		int rc = loop_take(l, f, state);

		if (rc == -EAGAIN) {
			if (atomic_load(&l->mode) == MODE_EMPTY)
				return;
			loop_wait(ep);
		} else if (rc != 0 && rc != -EINTR && rc != -ECONNABORTED) {
			loop_starved(l, -rc);
		}
	}
	/*
	 * Nobody else is woken for a connection that this thread was woken for
	 * (EPOLLEXCLUSIVE): without us it would wait for the next one to come.
	 */
	(void)loop_take(l, f, state);
}

static int
loop_epoll(const struct loop *l)
{
	struct epoll_event in = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	struct epoll_event stop = { .events = EPOLLIN };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	if (ep < 0)
		return -1;
	if (epoll_ctl(ep, EPOLL_CTL_ADD, l->listen_fd, &in) != 0 ||
	    epoll_ctl(ep, EPOLL_CTL_ADD, l->stop_fd, &stop) != 0) {
		(void)close(ep);
		return -1;
	}
	return ep;
}

static void *
loop_thread(void *arg)
{
	struct thread *t = arg;
	const struct serve *s = t->loop->serve;
	void *state = NULL;

	if (s->thread_start != NULL)
		state = s->thread_start(s->arg);
	loop_serve(t->loop, t->fcgi, t->epoll_fd, state);
	if (s->thread_stop != NULL)
		s->thread_stop(state);
	log_flush();
	(void)close(t->epoll_fd);
	return NULL;
}

/*
 * 0 or errno.  Whatever a thread needs is there before it is: one that finds
 * out by itself that it can't serve would leave a process that nobody serves.
 */
static int
thread_make(struct loop *l, struct thread *t, const pthread_attr_t *attr)
{
	int error;

	t->loop = l;
	t->fcgi = fcgi_new(l->arena, l->listen_fd);
	t->epoll_fd = loop_epoll(l);
	if (t->epoll_fd < 0)
		return errno;
	error = pthread_create(&t->id, attr, loop_thread, t);
	if (error != 0)
		(void)close(t->epoll_fd);
	return error;
}

/* As many threads as the system gives; 0 or the errno of the first refusal. */
static int
loop_threads(struct loop *l, size_t count)
{
	pthread_attr_t attr;
	size_t stack = l->serve->stack != 0 ? l->serve->stack : STACK_DEFAULT;
	int error = pthread_attr_init(&attr);

	if (error != 0)
		return error;
	error = pthread_attr_setstacksize(&attr, stack);
	while (error == 0 && l->count < count) {
		error = thread_make(l, &l->threads[l->count], &attr);
		if (error == 0)
			l->count++;
	}
	(void)pthread_attr_destroy(&attr);
	return error;
}

static size_t
loop_size(int64_t threads)
{
	if (threads < 1)
		return 1;
	return threads > THREADS_MAX ? THREADS_MAX : (size_t)threads;
}

struct loop *
loop_start(const struct serve *s, int listen_fd, int64_t requests)
{
	size_t count = loop_size(s->threads);
	struct arena *a = arena_new(64 * KIB + count * THREAD_BYTES);
	struct loop *l = ARENA_NEW(a, struct loop);
	int error;

	l->arena = a;
	l->serve = s;
	l->listen_fd = listen_fd;
	l->threads = ARENA_ARRAY(a, count, struct thread);
	atomic_init(&l->mode, MODE_RUN);
	atomic_init(&l->requests_left, requests > 0 ? requests : 0);
	atomic_init(&l->starved_us, 0);
	l->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	error = l->stop_fd < 0 ? errno : loop_threads(l, count);
	if (l->count > 0) {
		if (error != 0)
			log_warn("only %zu of %zu threads run: %s", l->count,
			    count, strerror(error));
		return l;
	}
	if (l->stop_fd >= 0)
		(void)close(l->stop_fd);
	arena_free(a);
	errno = error;
	return NULL;
}

void
loop_stop(struct loop *l, enum loop_end end)
{
	const uint64_t one = 1;

	l->empty_until_us = clock_steady_us() + EMPTY_US;
	atomic_store(&l->mode, end == LOOP_EMPTY ? MODE_EMPTY : MODE_LEAVE);
	if (write(l->stop_fd, &one, sizeof(one)) != (ssize_t)sizeof(one))
		log_error("cannot wake the threads: %s", strerror(errno));
	for (size_t i = 0; i < l->count; i++)
		(void)pthread_join(l->threads[i].id, NULL);
	(void)close(l->stop_fd);
	arena_free(l->arena);
}
