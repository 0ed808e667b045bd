/*
 * deliver - works on their way from the vendor into the store.
 *
 * afar -> here (a draft on our disk) -> looked at and thumbnailed by
 * gesso-media -> kept.  Nothing that a vendor says about a file is believed.
 */
#ifndef POLLER_DELIVER_H
#define POLLER_DELIVER_H

#include "flight.h"

#define HELPERS_BUSY_US 10000 /* until they are asked again */

/* The part is ready: takes what the verdict has, bytes into drafts at once. */
void deliver_begin(struct flight *, struct part *, const struct verdict *);
/*
 * Moves every work of the part on; when all are settled the part is stored, or
 * failed when nothing arrived.
 */
void deliver_advance(struct flight *, struct part *);
/* Gives up on what is not kept yet. */
void deliver_stop(struct flight *, struct part *, enum err reason);
/* The database knows what is kept: drafts are not needed any more. */
void deliver_settled(struct flight *);
/* Gives up on all of it: the task has ended, and what got no row goes. */
void deliver_drop(struct flight *, struct part *);
/*
 * The same when somebody else may go on with them, or has already: what is here
 * stays where it is remembered.
 */
void deliver_leave(struct flight *, struct part *);
/* Descriptors that become readable when a helper is done; how many. */
size_t deliver_fds(const struct flight *, int *fds, size_t max);

#endif
