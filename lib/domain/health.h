/*
 * health - who is alive: heartbeats of poller and notifier.
 */
#ifndef DOMAIN_HEALTH_H
#define DOMAIN_HEALTH_H

#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

/*
 * GET /health: each "ok" or what is wrong ("down", "late",
 * "full"); a notifier that never ran is "off".
 */
struct health {
	const char *status; /* ok, degraded or down */
	const char *db, *poller, *notifier, *store;
	const char *providers; /* "resting" while a breaker is open */
	const char *version;
};
extern const struct shape health_shape;

/* A sign of life; name is "poller" or "notifier". */
enum err
health_beat(struct ctx *, const char *name, const char *note) MUST_CHECK;
/* Never fails: a database that is away is a finding. */
void health_look(struct ctx *, struct health *out);

#endif
