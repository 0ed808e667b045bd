/*
 * protocol_veo - Google's Veo by long-running predictions.
 *
 * https://ai.google.dev/gemini-api/docs/video.  Its own samples err in two
 * places: durationSeconds is a number, and a picture is flat.  A film that the
 * rules held back is a success without samples.
 */
#include "protocol_ask.h"
#include "protocol_google.h"
#include "protocol_judge.h"
#include "protocol_plan.h"
#include "protocols.h"

#include "base/arena.h"
#include "base/base.h"
#include "base/encode.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "vendor/wording.h"

#define PROMPT_MAX 4000
#define VEO_FPS 24
#define LONG_SECONDS 8 /* the only duration above 720p */

static const char *const only_720[] = { "720p", NULL };
static const char *const up_to_1080[] = { "720p", "1080p", NULL };
static const char *const up_to_4k[] = { "720p", "1080p", "4k", NULL };
static const int64_t seconds_2[] = { 5, 6, 8 };
static const int64_t seconds_3[] = { 4, 6, 8 };

/* The first row whose name begins like the model's. */
static const struct veo_model {
	const char *name;
	const char *const *resolutions;
	const int64_t *seconds;
	bool resolution_field;
} models[] = {
	{ "veo-2", only_720, seconds_2, false },
	{ "veo-3.0", up_to_1080, seconds_3, true },
	{ "veo-3.1-lite", up_to_1080, seconds_3, true },
	{ "", up_to_4k, seconds_3, true },
};

static const struct veo_model *
model_of(const struct job *job)
{
	size_t i = 0;

	while (!text_starts(job->upstream, models[i].name))
		i++;
	return &models[i];
}

static enum err
veo_plan(struct ctx *cx, const struct job *job, struct plan *plan)
{
	const struct veo_model *model = model_of(job);

	plan_begin(job, plan);
	google_frame(job, model->resolutions, plan);
	plan_seconds(cx, job, model->seconds, COUNT(seconds_3), plan);
	if (!text_is(plan->resolution, "720p"))
		plan->seconds = LONG_SECONDS;
	if (!model->resolution_field)
		plan->resolution = NULL;
	plan->fps = VEO_FPS;
	plan_fit(job, plan);
	plan->prompt = wording_join(cx->arena, job->prompt, job->style, NULL,
	    PROMPT_MAX, WORDING_POINTS);
	plan->negative = job->negative_prompt;
	return ERR_OK;
}

static void
instance_write(struct ctx *cx, const struct job *job, struct jw *jw)
{
	jw_object(jw);
	ask_text(jw, "prompt", job->plan.prompt);
	if (job->picture != NULL) {
		jw_name(jw, "image");
		jw_object(jw);
		ask_text(
		    jw, "bytesBase64Encoded", picture_base64(cx, job->picture));
		ask_text(jw, "mimeType", job->picture->mime);
		jw_end_object(jw);
	}
	jw_end_object(jw);
}

static enum err
veo_submit(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	const struct plan *plan = &job->plan;
	struct ask_json body;
	struct jw *jw = &body.jw;

	google_ask(cx, job, "POST",
	    arena_printf(cx->arena, "/models/%s:predictLongRunning",
		percent_encode(cx->arena, job->upstream)),
	    out);
	ask_json_begin(&body);
	jw_name(jw, "instances");
	jw_array(jw);
	instance_write(cx, job, jw);
	jw_end_array(jw);
	jw_name(jw, "parameters");
	jw_object(jw);
	ask_text(jw, "aspectRatio", plan->size);
	ask_text(jw, "resolution", plan->resolution);
	ask_int(jw, "durationSeconds", plan->seconds);
	ask_text(jw, "negativePrompt", plan->negative);
	jw_end_object(jw);
	ask_json_send(cx, &body, out);
	return ERR_OK;
}

static enum err
veo_poll(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	google_ask(cx, job, "GET",
	    arena_printf(cx->arena, "/%s", job->remote_id), out);
	return ERR_OK;
}

/* google.rpc.Code of an operation that failed. */
static void
error_end(struct ctx *cx, const struct job *job, struct json_object *value,
    struct verdict *out)
{
	static const struct {
		int64_t code;
		enum refusal kind;
	} codes[] = {
		{ 3, REFUSAL_REQUEST }, /* INVALID_ARGUMENT */
		{ 5, REFUSAL_MODEL },   /* NOT_FOUND */
		{ 7, REFUSAL_SETUP },   /* PERMISSION_DENIED */
		{ 8, REFUSAL_BUSY },    /* RESOURCE_EXHAUSTED */
		{ 14, REFUSAL_BUSY },   /* UNAVAILABLE */
		{ 16, REFUSAL_SETUP },  /* UNAUTHENTICATED */
	};
	struct vendor_error error;

	error_read_value(cx->arena, value, &error);
	judge_failed(cx, job, &error, out);
	if (out->reason == ERR_CONTENT_POLICY)
		return;
	for (size_t i = 0; i < COUNT(codes); i++)
		if (json_int_at(value, "code") == codes[i].code)
			judge_refuse(
			    cx, job, codes[i].kind, error.message, out);
}

static void
operation_read(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct json_object *doc,
    struct verdict *out)
{
	const char *id = judge_id(cx, json_text_at(doc, "name"));
	struct json_object *made =
	    json_find(doc, "response.generateVideoResponse");
	struct json_object *samples = json_at(made, "generatedSamples");

	if (id == NULL && job->remote_id == NULL)
		return;
	if (!json_is_true(json_at(doc, "done"))) {
		judge_running(
		    job, id, INT_NONE, ask_poll_ms(job, GOOGLE_POLL_MS), out);
		return;
	}
	if (json_at(doc, "error") != NULL) {
		error_end(cx, job, json_at(doc, "error"), out);
		return;
	}
	for (size_t i = 0; i < json_count(samples); i++)
		judge_add_link(cx, reply,
		    json_find_text(json_item(samples, i), "video.uri"), true,
		    out);
	if (out->count == 0 && json_int_at(made, "raiMediaFilteredCount") > 0) {
		const char *why =
		    json_find_text(made, "raiMediaFilteredReasons.0");

		judge_refuse(cx, job, REFUSAL_CONTENT,
		    why == NULL ? "filtered" : why, out);
	}
}

static void
veo_submitted(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct verdict *out)
{
	judge_submission(cx, job, reply, INT_NONE, operation_read, out);
}

static void
veo_polled(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct verdict *out)
{
	judge_poll(cx, job, reply, operation_read, out);
}

const struct protocol protocol_veo = {
	.name = "veo",
	.key_header = GOOGLE_KEY,
	.films = true,
	.batch = 1,
	.poll_ms = GOOGLE_POLL_MS,
	.plan = veo_plan,
	.submit = veo_submit,
	.submitted = veo_submitted,
	.poll = veo_poll,
	.polled = veo_polled,
};
