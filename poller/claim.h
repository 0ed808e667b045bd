/*
 * claim - tasks into our hands, and signs of life for those that are there.
 */
#ifndef POLLER_CLAIM_H
#define POLLER_CLAIM_H

#include "engine.h"

/* Takes what is due, up to poller_tasks in all. */
void claim_new(struct engine *);
/* Renews leases in time, tells progress, learns what is lost or cancelled. */
void claim_keep(struct engine *);

#endif
