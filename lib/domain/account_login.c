/*
 * Passwords of accounts: logging in and changing them.  Whether an e-mail is
 * known can't be told from words, status or time of an answer: the same
 * statements run and the same amount is hashed.
 */
#include "config.h"

#include "base/log.h"
#include "base/text.h"
#include "core/conf.h"
#include "core/db.h"
#include "domain/account.h"
#include "domain/password.h"
#include "domain/throttle.h"

#define WINDOW_S (15 * INT64_C(60))
#define BY_ACCOUNT "login"
#define BY_ADDRESS "login-from"
#define OPEN_TRIES 3

/* What the password of an account is held against. */
struct secret {
	struct uuid id;
	const char *password_hash; /* NULL: no such account */
	int64_t token_epoch;       /* moves on with the password */
};
static const struct field secret_fields[] = {
	COLUMN(struct secret, id),
	COLUMN(struct secret, password_hash),
	COLUMN(struct secret, token_epoch),
};
static const struct shape secret_shape = SHAPE(struct secret, secret_fields);

DB_STMT(account_secret, "s", &secret_shape,
    "SELECT id, password_hash, token_epoch FROM account WHERE email = ?");

/* extra 1: asked after a try was counted, so that no race gives one more. */
static enum err
tries_check(
    struct ctx *cx, const char *email, const char *address, int64_t extra)
{
	const struct conf *conf = cx->conf;
	enum err e;

	e = throttle_check(cx, BY_ACCOUNT, email,
	    conf->limit_login_failures_per_account + extra, WINDOW_S);
	if (e)
		return e;
	return throttle_check(cx, BY_ADDRESS, address,
	    conf->limit_login_failures_per_address + extra, WINDOW_S);
}

static enum err
tries_count(struct ctx *cx, const char *email, const char *address)
{
	enum err e;

	e = throttle_count(cx, BY_ACCOUNT, email, WINDOW_S);
	if (e)
		return e;
	e = throttle_count(cx, BY_ADDRESS, address, WINDOW_S);
	if (e)
		return e;
	return tries_check(cx, email, address, 1);
}

/*
 * Holds a password against that of an e-mail; ERR_BAD_CREDENTIALS is counted,
 * success forgives the failures of the account.
 */
static enum err
secret_check(struct ctx *cx, const char *email, const char *password,
    const char *address, struct secret *out)
{
	bool matches;
	enum err e;

	e = tries_check(cx, email, address, 0);
	if (e)
		return e;
	*out = (struct secret){ .password_hash = NULL };
	e = db_find(cx, out, &account_secret, email);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	e = password_verify(cx, password, out->password_hash, &matches);
	if (e)
		return e;
	if (matches)
		return throttle_clear(cx, BY_ACCOUNT, email);
	e = tries_count(cx, email, address);
	return e ? e : ERR_BAD_CREDENTIALS;
}

DB_STMT(account_rehash, "sus", NULL,
    "UPDATE account SET password_hash = ?"
    " WHERE id = ? AND password_hash = ?");

/* The parameters were raised: a login must not fail for that. */
static void
secret_refresh(struct ctx *cx, const struct secret *s, const char *password)
{
	const char *hash;
	enum err e;

	if (!password_needs_rehash(cx, s->password_hash))
		return;
	e = password_hash(cx, password, &hash);
	if (e == ERR_OK)
		e = db_run(
		    cx, NULL, &account_rehash, hash, &s->id, s->password_hash);
	if (e) {
		log_warn("cannot hash a password anew: %s", err_name(e));
		fault_clear(cx);
	}
}

/*
 * The account that a password opens.  Verifying takes its time: the password
 * must still be the one when the epoch of the token to come is read, or a
 * token of the old password would outlive it.
 */
static enum err
secret_open(struct ctx *cx, const char *email, const char *password,
    const char *address, struct secret *secret, struct account *out)
{
	for (int tries = 0; tries < OPEN_TRIES; tries++) {
		enum err e = secret_check(cx, email, password, address, secret);

		if (e == ERR_OK)
			e = account_find(cx, &secret->id, out);
		if (e == ERR_NOT_FOUND)
			return ERR_BAD_CREDENTIALS; /* deleted in between */
		if (e || out->token_epoch == secret->token_epoch)
			return e;
	}
	return fault_retry(
	    cx, ERR_UNAVAILABLE, 1, "the account changes too fast");
}

enum err
account_login(struct ctx *cx, const char *email, const char *password,
    const char *address, struct account *out)
{
	struct secret s;
	enum err e;

	e = secret_open(
	    cx, text_lower(cx->arena, email), password, address, &s, out);
	if (e)
		return e;
	if (out->banned)
		return ERR_BANNED;
	secret_refresh(cx, &s, password);
	return ERR_OK;
}

/*
 * Only of the epoch that was seen, which each change moves on: no token is made
 * after all of them were killed.
 */
DB_STMT(account_password, "sui", NULL,
    "UPDATE account SET password_hash = ?, token_epoch = token_epoch + 1"
    " WHERE id = ? AND token_epoch = ?");

/* The caller's token died while its password was looked at. */
static enum err
token_refuse(struct ctx *cx)
{
	return fault(
	    cx, ERR_UNAUTHENTICATED, NULL, "the token has been revoked");
}

enum err
account_change_password(struct ctx *cx, struct account *account,
    const char *old_password, const char *new_password, const char *address)
{
	struct secret s;
	uint64_t matched;
	const char *hash;
	enum err e;

	e = secret_check(cx, account->email, old_password, address, &s);
	if (e == ERR_BAD_CREDENTIALS)
		return fault(cx, ERR_WRONG_PASSWORD, "oldPassword",
		    "oldPassword is wrong");
	if (e)
		return e;
	if (s.token_epoch != account->token_epoch)
		return token_refuse(cx);
	e = password_hash(cx, new_password, &hash);
	if (e)
		return e;
	e = db_run(cx, &matched, &account_password, hash, &s.id, s.token_epoch);
	if (e)
		return e;
	if (matched != 1)
		return token_refuse(cx);
	e = account_find(cx, &s.id, account);
	account->token_epoch = s.token_epoch + 1; /* whatever came since */
	return e;
}

enum err
account_unlock(struct ctx *cx, const struct account *account)
{
	return throttle_clear(cx, BY_ACCOUNT, account->email);
}

const struct db_stmt *const account_login_stmts[] = { &account_secret,
	&account_rehash, &account_password, NULL };
