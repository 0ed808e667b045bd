/*
 * app - a FastCGI program over the pipeline: options, configuration, threads.
 */
#ifndef FCGI_APP_APP_H
#define FCGI_APP_APP_H

#include "serve/serve.h"

struct conf;

struct app {
	const char *program; /* its name in logs */
	const char *about;   /* a sentence for --help */
	bool streams;        /* asks models and passes on what they say */
	/*
	 * Sets workers, threads, requests and stack by the configuration, now
	 * and at every reload; returns how many database connections a worker
	 * has.
	 */
	size_t (*plan)(const struct conf *, struct serve *);
};

/*
 * Reads options and configuration and serves until told to stop; the exit
 * status.
 */
int app_main(const struct app *, char **argv);

#endif
