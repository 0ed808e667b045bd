/*
 * housekeeping - what was deleted, has expired or is in nobody's way any more.
 *
 * Each chore is done in bounded batches that never hold locks for long; of many
 * pollers one does them, by a row that says when they are due.
 */
#ifndef DOMAIN_HOUSEKEEPING_H
#define DOMAIN_HOUSEKEEPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

/* One round; a zeroed one begins. */
struct housekeeping {
	size_t chore;       /* the one at hand */
	size_t failed;      /* so many before it failed, in a row */
	int64_t place;      /* which part of the store is looked at */
	struct uuid square; /* how far the square's scores were looked at */
	int64_t removed;    /* rows and files, so far */
	int64_t freed;      /* bytes of files */
};

/*
 * Is a chore ("housekeeping", "models") due?  Then it is the caller's, and
 * nobody's before every_s have passed.  *place_out says where to go on.
 */
enum err chore_take(struct ctx *, const char *name, int64_t every_s,
    bool *mine_out, int64_t *place_out) MUST_CHECK;
/* The next one goes on there. */
enum err chore_place(struct ctx *, const char *name, int64_t place) MUST_CHECK;

/*
 * One batch of the round; *over_out when it was the last, which is written with
 * an error, too: a chore that fails does not keep the next ones waiting.
 */
enum err housekeeping_step(
    struct ctx *, struct housekeeping *, bool *over_out) MUST_CHECK;

#endif
