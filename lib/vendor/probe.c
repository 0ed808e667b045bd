#include "config.h"

#include "vendor/probe.h"

#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "core/conf.h"
#include "vendor/fetch.h"
#include "vendor/link.h"

#define PROBE_MS 10000
#define PROBE_BYTES (4 * MIB)

#define BEARER "Authorization: Bearer "
#define BASIC "Authorization: Basic "
#define GOOGLE "x-goog-api-key: "

/* What each protocol is asked (providers.md). */
static const struct {
	const char *protocol;
	const char *version; /* behind the base unless it is there */
	const char *path;
	const char *key_header;
	const char *header; /* one more, or NULL */
} probes[] = {
	{ "openai", NULL, "/models", BEARER, NULL },
	{ "stability-v1", "/v1", "/engines/list", BEARER, NULL },
	{ "stability-v2", "/v1", "/user/balance", BEARER, NULL },
	{ "veo", "/v1beta", "/models", GOOGLE, NULL },
	{ "omni", "/v1beta", "/models", GOOGLE, NULL },
	{ "runway", "/v1", "/organization", BEARER,
	    "X-Runway-Version: 2024-11-06" },
	{ "automatic1111", NULL, "/sdapi/v1/sd-models", BASIC, NULL },
	{ "comfyui", NULL, "/queue", BEARER, NULL },
	{ "replicate", NULL, "/account", BEARER, NULL },
	{ "sandbox", NULL, "/models", BEARER, NULL },
};

static const char *
key_header(struct ctx *cx, const char *begin, const char *key)
{
	if (text_empty(key))
		return NULL;
	if (text_is(begin, BASIC))
		key = base64_encode(cx->arena, key, strlen(key));
	return arena_printf(cx->arena, "%s%s", begin, key);
}

static enum err
reason_of(const struct fetch_reply *reply)
{
	switch (reply->outcome) {
	case FETCH_OK:
	case FETCH_TOO_LARGE:
		break;
	case FETCH_DENIED:
		return ERR_PROVIDER_MISCONFIGURED;
	case FETCH_LOST:
	case FETCH_TRUNCATED:
		return ERR_PROVIDER_TIMEOUT;
	default:
		return ERR_PROVIDER_UNAVAILABLE;
	}
	if (reply->status >= 200 && reply->status < 300)
		return ERR_OK;
	if (reply->status >= 500 || reply->status == 429)
		return ERR_PROVIDER_UNAVAILABLE;
	/* a wrong key, or an address that has no such path */
	return ERR_PROVIDER_MISCONFIGURED;
}

enum err
vendor_probe(struct ctx *cx, const char *protocol, const char *url,
    const char *key, struct probe *out)
{
	struct fetch_request request = {
		.method = "GET",
		.max_bytes = PROBE_BYTES,
		.total_ms = PROBE_MS,
	};
	struct fetch_reply reply;
	enum err reason;
	size_t i = 0;

	while (i < COUNT(probes) && !text_is(probes[i].protocol, protocol))
		i++;
	if (i == COUNT(probes))
		return fault(cx, ERR_INVALID_FIELD, "config.protocol",
		    "'%s' is no protocol", protocol);
	request.url = arena_printf(cx->arena, "%s%s",
	    link_base(cx->arena, url, probes[i].version), probes[i].path);
	request.headers[0] = probes[i].header;
	request.key_header = key_header(cx, probes[i].key_header, key);
	fetch_run(cx->arena, cx->conf->egress_allow, &request, &reply);
	reason = reason_of(&reply);
	*out = (struct probe){
		.ok = reason == ERR_OK,
		.latency_ms = reply.took_ms,
		.reason = reason == ERR_OK ? NULL : err_reason(reason),
	};
	return ERR_OK;
}
