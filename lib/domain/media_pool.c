#include "config.h"

#include "domain/media_pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "core/conf.h"
#include "domain/media_helper.h"

#define SECOND_US INT64_C(1000000)
#ifdef GESSO_SANITIZED
#define SILENT_LAST STDOUT_FILENO /* reports are wanted */
#else
#define SILENT_LAST STDERR_FILENO
#endif

static struct {
	pthread_mutex_t lock;
	pthread_cond_t given;
	pid_t owner; /* a child of fork() has none of its parent's */
	struct media_worker workers[MEDIA_WORKERS_MAX];
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.given = PTHREAD_COND_INITIALIZER };

void
media_worker_kill(struct media_worker *w)
{
	if (w->pid == 0)
		return;
	close(w->fd);
	(void)kill(w->pid, SIGKILL);
	while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	w->pid = 0;
}

/* What the helper is given: a socket, nothing to read, nowhere to write. */
static int
worker_spawn(const char *path, int socket, pid_t *pid_out)
{
	char *const environment[] = { (char[]){ "LC_ALL=C" },
		(char[]){ "MALLOC_ARENA_MAX=1" },
		(char[]){ "MAGICK_THREAD_LIMIT=1" }, NULL };
	char name[] = "gesso-media";
	char *const arguments[] = { name, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, socket, STDIN_FILENO);
	for (int fd = STDOUT_FILENO; fd <= SILENT_LAST; fd++)
		posix_spawn_file_actions_addopen(
		    &files, fd, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(
	    &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	rc = posix_spawn(
	    pid_out, path, &files, &attributes, arguments, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

enum err
media_worker_start(struct ctx *cx, struct media_worker *w)
{
	const char *path = cx->conf->media_helper;
	struct media_answer ready;
	int64_t until_us;
	int pair[2], rc;

	if (w->pid != 0)
		return ERR_OK;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return fault(cx, ERR_UNAVAILABLE, NULL,
		    "socket of gesso-media: %s", strerror(errno));
	rc = worker_spawn(path, pair[1], &w->pid);
	close(pair[1]);
	if (rc != 0) {
		close(pair[0]);
		w->pid = 0;
		return fault(cx, ERR_UNAVAILABLE, NULL, "starting \"%s\": %s",
		    path, strerror(rc));
	}
	w->fd = pair[0];
	until_us = clock_steady_us() + cx->conf->media_timeout * SECOND_US;
	if (media_worker_answer(w, until_us, &ready) == ERR_OK &&
	    ready.verdict == MEDIA_READY)
		return ERR_OK;
	media_worker_kill(w);
	return fault(cx, ERR_UNAVAILABLE, NULL,
	    "\"%s\" does not start; see its --check", path);
}

/* An idle worker, one that runs if there is one; the lock is held. */
static struct media_worker *
worker_choose(const struct conf *conf)
{
	struct media_worker *idle = NULL;

	for (int64_t i = 0; i < conf->media_helpers && i < MEDIA_WORKERS_MAX;
	     i++) {
		struct media_worker *w = &pool.workers[i];

		if (w->busy)
			continue;
		if (w->pid != 0)
			return w;
		if (idle == NULL)
			idle = w;
	}
	return idle;
}

/* What a fork() copied belongs to the parent. */
static void
pool_disown(void)
{
	pid_t self = getpid();

	if (pool.owner == self)
		return;
	for (size_t i = 0; i < MEDIA_WORKERS_MAX; i++)
		if (pool.workers[i].pid != 0)
			close(pool.workers[i].fd);
	memset(pool.workers, 0, sizeof(pool.workers));
	for (size_t i = 0; i < MEDIA_WORKERS_MAX; i++)
		pool.workers[i].index = i;
	pool.owner = self;
}

enum err
media_pool_take(struct ctx *cx, bool wait, struct media_worker **out)
{
	struct media_worker *w;
	enum err e;

	pthread_mutex_lock(&pool.lock);
	pool_disown();
	while ((w = worker_choose(cx->conf)) == NULL && wait)
		pthread_cond_wait(&pool.given, &pool.lock);
	if (w != NULL)
		w->busy = true;
	pthread_mutex_unlock(&pool.lock);
	e = w == NULL ? ERR_OK : media_worker_start(cx, w);
	if (e)
		media_pool_give(w);
	else
		*out = w;
	return e;
}

bool
media_helper_idle(struct ctx *cx)
{
	bool idle;

	pthread_mutex_lock(&pool.lock);
	pool_disown();
	idle = worker_choose(cx->conf) != NULL;
	pthread_mutex_unlock(&pool.lock);
	return idle;
}

void
media_pool_give(struct media_worker *w)
{
	pthread_mutex_lock(&pool.lock);
	w->busy = false;
	pthread_cond_signal(&pool.given);
	pthread_mutex_unlock(&pool.lock);
}

void
media_helper_stop(void)
{
	pthread_mutex_lock(&pool.lock);
	pool_disown();
	for (size_t i = 0; i < MEDIA_WORKERS_MAX; i++)
		if (!pool.workers[i].busy)
			media_worker_kill(&pool.workers[i]);
	pthread_mutex_unlock(&pool.lock);
}

bool
media_worker_ask(
    struct media_worker *w, const struct media_ask *ask, int in_fd, int out_fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control = { .room = { 0 } };
	struct media_ask copy = *ask;
	struct iovec piece = { .iov_base = &copy, .iov_len = sizeof(copy) };
	int fds[2] = { in_fd, out_fd };
	size_t size = out_fd < 0 ? sizeof(int) : sizeof(fds);
	struct msghdr message = { .msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(size) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);
	ssize_t n;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(c), fds, size);
	do
		n = sendmsg(w->fd, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(copy);
}

enum err
media_worker_answer(
    struct media_worker *w, int64_t until_us, struct media_answer *out)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	struct media_answer answer;
	int64_t left_us;
	ssize_t n;
	int rc;

	do {
		left_us = until_us - clock_steady_us();
		if (left_us < 0)
			left_us = 0;
		rc = poll(&p, 1, (int)((left_us + 999) / 1000));
	} while (rc < 0 && errno == EINTR);
	if (rc == 0)
		return ERR_DEADLINE;
	n = recv(w->fd, &answer, sizeof(answer), MSG_DONTWAIT | MSG_TRUNC);
	if (n != (ssize_t)sizeof(answer) ||
	    answer.version != MEDIA_WIRE_VERSION)
		return ERR_INTERNAL;
	*out = answer;
	return ERR_OK;
}
