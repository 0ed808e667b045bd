/*
 * serve - a FastCGI server: master, workers, threads, signals, stop.
 *
 * TERM, INT, USR1: running and queued requests are finished, then the process
 * ends.  HUP: new workers with the new configuration, the old ones drain.  A
 * worker that dies is replaced at once (slower when it keeps dying), one that
 * retires is replaced while it drains.
 *
 * Every signal named here stays blocked in every thread: a handler that starts
 * another program gives it an empty signal mask.
 */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fcgi;

struct serve {
	/*
	 * Socket path; NULL: descriptor 0, in this process whatever workers
	 * says, because whoever opened that socket watches over its processes.
	 */
	const char *listen;
	unsigned mode;    /* of the socket, 0660 */
	int64_t workers;  /* 0: serve in this process */
	int64_t threads;  /* of a worker */
	int64_t requests; /* a worker's life, 0 for ever */
	size_t stack;     /* of a thread in bytes, 0: 256 KiB */
	void *arg;        /* handed to the functions below */
	/* Once in each worker, before its threads. NULL: none. */
	void (*worker_start)(void *arg);
	/* Once in each thread; what it returns goes to the next two. */
	void *(*thread_start)(void *arg);
	void (*handle)(void *thread, struct fcgi *);
	void (*thread_stop)(void *thread);
	/*
	 * On HUP, in the master, or in the only process while it has no
	 * threads: reads the configuration again into *arg; may change workers,
	 * threads and requests.  False keeps the old one.  NULL: none.
	 */
	bool (*reload)(struct serve *);
};

/*
 * Serves until told to stop; returns the exit status (sysexits.h), in the
 * master and in each worker process: the caller does nothing more but return.
 */
int serve_run(struct serve *);

#endif
