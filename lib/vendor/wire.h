/*
 * wire - one thread that carries the calls of many others.
 *
 * A thread that waits for a reply as it comes in pieces waits for somebody else
 * besides.  So the transfers run together in a loop of their own, which keeps
 * one store of certificates for all of them, and each caller has a descriptor
 * that tells when there is something to read.
 */
#ifndef VENDOR_WIRE_H
#define VENDOR_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "vendor/fetch.h"

struct buf;
struct wire;
struct wire_call;

/* NULL with errno when no thread can run. */
struct wire *wire_start(const char *egress_allow);
/* All calls have ended by then.  wire_stop(NULL) does nothing. */
void wire_stop(struct wire *);

/*
 * Begins; the call lives in the arena.  What the request points to is borrowed
 * until wire_end(); its sink and its functions are the wire's.  NULL with errno
 * when there are no descriptors left.
 */
struct wire_call *
wire_call(struct wire *, struct arena *, const struct fetch_request *);
/* Readable when wire_read() has something new to say. */
int wire_fd(const struct wire_call *);
/*
 * Adds what came since to the buffer.  True once it is over and all was read;
 * then *reply_out is the reply (without those bytes), which lives as long as
 * the call.
 */
bool wire_read(
    struct wire_call *, struct buf *, const struct fetch_reply **reply_out);
/* Hangs up if it is not over, and forgets it. */
void wire_end(struct wire_call *);

#endif
