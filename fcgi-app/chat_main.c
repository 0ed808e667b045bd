/*
 * gesso-chat.fcgi - the assistant: hundreds of small threads, a stream each.
 */
#include "config.h"

#include <malloc.h>
#include <sys/resource.h>

#include "app.h"
#include "base/base.h"
#include "base/log.h"
#include "core/conf.h"

/* libjwt, json-c and libfcgi; libcurl runs in a thread of its own. */
#define STACK (256 * KIB)
/* Threads that answer while all streams are taken, be it by 503. */
#define SPARE 16
/* Heaps of malloc; by default each thread would like one to itself. */
#define HEAPS 4

/* Descriptors of a stream: its reader, its model, files and their like. */
#define STREAM_FILES 6
#define OTHER_FILES 64

/* As many descriptors as streams may need, if the system gives them. */
static void
files_raise(int64_t streams)
{
	rlim_t wanted = (rlim_t)streams * STREAM_FILES + OTHER_FILES;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	if (limit.rlim_max < wanted)
		log_warn("%lld streams need %llu descriptors, and %llu may be "
			 "open",
		    (long long)streams, (unsigned long long)wanted,
		    (unsigned long long)limit.rlim_max);
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * One worker under a master: it is replaced at once when it dies, and a reload
 * lets its streams run on while another takes up new ones.
 */
static size_t
plan(const struct conf *conf, struct serve *s)
{
	s->workers = 1;
	s->threads = conf->chat_streams + SPARE;
	s->requests = 0;
	s->stack = STACK;
	files_raise(s->threads);
	return (size_t)conf->chat_connections;
}

int
main(int argc, char **argv)
{
	static const struct app app = {
		.program = "gesso-chat.fcgi",
		.about = "The assistant of gesso as a FastCGI program.",
		.streams = true,
		.plan = plan,
	};

	(void)argc;
	(void)mallopt(M_ARENA_MAX, HEAPS); /* another malloc has no heaps */
	return app_main(&app, argv);
}
