/*
 * watch - what vendors say of their models, before users find out.
 *
 * Once a day one poller asks every vendor that has a list of models.  A model
 * that is to be shut down is marked as deprecated, one whose day has come as
 * retired; both, and models that are not listed, are told in the log.
 */
#ifndef POLLER_WATCH_H
#define POLLER_WATCH_H

#include "engine.h"

/* Begins a round when one is due. */
void watch_turn(struct engine *);
/* Hangs up. */
void watch_stop(struct engine *);

#endif
