/*
 * Bearer tokens (RFC 6750 2.1).
 */
#include "config.h"

#include "auth.h"

#include <string.h>
#include <strings.h>

#include "core/conf.h"
#include "limits.h"

#define SCHEME "Bearer"

/* The token of an Authorization header; NULL for another scheme. */
static const char *
bearer_token(const char *header)
{
	size_t len = strlen(SCHEME);

	if (strncasecmp(header, SCHEME, len) != 0 || header[len] != ' ')
		return NULL;
	return header + len + strspn(header + len, " ");
}

static bool
token_needed(const struct req *r)
{
	switch (r->route->who) {
	case WHO_ANYBODY:
	case WHO_OPEN:
		return false;
	case WHO_VIEWER:
		return !r->cx.conf->square_public;
	case WHO_USER:
	case WHO_ADMIN:
		break;
	}
	return true;
}

enum err
auth_token(struct req *r)
{
	const char *header = req_header(r, "HTTP_AUTHORIZATION");
	const char *token;
	enum err e;

	e = req_db_take(r);
	if (e || r->route->who == WHO_OPEN)
		return e;
	if (header == NULL)
		return token_needed(r) ? fault(&r->cx, ERR_UNAUTHENTICATED,
					     NULL, "no token was sent")
				       : ERR_OK;
	token = bearer_token(header);
	if (token == NULL)
		return fault(&r->cx, ERR_UNAUTHENTICATED, NULL,
		    "the Authorization header holds no Bearer token");
	e = session_check(&r->cx, token, &r->session);
	r->authenticated = e == ERR_OK;
	return e;
}

enum err
auth_role(struct req *r)
{
	limits_count(r);
	if (r->route->who == WHO_ADMIN && !account_is_admin(req_account(r)))
		return ERR_FORBIDDEN;
	return ERR_OK;
}
