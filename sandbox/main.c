/*
 * sandbox.fcgi - simulated vendors for developers and tests.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libavutil/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/text.h"
#include "call.h"
#include "serve/serve.h"
#include "store.h"

#define THREADS 256
#define STACK (1 * MIB) /* of a thread: encoders want room */
#define ARENA_MAX (512 * MIB)
#define DELAY_MAX_MS 600000

static const char usage[] =
    "usage: sandbox.fcgi [--listen SOCKET] [--public-url URL]\n"
    "                    [--state-dir DIR] [--journal FILE] [--delay-ms N]\n"
    "\n"
    "Simulated vendors of pictures, films and words as a FastCGI program; see\n"
    "gesso-sandbox(7).\n"
    "\n"
    "  --listen SOCKET   unix socket; without it descriptor 0 is served\n"
    "  --public-url URL  of /sandbox, as its callers see it;\n"
    "                    http://127.0.0.1:8080/sandbox\n"
    "  --state-dir DIR   where tasks are remembered;\n"
    "                    " GESSO_STATEDIR "/sandbox\n"
    "  --journal FILE    one line of JSON a call is appended to it\n"
    "  --delay-ms N      that a picture takes; a film takes four times as\n"
    "                    long; 1500\n";

enum {
	OPTION_LISTEN = 256,
	OPTION_URL,
	OPTION_STATE,
	OPTION_JOURNAL,
	OPTION_DELAY,
	OPTION_HELP,
	OPTION_VERSION
};

static const struct option long_options[] = {
	{ "listen", required_argument, NULL, OPTION_LISTEN },
	{ "public-url", required_argument, NULL, OPTION_URL },
	{ "state-dir", required_argument, NULL, OPTION_STATE },
	{ "journal", required_argument, NULL, OPTION_JOURNAL },
	{ "delay-ms", required_argument, NULL, OPTION_DELAY },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

static int
journal_open(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0)
		die(EX_CANTCREAT, "cannot open '%s': %s", path,
		    strerror(errno));
	return fd;
}

/* ---- the threads ---- */

struct worker {
	struct arena *arena;
	const struct sandbox *box;
};

static void *
worker_new(void *arg)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct worker *w = malloc(sizeof(*w));

	if (w == NULL)
		die(EX_OSERR, "out of memory");
	*w = (struct worker){ .arena = a, .box = arg };
	return w;
}

static void
worker_handle(void *thread, struct fcgi *f)
{
	struct worker *w = thread;
	struct call *c = ARENA_NEW(w->arena, struct call);

	c->box = w->box;
	c->cx.arena = w->arena;
	call_serve(c, f);
	arena_reset(w->arena);
}

static void
worker_free(void *thread)
{
	struct worker *w = thread;

	arena_free(w->arena);
	free(w);
}

/* ---- the start ---- */

static void
arguments_read(int argc, char **argv, struct sandbox *box, struct serve *s)
{
	int option;

	while (
	    (option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case OPTION_LISTEN:
			s->listen = optarg;
			break;
		case OPTION_URL:
			box->public_url = optarg;
			break;
		case OPTION_STATE:
			box->state_dir = optarg;
			break;
		case OPTION_JOURNAL:
			box->journal = journal_open(optarg);
			break;
		case OPTION_DELAY:
			if (!text_to_int_in(
				optarg, 0, DELAY_MAX_MS, &box->delay_ms))
				die(EX_USAGE, "--delay-ms takes 0 to %d",
				    DELAY_MAX_MS);
			break;
		case OPTION_HELP:
			fputs(usage, stdout);
			exit(EX_OK);
		case OPTION_VERSION:
			puts(PACKAGE_STRING);
			exit(EX_OK);
		default:
			exit(EX_USAGE);
		}
	}
	if (optind != argc)
		die(EX_USAGE, "'%s' is too much", argv[optind]);
}

int
main(int argc, char **argv)
{
	struct sandbox box = {
		.public_url = "http://127.0.0.1:8080/sandbox",
		.state_dir = GESSO_STATEDIR "/sandbox",
		.delay_ms = 1500,
		.journal = -1,
	};
	struct serve s = {
		.mode = 0660,
		.threads = THREADS,
		.stack = STACK,
		.arg = &box,
		.thread_start = worker_new,
		.handle = worker_handle,
		.thread_stop = worker_free,
	};

	(void)log_open("sandbox.fcgi", "stderr", LOG_LEVEL_INFO);
	av_log_set_level(AV_LOG_QUIET);
	arguments_read(argc, argv, &box, &s);
	if (!store_open(box.state_dir))
		die(EX_CANTCREAT, "cannot write to '%s': %s", box.state_dir,
		    strerror(errno));
	return serve_run(&s);
}
