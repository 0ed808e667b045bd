/*
 * gesso.fcgi - the REST API.
 */
#include "config.h"

#include <stdio.h>
#include <sysexits.h>

#include "app.h"
#include "base/text.h"
#include "core/conf.h"
#include "openapi.h"

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

/* The description of the API, as the file openapi.json has it. */
static int
describe(void)
{
	struct conf *conf = conf_default();
	struct buf text;

	buf_init(&text, OPENAPI_MAX);
	openapi_write(&text, conf->base_path);
	openapi_print(stdout, buf_text(&text));
	buf_release(&text);
	conf_free(conf);
	return fflush(stdout) == 0 ? 0 : EX_IOERR;
}

int
main(int argc, char **argv)
{
	static const struct app app = {
		.program = "gesso.fcgi",
		.about = "The REST API of gesso as a FastCGI program.",
		.plan = plan,
	};

	if (argc == 2 && text_is(argv[1], "--openapi"))
		return describe();
	return app_main(&app, argv);
}
