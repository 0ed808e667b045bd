/*
 * How Stability says no, in two ways; its account.
 */
#include "config.h"

#include "stability.h"

#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "call.h"

/* {"id", "name"} of either generation. */
static void
error_begin(struct jw *jw, const struct call *c, const struct complaint *row)
{
	uint8_t id[16];

	random_fill(id, sizeof(id));
	jw_object(jw);
	jw_name(jw, "id");
	jw_text(jw, hex_encode(c->cx.arena, id, sizeof(id)));
	jw_name(jw, "name");
	jw_text(jw, row->code);
}

/* v1's refusal of a key repeats the key. */
static void
error_v1(struct jw *jw, const struct call *c, const struct complaint *row,
    const char *param, const char *message)
{
	(void)param;
	error_begin(jw, c, row);
	jw_name(jw, "message");
	if (strcmp(row->code, "unauthorized") == 0)
		message = arena_printf(c->cx.arena, "%s: %s", message, c->key);
	jw_text(jw, message);
	jw_end_object(jw);
}

static void
error_v2(struct jw *jw, const struct call *c, const struct complaint *row,
    const char *param, const char *message)
{
	if (param != NULL)
		message = arena_printf(c->cx.arena, "%s: %s", param, message);
	error_begin(jw, c, row);
	jw_name(jw, "errors");
	jw_array(jw);
	jw_text(jw, message);
	jw_end_array(jw);
	jw_end_object(jw);
}

static void
retry_head(struct call *c, int seconds)
{
	call_head(c, "Retry-After", arena_printf(c->cx.arena, "%d", seconds));
}

#define LIMIT_TEXT                                                             \
	"You have exceeded the rate limit of 150 requests within a 10 second " \
	"period, and have been timed out for 60 seconds."
#define BROKEN_TEXT                                                            \
	"An unexpected server error has occurred, please try again later."

const struct vendor vendor_stability_v1 = {
	.name = "stability-v1",
	.key_header = "HTTP_AUTHORIZATION",
	.key_scheme = "Bearer ",
	.write = error_v1,
	.retry_head = retry_head,
	.complaints = {
	    [TROUBLE_KEY] = { 401, "unauthorized", NULL,
		"Incorrect API key provided" },
	    [TROUBLE_INVALID] = { 400, "bad_request", NULL,
		"The request is invalid." },
	    [TROUBLE_REFUSED] = { 400, "invalid_prompts", NULL,
		"Invalid prompts detected" },
	    [TROUBLE_MODEL] = { 404, "not_found", NULL,
		"The specified engine was not found." },
	    [TROUBLE_NOT_FOUND] = { 404, "not_found", NULL, "Not found." },
	    [TROUBLE_LIMIT] = { 429, "rate_limit_exceeded", NULL, LIMIT_TEXT },
	    [TROUBLE_MONEY] = { 402, "payment_required", NULL,
		"Your organization does not have enough balance to request "
		"this action." },
	    [TROUBLE_BUSY] = { 503, "unavailable", NULL,
		"The service is unavailable." },
	    [TROUBLE_BROKEN] = { 500, "server_error", NULL, BROKEN_TEXT },
	},
};

const struct vendor vendor_stability_v2 = {
	.name = "stability-v2",
	.key_header = "HTTP_AUTHORIZATION",
	.key_scheme = "Bearer ",
	.write = error_v2,
	.retry_head = retry_head,
	.complaints = {
	    [TROUBLE_KEY] = { 401, "unauthorized", NULL,
		"authorization: invalid or missing header value" },
	    [TROUBLE_INVALID] = { 400, "bad_request", NULL,
		"the request is invalid" },
	    [TROUBLE_REFUSED] = { 403, "content_moderation", NULL,
		"Your request was flagged by our content moderation system." },
	    [TROUBLE_MODEL] = { 404, "not_found", NULL,
		"The requested model was not found." },
	    [TROUBLE_NOT_FOUND] = { 404, "not_found", NULL, "Not found." },
	    [TROUBLE_LIMIT] = { 429, "rate_limit_exceeded", NULL, LIMIT_TEXT },
	    [TROUBLE_MONEY] = { 402, "payment_required", NULL,
		"You lack sufficient credits to make this request." },
	    [TROUBLE_BUSY] = { 503, "service_unavailable", NULL,
		"The service is unavailable." },
	    [TROUBLE_BROKEN] = { 500, "internal_error", NULL, BROKEN_TEXT },
	},
};

bool
stability_style_known(const char *style)
{
	static const char *const styles[] = { "enhance", "anime",
		"photographic", "digital-art", "comic-book", "fantasy-art",
		"line-art", "analog-film", "neon-punk", "isometric", "low-poly",
		"origami", "modeling-compound", "cinematic", "3d-model",
		"pixel-art", "tile-texture" };

	for (size_t i = 0; i < COUNT(styles); i++)
		if (text_is(style, styles[i]))
			return true;
	return style == NULL;
}

const char *
stability_reason(const struct call *c)
{
	return words_have(&c->words, WORD_FILTERED) ? "CONTENT_FILTERED"
						    : "SUCCESS";
}

void
stability_balance(struct call *c)
{
	struct jw *jw = call_json(c);

	jw_object(jw);
	jw_name(jw, "credits");
	jw_real(jw, 42.5);
	jw_end_object(jw);
	call_json_end(c, 200);
}
