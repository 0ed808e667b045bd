/*
 * The master: forks workers, replaces them, reloads, stops.
 */
#include "config.h"

#include "serve/master.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/log.h"
#include "serve/loop.h"
#include "serve/signals.h"

/* Workers of all generations at one time, draining ones included. */
#define WORKERS_MAX 1024
/* A worker that lives no longer has failed to start ... */
#define QUICK_US ((int64_t)1000000)
/* ... and the next but one waits, twice as long each time, up to a limit. */
#define PAUSE_FIRST_US ((int64_t)100000)
#define PAUSE_DOUBLINGS 6
/* Workers without a master wait so long for the next one. */
#define BRIDGE_US ((int64_t)5000000)
#define BRIDGE_LOOK_MS 20

struct worker {
	pid_t pid;
	int64_t since_us;
	bool leaving; /* drains; its place is free */
};

struct master {
	struct serve *serve;
	struct listener *listener;
	pid_t pid;
	int signal_fd;
	int leave_read, leave_write; /* a leaving worker writes its pid */
	bool stopping;
	unsigned quick_deaths; /* in a row */
	int64_t spawn_at_us;   /* not before */
	struct worker workers[WORKERS_MAX];
	size_t count;
};

/*
 * The master was killed.  Until somebody has started the next one its workers
 * answer: a front server that is refused once refuses everybody for a second.
 */
static void
worker_bridge(const struct master *m)
{
	int64_t until = clock_steady_us() + BRIDGE_US;

	while (listener_is_named(m->listener) && clock_steady_us() < until &&
	       !signals_wait_ms(BRIDGE_LOOK_MS))
		continue;
}

/* The life of a worker. */
static int
worker_run(struct master *m)
{
	struct serve *s = m->serve;
	pid_t self = getpid();
	struct loop *l;
	int sig;

	(void)close(m->signal_fd);
	(void)close(m->leave_read);
	/* When the master is killed, so are we, politely. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != m->pid)
		return EX_OSERR;
	if (s->worker_start != NULL)
		s->worker_start(s->arg);
	l = loop_start(s, m->listener->fd, s->requests);
	if (l == NULL) {
		log_error("cannot start threads: %s", strerror(errno));
		return EX_OSERR;
	}
	do
		sig = signals_wait();
	while (sig == SIGHUP || sig == SIGCHLD);
	if (sig == SIGTERM && getppid() != m->pid)
		worker_bridge(m);
	/* Without a reader the master is gone, and needs no telling. */
	if (write(m->leave_write, &self, sizeof(self)) < 0 && errno != EPIPE)
		log_warn("cannot tell the master: %s", strerror(errno));
	loop_stop(l, sig == SIGUSR1 ? LOOP_LEAVE : LOOP_EMPTY);
	return EX_OK;
}

/* True in the parent, false in the new worker or when there is none. */
static bool
master_spawn(struct master *m, pid_t *pid_out)
{
	pid_t pid;

	(void)fflush(NULL); /* or each child would write it again */
	pid = fork();
	*pid_out = pid;
	if (pid == 0)
		return false;
	if (pid < 0) {
		log_error("cannot start a worker: %s", strerror(errno));
		m->spawn_at_us = clock_steady_us() + QUICK_US;
		return false;
	}
	m->workers[m->count++] =
	    (struct worker){ .pid = pid, .since_us = clock_steady_us() };
	return true;
}

static size_t
master_missing(const struct master *m)
{
	int64_t wanted = m->serve->workers < 1 ? 1 : m->serve->workers;
	int64_t there = 0;

	if (m->stopping)
		return 0;
	for (size_t i = 0; i < m->count; i++)
		if (!m->workers[i].leaving)
			there++;
	return wanted > there ? (size_t)(wanted - there) : 0;
}

/* Starts the workers that are missing; true in a new worker. */
static bool
master_fill(struct master *m)
{
	size_t missing = master_missing(m);
	pid_t pid;

	if (clock_steady_us() < m->spawn_at_us)
		return false;
	for (; missing > 0 && m->count < WORKERS_MAX; missing--)
		if (!master_spawn(m, &pid))
			return pid == 0;
	return false;
}

static struct worker *
master_find(struct master *m, pid_t pid)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->workers[i].pid == pid)
			return &m->workers[i];
	return NULL;
}

/* Decides when the place of a dead worker may be filled. */
static void
master_mourn(struct master *m, const struct worker *w, int status)
{
	int64_t now = clock_steady_us();
	unsigned doublings;

	if (WIFSIGNALED(status))
		log_error("worker %ld was killed by signal %d", (long)w->pid,
		    WTERMSIG(status));
	else
		log_error("worker %ld exited with status %d", (long)w->pid,
		    WEXITSTATUS(status));
	if (now - w->since_us >= QUICK_US) {
		m->quick_deaths = 0;
		return;
	}
	if (++m->quick_deaths == 1)
		return;
	doublings = m->quick_deaths - 2;
	if (doublings > PAUSE_DOUBLINGS)
		doublings = PAUSE_DOUBLINGS;
	m->spawn_at_us = now + (PAUSE_FIRST_US << doublings);
}

static void
master_reap(struct master *m)
{
	struct worker *w;
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		w = master_find(m, pid);
		if (w == NULL)
			continue;
		if (!(WIFEXITED(status) && WEXITSTATUS(status) == EX_OK))
			master_mourn(m, w, status);
		*w = m->workers[--m->count];
	}
}

static void
master_kill(struct master *m, int sig)
{
	for (size_t i = 0; i < m->count; i++)
		if (!m->workers[i].leaving && kill(m->workers[i].pid, sig) == 0)
			m->workers[i].leaving = true;
}

/* New connections are refused from here on; the queue is served. */
static void
master_stop(struct master *m)
{
	if (m->stopping)
		return;
	m->stopping = true;
	log_info("stopping");
	listener_unlink(m->listener);
	master_kill(m, SIGTERM);
}

/*
 * The old workers are told to leave and new ones are started; connections wait
 * in the queue of the socket in between.
 */
static void
master_reload(struct master *m)
{
	struct serve *s = m->serve;

	if (m->stopping)
		return;
	if (s->reload != NULL && !s->reload(s)) {
		log_error("the old configuration stays in force");
		return;
	}
	log_info("reloaded");
	m->quick_deaths = 0;
	m->spawn_at_us = 0;
	master_kill(m, SIGUSR1);
}

/* One a pass, so that there are new workers before the next is obeyed. */
static void
master_signal(struct master *m)
{
	struct signalfd_siginfo info;

	if (read(m->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	switch (info.ssi_signo) {
	case SIGCHLD:
		master_reap(m);
		break;
	case SIGHUP:
		master_reload(m);
		break;
	default:
		master_stop(m);
	}
}

static void
master_leavers(struct master *m)
{
	struct worker *w;
	pid_t pid;

	while (read(m->leave_read, &pid, sizeof(pid)) == (ssize_t)sizeof(pid)) {
		w = master_find(m, pid);
		if (w != NULL)
			w->leaving = true;
	}
}

static int
master_patience_ms(const struct master *m)
{
	int64_t us = m->spawn_at_us - clock_steady_us();

	if (master_missing(m) == 0 || m->count == WORKERS_MAX)
		return -1;
	return us > 0 ? (int)(us / 1000) + 1 : 0;
}

static bool
master_open(struct master *m)
{
	sigset_t set;
	int ends[2];

	signals_set(&set);
	m->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (m->signal_fd < 0 || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return false;
	m->leave_read = ends[0];
	m->leave_write = ends[1];
	return true;
}

int
master_run(struct serve *s, struct listener *at)
{
	struct master m = { .serve = s, .listener = at, .pid = getpid() };

	if (!master_open(&m)) {
		log_error("cannot watch workers: %s", strerror(errno));
		return EX_OSERR;
	}
	while (m.count > 0 || !m.stopping) {
		struct pollfd fds[] = {
			{ .fd = m.signal_fd, .events = POLLIN },
			{ .fd = m.leave_read, .events = POLLIN },
		};

		if (master_fill(&m))
			return worker_run(&m);
		if (poll(fds, COUNT(fds), master_patience_ms(&m)) < 0 &&
		    errno != EINTR)
			log_error("cannot wait: %s", strerror(errno));
		master_leavers(&m);
		master_signal(&m);
	}
	return EX_OK;
}
