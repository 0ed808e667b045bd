/*
 * session - tokens of accounts: made at login, checked at every request.
 */
#ifndef DOMAIN_SESSION_H
#define DOMAIN_SESSION_H

#include "core/ctx.h"
#include "core/jwt.h"
#include "domain/account.h"

/* Who calls: the account and the claims of the token it called with. */
struct session {
	struct account account;
	struct claims claims;
};

/* Reads the signing keys; again after a change of the configuration. */
enum err session_keys_load(struct ctx *) MUST_CHECK;
enum err session_open(
    struct ctx *, const struct account *, const char **token_out) MUST_CHECK;
/*
 * ERR_UNAUTHENTICATED, ERR_TOKEN_EXPIRED, ERR_BANNED.  Costs one select.
 */
enum err
session_check(struct ctx *, const char *token, struct session *out) MUST_CHECK;
/* The same for claims that were verified before: fills in the account. */
enum err session_still(struct ctx *, struct session *) MUST_CHECK;
/* The token dies after_s seconds from now. */
enum err session_revoke(
    struct ctx *, const struct session *, int64_t after_s) MUST_CHECK;
/* Every token of the account dies. */
enum err
session_revoke_all(struct ctx *, const struct uuid *account) MUST_CHECK;

#endif
