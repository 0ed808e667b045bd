/*
 * The start of a program, its threads, and a new configuration on HUP.
 */
#include "config.h"

#include "app.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/text.h"
#include "core/conf.h"
#include "core/seal.h"
#include "domain/answer.h"
#include "domain/budget.h"
#include "domain/metrics.h"
#include "domain/session.h"
#include "pipeline.h"
#include "pool.h"
#include "reply.h"
#include "vendor/wire.h"

#define SOCKET_MODE 0660
#define START_MEMORY MIB
#define ANSWERS_MAX 64 /* broken ones that are looked at */

/* Of the process; changed only while no thread runs. */
struct process {
	const struct app *app;
	struct conf *conf;
	struct pool *pool;
	struct wire *wire; /* of a program that streams */
	size_t connections;
};

/* What one thread uses for one request after the other. */
struct worker {
	struct arena *own;   /* this struct */
	struct arena *arena; /* the request's */
	struct process *process;
	struct req req;
};

/* Keys and counters; they must be readable before anybody is served. */
static enum err
shared_open(struct ctx *cx)
{
	enum err e = session_keys_load(cx);

	if (e == ERR_OK)
		e = budget_open(cx->conf, cx);
	return e ? e : metrics_open(cx->conf, cx);
}

/* What speaks against it is logged. */
static bool
conf_passes(const struct conf *conf, enum err (*look)(struct ctx *))
{
	struct ctx cx = { .arena = arena_new(START_MEMORY), .conf = conf };
	enum err e = look(&cx);

	if (e)
		log_error("%s",
		    cx.fault.detail != NULL ? cx.fault.detail : err_name(e));
	arena_free(cx.arena);
	return e == ERR_OK;
}

/* A text of the body may be as long as the body. */
static struct arena *
request_arena(const struct conf *conf)
{
	return arena_new((size_t)(conf->request_memory + conf->max_json_bytes));
}

/*
 * Answers that a process before this one did not end, because it was killed.
 * When the database is away now, the poller does it.
 */
static void
answers_mend(struct process *p)
{
	struct ctx cx = {
		.arena = request_arena(p->conf),
		.conf = p->conf,
		.db = pool_take(p->pool, 0),
	};
	size_t count = 0;
	enum err e = answer_sweep(&cx, ANSWERS_MAX, &count);

	if (e)
		log_warn("cannot look for broken answers: %s", err_name(e));
	else if (count > 0)
		log_warn("%zu broken answers were ended", count);
	pool_give(p->pool, cx.db);
	arena_free(cx.arena);
}

/* What threads share: connections, and the thread that calls vendors. */
static void
services_start(struct process *p)
{
	p->pool = pool_new(p->conf, p->connections);
	if (!p->app->streams)
		return;
	p->wire = wire_start(p->conf->egress_allow);
	if (p->wire == NULL)
		die(EX_OSERR, "cannot start a thread: %s", strerror(errno));
	answers_mend(p);
}

static void
services_stop(struct process *p)
{
	pool_free(p->pool);
	wire_stop(p->wire);
	p->pool = NULL;
	p->wire = NULL;
}

/* Locks on files belong to whoever opened them: each worker opens its own. */
static void
worker_start(void *arg)
{
	struct process *p = arg;

	if (!conf_passes(p->conf, shared_open))
		die(EX_CONFIG, "a worker cannot start");
	services_stop(p);
	services_start(p);
}

static void *
thread_start(void *arg)
{
	struct arena *own = arena_new(MIB);
	struct worker *w = ARENA_NEW(own, struct worker);

	log_hold(true); /* the loop flushes before it waits */
	w->own = own;
	w->process = arg;
	w->arena = request_arena(w->process->conf);
	return w;
}

static void
thread_handle(void *thread, struct fcgi *f)
{
	struct worker *w = thread;
	struct reply reply = w->req.reply;
	struct buf body = w->req.body;

	w->req = (struct req){
		.cx = { .arena = w->arena, .conf = w->process->conf },
		.fcgi = f,
		.pool = w->process->pool,
		.wire = w->process->wire,
		.reply = reply,
		.body = body,
		.file = { .fd = -1 },
	};
	pipeline_run(&w->req);
	arena_reset(w->arena);
}

static void
thread_stop(void *thread)
{
	struct worker *w = thread;

	log_hold(false);
	reply_release(&w->req);
	buf_release(&w->req.body);
	arena_free(w->arena);
	arena_free(w->own);
}

/* The threads of this process, if it has any, have ended. */
static bool
app_reload(struct serve *s)
{
	struct process *p = s->arg;
	struct conf *fresh = conf_reload(p->conf, p->app->program);

	if (fresh == NULL)
		return false;
	if (!conf_passes(fresh, seal_check) ||
	    !conf_passes(fresh, shared_open)) {
		conf_free(fresh);
		return false;
	}
	/* idle connections refer to the old one */
	services_stop(p);
	conf_free(p->conf);
	p->conf = fresh;
	p->connections = p->app->plan(fresh, s);
	if (s->workers == 0 || s->listen == NULL)
		services_start(p);
	log_info("the configuration was read again");
	return true;
}

static void
usage(const struct app *app, FILE *out)
{
	fprintf(out,
	    "usage: %s [--config FILE] [--listen SOCKET] [--mode OCTAL]\n"
	    "\n"
	    "%s\n"
	    "\n"
	    "options:\n"
	    "  --config FILE    instead of $GESSO_CONF or the built-in path\n"
	    "  --listen SOCKET  path of the unix socket; without it descriptor "
	    "0 is one\n"
	    "  --mode OCTAL     permissions of the socket (0660)\n"
	    "  --help           this\n"
	    "  --version        the version\n",
	    app->program, app->about);
}

static bool
mode_read(const char *text, unsigned *out)
{
	unsigned mode = 0;

	if (text[0] == '\0' || strlen(text) > 4 ||
	    strspn(text, "01234567") != strlen(text))
		return false;
	for (; *text != '\0'; text++)
		mode = mode * 8 + (unsigned)(*text - '0');
	*out = mode;
	return mode <= 0777;
}

/*
 * The value of an option, "--name VALUE" or "--name=VALUE"; NULL for another
 * word.
 */
static const char *
option_value(char **argv, int *i, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(argv[*i], name, len) != 0)
		return NULL;
	if (argv[*i][len] == '=')
		return argv[*i] + len + 1;
	if (argv[*i][len] != '\0' || argv[*i + 1] == NULL)
		return NULL;
	return argv[++*i];
}

/* What the command line says; an exit status, or -1 to go on. */
static int
options_read(const struct app *app, char **argv, struct serve *s,
    const char **config_out)
{
	for (int i = 1; argv[i] != NULL; i++) {
		const char *value;

		if (text_is(argv[i], "--help")) {
			usage(app, stdout);
			return EX_OK;
		}
		if (text_is(argv[i], "--version")) {
			printf("%s %s\n", app->program, PACKAGE_VERSION);
			return EX_OK;
		}
		if ((value = option_value(argv, &i, "--config")) != NULL) {
			*config_out = value;
		} else if ((value = option_value(argv, &i, "--listen"))) {
			s->listen = value;
		} else if ((value = option_value(argv, &i, "--mode")) == NULL ||
			   !mode_read(value, &s->mode)) {
			usage(app, stderr);
			return EX_USAGE;
		}
	}
	return -1;
}

int
app_main(const struct app *app, char **argv)
{
	struct process p = { .app = app };
	struct serve s = {
		.mode = SOCKET_MODE,
		.arg = &p,
		.worker_start = worker_start,
		.thread_start = thread_start,
		.handle = thread_handle,
		.thread_stop = thread_stop,
		.reload = app_reload,
	};
	const char *config = NULL;
	int status = options_read(app, argv, &s, &config);

	if (status >= 0)
		return status;
	p.conf = conf_load(config, app->program);
	if (!conf_passes(p.conf, shared_open))
		return EX_CONFIG;
	p.connections = app->plan(p.conf, &s);
	status = serve_run(&s);
	services_stop(&p);
	conf_free(p.conf);
	return status;
}
