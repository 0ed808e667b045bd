/*
 * All transfers of one thread.  libcurl says which sockets it waits for and
 * when it wants to be called; an epoll watches them, so that a turn costs what
 * moves in it, however many are silent.
 */
#include "config.h"

#include <assert.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "vendor/fetch_impl.h"

#define SET(loop, option, value)                                               \
	curl_multi_setopt((loop)->multi, CURLMOPT_##option, value)

#define TURN_MS 250              /* the longest sleep while one is under way */
#define WATCH_US INT64_C(100000) /* between two looks at all of them */
#define EVENTS_MAX 64            /* taken up at once */
#define NEVER INT64_MAX

static void
library_init(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		die(EX_SOFTWARE, "cannot start libcurl");
}

void *
fetch_got(void *memory)
{
	if (memory == NULL)
		die(EX_OSERR, "out of memory");
	return memory;
}

/*
 * Nobody would wake it.  To tell libcurl so would end the transfers of all
 * others, too.
 */
static void
interest_lost(CURL *easy)
{
	struct fetch *f = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &f);
	if (f == NULL)
		return;
	f->over = "no memory to watch its socket";
	f->verdict = f->patience.sent_us == 0 ? FETCH_NOT_SENT : FETCH_LOST;
	f->loop->judged = true;
}

/* libcurl waits for something else at a socket; known: it did before. */
static int
on_interest(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	static char yes;
	struct fetch_loop *loop = arg;
	struct epoll_event event = { .data.fd = fd };

	if ((what & CURL_POLL_IN) != 0)
		event.events |= EPOLLIN;
	if ((what & CURL_POLL_OUT) != 0)
		event.events |= EPOLLOUT;
	if (what == CURL_POLL_REMOVE) {
		/* it may be closed already */
		(void)epoll_ctl(loop->poll_fd, EPOLL_CTL_DEL, fd, NULL);
		curl_multi_assign(loop->multi, fd, NULL);
		return 0;
	}
	if (epoll_ctl(loop->poll_fd,
		known == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) == 0)
		curl_multi_assign(loop->multi, fd, &yes);
	else
		interest_lost(easy);
	return 0;
}

static int
on_timer(CURLM *multi, long ms, void *arg)
{
	struct fetch_loop *loop = arg;

	(void)multi;
	loop->timer_us =
	    ms < 0 ? NEVER : clock_steady_us() + (int64_t)ms * 1000;
	return 0;
}

struct fetch_loop *
fetch_loop_new(const char *egress_allow)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct fetch_loop *loop = fetch_got(calloc(1, sizeof(*loop)));

	pthread_once(&once, library_init);
	loop->multi = fetch_got(curl_multi_init());
	loop->egress_allow = fetch_got(strdup(egress_allow));
	loop->timer_us = NEVER;
	loop->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->poll_fd < 0 || loop->wake_fd < 0)
		die(EX_OSERR, "out of descriptors");
	SET(loop, SOCKETFUNCTION, on_interest);
	SET(loop, SOCKETDATA, loop);
	SET(loop, TIMERFUNCTION, on_timer);
	SET(loop, TIMERDATA, loop);
	return loop;
}

void
fetch_loop_free(struct fetch_loop *loop)
{
	if (loop == NULL)
		return;
	while (loop->first != NULL)
		fetch_stop(loop->first);
	curl_multi_cleanup(loop->multi);
	(void)close(loop->poll_fd);
	(void)close(loop->wake_fd);
	free(loop->egress_allow);
	free(loop);
}

void
fetch_loop_allow(struct fetch_loop *loop, const char *egress_allow)
{
	free(loop->egress_allow);
	loop->egress_allow = fetch_got(strdup(egress_allow));
}

size_t
fetch_loop_busy(const struct fetch_loop *loop)
{
	return loop->busy;
}

void
fetch_loop_wake(struct fetch_loop *loop)
{
	const uint64_t one = 1;

	/* It can only fail when it is readable already. */
	(void)!write(loop->wake_fd, &one, sizeof(one));
}

/* Ends what is over by our own judgement; done() may stop others. */
static size_t
reap(struct fetch_loop *loop)
{
	int64_t now = clock_steady_us();
	size_t count = 0;
	struct fetch *f;

	if (!loop->judged && now - loop->watched_us < WATCH_US)
		return 0;
	loop->watched_us = now;
	for (f = loop->first; f != NULL; f = f->next)
		if (f->over == NULL)
			fetch_watch(f, now);
	loop->judged = false;
	for (;;) {
		for (f = loop->first; f != NULL && f->over == NULL;)
			f = f->next;
		if (f == NULL)
			return count;
		fetch_finish(f, CURLE_ABORTED_BY_CALLBACK);
		count++;
	}
}

/* Tells of all that are over; how many. */
static size_t
settle(struct fetch_loop *loop)
{
	size_t count = 0;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(loop->multi, &left)) != NULL) {
		struct fetch *f;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &f);
		fetch_finish(f, message->data.result);
		count++;
	}
	return count + reap(loop);
}

/* Lets libcurl act where something happened. */
static void
advance(struct fetch_loop *loop)
{
	struct epoll_event events[EVENTS_MAX];
	int count = epoll_wait(loop->poll_fd, events, EVENTS_MAX, 0);
	int running;

	for (int i = 0; i < count; i++) {
		int what = 0;

		if ((events[i].events & EPOLLIN) != 0)
			what |= CURL_CSELECT_IN;
		if ((events[i].events & EPOLLOUT) != 0)
			what |= CURL_CSELECT_OUT;
		if ((events[i].events & (EPOLLERR | EPOLLHUP)) != 0)
			what |= CURL_CSELECT_ERR;
		curl_multi_socket_action(
		    loop->multi, events[i].data.fd, what, &running);
	}
	if (clock_steady_us() < loop->timer_us)
		return;
	loop->timer_us = NEVER;
	curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

static int
patience_ms(const struct fetch_loop *loop, int64_t wait_ms)
{
	int64_t timer_us = loop->timer_us - clock_steady_us();

	if (loop->busy > 0 && wait_ms > TURN_MS)
		wait_ms = TURN_MS;
	if (loop->timer_us != NEVER && wait_ms * 1000 > timer_us)
		wait_ms = (timer_us + 999) / 1000;
	return wait_ms < 0 ? 0 : wait_ms > INT_MAX ? INT_MAX : (int)wait_ms;
}

void
fetch_loop_turn(
    struct fetch_loop *loop, const int *fds, size_t count, int64_t wait_ms)
{
	struct pollfd all[FETCH_FDS_MAX + 2];
	uint64_t told;

	assert(count <= FETCH_FDS_MAX);
	if (settle(loop) > 0)
		return;
	all[0] = (struct pollfd){ .fd = loop->poll_fd, .events = POLLIN };
	all[1] = (struct pollfd){ .fd = loop->wake_fd, .events = POLLIN };
	for (size_t i = 0; i < count; i++)
		all[i + 2] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	(void)poll(all, (nfds_t)count + 2, patience_ms(loop, wait_ms));
	(void)!read(loop->wake_fd, &told, sizeof(told));
	advance(loop);
	settle(loop);
}
