/*
 * Handlers under /auth: registering, logging in, tokens.
 */
#include "config.h"

#include "api.h"
#include "domain/account.h"
#include "reply.h"

struct login {
	const char *email, *password;
};
static const struct field login_fields[] = {
	FIELD(struct login, email, .required = true, RANGE(1, 254),
	    .about = "as registered, without regard to case"),
	FIELD(struct login, password, .required = true,
	    RANGE(1, PASSWORD_LENGTH_MAX), .about = "the password"),
};
const struct shape login_shape = SHAPE(struct login, login_fields);

/* Who came in, and the token to come again with. */
struct person {
	struct uuid id;
	const char *username, *email;
};
static const struct field person_fields[] = {
	COLUMN(struct person, id),
	COLUMN(struct person, username),
	COLUMN(struct person, email),
};
static const struct shape person_shape = SHAPE(struct person, person_fields);

struct signed_in {
	const void *user;
	const char *token;
};
static const struct field signed_in_fields[] = {
	FIELD(struct signed_in, user, .shape = &person_shape),
	COLUMN(struct signed_in, token),
};
const struct shape signed_in_shape = SHAPE(struct signed_in, signed_in_fields);

static enum err
signed_in_reply(struct req *r, int status, const struct account *account)
{
	struct person person = { account->id, account->username,
		account->email };
	struct signed_in out = { .user = &person };
	enum err e = session_open(&r->cx, account, &out.token);

	return e ? e : reply_struct(r, status, &signed_in_shape, &out);
}

struct token {
	const char *token;
};
static const struct field token_fields[] = { COLUMN(struct token, token) };
const struct shape token_shape = SHAPE(struct token, token_fields);

enum err
token_reply(struct req *r, const struct account *account)
{
	struct token out;
	enum err e = session_open(&r->cx, account, &out.token);

	return e ? e : reply_struct(r, 200, &token_shape, &out);
}

/* POST /auth/register: 201 */
enum err
api_register(struct req *r)
{
	struct account account;
	enum err e = account_register(&r->cx, r->in, r->address, &account);

	return e ? e : signed_in_reply(r, 201, &account);
}

/* POST /auth/login: 200, 401 */
enum err
api_login(struct req *r)
{
	const struct login *in = r->in;
	struct account account;
	enum err e;

	e = account_login(
	    &r->cx, in->email, in->password, r->address, &account);
	return e ? e : signed_in_reply(r, 200, &account);
}

#define REFRESH_GRACE_S 60 /* requests under way still have the old token */

/* POST /auth/refresh: 200 */
enum err
api_refresh(struct req *r)
{
	enum err e = session_revoke(&r->cx, &r->session, REFRESH_GRACE_S);

	return e ? e : token_reply(r, req_account(r));
}

/* POST /auth/logout: 200 */
enum err
api_logout(struct req *r)
{
	return session_revoke(&r->cx, &r->session, 0);
}

/* POST /auth/logout-all: 200 */
enum err
api_logout_all(struct req *r)
{
	return session_revoke_all(&r->cx, req_account_id(r));
}
