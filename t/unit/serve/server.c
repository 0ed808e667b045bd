/*
 * A FastCGI program for the tests of lib/serve: its options are the members of
 * struct serve, its paths what a request does.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "base/text.h"
#include "serve/fcgi.h"
#include "serve/serve.h"

#define REPLY_MAX 512
#define BODY_PART ((size_t)65536)

/* How often the configuration was read again. */
static int64_t generation = 1;

static void
reply(struct fcgi *f, int64_t value)
{
	char text[REPLY_MAX];
	int n = snprintf(text, sizeof(text),
	    "Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n"
	    "pid=%ld generation=%" PRId64 " value=%" PRId64 "\n",
	    (long)getpid(), generation, value);

	fcgi_write(f, text, (size_t)n);
}

static void
sleep_ms(int64_t ms)
{
	struct timespec t = { .tv_sec = ms / 1000,
		.tv_nsec = (ms % 1000) * 1000000 };

	(void)nanosleep(&t, NULL);
}

/* "/sleep?300": answers after so many milliseconds. */
static void
act_sleep(struct fcgi *f, int64_t ms)
{
	sleep_ms(ms);
	reply(f, ms);
}

/* "/body": the bytes of the body, -1 when it broke off. */
static void
act_body(struct fcgi *f, int64_t unused)
{
	static _Thread_local char part[BODY_PART];
	int64_t sum = 0;
	ssize_t n;

	(void)unused;
	while ((n = fcgi_read(f, part, sizeof(part))) > 0)
		sum += n;
	reply(f, n < 0 || sum != fcgi_content_length(f) ? -1 : sum);
}

/* "/stream?20": so many lines, until the reader goes. */
static void
act_stream(struct fcgi *f, int64_t lines)
{
	for (int64_t i = 0; i < lines; i++) {
		reply(f, i);
		if (!fcgi_flush(f) || fcgi_gone(f)) {
			fprintf(stderr, "reader gone after %" PRId64 "\n", i);
			return;
		}
		sleep_ms(50);
	}
}

/* "/die": as a crash would. */
static void
act_die(struct fcgi *f, int64_t status)
{
	(void)f;
	_exit((int)status);
}

static const struct act {
	const char *path;
	void (*run)(struct fcgi *, int64_t);
} acts[] = {
	{ "/sleep", act_sleep },
	{ "/body", act_body },
	{ "/stream", act_stream },
	{ "/die", act_die },
};

static void
handle(void *thread, struct fcgi *f)
{
	const char *path = fcgi_param(f, "SCRIPT_NAME");
	const char *query = fcgi_param(f, "QUERY_STRING");
	int64_t n = 0;

	(void)thread;
	if (!text_empty(query) && !text_to_int(query, &n))
		n = -1;
	for (size_t i = 0; i < COUNT(acts); i++) {
		if (text_is(path, acts[i].path)) {
			acts[i].run(f, n);
			return;
		}
	}
	reply(f, 0);
}

static bool
reload(struct serve *s)
{
	(void)s;
	if (getenv("RELOAD_FAILS") != NULL)
		return false;
	generation++;
	return true;
}

/* server SOCKET|- WORKERS THREADS REQUESTS */
int
main(int argc, char **argv)
{
	struct serve s = { .mode = 0600, .handle = handle, .reload = reload };

	if (argc != 5 || !text_to_int(argv[2], &s.workers) ||
	    !text_to_int(argv[3], &s.threads) ||
	    !text_to_int(argv[4], &s.requests))
		return EX_USAGE;
	if (!text_is(argv[1], "-"))
		s.listen = argv[1];
	return serve_run(&s);
}
