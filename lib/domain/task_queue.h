/*
 * task_queue - what the poller does to tasks.
 *
 * A claim is a lease, not a lock: it ends by the database's clock, and then the
 * task is anybody's.  The fencing token grows with every claim; every later
 * write repeats it, so that a holder who was too slow gets ERR_CONFLICT and
 * must stop.  No function here is called while the network is being used
 * inside a transaction: they are each one short transaction.
 */
#ifndef DOMAIN_TASK_QUEUE_H
#define DOMAIN_TASK_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

/* A task as the poller holds it. */
struct task_claim {
	struct uuid id, account_id;
	const char *kind, *state;
	const char *provider_id, *model_id;
	const char *upstream; /* model.upstream, NULL: the row is gone */
	const char *prompt;
	const char *params; /* JSON: negativePrompt, width, ... */
	struct uuid input_media;
	int64_t count, cost, hd, quota_day;
	const char *size_class;
	int64_t estimated_s;
	int64_t progress;
	const char *remote_id;
	int64_t attempts;
	bool cancel_asked;
	int64_t lease_token;
	int64_t elapsed_ms; /* since submitted_at, by the database */
	int64_t left_ms;    /* until deadline_at; negative: over */
};

/*
 * Claims at most max tasks that are due and that nobody holds, of providers
 * not in the list skip (ids, NULL at the end).  owner: host:pid:random.
 */
enum err task_queue_claim(struct ctx *, const char *owner, size_t max,
    struct task_claim **out, size_t *count_out) MUST_CHECK;
/*
 * Renews every lease of the owner; tells through *asked_out which tasks
 * their users want stopped (ids in the arena).
 */
enum err task_queue_renew(struct ctx *, const char *owner,
    struct uuid **asked_out, size_t *count_out) MUST_CHECK;
/* Back to the others, not before delay_ms.  All of them when NULL. */
enum err task_queue_release(struct ctx *, const char *owner,
    const struct task_claim *, int64_t delay_ms) MUST_CHECK;

/* What changes on the way; members left out stay as they are. */
struct task_step {
	const char *to;        /* new state, NULL: the same */
	int64_t progress;      /* INT_NONE: the same; never goes down */
	const char *remote_id; /* NULL: the same */
	bool submitted;        /* stamps submitted_at */
	bool failed_attempt;   /* the call surely did not arrive */
	int64_t delay_ms;      /* next_at, INT_NONE: the same */
	bool tell;             /* writes a task_progress event */
};
/* One transaction; ERR_CONFLICT: the lease is lost or the edge forbidden. */
enum err task_queue_step(
    struct ctx *, struct task_claim *, const struct task_step *) MUST_CHECK;

/* One delivered work: the files stand in the store already. */
struct task_result_item {
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
	enum err reason;   /* ERR_OK: done */
	const char *error; /* sentence for the user, NULL: the reason's */
	const struct task_result_item *items; /* count of them arrived */
	size_t count;
	bool refund; /* of what did not arrive */
};
/*
 * The end, in one transaction: state, works, media, capture and release, day
 * given back, counts, events (task_progress when there was none, then
 * task_complete or task_failed).  ERR_CONFLICT: somebody else ended it or the
 * lease is lost; then the files are to be removed by the caller.
 */
enum err task_queue_end(
    struct ctx *, struct task_claim *, const struct task_end *) MUST_CHECK;
/* Mean of the last 50 successes into estimate. */
enum err task_queue_learn(struct ctx *, const struct task_claim *) MUST_CHECK;

#endif
