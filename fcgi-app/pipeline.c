/*
 * The steps in their order, and the one place where a reply and an access line
 * are made.
 */
#include "config.h"

#include "pipeline.h"

#include <inttypes.h>
#include <string.h>

#include "auth.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "core/conf.h"
#include "cors.h"
#include "domain/metrics.h"
#include "input.h"
#include "language.h"
#include "limits.h"
#include "reply.h"
#include "serve/fcgi.h"

/* ---- route ---- */

/* Looks the address up in a table below a path. */
static bool
table_find(struct req *r, const struct route_table *table, const char *base)
{
	bool found = router_find(r->cx.arena, table->rows, table->count,
	    sizeof(table->rows[0]), base, r->method, r->uri, &r->match);

	if (found)
		r->route = &table->rows[r->match.index];
	return found || r->match.path_known;
}

static enum err
step_route(struct req *r)
{
	const struct conf *conf = r->cx.conf;

	if (!table_find(r, &api_routes, conf->base_path) &&
	    !table_find(r, &file_routes, conf->media_path) &&
	    !table_find(r, &local_routes, conf->site_path))
		return ERR_NOT_FOUND;
	if (text_is(r->method, "OPTIONS")) {
		reply_empty(r, 204);
		reply_header(r, "Allow", "%s", r->match.allow);
		cors_preflight(r);
		return ERR_OK;
	}
	if (r->route != NULL)
		return ERR_OK;
	reply_header(r, "Allow", "%s", r->match.allow);
	return ERR_METHOD_NOT_ALLOWED;
}

/* ---- once: the Idempotency-Key ---- */

/* The key is held from here on; a reply that was kept is the reply. */
static enum err
step_once(struct req *r)
{
	enum err e;

	if (r->id.key != NULL && !r->route->once(r))
		r->id.key = NULL;
	if (r->id.key == NULL)
		return ERR_OK;
	r->id.account = *req_account_id(r);
	r->id.owner = uuid_new();
	memcpy(r->id.hash, r->hash, sizeof(r->id.hash));
	e = idempotency_begin(&r->cx, &r->id);
	if (e || r->id.replay) {
		r->id.key = NULL;
		if (r->id.replay)
			reply_again(r, (int)r->id.status, r->id.body);
	}
	return e;
}

static void
key_stuck(enum err e)
{
	log_warn("an Idempotency-Key is stuck for a minute: %s", err_name(e));
}

/*
 * It is not known whether the act was committed; its answer tells, which is
 * kept in the same commit.  Then it is the reply.
 */
static enum err
once_settle(struct req *r)
{
	struct fault why = r->cx.fault;
	bool kept;
	enum err e;

	fault_clear(&r->cx);
	e = idempotency_settle(&r->cx, &r->id, &kept);
	if (e) {
		key_stuck(e);
		r->cx.fault = why;
		return ERR_UNCERTAIN;
	}
	return kept ? ERR_OK
		    : fault_retry(
			  &r->cx, ERR_UNAVAILABLE, 1, "nothing was changed");
}

/* After the handler: a success is kept, anything else frees the key. */
static enum err
once_end(struct req *r, enum err outcome)
{
	struct fault why = r->cx.fault;
	enum err e;

	if (r->id.key == NULL || (outcome == ERR_OK && r->reply.kept))
		return outcome;
	if (outcome == ERR_UNCERTAIN)
		return once_settle(r);
	if (outcome == ERR_OK)
		e = reply_keep(r);
	else
		e = idempotency_abandon(&r->cx, &r->id);
	if (e)
		key_stuck(e);
	r->cx.fault = why;
	return outcome;
}

static enum err
step_handle(struct req *r)
{
	return once_end(r, r->route->handle(r));
}

/* ---- the whole ---- */

static const struct step {
	const char *name;
	enum err (*run)(struct req *);
} steps[] = {
	{ "route", step_route },
	{ "limits", limits_size },
	{ "auth", auth_token },
	{ "role", auth_role },
	{ "budget", limits_budget },
	{ "input", input_read },
	{ "once", step_once },
	{ "handle", step_handle },
};

/* In debug the caller is told where the time went. */
static void
step_time(struct req *r, int64_t since_us)
{
	if (log_wants(LOG_LEVEL_DEBUG))
		r->timing = arena_printf(r->cx.arena, "%s%s%s;dur=%.3f",
		    r->timing == NULL ? "" : r->timing,
		    r->timing == NULL ? "" : ", ", r->step,
		    (double)(clock_steady_us() - since_us) / 1000);
}

/* A step that has made the reply ends the request, too. */
static enum err
steps_run(struct req *r)
{
	for (size_t i = 0; i < COUNT(steps); i++) {
		int64_t since_us = clock_steady_us();
		enum err e;

		r->step = steps[i].name;
		e = steps[i].run(r);
		step_time(r, since_us);
		if (e || r->reply.status != 0)
			return e;
	}
	return ERR_OK;
}

static void
request_start(struct req *r)
{
	char *trace = arena_alloc(r->cx.arena, UUID_TEXT);
	struct uuid id = uuid_new();

	r->started_us = clock_steady_us();
	metrics_begin();
	r->cx.trace = uuid_format(&id, trace);
	log_context(arena_printf(r->cx.arena, "req=%s", trace));
	r->method = fcgi_param(r->fcgi, "REQUEST_METHOD");
	r->uri = fcgi_param(r->fcgi, "REQUEST_URI");
	if (r->method == NULL)
		r->method = "";
	if (r->uri == NULL)
		r->uri = "";
	r->address = limits_address(r);
	r->lang = language_choose(
	    req_header(r, "HTTP_ACCEPT_LANGUAGE"), r->cx.conf->language);
	reply_begin(r);
}

/* Our own troubles; what callers did wrong is in the access line. */
static void
error_log(const struct req *r, enum err e)
{
	const struct fault *f = &r->cx.fault;

	if (e != ERR_OK && err_status(e) >= 500)
		log_error("%s %s ended with %s: %s", r->method,
		    r->route != NULL ? r->route->key.path : "?", err_name(e),
		    f->err == e && f->detail != NULL ? f->detail : "no detail");
}

static void
access_log(const struct req *r, enum err e)
{
	struct arena *a = r->cx.arena;
	int64_t us = clock_steady_us() - r->started_us;
	char user[UUID_TEXT] = "";

	if (!log_wants(LOG_LEVEL_INFO))
		return;
	if (r->authenticated)
		uuid_format(req_account_id(r), user);
	log_event(LOG_LEVEL_INFO, "request", "method", r->method, "route",
	    r->route != NULL ? r->route->key.path : NULL, "status",
	    arena_printf(a, "%d", r->reply.status), "us",
	    arena_printf(a, "%" PRId64, us), "user",
	    user[0] != '\0' ? user : NULL, "from", r->address, "step",
	    e ? r->step : NULL, "reason", e ? err_reason(e) : NULL,
	    (char *)NULL);
}

/* By template, never by what stands in an address. */
static void
request_count(const struct req *r)
{
	const char *route = "other";

	if (r->route != NULL)
		route = arena_printf(r->cx.arena, "%s %s", r->route->key.method,
		    r->route->key.path);
	metrics_end(route, r->reply.status, clock_steady_us() - r->started_us);
}

void
pipeline_run(struct req *r)
{
	enum err e;

	request_start(r);
	e = steps_run(r);
	if (r->reply.kind != REPLY_STREAM) {
		if (e == ERR_OK)
			e = reply_close(r);
		if (e)
			reply_error(r, e);
		reply_send(r);
	}
	media_store_drop(&r->file);
	req_db_give(r);
	error_log(r, e);
	access_log(r, e);
	request_count(r);
	log_context(NULL);
}
