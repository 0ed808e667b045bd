/*
 * code - redemption codes: what an administrator hands out and users redeem.
 *
 * 20 characters of Crockford's base 32, 100 random bits, shown in groups:
 * "7K3QM-0ZV4T-...".  Only the SHA-256 is kept.  Case, hyphens and blanks don't
 * matter; I and L are read as 1, O as 0.
 */
#ifndef DOMAIN_CODE_H
#define DOMAIN_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

/* What a code is worth. */
struct code_new {
	int64_t power;      /* bought */
	int64_t gifted;     /* power on the house */
	int64_t hd;         /* high-definition generations */
	int64_t vip_days;   /* of VIP level 1, behind what one has */
	bool per_user;      /* once for every user instead of once */
	int64_t expires_ms; /* TIME_NONE: never */
};

/* Makes one; its text lives in the arena and nowhere else. */
enum err code_create(
    struct ctx *, const struct code_new *, const char **text_out) MUST_CHECK;
/* Is there one of this text, used or not?  ERR_NOT_FOUND. */
enum err code_find(struct ctx *, const char *text) MUST_CHECK;

/* POST /user/recharge */
struct redeem {
	const char *code;
};
extern const struct shape redeem_shape;

struct redeemed {
	int64_t amount;             /* power, bought and gifted */
	int64_t balance;            /* what can be spent now */
	struct uuid transaction_id; /* zero when there was no power in it */
	int64_t hd_count;           /* INT_NONE: none in it */
	int64_t vip_level;          /* INT_NONE: none in it */
	struct stamp vip_until;
};
extern const struct shape redeemed_shape;

/* The last act of the transaction: what it writes holds when the rest does. */
typedef enum err (*code_seal)(struct ctx *, const struct redeemed *, void *arg);
/*
 * One transaction, one conditional UPDATE: of many at once exactly one has it.
 * ERR_INVALID_CODE in the same words for used, expired and unknown codes;
 * ERR_TOO_MANY_TRIES after 10 wrong ones in 10 minutes.
 */
enum err code_redeem(struct ctx *, const struct uuid *account, const char *text,
    code_seal, void *arg) MUST_CHECK;

#endif
