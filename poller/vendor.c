#include "config.h"

#include "vendor.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

/* A pause that one task met is no reason to hold all others back for long. */
#define PAUSE_MAX_MS INT64_C(5000)

struct vendor *
vendor_find(struct engine *e, const char *id)
{
	struct vendor *v;

	for (v = e->vendors; v != NULL; v = v->next)
		if (text_is(v->id, id))
			return v;
	v = ARENA_NEW(e->memory, struct vendor);
	snprintf(v->id, sizeof(v->id), "%s", id);
	v->next = e->vendors;
	e->vendors = v;
	return v;
}

enum err
vendor_refresh(struct engine *e)
{
	int64_t now = clock_steady_us();
	struct breaker *breakers;
	size_t count;
	enum err err = breaker_list(&e->cx, &breakers, &count);

	if (err)
		return err;
	for (struct vendor *v = e->vendors; v != NULL; v = v->next)
		v->failing = v->open = false;
	for (size_t i = 0; i < count; i++) {
		struct vendor *v = vendor_find(e, breakers[i].provider_id);

		v->failing = true;
		v->open = !text_is(breakers[i].state, "closed");
		v->try_us = now + breakers[i].rest_ms * 1000;
	}
	return ERR_OK;
}

bool
vendor_may_send(struct vendor *v, int64_t gap_ms, int64_t *when_out)
{
	int64_t now = clock_steady_us();

	if (now < v->send_us) {
		*when_out = v->send_us;
		return false;
	}
	if (gap_ms > 0)
		v->send_us = now + gap_ms * 1000;
	return true;
}

void
vendor_pause(struct vendor *v, int64_t ms)
{
	int64_t until;

	if (ms > PAUSE_MAX_MS)
		ms = PAUSE_MAX_MS;
	until = clock_steady_us() + ms * 1000;
	if (until > v->send_us)
		v->send_us = until;
}

void
vendor_did_well(struct engine *e, const char *id)
{
	struct vendor *v = vendor_find(e, id);
	enum err err;

	if (!v->failing)
		return;
	err = breaker_succeed(&e->cx, id);
	if (err) {
		engine_db_failed(e, "closing a breaker", err);
		return;
	}
	if (v->open)
		log_info("vendor '%s' is well again", id);
	v->failing = v->open = false;
}

void
vendor_failed(struct engine *e, const char *id, enum err reason,
    const char *detail, enum breaker_weight weight)
{
	struct vendor *v = vendor_find(e, id);
	bool opened = false;
	enum err err =
	    breaker_fail(&e->cx, id, reason, detail, weight, &opened);

	if (err) {
		engine_db_failed(e, "noting a failure", err);
		return;
	}
	v->failing = true;
	if (!opened)
		return;
	v->open = true;
	log_event(LOG_LEVEL_ERROR, "vendor is given a rest", "provider", id,
	    "reason", err_reason(reason), "detail", detail, (char *)NULL);
	err = vendor_refresh(e);
	if (err)
		engine_db_failed(e, "reading breakers", err);
}
