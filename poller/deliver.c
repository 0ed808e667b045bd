#include "config.h"

#include "deliver.h"

#include <errno.h>
#include <poll.h>

#include "backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "call.h"
#include "domain/media_sweep.h"
#include "protocol_plan.h"
#include "talk.h"
#include "vendor/link.h"

#define TRIES_MAX 5              /* of a link, and of the helper */
#define IMAGE_MAX (64 * MIB)     /* bytes of a picture */
#define FILM_MAX (2048 * MIB)    /* bytes of a film */
#define ENOUGH_MS INT64_C(30000) /* for the head of a file to come */

static void
delivery_fail(struct delivery *d, enum err reason)
{
	media_store_drop(&d->file);
	media_store_drop(&d->thumbnail);
	d->state = DELIVERY_FAILED;
	d->reason = reason;
}

static void
delivery_lose(struct flight *f, struct delivery *d, enum err e)
{
	flight_log(f, "a work is lost", e, f->engine->cx.fault.detail);
	delivery_fail(d, e == ERR_STORAGE_FULL ? e : ERR_RESULT_INVALID);
}

/*
 * Of our own making: it may pass.  What a disk could not write is only there if
 * the vendor still has it.  Otherwise the work is lost.
 */
static void
delivery_again(struct flight *f, struct delivery *d, enum err e)
{
	bool anew = e == ERR_INTERNAL && d->url != NULL;

	if ((e != ERR_UNAVAILABLE && !anew) || ++d->tries > TRIES_MAX) {
		delivery_lose(f, d, e);
		return;
	}
	if (anew) {
		flight_log(f, "a work is fetched again", e,
		    f->engine->cx.fault.detail);
		media_store_drop(&d->file);
		d->state = DELIVERY_AFAR;
	}
	media_store_drop(&d->thumbnail);
	d->due_us = clock_steady_us() + backoff_ms(d->tries, INT_NONE) * 1000;
}

/* Bytes that came with the answer. */
static void
delivery_write(struct flight *f, struct delivery *d, const struct asset *asset)
{
	struct ctx *cx = &f->engine->cx;
	enum err e = media_store_draft(cx, &d->file);

	if (e == ERR_OK)
		e = media_store_write(cx, &d->file, asset->data, asset->len);
	if (e) {
		delivery_lose(f, d, e);
		return;
	}
	d->state = DELIVERY_HERE;
}

void
deliver_begin(struct flight *f, struct part *p, const struct verdict *v)
{
	size_t count = v->count;

	if ((int64_t)count > p->count)
		count = (size_t)p->count;
	p->state = PART_READY;
	p->delivery_count = count;
	p->deliveries = ARENA_ARRAY(f->arena, count + 1, struct delivery);
	for (size_t i = 0; i < count; i++) {
		const struct asset *asset = &v->assets[i];
		struct delivery *d = &p->deliveries[i];

		*d = (struct delivery){ .state = DELIVERY_AFAR,
			.keyed = asset->keyed,
			.seed = asset->seed,
			.file.fd = -1,
			.thumbnail.fd = -1 };
		if (asset->url != NULL)
			d->url = arena_strdup(f->arena, asset->url);
		else
			delivery_write(f, d, asset);
	}
}

static void
on_fetched(struct flight *f, struct part *p, struct delivery *d,
    const struct fetch_reply *reply)
{
	f->due_us = 0;
	if (reply->outcome == FETCH_OK && reply->status == 200 &&
	    reply->taken > 0) {
		d->state = DELIVERY_HERE;
		d->tries = 0;
		f->dirty = true;
		return;
	}
	media_store_drop(&d->file);
	flight_log(f, "a work can't be fetched", ERR_RESULT_INVALID,
	    reply->outcome == FETCH_OK
		? arena_printf(f->engine->cx.arena, "status %d", reply->status)
		: reply->detail);
	if (reply->outcome == FETCH_SINK) {
		errno = reply->sink_errno;
		delivery_again(f, d,
		    media_store_failed(
			&f->engine->cx, "writing a file of the store"));
	} else if (reply->outcome == FETCH_DENIED ||
		   reply->outcome == FETCH_TOO_LARGE) {
		delivery_fail(d, ERR_RESULT_INVALID);
	} else if (++d->tries < TRIES_MAX) {
		d->due_us = clock_steady_us() +
			    backoff_ms(d->tries, reply->retry_after_ms) * 1000;
	} else if (f->protocol->poll != NULL && !p->asked_again) {
		/* the vendor may have a fresh link */
		deliver_stop(f, p, ERR_RESULT_INVALID);
		p->asked_again = true;
		p->state = PART_RUNNING;
		p->due_us = 0;
	} else {
		delivery_fail(d, ERR_RESULT_INVALID);
	}
}

static void
delivery_fetch(struct flight *f, struct part *p, struct delivery *d)
{
	struct ctx *cx = &f->engine->cx;
	struct fetch_request rq = { .method = "GET", .url = d->url };
	int64_t left_ms = (f->deadline_us - clock_steady_us()) / 1000;
	struct call *call;
	enum err e = media_store_draft(cx, &d->file);

	if (e) {
		delivery_again(f, d, e);
		return;
	}
	call = call_new(f);
	if (d->keyed && f->job.key[0] != '\0' &&
	    link_same_place(d->url, f->job.url))
		rq.key_header = arena_printf(call_ctx(call)->arena, "%s%s",
		    f->protocol->key_header, f->job.key);
	rq.sink_fd = d->file.fd;
	rq.max_bytes = f->job.film ? FILM_MAX : IMAGE_MAX;
	rq.wait_ms = ENOUGH_MS;
	rq.total_ms = left_ms > 1 ? left_ms : 1;
	call_start(call, &rq, &d->call, on_fetched, p, d);
}

/* Hands the draft to a helper, when there is one. */
static void
delivery_look(struct flight *f, struct delivery *d)
{
	struct ctx *cx = &f->engine->cx;
	enum err e = ERR_OK;

	if (d->thumbnail.fd < 0)
		e = media_store_draft(cx, &d->thumbnail);
	if (e == ERR_OK)
		e = media_helper_start(cx,
		    f->job.film ? MEDIA_RESULT_FILM : MEDIA_RESULT_IMAGE,
		    d->file.fd, d->thumbnail.fd, NULL, &d->job);
	if (e)
		delivery_again(f, d, e);
	else if (d->job == NULL)
		d->due_us = clock_steady_us() + HELPERS_BUSY_US;
}

static enum err
delivery_keep(struct flight *f, const struct part *p, struct delivery *d,
    const struct media_facts *facts)
{
	struct ctx *cx = &f->engine->cx;
	struct task_item *item = &d->item;
	struct job job;
	enum err e = talk_plan(cx, f, p, &job);

	if (e)
		return e;
	*item = (struct task_item){
		.mime = facts->mime,
		.extension = facts->extension,
		.thumbnail_mime = facts->out_mime,
		.thumbnail_extension = facts->out_extension,
		.width = facts->width,
		.height = facts->height,
		.thumbnail_width = facts->out_width,
		.thumbnail_height = facts->out_height,
		.duration_ms = facts->duration_ms,
		.fps = facts->fps,
		.seed = d->seed != INT_NONE ? d->seed : job.plan.seed,
		.made = arena_strdup(f->arena, plan_write(cx, &job)),
	};
	e = media_store_name(cx, &d->file, facts->extension, &item->media,
	    &item->bytes, item->sha256);
	if (e)
		return e;
	e = media_store_keep(cx, &d->thumbnail, facts->out_extension,
	    &item->thumbnail, &item->thumbnail_bytes, item->thumbnail_sha256);
	if (e)
		media_store_discard(cx, &item->media, item->extension);
	return e;
}

static bool
job_is_over(const struct media_job *job)
{
	struct pollfd fd = { .fd = media_helper_fd(job), .events = POLLIN };

	return media_helper_left_ms(job) <= 0 || poll(&fd, 1, 0) != 0;
}

static void
delivery_finish(struct flight *f, const struct part *p, struct delivery *d)
{
	struct media_facts facts;
	enum err e;

	if (!job_is_over(d->job))
		return;
	e = media_helper_finish(&f->engine->cx, d->job, &facts);
	d->job = NULL;
	if (e == ERR_OK)
		e = delivery_keep(f, p, d, &facts);
	if (e == ERR_OK)
		d->state = DELIVERY_KEPT;
	else
		delivery_again(f, d, e);
}

static void
delivery_advance(struct flight *f, struct part *p, struct delivery *d)
{
	bool due = d->due_us <= clock_steady_us();

	if (d->state == DELIVERY_AFAR && due && d->call == NULL)
		delivery_fetch(f, p, d);
	if (d->state == DELIVERY_HERE && d->job != NULL)
		delivery_finish(f, p, d);
	else if (d->state == DELIVERY_HERE && due)
		delivery_look(f, d);
}

/* All settled: stored, or failed when nothing arrived. */
static void
part_settle(struct flight *f, struct part *p)
{
	size_t kept = 0;

	p->reason = ERR_RESULT_INVALID;
	for (size_t i = 0; i < p->delivery_count; i++) {
		if (p->deliveries[i].state == DELIVERY_KEPT)
			kept++;
		else if (p->deliveries[i].state == DELIVERY_FAILED)
			p->reason = p->deliveries[i].reason;
		else
			return;
	}
	p->state = kept > 0 ? PART_STORED : PART_FAILED;
	f->due_us = 0;
}

void
deliver_advance(struct flight *f, struct part *p)
{
	for (size_t i = 0; i < p->delivery_count; i++)
		delivery_advance(f, p, &p->deliveries[i]);
	if (p->state == PART_READY)
		part_settle(f, p);
}

/* What is under way with it is given up. */
static void
delivery_halt(struct flight *f, struct delivery *d)
{
	struct media_facts facts;

	call_stop(d->call);
	if (d->job != NULL)
		(void)!media_helper_finish(&f->engine->cx, d->job, &facts);
	d->job = NULL;
}

void
deliver_stop(struct flight *f, struct part *p, enum err reason)
{
	for (size_t i = 0; i < p->delivery_count; i++) {
		struct delivery *d = &p->deliveries[i];

		delivery_halt(f, d);
		if (d->state != DELIVERY_KEPT)
			delivery_fail(d, reason);
	}
}

void
deliver_settled(struct flight *f)
{
	for (size_t i = 0; i < f->part_count; i++) {
		struct part *p = &f->parts[i];

		for (size_t n = 0; n < p->delivery_count; n++)
			if (p->deliveries[n].state == DELIVERY_KEPT)
				media_store_drop(&p->deliveries[n].file);
	}
}

void
deliver_drop(struct flight *f, struct part *p)
{
	struct ctx *cx = &f->engine->cx;

	deliver_stop(f, p, ERR_CANCELLED);
	for (size_t i = 0; i < p->delivery_count; i++) {
		struct delivery *d = &p->deliveries[i];

		if (d->state != DELIVERY_KEPT)
			continue;
		media_store_drop(&d->file);
		media_sweep_spare(cx, &d->item.media, d->item.extension);
		media_sweep_spare(
		    cx, &d->item.thumbnail, d->item.thumbnail_extension);
	}
}

void
deliver_leave(struct flight *f, struct part *p)
{
	for (size_t i = 0; i < p->delivery_count; i++) {
		struct delivery *d = &p->deliveries[i];

		delivery_halt(f, d);
		if (d->state == DELIVERY_HERE || d->state == DELIVERY_KEPT)
			media_store_leave(&d->file);
		media_store_drop(&d->file);
		media_store_drop(&d->thumbnail);
	}
}

size_t
deliver_fds(const struct flight *f, int *fds, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < f->part_count; i++)
		for (size_t n = 0; n < f->parts[i].delivery_count; n++) {
			const struct delivery *d = &f->parts[i].deliveries[n];

			if (d->job != NULL && count < max)
				fds[count++] = media_helper_fd(d->job);
		}
	return count;
}
