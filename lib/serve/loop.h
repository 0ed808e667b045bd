/*
 * loop - the threads of one process, each accepting requests for itself.
 *
 * A non-blocking listening socket, one epoll with EPOLLEXCLUSIVE and an
 * eventfd per thread: only one thread wakes for a connection, and all wake to
 * stop, which neither accept() with signals nor poll() achieves.
 */
#ifndef SERVE_LOOP_H
#define SERVE_LOOP_H

#include <stdint.h>

#include "serve/serve.h"

struct loop;

enum loop_end {
	LOOP_LEAVE, /* others listen: take no further request */
	LOOP_EMPTY  /* nobody else does: serve what is queued, too */
};

/*
 * Starts s->threads threads; NULL with errno when not even one can run.  After
 * requests requests (0: never) the process sends itself SIGUSR1.
 */
struct loop *loop_start(const struct serve *, int listen_fd, int64_t requests);
/* Ends the threads, running requests finished, and frees the loop. */
void loop_stop(struct loop *, enum loop_end);

#endif
