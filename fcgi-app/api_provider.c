/*
 * Handlers under /config: the vendors, and what is used of them.
 */
#include "config.h"

#include "api.h"
#include "domain/provider.h"
#include "domain/provider_config.h"
#include "reply.h"
#include "vendor/probe.h"

/* GET /config/providers: 200 */
enum err
api_providers(struct req *r)
{
	struct providers_shown out;
	enum err e = provider_catalogue(&r->cx, &out);

	return e ? e : reply_struct(r, 200, &providers_shown_shape, &out);
}

/* GET /config/current: 200 */
enum err
api_choice(struct req *r)
{
	struct provider_choice out;
	enum err e = provider_choice_get(&r->cx, &out);

	return e ? e : reply_struct(r, 200, &provider_choice_shape, &out);
}

/* PUT /config/providers: 200, 400 */
enum err
api_choice_set(struct req *r)
{
	enum err e = provider_choice_set(&r->cx, r->in);

	return e ? e : api_choice(r);
}

/* POST /config/providers/custom: 201, 400 */
enum err
api_provider_add(struct req *r)
{
	struct provider_custom out;
	enum err e = provider_custom_create(&r->cx, r->in, &out);

	return e ? e : reply_struct(r, 201, &provider_custom_shape, &out);
}

/* PUT /config/providers/custom/{id}: 200, 400, 404 */
enum err
api_provider_change(struct req *r)
{
	struct provider_custom out;
	enum err e =
	    provider_custom_change(&r->cx, r->match.values[0], r->in, &out);

	return e ? e : reply_struct(r, 200, &provider_custom_shape, &out);
}

/* DELETE /config/providers/custom/{id}: 200, 404 */
enum err
api_provider_delete(struct req *r)
{
	return provider_custom_delete(&r->cx, r->match.values[0]);
}

static const struct field probe_fields[] = {
	COLUMN(struct probe, ok),
	COLUMN(struct probe, latency_ms),
	FIELD(struct probe, reason, .omit_null = true),
};
const struct shape probe_shape = SHAPE(struct probe, probe_fields);

/* POST /config/providers/custom/{id}/test: 200, 404 */
enum err
api_provider_test(struct req *r)
{
	struct provider provider;
	struct probe out;
	const char *key;
	enum err e = provider_find(&r->cx, r->match.values[0], &provider);

	if (e == ERR_OK)
		e = provider_key(&r->cx, &provider, &key);
	if (e)
		return e;
	req_db_give(r); /* others need it while the vendor thinks */
	e = vendor_probe(&r->cx, provider.protocol, provider.url, key, &out);
	return e ? e : reply_struct(r, 200, &probe_shape, &out);
}
