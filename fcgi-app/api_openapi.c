/*
 * GET /openapi.json.
 */
#include "config.h"

#include "api.h"
#include "core/conf.h"
#include "openapi.h"
#include "reply.h"

/* GET /openapi.json: 200, the bare document */
enum err
api_openapi(struct req *r)
{
	struct buf text;

	buf_init(&text, OPENAPI_MAX);
	openapi_write(&text, r->cx.conf->base_path);
	reply_text(
	    r, 200, "application/json; charset=utf-8", text.data, text.len);
	buf_release(&text);
	return ERR_OK;
}
