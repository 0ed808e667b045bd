/*
 * gesso-poller - carries tasks to vendors and results into the store.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "core/conf.h"
#include "core/db.h"
#include "core/seal.h"
#include "engine.h"
#include "sweep.h"

#define PROGRAM "gesso-poller"

/* After TERM answers are waited for so long; then they are uncertain. */
#define GRACE_US INT64_C(7000000)

enum rhythm {
	RHYTHM_MINUTE, /* takes up work for poller_runtime, then ends it */
	RHYTHM_ONCE,   /* until nothing is due */
	RHYTHM_FOREVER
};

static volatile sig_atomic_t stops, reload;

static void
on_stop(int signal)
{
	(void)signal;
	stops++;
}

static void
on_reload(int signal)
{
	(void)signal;
	reload = 1;
}

static void
signals_take(void)
{
	struct sigaction stop = { .sa_handler = on_stop };
	struct sigaction again = { .sa_handler = on_reload };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGHUP, &again, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

/* The vendors' keys must be readable. */
static bool
seal_passes(const struct engine *engine, const struct conf *conf)
{
	struct ctx cx = { .arena = engine->cx.arena, .conf = conf };
	enum err e = seal_check(&cx);

	if (e)
		log_error("%s", cx.fault.detail);
	return e == ERR_OK;
}

/* The changed file, or the old one when it is wrong. */
static struct conf *
conf_again(struct engine *engine, struct conf *old)
{
	struct conf *new = conf_reload(old, PROGRAM);

	if (new == NULL || !seal_passes(engine, new)) {
		conf_free(new);
		log_error("the configuration stays as it was");
		return old;
	}
	engine_configure(engine, new);
	conf_free(old);
	log_info("the configuration was read again");
	return new;
}

/* Once: is there nothing more to do?  The database decides, when it is there.
 */
static bool
is_done(struct engine *engine, enum err *e)
{
	bool more = false;

	if (!engine_is_idle(engine))
		return false;
	*e = engine_has_demand(engine, &more);
	return *e != ERR_OK || !more;
}

static int
run(struct conf *conf, enum rhythm rhythm)
{
	struct engine *engine = engine_new(conf);
	int64_t end_us = clock_steady_us() + conf->poller_runtime * 1000000;
	int64_t grace_us = 0;
	enum err e = ERR_OK;
	bool closing = false;

	if (rhythm == RHYTHM_ONCE)
		engine->watch_us = 0;

	for (;;) {
		int64_t now = clock_steady_us();

		if (reload) {
			reload = 0;
			conf = conf_again(engine, conf);
		}
		if (stops > 0 && grace_us == 0) {
			grace_us = now + GRACE_US;
			log_info("asked to stop");
		}
		if (!closing &&
		    (stops > 0 || (rhythm == RHYTHM_MINUTE && now >= end_us))) {
			closing = true;
			engine_close(engine);
		}
		if (stops > 1 || (grace_us > 0 && now >= grace_us))
			engine_hurry(engine);
		if (closing && engine_is_idle(engine))
			break;
		engine_turn(engine, conf->poller_tick);
		if (rhythm == RHYTHM_ONCE && is_done(engine, &e))
			break;
		/* what the database does not take is not worth waiting for */
		if (grace_us > 0 && now >= grace_us + GRACE_US / 4)
			break;
	}
	if (rhythm == RHYTHM_ONCE && e == ERR_OK && !closing)
		sweep_all(engine);
	engine_free(engine);
	conf_free(conf);
	return e == ERR_OK ? 0 : EX_TEMPFAIL;
}

static void
usage(FILE *to)
{
	fputs("usage: gesso-poller [--config FILE] [--once | --forever]\n"
	      "Carries tasks to vendors and results into the store.\n"
	      "\n"
	      "  --config FILE  the configuration; gesso.conf(5)\n"
	      "  --once         ends when nothing is due any more\n"
	      "  --forever      until it is told to stop; without either it\n"
	      "                 takes up work for poller_runtime, and cron\n"
	      "                 starts one every minute\n"
	      "  --help         this text\n"
	      "  --version      the version\n",
	    to);
}

int
main(int argc, char **argv)
{
	enum rhythm rhythm = RHYTHM_MINUTE;
	const char *path = NULL;

	(void)argc;
	for (int i = 1; argv[i] != NULL; i++) {
		if (text_is(argv[i], "--help")) {
			usage(stdout);
			return 0;
		} else if (text_is(argv[i], "--version")) {
			puts(PROGRAM " " PACKAGE_VERSION);
			return 0;
		} else if (text_starts(argv[i], "--config=")) {
			path = argv[i] + strlen("--config=");
		} else if (text_is(argv[i], "--config") &&
			   argv[i + 1] != NULL) {
			path = argv[++i];
		} else if (text_is(argv[i], "--once")) {
			rhythm = RHYTHM_ONCE;
		} else if (text_is(argv[i], "--forever")) {
			rhythm = RHYTHM_FOREVER;
		} else {
			usage(stderr);
			return EX_USAGE;
		}
	}
	signals_take();
	return run(conf_load(path, PROGRAM), rhythm);
}
