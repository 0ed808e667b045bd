/*
 * A FastCGI server: its socket, then a master or the only process.
 */
#include "config.h"

#include "serve/serve.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "serve/fcgi.h"
#include "serve/listener.h"
#include "serve/loop.h"
#include "serve/master.h"
#include "serve/signals.h"

static int
serve_wait(void)
{
	int sig;

	do
		sig = signals_wait();
	while (sig == SIGCHLD); /* a handler may have started programs */
	return sig;
}

/*
 * Nobody would replace this process, so it does not retire; and a reload lets
 * its threads finish first, while connections wait in the queue.
 */
static int
serve_alone(struct serve *s, struct listener *at)
{
	struct loop *l;
	int sig;

	if (s->worker_start != NULL)
		s->worker_start(s->arg);
	for (;;) {
		l = loop_start(s, at->fd, 0);
		if (l == NULL) {
			log_error("cannot start threads: %s", strerror(errno));
			return EX_OSERR;
		}
		sig = serve_wait();
		if (sig != SIGHUP)
			break;
		loop_stop(l, LOOP_LEAVE);
		if (s->reload != NULL && !s->reload(s))
			log_error("the old configuration stays in force");
	}
	listener_unlink(at);
	loop_stop(l, LOOP_EMPTY);
	return EX_OK;
}

int
serve_run(struct serve *s)
{
	struct listener at;

	signals_take();
	if (!fcgi_init()) {
		log_error("cannot prepare libfcgi");
		return EX_SOFTWARE;
	}
	if (!listener_open(&at, s->listen, s->mode)) {
		log_error("cannot listen at '%s': %s",
		    s->listen != NULL ? s->listen : "descriptor 0",
		    strerror(errno));
		return s->listen != NULL ? EX_CANTCREAT : EX_USAGE;
	}
	if (s->listen == NULL || s->workers == 0)
		return serve_alone(s, &at);
	return master_run(s, &at);
}
