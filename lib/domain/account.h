/*
 * account - who people are: registration, passwords, profile, roles.
 */
#ifndef DOMAIN_ACCOUNT_H
#define DOMAIN_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

/* One row of account, as every request needs it. */
struct account {
	struct uuid id;
	const char *username;
	const char *email;
	struct uuid avatar; /* thumbnail of the avatar, zero for none */
	const char *avatar_extension;
	const char *role; /* "user" or "admin" */
	bool banned;
	int64_t vip_level; /* 0 once vip_until has passed */
	struct stamp vip_until;
	int64_t token_epoch;
	int64_t power_available, power_held, power_spent, power_gifted;
	int64_t hd_count;
	int64_t generated;
	int64_t quota_day, images_today, videos_today;
	int64_t storage_bytes;
	struct stamp created_at;
	bool revoked; /* the token asked with is dead */
};

struct account_new {
	const char *username;
	const char *email;
	const char *password;
	const char *role; /* NULL: "user" */
	int64_t vip_level;
};

extern const struct shape account_new_shape; /* username, email, password */

/* The limits on passwords, in code points. */
#define PASSWORD_LENGTH_MIN 8
#define PASSWORD_LENGTH_MAX 128

bool account_is_admin(const struct account *);
bool account_is_vip(const struct account *);

/*
 * Checks names and password by contract 2 and 13 (ERR_INVALID_FIELD), hashes,
 * and makes the account with signup_power in one transaction.
 * ERR_USERNAME_TAKEN, ERR_EMAIL_TAKEN.
 */
enum err account_create(
    struct ctx *, const struct account_new *, struct account *out) MUST_CHECK;
/*
 * The same for a stranger: at most limit_registrations_per_hour from one
 * address, those that succeed; else ERR_TOO_MANY_TRIES.
 */
enum err account_register(struct ctx *, const struct account_new *,
    const char *address, struct account *out) MUST_CHECK;
/*
 * ERR_BAD_CREDENTIALS in the same words and the same time whether the e-mail
 * exists or not; ERR_TOO_MANY_TRIES when account or address is locked;
 * ERR_BANNED only with the right password.  Rehashes when the parameters were
 * raised.
 */
enum err account_login(struct ctx *, const char *email, const char *password,
    const char *address, struct account *out) MUST_CHECK;
/*
 * Changes the password of an account and kills all its tokens; *account is as
 * it is then.  ERR_WRONG_PASSWORD with field oldPassword; wrong tries count
 * like failed logins.  ERR_UNAUTHENTICATED: something else killed them first.
 */
enum err account_change_password(struct ctx *, struct account *,
    const char *old_password, const char *new_password,
    const char *address) MUST_CHECK;
/* What its owner may change; NULL members stay as they are. */
struct account_change {
	const char *username;
	const struct uuid *avatar; /* an own upload; zero takes it away */
};
/*
 * ERR_INVALID_FIELD, ERR_USERNAME_TAKEN; *account is as it is then.
 */
enum err account_change(
    struct ctx *, struct account *, const struct account_change *) MUST_CHECK;
/* Forgets the failed logins that lock an account. */
enum err account_unlock(struct ctx *, const struct account *) MUST_CHECK;
/* ERR_NOT_FOUND. */
enum err account_find(
    struct ctx *, const struct uuid *id, struct account *out) MUST_CHECK;
enum err account_find_email(
    struct ctx *, const char *email, struct account *out) MUST_CHECK;
/*
 * The account of a token, and whether that token (jti) was revoked, in one
 * select: what every authenticated request costs.
 */
enum err account_of_token(struct ctx *, const struct uuid *id,
    const struct uuid *jti, struct account *out) MUST_CHECK;
enum err account_set_role(
    struct ctx *, const struct uuid *, const char *role) MUST_CHECK;
/* days 0: no end.  level 0 takes it away. */
enum err account_set_vip(
    struct ctx *, const struct uuid *, int64_t level, int64_t days) MUST_CHECK;
/*
 * Bans or forgives; a ban kills every token.
 */
enum err account_set_banned(struct ctx *, const struct uuid *, bool) MUST_CHECK;

#endif
