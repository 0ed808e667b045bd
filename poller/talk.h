/*
 * talk - a part's conversation with its vendor.
 *
 * Each begins a call; what comes of it changes the part and has the flight
 * looked at again.
 */
#ifndef POLLER_TALK_H
#define POLLER_TALK_H

#include "flight.h"

/* Uploads and the like, if the protocol wants any; before the submission. */
void talk_prepare(struct flight *, struct part *);
bool talk_needs_prepare(const struct flight *, const struct part *);
/* The submission.  The database knows of it. */
void talk_submit(struct flight *, struct part *);
/* How does it stand? */
void talk_poll(struct flight *, struct part *);
/* Did it arrive? */
void talk_lookup(struct flight *, struct part *);
/* Asks the vendor to stop; nobody waits for the answer but the flight. */
void talk_cancel(struct flight *, struct part *);
/* The part's job with what will really be asked for. */
enum err talk_plan(struct ctx *, const struct flight *, const struct part *,
    struct job *out) MUST_CHECK;

#endif
