/*
 * media_pool - the processes of gesso-media that this process keeps.
 *
 * Each is busy with one ask at a time.  For media_helper.c alone.
 */
#ifndef DOMAIN_MEDIA_POOL_H
#define DOMAIN_MEDIA_POOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/media_wire.h"
#include "core/ctx.h"

#define MEDIA_WORKERS_MAX 64

struct media_worker {
	size_t index; /* below MEDIA_WORKERS_MAX */
	bool busy;
	pid_t pid; /* 0: not running */
	int fd;    /* its socket */
};

/*
 * A worker for the caller alone, started if need be.  NULL with ERR_OK when
 * all are busy and wait is false; ERR_UNAVAILABLE when none can be started.
 */
enum err
media_pool_take(struct ctx *, bool wait, struct media_worker **out) MUST_CHECK;
/* Back to the others. */
void media_pool_give(struct media_worker *);
/* Ends it, the worker stays the caller's. */
void media_worker_kill(struct media_worker *);
/* Runs again, if it does not. */
enum err media_worker_start(struct ctx *, struct media_worker *) MUST_CHECK;

/* false when the worker is gone.  out_fd -1: none. */
bool media_worker_ask(
    struct media_worker *, const struct media_ask *, int in_fd, int out_fd);
/*
 * Waits until a moment of clock_steady_us().  ERR_DEADLINE when it has passed,
 * ERR_INTERNAL when the worker is gone or talks rubbish.
 */
enum err media_worker_answer(
    struct media_worker *, int64_t until_us, struct media_answer *) MUST_CHECK;

#endif
