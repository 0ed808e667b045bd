/*
 * gesso-notifier - tells open WebSockets what happens.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/text.h"
#include "core/conf.h"
#include "core/ctx.h"
#include "domain/session.h"
#include "server.h"

static int
usage(FILE *out, int status)
{
	fprintf(out,
	    "usage: gesso-notifier [--config FILE]\n"
	    "\n"
	    "Tells open WebSockets what happens to their owners' tasks.\n"
	    "\n"
	    "options:\n"
	    "  --config FILE  instead of $GESSO_CONF or the built-in path\n"
	    "  --help         this\n"
	    "  --version      the version\n");
	return status;
}

/* In all threads that will be; the door waits for them. */
static void
signals_block(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

static void
keys_load(const struct conf *conf)
{
	struct ctx cx = { .arena = arena_new(MIB), .conf = conf };
	enum err e = session_keys_load(&cx);

	if (e)
		die(EX_CONFIG, "%s",
		    cx.fault.detail != NULL ? cx.fault.detail : err_name(e));
	arena_free(cx.arena);
}

int
main(int argc, char **argv)
{
	const char *config = NULL;
	struct conf *conf;
	int status;

	for (int i = 1; i < argc; i++) {
		if (text_is(argv[i], "--help"))
			return usage(stdout, EX_OK);
		if (text_is(argv[i], "--version")) {
			printf("gesso-notifier %s\n", PACKAGE_VERSION);
			return EX_OK;
		}
		if (text_starts(argv[i], "--config="))
			config = argv[i] + strlen("--config=");
		else if (text_is(argv[i], "--config") && i + 1 < argc)
			config = argv[++i];
		else
			return usage(stderr, EX_USAGE);
	}
	signals_block();
	conf = conf_load(config, "gesso-notifier");
	keys_load(conf);
	status = server_run(conf);
	conf_free(conf);
	return status;
}
