/*
 * engine - everything that one poller has in hand, in one loop.
 *
 * README.md tells how the parts play together.  All of it runs in one thread:
 * a function that waits for the network does not exist here, one that waits for
 * the database or the disk waits for milliseconds.
 */
#ifndef POLLER_ENGINE_H
#define POLLER_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ctx.h"
#include "vendor/fetch.h"

struct flight;

#define OWNER_MAX 64

struct engine {
	struct ctx cx;        /* its arena is emptied at every turn */
	struct arena *memory; /* what lives as long as the engine */
	struct fetch_loop *loop;
	char owner[OWNER_MAX]; /* in task.lease_owner */
	struct flight *flights;
	size_t flight_count;
	bool closing; /* takes nothing new, gives back what it can */
	bool hurried; /* ... and waits for no answer any more */
	bool db_away; /* said so in the log already */
	/* steady microseconds of the next ... */
	int64_t claim_us, breaker_us, beat_us, sweep_us, watch_us;
	int64_t lead_ms; /* of the database's clock over the steady one ... */
	int64_t seen_ms; /* ... when it was seen last, steady; 0: never */
	struct vendor *vendors;     /* see vendor.h */
	struct housekeeping *house; /* the round at hand ... */
	bool house_open;            /* ... if there is one */
	struct watch *watch;        /* see watch.h */
};

struct engine *engine_new(const struct conf *);
/* Drops what it has in hand; leases run out by themselves. */
void engine_free(struct engine *);
/* A configuration that was read anew, from the next turn on. */
void engine_configure(struct engine *, const struct conf *);
/* Does what is due, then waits for the next event, wait_ms at most. */
void engine_turn(struct engine *, int64_t wait_ms);
/* Takes nothing new from now on and gives back what can wait. */
void engine_close(struct engine *);
/* Gives everything back; what has no answer is uncertain. */
void engine_hurry(struct engine *);
bool engine_is_idle(const struct engine *);
/* Is there anything due that nobody holds? */
enum err engine_has_demand(struct engine *, bool *out) MUST_CHECK;

/* Says once that the database is away; for every failed write or read. */
void engine_db_failed(struct engine *, const char *what, enum err);

#endif
