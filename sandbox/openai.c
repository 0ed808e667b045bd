/*
 * How OpenAI says no: {"error": {message, type, param, code}}.
 */
#include "config.h"

#include "openai.h"

#include <inttypes.h>

#include "base/arena.h"
#include "call.h"

static void
error_object(struct jw *jw, const struct call *c, const struct complaint *row,
    const char *param, const char *message)
{
	(void)c;
	jw_object(jw);
	jw_name(jw, "error");
	jw_object(jw);
	jw_name(jw, "message");
	jw_text(jw, message);
	jw_name(jw, "type");
	jw_text(jw, row->type);
	jw_name(jw, "param");
	jw_text(jw, param);
	jw_name(jw, "code");
	jw_text(jw, row->code);
	jw_end_object(jw);
	jw_end_object(jw);
}

static void
retry_head(struct call *c, int seconds)
{
	call_head(c, "Retry-After", arena_printf(c->cx.arena, "%d", seconds));
	call_head(c, "retry-after-ms",
	    arena_printf(c->cx.arena, "%d", seconds * 1000));
}

#define REQUEST "invalid_request_error"

const struct vendor vendor_openai = {
	.name = "openai",
	.key_header = "HTTP_AUTHORIZATION",
	.key_scheme = "Bearer ",
	.write = error_object,
	.retry_head = retry_head,
	.complaints = {
	    [TROUBLE_KEY] = { 401, "invalid_api_key", REQUEST,
		"Incorrect API key provided. You can find your API key at "
		"https://platform.openai.com/account/api-keys." },
	    [TROUBLE_INVALID] = { 400, "invalid_value", REQUEST,
		"The request is invalid." },
	    [TROUBLE_REFUSED] = { 400, "moderation_blocked",
		"image_generation_user_error",
		"Your request was rejected by the safety system." },
	    [TROUBLE_MODEL] = { 404, "model_not_found", REQUEST,
		"The model does not exist or you do not have access to it." },
	    [TROUBLE_NOT_FOUND] = { 404, "not_found", REQUEST, "Not found." },
	    [TROUBLE_LIMIT] = { 429, "rate_limit_exceeded", "requests",
		"Rate limit reached. Please try again later." },
	    [TROUBLE_MONEY] = { 429, "insufficient_quota",
		"insufficient_quota",
		"You exceeded your current quota, please check your plan and "
		"billing details." },
	    [TROUBLE_BUSY] = { 503, NULL, "server_error",
		"The server is overloaded or not ready yet." },
	    [TROUBLE_BROKEN] = { 500, NULL, "server_error",
		"The server had an error while processing your request." },
	},
};
