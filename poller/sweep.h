/*
 * sweep - housekeeping beside the tasks, a batch at a turn.
 */
#ifndef POLLER_SWEEP_H
#define POLLER_SWEEP_H

#include "engine.h"

/* The next batch of the round at hand; begins one when it is due. */
void sweep_turn(struct engine *);
/* A whole round at once, due or not: for a poller that runs once. */
void sweep_all(struct engine *);

#endif
