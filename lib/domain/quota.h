/*
 * quota - how many pictures and films a person may make today.
 *
 * Days are calendar days of quota_timezone.  What is counted is kept in the
 * account's row and moved by power_hold() in the submission's transaction.
 */
#ifndef DOMAIN_QUOTA_H
#define DOMAIN_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"
#include "domain/account.h"

struct quota {
	int64_t limit, used, remaining;
	struct stamp reset_at;
	int64_t day;     /* days since 1970 */
	int64_t reset_s; /* seconds until reset_at */
};
/* limit, used, remaining, resetAt */
extern const struct shape quota_shape;

/*
 * Does what is counted in the account count on a day?  The day that was counted
 * last may be the next one: of a machine whose clock is ahead, or of a request
 * that overtook this one at midnight.
 */
bool quota_counts(const struct account *, int64_t day);

/* Of the account as it was read: films, or else images. */
void
quota_today(struct ctx *, const struct account *, bool film, struct quota *out);

#endif
