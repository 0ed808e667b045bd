/*
 * gesso.fcgi - the REST API.
 */
#include "config.h"

#include "app.h"
#include "core/conf.h"

/* libjwt, json-c and argon2id are content with less; this costs only names. */
#define STACK (512 * KIB)

static size_t
plan(const struct conf *conf, struct serve *s)
{
	s->workers = conf->workers;
	s->threads = conf->worker_threads;
	s->requests = conf->worker_requests;
	s->stack = STACK;
	return (size_t)conf->worker_threads;
}

int
main(int argc, char **argv)
{
	static const struct app app = {
		.program = "gesso.fcgi",
		.about = "The REST API of gesso as a FastCGI program.",
		.plan = plan,
	};

	(void)argc;
	return app_main(&app, argv);
}
