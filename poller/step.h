/*
 * step - has the database's clock been set?
 */
#ifndef POLLER_STEP_H
#define POLLER_STEP_H

#include "engine.h"

/* Asks it, now and then. */
void step_look(struct engine *);
/*
 * What it said of now.  True when it was set so far forward that leases may
 * seem to be over: first signs of life, then claims.
 */
bool step_seen(struct engine *, int64_t now_ms);

#endif
