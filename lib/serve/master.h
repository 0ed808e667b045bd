/*
 * master - the process that keeps workers at a listening socket.
 */
#ifndef SERVE_MASTER_H
#define SERVE_MASTER_H

#include "serve/listener.h"
#include "serve/serve.h"

/*
 * Keeps s->workers workers until it is told to stop and all have ended;
 * returns the exit status, in the worker processes too.  The signals of serve.h
 * and SIGCHLD are blocked.
 */
int master_run(struct serve *, struct listener *);

#endif
