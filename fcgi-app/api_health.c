/*
 * GET /health.
 */
#include "config.h"

#include "api.h"
#include "base/text.h"
#include "domain/health.h"
#include "reply.h"

#define AGAIN_S 5

/* GET /health: 200, 503 with the same findings */
enum err
api_health(struct req *r)
{
	struct ctx *cx = &r->cx;
	struct health out;

	health_look(cx, &out);
	if (!text_is(out.status, "down"))
		return reply_struct(r, 200, &health_shape, &out);
	fault_retry(cx, ERR_UNAVAILABLE, AGAIN_S, "the database is away");
	cx->fault.extra = arena_printf(
	    cx->arena, "\"data\":%s", json_write(cx, &health_shape, &out));
	return ERR_UNAVAILABLE;
}
