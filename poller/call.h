/*
 * call - one request of a flight that is under way.
 *
 * It owns the memory of its request.  Its end finds the flight alive: a flight
 * is freed after its last call.
 */
#ifndef POLLER_CALL_H
#define POLLER_CALL_H

#include "flight.h"

/* Called with the engine's arena to work in, which is rewound afterwards. */
typedef void (*call_done)(struct flight *, struct part *, struct delivery *,
    const struct fetch_reply *);

struct call;

/*
 * Memory for a request to be built in, to what the vendor is now; ends with
 * call_start() or call_drop().
 */
struct call *call_new(struct flight *);
struct ctx *call_ctx(struct call *);
void call_drop(struct call *);
/*
 * Begins; *slot is the call until it is over, then NULL.  part and delivery are
 * handed on.
 */
void call_start(struct call *, const struct fetch_request *, struct call **slot,
    call_done, struct part *, struct delivery *);
/* Hangs up; done() is not called. */
void call_stop(struct call *);

#endif
