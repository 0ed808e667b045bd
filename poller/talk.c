#include "config.h"

#include "talk.h"

#include <string.h>
#include <unistd.h>

#include "backoff.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "call.h"
#include "core/json_read.h"
#include "deliver.h"
#include "domain/media.h"
#include "domain/media_helper.h"
#include "domain/media_store.h"
#include "vendor.h"
#include "vendor/link.h"

#define REPLY_MS INT64_C(60000) /* for answers that are not the work itself */
#define LOOKUP_AFTER_MS 2000    /* a lost submission may still arrive */
#define FALLBACK_TRIES 3        /* before another model takes over */
#define PICTURE_MAX ((int64_t)64 * (int64_t)MIB) /* in memory */

enum err
talk_plan(struct ctx *cx, const struct flight *f, const struct part *p,
    struct job *out)
{
	*out = flight_job(f, p);
	return f->protocol->plan(cx, out, &out->plan);
}

static void
part_fail(struct flight *f, struct part *p, enum err reason)
{
	p->state = PART_FAILED;
	p->reason = reason;
	f->dirty = true;
	f->due_us = 0;
}

/* A file's bytes as the job's picture. */
static enum err
picture_take(struct ctx *cx, int fd, int64_t bytes, const struct picture *as,
    struct job *job)
{
	struct picture *picture = ARENA_NEW(cx->arena, struct picture);
	char *data;

	*picture = *as;
	data = arena_alloc(cx->arena, (size_t)bytes + 1);
	if (lseek(fd, 0, SEEK_SET) != 0 ||
	    file_read_full(fd, data, (size_t)bytes) != bytes)
		return fault(cx, ERR_RESULT_INVALID, NULL,
		    "the given picture can't be read");
	picture->data = data;
	picture->len = (size_t)bytes;
	job->picture = picture;
	return ERR_OK;
}

/*
 * The same as a file of that kind, with the sides that the vendor wants;
 * ERR_PROVIDER_REJECTED when it has more bytes than may be.
 */
static enum err
picture_write(struct ctx *cx, int fd, const struct picture *wanted,
    enum media_format format, int64_t most, struct job *job)
{
	struct picture as = *wanted;
	struct media_draft draft;
	struct media_facts facts;
	enum err e = media_store_draft(cx, &draft);

	if (e)
		return e;
	e = media_helper_fit(
	    cx, fd, as.width, as.height, format, draft.fd, &facts);
	if (e == ERR_OK && facts.out_bytes > most)
		e = fault(cx, ERR_PROVIDER_REJECTED, NULL,
		    "the given picture is too large");
	if (e == ERR_OK) {
		as.mime = facts.out_mime;
		e = picture_take(cx, draft.fd, facts.out_bytes, &as, job);
	}
	media_store_drop(&draft);
	return e;
}

/* As it is if the vendor takes it so, else as it wants it, without loss first.
 */
static enum err
picture_fit(struct ctx *cx, const struct flight *f, int fd, int64_t bytes,
    struct job *job)
{
	const struct plan *plan = &job->plan;
	struct picture wanted = *job->picture;
	int64_t most = f->protocol->picture_bytes;
	bool fits;
	enum err e;

	if (most == 0)
		most = PICTURE_MAX;
	if (plan->fit_width > 0) {
		wanted.width = plan->fit_width;
		wanted.height = plan->fit_height;
	}
	fits = wanted.width == job->picture->width &&
	       wanted.height == job->picture->height;
	if (fits && bytes <= most)
		return picture_take(cx, fd, bytes, job->picture, job);
	e = picture_write(cx, fd, &wanted, MEDIA_PNG, most, job);
	if (e != ERR_PROVIDER_REJECTED)
		return e;
	fault_clear(cx);
	return picture_write(cx, fd, &wanted, MEDIA_JPEG, most, job);
}

/* The given picture, as the plan wants it. */
static enum err
picture_load(struct ctx *cx, const struct flight *f, struct job *job)
{
	struct media media;
	enum err e;
	int fd;

	if (job->picture == NULL)
		return ERR_OK;
	e = media_find(cx, &f->claim->input_media, &media);
	if (e)
		return e;
	e = media_store_open(cx, &media.name, media.extension, &fd);
	if (e)
		return e;
	e = picture_fit(cx, f, fd, media.bytes, job);
	close(fd);
	return e;
}

/* The breaker learns of it; that it may pass by itself once for each task. */
static void
vendor_ails(struct flight *f, const char *detail)
{
	bool again = f->blamed || f->claim->attempts > 0;

	f->blamed = true;
	vendor_failed(f->engine, f->claim->provider_id,
	    ERR_PROVIDER_UNAVAILABLE, detail,
	    again ? BREAKER_AGAIN : BREAKER_COUNTS);
}

/* Who needs to act, and what the breaker learns. */
static void
verdict_note(struct flight *f, const struct verdict *v, int status)
{
	const char *id = f->claim->provider_id;

	/* whoever says so clearly that it is too much is well */
	if (v->blame == BLAME_BUSY && status != 429) {
		vendor_ails(f, v->detail);
		return;
	}
	if (v->blame == BLAME_MONEY || v->blame == BLAME_SETUP) {
		vendor_failed(
		    f->engine, id, v->reason, v->detail, BREAKER_AT_ONCE);
		return;
	}
	if (v->blame == BLAME_MODEL)
		log_event(LOG_LEVEL_ERROR, "the vendor's model is gone",
		    "provider", id, "model", f->claim->model_id, "upstream",
		    f->job.upstream, (char *)NULL);
	vendor_did_well(f->engine, id);
}

/*
 * The vendor has another address or key by now: what it said of the old one
 * tells nothing of it, and it did nothing.
 */
static bool
vendor_is_other(struct flight *f, const struct part *p)
{
	flight_refresh(f);
	return p->asked_as != f->vendor_turn;
}

static bool
verdict_is_old(struct flight *f, const struct part *p, const struct verdict *v)
{
	return (v->blame == BLAME_MONEY || v->blame == BLAME_SETUP) &&
	       vendor_is_other(f, p);
}

static void
verdict_begin(struct verdict *v)
{
	*v = (struct verdict){ .progress = INT_NONE, .wait_ms = INT_NONE };
}

/* Surely not begun: again later, and everybody else a little later too. */
static void
part_again(struct flight *f, struct part *p, int64_t asked_ms)
{
	int64_t wait_ms = backoff_ms(++p->tries, asked_ms);

	if (f->fallback != NULL && p->tries >= FALLBACK_TRIES) {
		part_fail(f, p, ERR_PROVIDER_UNAVAILABLE);
		return;
	}
	if (asked_ms != INT_NONE)
		vendor_pause(
		    vendor_find(f->engine, f->claim->provider_id), asked_ms);
	p->state = PART_UNSENT;
	p->lookups = 0;
	p->due_us = clock_steady_us() + wait_ms * 1000;
	f->dirty = f->failed_attempt = true;
	f->due_us = 0;
}

static void
part_runs(struct flight *f, struct part *p, const struct verdict *v)
{
	int64_t wait_ms =
	    v->wait_ms != INT_NONE ? v->wait_ms : f->protocol->poll_ms;

	if (p->state != PART_RUNNING)
		f->dirty = true;
	if (v->remote_id != NULL && !text_is(v->remote_id, p->remote_id)) {
		p->remote_id = arena_strdup(f->arena, v->remote_id);
		f->dirty = true;
	}
	p->state = p->remote_id != NULL ? PART_RUNNING : PART_UNKNOWN;
	p->tries = 0;
	if (v->progress != INT_NONE && v->progress > p->progress)
		p->progress = v->progress > 100 ? 100 : v->progress;
	p->due_us = clock_steady_us() + wait_ms * 1000;
	f->due_us = 0;
}

/* What a submission, a look or a search has brought. */
static void
verdict_apply(struct flight *f, struct part *p, const struct verdict *v)
{
	f->due_us = 0;
	switch (v->kind) {
	case VERDICT_NOT_ACCEPTED:
		if (p->state == PART_RUNNING)
			part_runs(f, p, v);
		else
			part_again(f, p, v->wait_ms);
		break;
	case VERDICT_RUNNING:
		part_runs(f, p, v);
		break;
	case VERDICT_READY:
		p->tries = 0;
		deliver_begin(f, p, v);
		f->dirty = true;
		break;
	case VERDICT_REFUSED:
		flight_log(f, "the vendor refuses", v->reason, v->detail);
		part_fail(f, p, v->reason);
		break;
	}
}

/* Nobody knows whether it arrived. */
static void
part_lost(struct flight *f, struct part *p, const struct fetch_reply *reply)
{
	flight_log(f, "an answer is lost", ERR_PROVIDER_TIMEOUT, reply->detail);
	p->state = PART_UNKNOWN;
	p->due_us = clock_steady_us() + LOOKUP_AFTER_MS * 1000;
	f->dirty = true;
	f->due_us = 0;
}

static void
on_submitted(struct flight *f, struct part *p, struct delivery *d,
    const struct fetch_reply *reply)
{
	struct ctx *cx = &f->engine->cx;
	struct job job = flight_job(f, p);
	struct verdict v;

	(void)d;
	verdict_begin(&v);
	switch (reply->outcome) {
	case FETCH_OK:
		f->protocol->submitted(cx, &job, reply, &v);
		if (verdict_is_old(f, p, &v)) {
			part_again(f, p, INT_NONE);
			break;
		}
		verdict_note(f, &v, reply->status);
		verdict_apply(f, p, &v);
		break;
	case FETCH_NOT_SENT:
		vendor_ails(f, reply->detail);
		part_again(f, p, INT_NONE);
		break;
	case FETCH_DENIED:
		if (vendor_is_other(f, p)) {
			part_again(f, p, INT_NONE);
			break;
		}
		vendor_failed(f->engine, f->claim->provider_id,
		    ERR_PROVIDER_MISCONFIGURED, reply->detail, BREAKER_AT_ONCE);
		flight_log(f, "the vendor can't be called",
		    ERR_PROVIDER_MISCONFIGURED, reply->detail);
		part_fail(f, p, ERR_PROVIDER_MISCONFIGURED);
		break;
	case FETCH_TOO_LARGE:
		part_fail(f, p, ERR_RESULT_INVALID);
		break;
	default:
		part_lost(f, p, reply);
	}
}

/* Begins a call unless its request could not be built; then says so. */
static bool
ask(struct flight *f, struct part *p, struct call *call, enum err e,
    struct fetch_request *rq, call_done done)
{
	struct ctx *cx = call_ctx(call);
	int64_t left_ms = (f->deadline_us - clock_steady_us()) / 1000;

	if (e) {
		flight_log(f, "can't be asked", e, cx->fault.detail);
		call_drop(call);
		return false;
	}
	p->asked_as = f->vendor_turn;
	if (rq->wait_ms == 0)
		rq->wait_ms = REPLY_MS;
	rq->total_ms = left_ms > 1 ? left_ms : 1;
	call_start(call, rq, &p->call, done, p, NULL);
	return true;
}

/* A call with the prompt and, where there is one, the picture. */
static void
part_hand_over(struct flight *f, struct part *p,
    enum err (*build)(struct ctx *, const struct job *, struct fetch_request *),
    call_done done)
{
	struct call *call = call_new(f);
	struct ctx *cx = call_ctx(call);
	struct fetch_request rq = { .method = "POST" };
	struct job job;
	enum err e = talk_plan(cx, f, p, &job);

	if (e == ERR_OK)
		e = picture_load(cx, f, &job);
	if (e == ERR_OK)
		e = build(cx, &job, &rq);
	if (e == ERR_UNAVAILABLE) {
		/* our database or our helper, not the vendor */
		call_drop(call);
		part_again(f, p, INT_NONE);
		return;
	}
	if (!ask(f, p, call, e, &rq, done))
		part_fail(f, p,
		    e == ERR_INTERNAL || e == ERR_NOT_FOUND
			? ERR_PROVIDER_MISCONFIGURED
			: e);
}

void
talk_submit(struct flight *f, struct part *p)
{
	part_hand_over(f, p, f->protocol->submit, on_submitted);
}

bool
talk_needs_prepare(const struct flight *f, const struct part *p)
{
	return f->protocol->prepare != NULL && f->job.picture != NULL &&
	       !p->prepared;
}

static void
on_prepared(struct flight *f, struct part *p, struct delivery *d,
    const struct fetch_reply *reply)
{
	struct ctx *cx = &f->engine->cx;
	struct job job = flight_job(f, p);
	struct verdict v;

	(void)d;
	verdict_begin(&v);
	if (reply->outcome == FETCH_DENIED) {
		part_fail(f, p, ERR_PROVIDER_MISCONFIGURED);
		return;
	}
	if (reply->outcome != FETCH_OK) {
		vendor_ails(f, reply->detail);
		part_again(f, p, INT_NONE);
		return;
	}
	f->protocol->prepared(cx, &job, reply, &v);
	if (verdict_is_old(f, p, &v)) {
		part_again(f, p, INT_NONE);
		return;
	}
	if (v.kind != VERDICT_READY) {
		verdict_note(f, &v, reply->status);
		verdict_apply(f, p, &v);
		return;
	}
	if (strlen(job.picture_ref) > LINK_MAX) {
		part_fail(f, p, ERR_RESULT_INVALID);
		return;
	}
	p->prepared = true;
	p->picture_ref = arena_strdup(f->arena, job.picture_ref);
	f->due_us = 0;
}

void
talk_prepare(struct flight *f, struct part *p)
{
	part_hand_over(f, p, f->protocol->prepare, on_prepared);
}

/* A look that failed says nothing about the task. */
static void
look_again(struct flight *f, struct part *p)
{
	int64_t least = f->protocol->poll_ms;
	int64_t wait_ms = backoff_ms(++p->tries, INT_NONE);

	p->due_us =
	    clock_steady_us() + (wait_ms > least ? wait_ms : least) * 1000;
	f->due_us = 0;
}

/* What a look or a search has brought; whether it was answered properly. */
static bool
look_read(struct flight *f, struct part *p, const struct fetch_reply *reply,
    void (*read)(struct ctx *, const struct job *, const struct fetch_reply *,
	struct verdict *))
{
	struct job job = flight_job(f, p);
	struct verdict v;

	if (reply->outcome != FETCH_OK) {
		log_debug("a look failed: %s", reply->detail);
		look_again(f, p);
		return false;
	}
	verdict_begin(&v);
	read(&f->engine->cx, &job, reply, &v);
	if (verdict_is_old(f, p, &v)) {
		look_again(f, p);
		return false;
	}
	verdict_note(f, &v, reply->status);
	verdict_apply(f, p, &v);
	return text_empty(v.detail);
}

static void
look(struct flight *f, struct part *p,
    enum err (*build)(struct ctx *, const struct job *, struct fetch_request *),
    call_done done)
{
	struct call *call = call_new(f);
	struct fetch_request rq = { .method = "GET" };
	struct job job = flight_job(f, p);
	enum err e = build(call_ctx(call), &job, &rq);

	if (!ask(f, p, call, e, &rq, done))
		look_again(f, p);
}

static void
on_polled(struct flight *f, struct part *p, struct delivery *d,
    const struct fetch_reply *reply)
{
	(void)d;
	(void)look_read(f, p, reply, f->protocol->polled);
}

void
talk_poll(struct flight *f, struct part *p)
{
	look(f, p, f->protocol->poll, on_polled);
}

static void
on_looked_up(struct flight *f, struct part *p, struct delivery *d,
    const struct fetch_reply *reply)
{
	(void)d;
	if (look_read(f, p, reply, f->protocol->looked_up))
		p->lookups++;
}

void
talk_lookup(struct flight *f, struct part *p)
{
	look(f, p, f->protocol->lookup, on_looked_up);
}

static void
on_cancelled(struct flight *f, struct part *p, struct delivery *d,
    const struct fetch_reply *reply)
{
	(void)f;
	(void)p;
	(void)d;
	log_debug("asked the vendor to stop: %d", reply->status);
}

void
talk_cancel(struct flight *f, struct part *p)
{
	struct fetch_request rq = { .method = "POST" };
	struct call *call;
	struct job job;
	enum err e;

	if (f->protocol == NULL || f->protocol->cancel == NULL ||
	    p->state != PART_RUNNING || p->remote_id == NULL)
		return;
	call_stop(p->call);
	call = call_new(f);
	job = flight_job(f, p);
	e = f->protocol->cancel(call_ctx(call), &job, &rq);
	if (e) {
		call_drop(call);
		return;
	}
	rq.total_ms = REPLY_MS / 6;
	call_start(call, &rq, &p->call, on_cancelled, p, NULL);
}
