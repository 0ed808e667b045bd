/*
 * task_queue - what the poller does to tasks.
 *
 * A claim is a lease, not a lock: it ends by the database's clock, and then the
 * task is anybody's.  The fencing token grows with every claim; every later
 * write repeats it, so that a holder who was too slow gets ERR_CONFLICT and
 * must stop.  No function here is called while the network is being used
 * inside a transaction: they are each one short transaction.
 *
 * While a lease runs next_at is its end, so what is due is what nobody holds.
 */
#ifndef DOMAIN_TASK_QUEUE_H
#define DOMAIN_TASK_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"
#include "domain/task_state.h"

/* A task as the poller holds it. */
struct task_claim {
	struct uuid id, account_id;
	const char *kind, *state;
	const char *provider_id, *model_id;
	const char *prompt;
	const char *params; /* JSON: negativePrompt, width, ... */
	struct uuid input_media;
	int64_t count, cost, hd, quota_day;
	const char *size_class;
	int64_t estimated_s;
	int64_t progress;
	const char
	    *parts;       /* JSON of the poller's, see poller/part.h; or NULL */
	int64_t attempts; /* submissions that surely did not arrive */
	int64_t lease_token;
	int64_t elapsed_ms; /* since submitted_at, by the database */
	int64_t left_ms;    /* until deadline_at; negative: over */
};

/* What a provider's queue looks like. */
struct task_demand {
	const char *provider_id;
	int64_t waiting;  /* queued and due */
	int64_t stray;    /* due for another reason: see task_queue_rescue() */
	struct stamp now; /* by the database's clock */
};
/* Of all providers with something due; locks nothing. */
enum err task_queue_demand(
    struct ctx *, struct task_demand **out, size_t *count_out) MUST_CHECK;
/*
 * Claims at most max queued tasks of a provider, and no more than its
 * concurrency leaves room for, all pollers counted.  owner: "host:pid:random".
 */
enum err task_queue_claim(struct ctx *, const char *owner, const char *provider,
    size_t max, struct task_claim **out, size_t *count_out) MUST_CHECK;
/*
 * Claims at most max tasks that are somebody's no more: begun by a holder whose
 * lease ran out, waiting for their next step, or past their deadline.
 */
enum err task_queue_rescue(struct ctx *, const char *owner, size_t max,
    struct task_claim **out, size_t *count_out) MUST_CHECK;
/* A copy with all its texts in the ctx's arena. */
struct task_claim *task_claim_copy(struct ctx *, const struct task_claim *);
/*
 * Takes back a task that the holder lost while it waited in state uncertain,
 * for its result has come after all.  ERR_CONFLICT: it has ended.
 */
enum err task_queue_reclaim(
    struct ctx *, const char *owner, struct task_claim *) MUST_CHECK;

/* A sign of life of one task. */
struct task_pulse {
	struct task_claim *claim;
	int64_t progress; /* more than the claim's: told in an event */
	bool lost;        /* out: it is no longer ours (also: cancelled) */
};
/* Renews the leases, all in one transaction. */
enum err
task_queue_pulse(struct ctx *, struct task_pulse *, size_t count) MUST_CHECK;
/* Has a task ended (or gone)?  Then nobody wants its vendor to go on. */
enum err
task_queue_is_over(struct ctx *, const struct uuid *id, bool *out) MUST_CHECK;
/* Is it still with the vendor and the model that it was accepted for? */
enum err task_queue_is_first(
    struct ctx *, const struct task_claim *, bool *out) MUST_CHECK;

/* What changes on the way; a zeroed one changes nothing. */
struct task_step {
	enum task_state to; /* TASK_QUEUED (0): as it is, unless requeue */
	bool requeue;       /* back to queued */
	int64_t progress;   /* 0: as it is; never goes down; told in an event */
	const char *parts;  /* NULL: as it is */
	bool submitted;     /* stamps submitted_at, once */
	bool failed_attempt; /* the call surely did not arrive */
	bool release;        /* gives the lease back ... */
	int64_t delay_ms;    /* ... not to be touched before, or the deadline */
	/* another model of the same kind takes over; NULL: no */
	const char *provider_id, *model_id;
};
/* ERR_CONFLICT: the lease is lost.  The claim follows the change. */
enum err task_queue_step(
    struct ctx *, struct task_claim *, const struct task_step *) MUST_CHECK;
/* Gives back every lease of the owner, for a poller that ends. */
enum err task_queue_release_all(struct ctx *, const char *owner) MUST_CHECK;

/* One delivered work: the files stand in the store already. */
struct task_item {
	struct uuid media, thumbnail; /* names; rows are made here */
	const char *mime, *extension, *thumbnail_mime, *thumbnail_extension;
	int64_t bytes, thumbnail_bytes;
	uint8_t sha256[32], thumbnail_sha256[32];
	int64_t width, height, thumbnail_width, thumbnail_height;
	int64_t duration_ms; /* films, else INT_NONE */
	double fps;
	int64_t seed;     /* INT_NONE: not told */
	const char *made; /* JSON object: what was really asked for */
};

struct task_end {
	enum err reason; /* why not all (or none) of the works arrived */
	const struct task_item *items;
	size_t count; /* of items; with one the task is done */
};
/*
 * The end, in one transaction: state, works, media, capture and release, day
 * given back (but not what content rules refused), counts, and task_complete
 * or task_failed.  ERR_CONFLICT: somebody else ended it or the lease is lost.
 * Files whose works were deleted meanwhile go; those of an end that does not
 * come about are the caller's (media_sweep_spare()).
 */
enum err task_queue_end(
    struct ctx *, struct task_claim *, const struct task_end *) MUST_CHECK;
/* The mean of the last 50 successes into estimate. */
enum err task_queue_learn(struct ctx *, const struct task_claim *) MUST_CHECK;

#endif
