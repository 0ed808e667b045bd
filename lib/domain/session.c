/*
 * Tokens: signed by us, and dead at once when the account says so.
 */
#include "config.h"

#include "domain/session.h"

#include "base/clock.h"
#include "core/conf.h"
#include "core/db.h"
#include "core/jwt_known.h"

#define LONG_AGO_S INT64_C(315360000) /* whatever clock is set back */

/* Of the process; written while no other thread runs. */
static struct jwt_keys keys;

enum err
session_keys_load(struct ctx *cx)
{
	struct jwt_keys fresh;
	enum err e = jwt_keys_read(cx, cx->conf->token_key_file, &fresh);

	if (e)
		return e;
	keys = fresh;
	jwt_known_forget();
	return ERR_OK;
}

enum err
session_open(
    struct ctx *cx, const struct account *account, const char **token_out)
{
	int64_t now_s = clock_ms() / 1000;
	struct claims claims = {
		.sub = account->id,
		.jti = uuid_new(),
		.iat = now_s,
		.exp = now_s + cx->conf->token_lifetime,
		.epoch = account->token_epoch,
	};

	return jwt_sign(cx, &keys, &claims, token_out);
}

static enum err
token_check(struct ctx *cx, const char *token, struct claims *out)
{
	int64_t now = clock_ms();
	enum err e;

	if (jwt_known_find(token, out))
		return jwt_lives(cx, out, now);
	e = jwt_verify(cx, &keys, token, now, out);
	if (e == ERR_OK)
		jwt_known_add(token, out);
	return e;
}

enum err
session_check(struct ctx *cx, const char *token, struct session *out)
{
	enum err e;

	e = token_check(cx, token, &out->claims);
	return e ? e : session_still(cx, out);
}

enum err
session_still(struct ctx *cx, struct session *session)
{
	const struct claims *claims = &session->claims;
	enum err e;

	e = account_of_token(cx, &claims->sub, &claims->jti, &session->account);
	if (e == ERR_NOT_FOUND)
		return fault(cx, ERR_UNAUTHENTICATED, NULL,
		    "the account of this token is gone");
	if (e)
		return e;
	if (session->account.banned)
		return ERR_BANNED;
	if (session->account.revoked ||
	    session->account.token_epoch != claims->epoch)
		return fault(cx, ERR_UNAUTHENTICATED, NULL,
		    "the token has been revoked");
	return ERR_OK;
}

/* A death that was set already does not come later. */
DB_STMT(session_kill, "uit", NULL,
    "INSERT INTO revoked_token (jti, dies_at, expires_at)"
    "VALUES (?, NOW(3) + INTERVAL ? SECOND, ?)"
    "    ON DUPLICATE KEY UPDATE"
    "       dies_at = LEAST(dies_at, VALUES(dies_at))");

enum err
session_revoke(struct ctx *cx, const struct session *session, int64_t after_s)
{
	return db_run(cx, NULL, &session_kill, &session->claims.jti,
	    after_s > 0 ? after_s : -LONG_AGO_S, session->claims.exp * 1000);
}

DB_STMT(session_kill_all, "u", NULL,
    "UPDATE account SET token_epoch = token_epoch + 1 WHERE id = ?");

enum err
session_revoke_all(struct ctx *cx, const struct uuid *account)
{
	uint64_t matched;
	enum err e = db_run(cx, &matched, &session_kill_all, account);

	if (e == ERR_OK && matched != 1)
		return ERR_NOT_FOUND;
	return e;
}

const struct db_stmt *const session_stmts[] = { &session_kill,
	&session_kill_all, NULL };
