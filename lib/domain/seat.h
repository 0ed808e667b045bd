/*
 * seat - who may have another answer written at this moment.
 *
 * Seats are locks in a file of state_dir: exact for all processes of a machine
 * together, and given back by the kernel when a process dies.
 */
#ifndef DOMAIN_SEAT_H
#define DOMAIN_SEAT_H

#include "core/ctx.h"
#include "core/shape.h"

enum seat_kind {
	SEAT_WRITE, /* an answer that is written */
	SEAT_FOLLOW /* one that is followed */
};

/*
 * Takes a seat: one of chat_streams, and one of chat_streams_per_user of each
 * kind.  *fd_out is to be closed, which gives it back.  Never waits:
 * ERR_TOO_MANY_STREAMS for the user, ERR_UNAVAILABLE for all, both with
 * Retry-After.
 */
enum err seat_take(struct ctx *, const struct uuid *account, enum seat_kind,
    int *fd_out) MUST_CHECK;

#endif
