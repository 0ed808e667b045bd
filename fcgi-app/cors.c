/*
 * Cross-origin headers (Fetch standard, "CORS protocol").
 */
#include "config.h"

#include "cors.h"

#include "base/text.h"
#include "core/conf.h"
#include "reply.h"

#define MAX_AGE_S 7200 /* browsers keep a preflight no longer */

/* The request's origin when it is in the list, else NULL. */
static const char *
cors_origin(const struct req *r)
{
	const char *origin = req_header(r, "HTTP_ORIGIN");
	const char *rest = r->cx.conf->cors_origins;
	const char *one;

	if (origin == NULL)
		return NULL;
	while ((one = text_split(r->cx.arena, &rest, ',')) != NULL)
		if (text_is(one, origin))
			return one;
	return NULL;
}

void
cors_headers(const struct req *r, struct buf *b)
{
	const char *origin;

	if (text_empty(r->cx.conf->cors_origins))
		return;
	buf_puts(b, "Vary: Origin\r\n");
	origin = cors_origin(r);
	if (origin == NULL)
		return;
	buf_printf(b,
	    "Access-Control-Allow-Origin: %s\r\n"
	    "Access-Control-Expose-Headers: X-Request-Id, Retry-After,"
	    " RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset,"
	    " Idempotent-Replay\r\n",
	    origin);
}

void
cors_preflight(struct req *r)
{
	if (cors_origin(r) == NULL)
		return;
	reply_header(r, "Access-Control-Allow-Methods", "%s", r->match.allow);
	reply_header(r, "Access-Control-Allow-Headers",
	    "Authorization, Content-Type, Accept-Language, Idempotency-Key");
	reply_header(r, "Access-Control-Max-Age", "%d", MAX_AGE_S);
}
