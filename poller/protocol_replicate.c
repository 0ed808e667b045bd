/*
 * protocol_replicate - Replicate: anybody's models, each with inputs of its
 * own.
 *
 * https://replicate.com/docs/reference/http.  config.inputs says what a model
 * calls each field ({"prompt":"prompt","image":"input_image",...}),
 * config.input holds what always goes along.
 */
#include "protocol_ask.h"
#include "protocol_judge.h"
#include "protocol_plan.h"
#include "protocols.h"

#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/encode.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "vendor/wording.h"

#define POLL_MS 2000
#define SIZE_GRID 8
#define PROMPT_MAX 10000

/* What most models call the fields of a request. */
static const struct usual {
	const char *field, *name;
} usual_names[] = {
	{ "prompt", "prompt" },
	{ "negativePrompt", "negative_prompt" },
	{ "width", "width" },
	{ "height", "height" },
	{ "seed", "seed" },
	{ "image", "image" },
	{ "strength", "prompt_strength" },
	{ "duration", "duration" },
	{ "fps", "fps" },
};

/* What the model calls a field; NULL when it has none. */
static const char *
name_of(const struct job *job, const char *field)
{
	struct json_object *names = ask_config(job, "inputs");

	if (names != NULL)
		return json_text_at(names, field);
	for (size_t i = 0; i < COUNT(usual_names); i++)
		if (text_is(usual_names[i].field, field))
			return usual_names[i].name;
	return NULL;
}

static enum err
replicate_plan(struct ctx *cx, const struct job *job, struct plan *plan)
{
	bool negative = name_of(job, "negativePrompt") != NULL;

	if (name_of(job, "prompt") == NULL)
		return fault(cx, ERR_PROVIDER_MISCONFIGURED, NULL,
		    "config.inputs names no prompt");
	if (job->picture != NULL && name_of(job, "image") == NULL)
		return fault(cx, ERR_PROVIDER_REJECTED, NULL,
		    "'%s' does not start from a picture", job->upstream);
	plan_begin(job, plan);
	plan_size_free(cx, job, SIZE_GRID, plan);
	plan_fit(job, plan);
	plan_seed(job, plan);
	if (job->picture != NULL && !job->film)
		plan->strength = job->strength;
	if (job->film) {
		plan_seconds(cx, job, NULL, 0, plan);
		plan->fps = job->fps;
	}
	plan->prompt = wording_join(cx->arena, job->prompt, job->style,
	    negative ? NULL : job->negative_prompt, PROMPT_MAX, WORDING_POINTS);
	plan->negative = negative ? job->negative_prompt : NULL;
	return ERR_OK;
}

/* What the administrator always sends, and the fields that the model has. */
static const char *
input_write(struct ctx *cx, const struct job *job)
{
	struct json_object *given = ask_config(job, "input"), *input;
	struct plan_field fields[PLAN_FIELDS];
	const char *text = "{}";

	if (json_is_object(given))
		text = json_print(cx->arena, given);
	input = json_parse_loose(text, strlen(text));
	plan_fields(job, fields);
	for (size_t i = 0; i < COUNT(fields); i++) {
		const char *name = name_of(job, fields[i].name);

		if (text_is(fields[i].name, "image") && job->picture != NULL)
			fields[i].text = picture_link(cx, job->picture);
		if (name != NULL)
			plan_field_set(&fields[i], input, name);
	}
	text = json_print(cx->arena, input);
	json_free(input);
	return text;
}

static enum err
replicate_submit(
    struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	struct ask_json body;

	ask_bearer(cx, job, NULL, "POST", "/predictions", out);
	ask_json_begin(&body);
	ask_text(&body.jw, "version", job->upstream);
	jw_name(&body.jw, "input");
	jw_json(&body.jw, input_write(cx, job));
	ask_json_send(cx, &body, out);
	return ERR_OK;
}

/* A text, a list of texts, or an object that holds them. */
static void
output_read(struct ctx *cx, const struct fetch_reply *reply,
    struct json_object *output, struct verdict *out)
{
	struct json_object *value;
	void *cursor = NULL;
	const char *name;

	judge_add_link(cx, reply, json_text_of(output), true, out);
	for (size_t i = 0; i < json_count(output); i++)
		judge_add_link(
		    cx, reply, json_text_of(json_item(output, i)), true, out);
	while (json_next(output, &cursor, &name, &value)) {
		judge_add_link(cx, reply, json_text_of(value), true, out);
		for (size_t i = 0; i < json_count(value); i++)
			judge_add_link(cx, reply,
			    json_text_of(json_item(value, i)), true, out);
	}
}

static void
prediction_read(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct json_object *doc,
    struct verdict *out)
{
	static const char *const over[] = { "failed", "canceled", "aborted" };
	const char *id = judge_id(cx, json_text_at(doc, "id"));
	const char *status = json_text_at(doc, "status");
	struct vendor_error error;

	if (id == NULL && job->remote_id == NULL)
		return;
	if (text_is(status, "succeeded")) {
		output_read(cx, reply, json_at(doc, "output"), out);
		out->remote_id = id;
		return;
	}
	for (size_t i = 0; i < COUNT(over); i++)
		if (text_is(status, over[i])) {
			error_read_value(
			    cx->arena, json_at(doc, "error"), &error);
			judge_failed(cx, job, &error, out);
			return;
		}
	judge_running(job, id, INT_NONE, ask_poll_ms(job, POLL_MS), out);
}

static void
replicate_submitted(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct verdict *out)
{
	judge_submission(cx, job, reply, INT_NONE, prediction_read, out);
}

static const char *
prediction_path(struct ctx *cx, const struct job *job, const char *act)
{
	return arena_printf(cx->arena, "/predictions/%s%s",
	    percent_encode(cx->arena, job->remote_id), act);
}

static enum err
replicate_poll(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	ask_bearer(cx, job, NULL, "GET", prediction_path(cx, job, ""), out);
	return ERR_OK;
}

static void
replicate_polled(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct verdict *out)
{
	judge_poll(cx, job, reply, prediction_read, out);
}

static enum err
replicate_cancel(
    struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	ask_bearer(
	    cx, job, NULL, "POST", prediction_path(cx, job, "/cancel"), out);
	return ERR_OK;
}

const struct protocol protocol_replicate = {
	.name = "replicate",
	.key_header = ASK_BEARER,
	.films = true,
	.pictures = true,
	.batch = 1,
	.poll_ms = POLL_MS,
	.plan = replicate_plan,
	.submit = replicate_submit,
	.submitted = replicate_submitted,
	.poll = replicate_poll,
	.polled = replicate_polled,
	.cancel = replicate_cancel,
};
