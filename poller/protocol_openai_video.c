/*
 * protocol_openai_video - films by the protocol of OpenAI's Videos API.
 *
 * OpenAI ended its own on 2026-09-24; vLLM-Omni and resellers go on with it, so
 * base and model are the administrator's.  config.videos tells dialects apart:
 * "openai" (as it was: four sizes, three durations, no seed), "vllm" (also
 * takes frames, seed and a negative prompt), "localai" (POST /video, which
 * answers when the film is done).
 */
#include "protocol_ask.h"
#include "protocol_judge.h"
#include "protocol_plan.h"
#include "protocols.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/encode.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "vendor/link.h"
#include "vendor/retry_after.h"
#include "vendor/wording.h"

#define POLL_MS 5000
#define PROMPT_MAX 32000
#define FRAME_GRID 16

static const struct nearest_size sizes_pro[] = {
	{ "1280x720", 1280, 720 },
	{ "720x1280", 720, 1280 },
	{ "1792x1024", 1792, 1024 },
	{ "1024x1792", 1024, 1792 },
};
#define SIZES_BASIC 2 /* only -pro makes the larger two */
static const int64_t seconds_sora[] = { 4, 8, 12 };

enum dialect {
	DIALECT_OPENAI,
	DIALECT_VLLM,
	DIALECT_LOCALAI
};

static enum dialect
dialect_of(const struct job *job)
{
	const char *name = ask_config_text(job, "videos");

	return text_is(name, "vllm")      ? DIALECT_VLLM
	       : text_is(name, "localai") ? DIALECT_LOCALAI
					  : DIALECT_OPENAI;
}

static enum err
video_plan(struct ctx *cx, const struct job *job, struct plan *plan)
{
	bool free = dialect_of(job) != DIALECT_OPENAI;

	plan_begin(job, plan);
	if (free)
		plan_size_free(cx, job, FRAME_GRID, plan);
	else
		plan_size(cx, job, sizes_pro,
		    text_ends(job->upstream, "-pro") ? COUNT(sizes_pro)
						     : SIZES_BASIC,
		    plan);
	plan_seconds(
	    cx, job, seconds_sora, free ? 0 : COUNT(seconds_sora), plan);
	plan->fps = free ? job->fps : 0;
	plan->seed = free ? job->seed : INT_NONE;
	plan->negative = free ? job->negative_prompt : NULL;
	plan_fit(job, plan);
	plan->prompt = wording_join(cx->arena, job->prompt, job->style,
	    free ? NULL : job->negative_prompt, PROMPT_MAX, WORDING_POINTS);
	return ERR_OK;
}

/* What vLLM-Omni takes besides. */
static void
vllm_add(struct ctx *cx, const struct job *job, struct multipart *form)
{
	const struct plan *plan = &job->plan;

	form_int(cx, form, "width", plan->width);
	form_int(cx, form, "height", plan->height);
	form_int(cx, form, "fps", plan->fps);
	form_int(cx, form, "num_frames", plan->seconds * plan->fps);
	form_int(cx, form, "seed", plan->seed);
	form_text(form, "negative_prompt", plan->negative);
}

static const char *
base_of(struct ctx *cx, const struct job *job)
{
	return link_base(cx->arena, job->url, NULL);
}

/* POST /videos, always as a form: the official clients do the same. */
static void
job_submit(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	const struct plan *plan = &job->plan;
	struct multipart form;

	ask(cx, job, ASK_BEARER, "POST",
	    arena_printf(cx->arena, "%s/videos", base_of(cx, job)), out);
	multipart_init(&form);
	form_text(&form, "model", job->upstream);
	form_text(&form, "prompt", plan->prompt);
	form_text(&form, "size", plan->size);
	/* A text: a number is refused. */
	form_int(cx, &form, "seconds", plan->seconds);
	if (dialect_of(job) == DIALECT_VLLM)
		vllm_add(cx, job, &form);
	if (job->picture != NULL)
		form_picture(cx, &form, "input_reference", job->picture);
	ask_form_send(cx, &form, out);
}

/* LocalAI's POST /video stands beside its /v1. */
static void
localai_submit(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	const struct plan *plan = &job->plan;
	const char *base = base_of(cx, job);
	size_t len = strlen(base) - (text_ends(base, "/v1") ? 3 : 0);
	struct ask_json body;
	struct jw *jw = &body.jw;

	ask(cx, job, ASK_BEARER, "POST",
	    arena_printf(cx->arena, "%.*s/video", (int)len, base), out);
	out->wait_ms = ASK_SYNCHRONOUS_MS;
	ask_json_begin(&body);
	ask_text(jw, "model", job->upstream);
	ask_text(jw, "prompt", plan->prompt);
	ask_text(jw, "negative_prompt", plan->negative);
	ask_int(jw, "width", plan->width);
	ask_int(jw, "height", plan->height);
	ask_text(
	    jw, "seconds", arena_printf(cx->arena, "%" PRId64, plan->seconds));
	ask_int(jw, "fps", plan->fps);
	ask_int(jw, "num_frames", plan->seconds * plan->fps);
	ask_int(jw, "seed", plan->seed);
	ask_text(jw, "response_format", "url");
	if (job->picture != NULL)
		ask_text(jw, "start_image", picture_base64(cx, job->picture));
	ask_json_send(cx, &body, out);
}

static enum err
video_submit(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	if (dialect_of(job) == DIALECT_LOCALAI)
		localai_submit(cx, job, out);
	else
		job_submit(cx, job, out);
	return ERR_OK;
}

/* The film that a synchronous answer holds. */
static void
answer_read(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct json_object *doc,
    struct verdict *out)
{
	struct json_object *item = json_find(doc, "data.0");

	(void)job;
	if (judge_add_link(cx, reply, json_text_at(item, "url"), true, out) ==
	    NULL)
		judge_add_base64(cx, json_text_at(item, "b64_json"), out);
}

/* The vendor's hint, else the administrator's, else ours. */
static int64_t
pace_of(const struct job *job, const struct fetch_reply *reply)
{
	int64_t ms = retry_after_ms(
	    fetch_header(reply, "openai-poll-after-ms"), NULL, 0);

	return ms > 0 ? ms : ask_poll_ms(job, POLL_MS);
}

static void
video_read(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct json_object *doc,
    struct verdict *out)
{
	const char *id = judge_id(cx, json_text_at(doc, "id"));
	const char *status = json_text_at(doc, "status");
	struct vendor_error error;

	if (id == NULL)
		id = job->remote_id;
	if (id == NULL)
		return;
	if (text_is(status, "failed")) {
		error_read_value(cx->arena, json_at(doc, "error"), &error);
		judge_failed(cx, job, &error, out);
		return;
	}
	if (!text_is(status, "completed")) {
		judge_running(job, id, json_int_at(doc, "progress"),
		    pace_of(job, reply), out);
		return;
	}
	judge_add_link(cx, reply,
	    arena_printf(cx->arena, "%s/videos/%s/content", base_of(cx, job),
		percent_encode(cx->arena, id)),
	    true, out);
	out->remote_id = id;
}

static void
video_submitted(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct verdict *out)
{
	judge_submission(cx, job, reply, INT_NONE,
	    dialect_of(job) == DIALECT_LOCALAI ? answer_read : video_read, out);
}

static enum err
video_ask(struct ctx *cx, const struct job *job, const char *method,
    struct fetch_request *out)
{
	ask(cx, job, ASK_BEARER, method,
	    arena_printf(cx->arena, "%s/videos/%s", base_of(cx, job),
		percent_encode(cx->arena, job->remote_id)),
	    out);
	return ERR_OK;
}

static enum err
video_poll(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	return video_ask(cx, job, "GET", out);
}

static void
video_polled(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct verdict *out)
{
	judge_poll(cx, job, reply, video_read, out);
}

static enum err
video_cancel(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	return video_ask(cx, job, "DELETE", out);
}

const struct protocol protocol_openai_video = {
	.name = "openai",
	.films = true,
	.key_header = ASK_BEARER,
	.batch = 1,
	.plan = video_plan,
	.submit = video_submit,
	.submitted = video_submitted,
	.poll_ms = POLL_MS,
	.poll = video_poll,
	.polled = video_polled,
	.cancel = video_cancel,
};
