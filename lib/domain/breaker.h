/*
 * breaker - a circuit breaker for each vendor, shared by all pollers and the
 * assistant.
 *
 * closed --failures--> open --time--> half_open --success--> closed
 *                                               --failure--> open, for longer
 *
 * While it is open nothing new is sent there; what is half open gets one task,
 * or one question.
 * What needs an administrator (money, keys, a model that is gone) opens it at
 * the first failure, what may pass by itself when a few tasks have met it: one
 * that the vendor never takes says more of itself than of the vendor.
 */
#ifndef DOMAIN_BREAKER_H
#define DOMAIN_BREAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

struct breaker {
	const char *provider_id;
	const char *state; /* closed, open, half_open */
	int64_t failures;
	const char *reason; /* of the last failure */
	const char *detail; /* of it, for administrators */
	struct stamp changed_at, retry_at;
	int64_t rest_ms; /* until retry_at, 0: it has come */
};
extern const struct shape breaker_shape;

/* Those of vendors that failed since their last success. */
enum err
breaker_list(struct ctx *, struct breaker **out, size_t *count_out) MUST_CHECK;
/* What a failure says of the vendor. */
enum breaker_weight {
	BREAKER_AGAIN,  /* a task that has failed there before: nothing new */
	BREAKER_COUNTS, /* one more task */
	BREAKER_AT_ONCE /* an administrator is needed */
};
/*
 * A call to the vendor failed.  *opened_out tells whether this was what opened
 * it; a try that fails does, whatever its weight.
 */
enum err breaker_fail(struct ctx *, const char *provider, enum err reason,
    const char *detail, enum breaker_weight, bool *opened_out) MUST_CHECK;
/* One went well: closed.  Costs nothing when nothing had failed. */
enum err breaker_succeed(struct ctx *, const char *provider) MUST_CHECK;
/*
 * Open, and its rest is over: half open now, and the caller, and nobody else
 * for a while, may send one task.  *mine_out tells whether it is the caller.
 */
enum err
breaker_try(struct ctx *, const char *provider, bool *mine_out) MUST_CHECK;
/*
 * May somebody who can't wait call the vendor?  ERR_PROVIDER_UNAVAILABLE with a
 * time when not.  *failing_out: it failed since its last success.
 */
enum err
breaker_pass(struct ctx *, const char *provider, bool *failing_out) MUST_CHECK;

#endif
