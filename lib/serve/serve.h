/*
 * serve - a FastCGI server: master, workers, threads, signals, stop.
 *
 * The scheme of deploy.md 3-4: a non-blocking listening socket, one epoll
 * with EPOLLEXCLUSIVE and an eventfd per thread, signals taken by the main
 * thread only.  TERM and INT: running requests are finished, then the process
 * ends.  HUP: new workers with the new configuration, the old ones drain.  A
 * worker that dies is replaced at once (slower when it keeps dying).
 */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fcgi;

struct serve {
	const char *listen;	/* socket path; NULL: descriptor 0 */
	unsigned mode;		/* of the socket, 0660 */
	int64_t workers;	/* 0: serve in this process */
	int64_t threads;	/* of a worker */
	int64_t requests;	/* a worker's life, 0 for ever */
	size_t stack;		/* of a thread in bytes, 0: 256 KiB */
	void *arg;		/* handed to the functions below */
	/* Once in each worker, before its threads. NULL: none. */
	void (*worker_start)(void *arg);
	/* Once in each thread; what it returns goes to the next two. */
	void *(*thread_start)(void *arg);
	void (*handle)(void *thread, struct fcgi *);
	void (*thread_stop)(void *thread);
	/*
	 * On HUP, in the master (or in the only process): reads the
	 * configuration again into *arg; may change workers, threads and
	 * requests.  False keeps the old one.
	 */
	bool (*reload)(struct serve *);
};

/* Serves until told to stop; returns the exit status. */
int serve_run(struct serve *);

#endif
