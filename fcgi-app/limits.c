/*
 * Sizes and budgets.
 */
#include "config.h"

#include "limits.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/base.h"
#include "core/conf.h"
#include "serve/fcgi.h"

/* What a form holds beside its file. */
#define FORM_TEXT_MAX ((int64_t)(256 * KIB))
#define NETWORK_BYTES 8 /* of an IPv6 address, for a subscriber */

static int64_t
body_limit(const struct req *r)
{
	const struct conf *conf = r->cx.conf;

	switch (r->route->body) {
	case BODY_IMAGE_FORM:
		return conf->max_image_bytes + FORM_TEXT_MAX;
	case BODY_VIDEO_FORM:
		return conf->max_video_bytes + FORM_TEXT_MAX;
	case BODY_NONE:
	case BODY_JSON:
	case BODY_JSON_OPTIONAL:
		break;
	}
	return conf->max_json_bytes;
}

enum err
limits_size(struct req *r)
{
	r->body_limit = body_limit(r);
	if (fcgi_content_length(r->fcgi) == -2)
		return fault(&r->cx, ERR_INVALID_FIELD, "Content-Length",
		    "Content-Length must be a number");
	if (fcgi_content_length(r->fcgi) > r->body_limit)
		return fault(&r->cx, ERR_BODY_TOO_LARGE, NULL,
		    "at most %lld bytes are taken", (long long)r->body_limit);
	return ERR_OK;
}

static const char *
subject_of(struct req *r, char id[UUID_TEXT])
{
	if (r->authenticated)
		return arena_printf(
		    r->cx.arena, "u:%s", uuid_format(req_account_id(r), id));
	return arena_printf(r->cx.arena, "a:%s", r->address);
}

static int64_t
calls_limit(const struct req *r)
{
	const struct conf *conf = r->cx.conf;

	if (!r->authenticated)
		return conf->limit_anonymous_calls_per_hour;
	return account_is_vip(req_account(r)) ? conf->limit_vip_calls_per_hour
					      : conf->limit_free_calls_per_hour;
}

void
limits_count(struct req *r)
{
	char id[UUID_TEXT];

	if (!r->authenticated &&
	    (r->route->spend == SPEND_NONE || r->route->who == WHO_OPEN))
		return;
	r->counted = true;
	r->budget_err =
	    budget_take(&r->cx, subject_of(r, id), calls_limit(r), &r->budget);
}

enum err
limits_budget(struct req *r)
{
	return r->counted ? r->budget_err : ERR_OK;
}

const char *
limits_address(struct req *r)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
		0xff };
	const char *peer = req_header(r, "REMOTE_ADDR");
	char text[INET6_ADDRSTRLEN];
	uint8_t b[16];

	if (peer == NULL)
		return "unknown";
	if (inet_pton(AF_INET6, peer, b) != 1)
		return peer;
	if (memcmp(b, mapped, sizeof(mapped)) == 0)
		(void)inet_ntop(
		    AF_INET, b + sizeof(mapped), text, sizeof(text));
	else {
		memset(b + NETWORK_BYTES, 0, sizeof(b) - NETWORK_BYTES);
		(void)inet_ntop(AF_INET6, b, text, sizeof(text));
	}
	return arena_strdup(r->cx.arena, text);
}
