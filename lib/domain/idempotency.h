/*
 * idempotency - same key, same answer, for 24 hours.
 */
#ifndef DOMAIN_IDEMPOTENCY_H
#define DOMAIN_IDEMPOTENCY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

struct idempotency {
	struct uuid account;
	const char *key;
	uint8_t hash[32];  /* of method, path and body */
	struct uuid owner; /* this request */
	/* out: an answer given before */
	bool replay;
	int64_t status;
	const char *body;
};

/*
 * Begins: ERR_OK with replay false (go on, then finish or abandon) or replay
 * true; ERR_IDEMPOTENCY_MISMATCH, ERR_IDEMPOTENCY_IN_PROGRESS.
 */
enum err idempotency_begin(struct ctx *, struct idempotency *) MUST_CHECK;
/*
 * A 2xx answer is kept, in the transaction of the act: when another request has
 * taken the key over, ERR_IDEMPOTENCY_IN_PROGRESS undoes it.
 */
enum err idempotency_finish(struct ctx *, const struct idempotency *,
    int64_t status, const char *body) MUST_CHECK;
/* Any other: the key is free again. */
enum err
idempotency_abandon(struct ctx *, const struct idempotency *) MUST_CHECK;
/*
 * After a commit whose outcome is unknown: waits for its end and says whether
 * the answer is kept; if not, the key is free again.
 */
enum err idempotency_settle(
    struct ctx *, const struct idempotency *, bool *kept_out) MUST_CHECK;

#endif
