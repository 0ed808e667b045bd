/*
 * GET /metrics: figures for Prometheus, for this machine only.
 */
#include "config.h"

#include "api.h"
#include "base/text.h"
#include "domain/metrics.h"
#include "reply.h"
#include "serve/fcgi.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define METRICS_MAX (8 * MIB)

static bool
is_local(const struct req *r)
{
	const char *peer = fcgi_param(r->fcgi, "REMOTE_ADDR");

	return peer != NULL &&
	       (text_starts(peer, "127.") || text_is(peer, "::1") ||
		   text_starts(peer, "::ffff:127."));
}

/* GET /metrics: 200, 404 for everybody who calls from elsewhere, 503 */
enum err
api_metrics(struct req *r)
{
	struct buf out;
	enum err e;

	if (!is_local(r))
		return ERR_NOT_FOUND;
	buf_init(&out, METRICS_MAX);
	metrics_write_requests(&r->cx, &out);
	e = metrics_write_state(&r->cx, &out);
	if (e == ERR_OK)
		reply_text(r, 200, METRICS_TYPE, buf_text(&out), out.len);
	buf_release(&out);
	return e;
}
