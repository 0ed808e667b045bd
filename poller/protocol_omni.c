/*
 * protocol_omni - Google's Omni by interactions, which took Veo's place.
 *
 * https://ai.google.dev/gemini-api/docs/interactions.  An interaction that is
 * completed and holds nothing but text is a refusal.
 */
#include "protocol_ask.h"
#include "protocol_google.h"
#include "protocol_judge.h"
#include "protocol_plan.h"
#include "protocols.h"

#include <inttypes.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/encode.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "vendor/wording.h"

#define PROMPT_MAX 4000

static const char *const resolutions[] = { "360p", "720p", "1080p", "4k",
	NULL };
static const int64_t seconds[] = { 3, 4, 5, 6, 7, 8, 9, 10 };

static enum err
omni_plan(struct ctx *cx, const struct job *job, struct plan *plan)
{
	plan_begin(job, plan);
	google_frame(job, resolutions, plan);
	plan_seconds(cx, job, seconds, COUNT(seconds), plan);
	plan_fit(job, plan);
	plan->prompt = wording_join(cx->arena, job->prompt, job->style,
	    job->negative_prompt, PROMPT_MAX, WORDING_POINTS);
	return ERR_OK;
}

/* The prompt alone, or a picture and the prompt. */
static void
input_write(struct ctx *cx, const struct job *job, struct jw *jw)
{
	if (job->picture == NULL) {
		ask_text(jw, "input", job->plan.prompt);
		return;
	}
	jw_name(jw, "input");
	jw_array(jw);
	jw_object(jw);
	ask_text(jw, "type", "image");
	ask_text(jw, "data", picture_base64(cx, job->picture));
	ask_text(jw, "mime_type", job->picture->mime);
	jw_end_object(jw);
	jw_object(jw);
	ask_text(jw, "type", "text");
	ask_text(jw, "text", job->plan.prompt);
	jw_end_object(jw);
	jw_end_array(jw);
}

static enum err
omni_submit(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	const struct plan *plan = &job->plan;
	struct ask_json body;
	struct jw *jw = &body.jw;

	google_ask(cx, job, "POST", "/interactions", out);
	ask_json_begin(&body);
	ask_text(jw, "model", job->upstream);
	input_write(cx, job, jw);
	jw_name(jw, "background"); /* else the call lasts as long as the job */
	jw_bool(jw, true);
	jw_name(jw, "response_format");
	jw_object(jw);
	ask_text(jw, "type", "video");
	ask_text(jw, "delivery", "uri");
	ask_text(jw, "aspect_ratio", plan->size);
	ask_text(jw, "resolution", plan->resolution);
	ask_text(jw, "duration",
	    arena_printf(cx->arena, "%" PRId64 "s", plan->seconds));
	jw_end_object(jw);
	ask_json_send(cx, &body, out);
	return ERR_OK;
}

static const char *
interaction_path(struct ctx *cx, const struct job *job, const char *act)
{
	return arena_printf(cx->arena, "/interactions/%s%s",
	    percent_encode(cx->arena, job->remote_id), act);
}

static enum err
omni_poll(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	google_ask(cx, job, "GET", interaction_path(cx, job, ""), out);
	return ERR_OK;
}

static enum err
omni_cancel(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	google_ask(cx, job, "POST", interaction_path(cx, job, "/cancel"), out);
	return ERR_OK;
}

/* One piece of what the model gave; its text is kept for the log. */
static const char *
content_read(struct ctx *cx, const struct fetch_reply *reply,
    struct json_object *content, struct verdict *out)
{
	if (!text_is(json_text_at(content, "type"), "video"))
		return json_text_at(content, "text");
	if (judge_add_link(
		cx, reply, json_text_at(content, "uri"), true, out) == NULL)
		judge_add_base64(cx, json_text_at(content, "data"), out);
	return NULL;
}

static void
output_read(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct json_object *doc,
    struct verdict *out)
{
	struct json_object *steps = json_at(doc, "steps"), *step, *content;
	const char *text, *said = NULL;

	for (size_t i = 0; i < json_count(steps); i++) {
		step = json_item(steps, i);
		content = json_at(step, "content");
		if (!text_is(json_text_at(step, "type"), "model_output"))
			continue;
		for (size_t k = 0; k < json_count(content); k++) {
			text =
			    content_read(cx, reply, json_item(content, k), out);
			said = text != NULL ? text : said;
		}
	}
	if (out->count == 0 && said != NULL)
		judge_refuse(cx, job, REFUSAL_CONTENT, said, out);
}

static void
interaction_read(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct json_object *doc,
    struct verdict *out)
{
	static const char *const over[] = { "failed", "cancelled", "incomplete",
		"budget_exceeded", "requires_action" };
	const char *id = judge_id(cx, json_text_at(doc, "id"));
	const char *status = json_text_at(doc, "status");
	struct vendor_error error;

	if (id == NULL && job->remote_id == NULL)
		return;
	if (text_is(status, "completed")) {
		output_read(cx, job, reply, doc, out);
		return;
	}
	for (size_t i = 0; i < COUNT(over); i++)
		if (text_is(status, over[i])) {
			error_read_value(
			    cx->arena, json_at(doc, "errors"), &error);
			error.type = over[i];
			judge_failed(cx, job, &error, out);
			return;
		}
	judge_running(job, id, INT_NONE, ask_poll_ms(job, GOOGLE_POLL_MS), out);
}

static void
omni_submitted(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct verdict *out)
{
	judge_submission(cx, job, reply, INT_NONE, interaction_read, out);
}

static void
omni_polled(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct verdict *out)
{
	struct vendor_error error;

	judge_poll(cx, job, reply, interaction_read, out);
	if (reply->status != 400)
		return;
	/* Here an unknown id is a 400. */
	error_read(cx->arena, reply->body, reply->len, &error);
	if (text_starts(error.message, "Invalid interaction name"))
		judge_refuse(cx, job, REFUSAL_REQUEST, error.message, out);
}

const struct protocol protocol_omni = {
	.name = "omni",
	.key_header = GOOGLE_KEY,
	.films = true,
	.batch = 1,
	.poll_ms = GOOGLE_POLL_MS,
	.plan = omni_plan,
	.submit = omni_submit,
	.submitted = omni_submitted,
	.poll = omni_poll,
	.polled = omni_polled,
	.cancel = omni_cancel,
};
