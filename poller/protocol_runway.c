/*
 * protocol_runway - Runway's tasks: films from text or a picture, pictures.
 *
 * https://docs.dev.runwayml.com, version 2024-11-06.  Sizes are ratios in
 * pixels, bodies are told apart by the model, and an unknown field is refused,
 * so each model has its row.  Results lie behind signed addresses for a day.
 */
#include "protocol_ask.h"
#include "protocol_judge.h"
#include "protocol_plan.h"
#include "protocols.h"

#include "base/arena.h"
#include "base/base.h"
#include "base/encode.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "vendor/nearest.h"
#include "vendor/wording.h"

#define RUNWAY_VERSION "2024-11-06"
#define RUNWAY_POLL_MS 5000 /* no more than once in 5 s */
#define PROMPT_MAX 1000     /* UTF-16 units */
/* Of "data:image/jpeg;base64,..." with 5 MiB of characters. */
#define PICTURE_BYTES ((5 * MIB - 64) / 4 * 3)

/* clang-format off */
static const struct nearest_size wide_or_tall[] = {
	{ "1280:720", 1280, 720 }, { "720:1280", 720, 1280 },
};
static const struct nearest_size veo_ratios[] = {
	{ "1280:720", 1280, 720 }, { "720:1280", 720, 1280 },
	{ "1920:1080", 1920, 1080 }, { "1080:1920", 1080, 1920 },
};
static const struct nearest_size gen4_ratios[] = {
	{ "1280:720", 1280, 720 }, { "720:1280", 720, 1280 },
	{ "1104:832", 1104, 832 }, { "832:1104", 832, 1104 },
	{ "960:960", 960, 960 }, { "1584:672", 1584, 672 },
};
static const struct nearest_size image_ratios[] = {
	{ "1024:1024", 1024, 1024 }, { "1080:1080", 1080, 1080 },
	{ "1168:880", 1168, 880 }, { "1360:768", 1360, 768 },
	{ "1440:1080", 1440, 1080 }, { "1080:1440", 1080, 1440 },
	{ "1808:768", 1808, 768 }, { "1920:1080", 1920, 1080 },
	{ "1080:1920", 1080, 1920 }, { "2112:912", 2112, 912 },
	{ "1280:720", 1280, 720 }, { "720:1280", 720, 1280 },
	{ "720:720", 720, 720 }, { "960:720", 960, 720 },
	{ "720:960", 720, 960 }, { "1680:720", 1680, 720 },
};
static const int64_t two_to_ten[] = { 2, 3, 4, 5, 6, 7, 8, 9, 10 };
static const int64_t three_to_ten[] = { 3, 4, 5, 6, 7, 8, 9, 10 };
static const int64_t veo_seconds[] = { 4, 6, 8 };

/* What a model takes; the first row whose name begins like the model's. */
static const struct runway_model {
	const char *name;
	const struct nearest_size *text, *image; /* NULL: it can't */
	size_t text_count, image_count;
	const int64_t *seconds; /* NULL: it makes pictures */
	size_t seconds_count;
	bool seed, negative;
} models[] = {
	{ "gen4_image", image_ratios, image_ratios, COUNT(image_ratios),
	    COUNT(image_ratios), NULL, 0, true, false },
	{ "gen4_turbo", NULL, gen4_ratios, 0, COUNT(gen4_ratios), two_to_ten,
	    COUNT(two_to_ten), true, false },
	{ "veo3", veo_ratios, veo_ratios, COUNT(veo_ratios), COUNT(veo_ratios),
	    veo_seconds, COUNT(veo_seconds), false, true },
	{ "gemini_omni", wide_or_tall, wide_or_tall, COUNT(wide_or_tall),
	    COUNT(wide_or_tall), three_to_ten, COUNT(three_to_ten), false,
	    false },
	/* gen4.5, and what comes after it */
	{ "", wide_or_tall, gen4_ratios, COUNT(wide_or_tall),
	    COUNT(gen4_ratios), two_to_ten, COUNT(two_to_ten), true, false },
};
/* clang-format on */

static const struct runway_model *
model_of(const struct job *job)
{
	size_t i = 0;

	while (!text_starts(job->upstream, models[i].name))
		i++;
	return &models[i];
}

static enum err
runway_plan(struct ctx *cx, const struct job *job, struct plan *out)
{
	const struct runway_model *model = model_of(job);
	bool text = job->picture == NULL;

	if (job->film != (model->seconds != NULL))
		return fault(cx, ERR_PROVIDER_MISCONFIGURED, NULL,
		    "'%s' makes no %s", job->upstream,
		    job->film ? "films" : "pictures");
	if (text && model->text == NULL)
		return fault(cx, ERR_PROVIDER_REJECTED, NULL,
		    "'%s' needs a picture to start from", job->upstream);
	plan_begin(job, out);
	plan_size(cx, job, text ? model->text : model->image,
	    text ? model->text_count : model->image_count, out);
	if (job->film)
		plan_seconds(
		    cx, job, model->seconds, model->seconds_count, out);
	plan_fit(job, out);
	out->prompt = wording_join(cx->arena, job->prompt, job->style,
	    model->negative ? NULL : job->negative_prompt, PROMPT_MAX,
	    WORDING_UTF16);
	if (model->negative)
		out->negative = wording_cut(
		    cx->arena, job->negative_prompt, PROMPT_MAX, WORDING_UTF16);
	if (model->seed)
		plan_seed(job, out);
	return ERR_OK;
}

static void
body_write(struct ctx *cx, const struct job *job, struct jw *jw)
{
	const struct plan *plan = &job->plan;

	ask_text(jw, "model", job->upstream);
	ask_text(jw, "promptText", plan->prompt);
	ask_text(jw, "ratio", plan->size);
	if (job->film)
		ask_int(jw, "duration", plan->seconds);
	ask_int(jw, "seed", plan->seed);
	ask_text(jw, "negativePrompt", plan->negative);
	if (job->picture == NULL)
		return;
	if (job->film) {
		ask_text(jw, "promptImage", picture_link(cx, job->picture));
		return;
	}
	jw_name(jw, "referenceImages");
	jw_array(jw);
	jw_object(jw);
	ask_text(jw, "uri", picture_link(cx, job->picture));
	jw_end_object(jw);
	jw_end_array(jw);
}

/* An address of Runway's, with the header that it wants on all of them. */
static void
runway_ask(struct ctx *cx, const struct job *job, const char *method,
    const char *path, struct fetch_request *out)
{
	ask_bearer(cx, job, "/v1", method, path, out);
	ask_header(out, "X-Runway-Version: " RUNWAY_VERSION);
}

/* https://docs.dev.runwayml.com/api/#tag/Start-generating */
static enum err
runway_submit(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	struct ask_json body;

	runway_ask(cx, job, "POST",
	    !job->film             ? "/text_to_image"
	    : job->picture == NULL ? "/text_to_video"
				   : "/image_to_video",
	    out);
	ask_json_begin(&body);
	body_write(cx, job, &body.jw);
	ask_json_send(cx, &body, out);
	return ERR_OK;
}

static void
task_made(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct json_object *doc,
    struct verdict *out)
{
	const char *id = judge_id(cx, json_text_at(doc, "id"));

	(void)reply;
	if (id != NULL)
		judge_running(
		    job, id, 0, ask_poll_ms(job, RUNWAY_POLL_MS), out);
}

static void
runway_submitted(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct verdict *out)
{
	judge_submission(cx, job, reply, INT_NONE, task_made, out);
}

static enum err
task_ask(struct ctx *cx, const struct job *job, const char *method,
    struct fetch_request *out)
{
	runway_ask(cx, job, method,
	    arena_printf(cx->arena, "/tasks/%s",
		percent_encode(cx->arena, job->remote_id)),
	    out);
	return ERR_OK;
}

static enum err
runway_poll(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	return task_ask(cx, job, "GET", out);
}

static enum err
runway_cancel(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	return task_ask(cx, job, "DELETE", out);
}

static void
failure_read(struct ctx *cx, const struct job *job, struct json_object *doc,
    struct verdict *out)
{
	const char *code = json_text_at(doc, "failureCode");
	const char *said = json_text_at(doc, "failure");
	struct vendor_error error = { code == NULL ? "" : code, "", "",
		said == NULL ? "" : said, INT_NONE };

	judge_failed(cx, job, &error, out);
}

static void
task_read(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct json_object *doc,
    struct verdict *out)
{
	const char *status = json_text_at(doc, "status");
	struct json_object *output = json_at(doc, "output");

	if (text_is(status, "FAILED")) {
		failure_read(cx, job, doc, out);
		return;
	}
	if (text_is(status, "CANCELLED")) {
		judge_refuse(cx, job, REFUSAL_BROKEN, status, out);
		return;
	}
	if (!text_is(status, "SUCCEEDED")) {
		judge_running(job, NULL,
		    judge_percent(json_real_at(doc, "progress")),
		    ask_poll_ms(job, RUNWAY_POLL_MS), out);
		return;
	}
	for (size_t i = 0; i < json_count(output); i++)
		judge_add_link(
		    cx, reply, json_text_of(json_item(output, i)), false, out);
}

static void
runway_polled(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct verdict *out)
{
	judge_poll(cx, job, reply, task_read, out);
}

const struct protocol protocol_runway = {
	.name = "runway",
	.films = true,
	.pictures = true,
	.key_header = ASK_BEARER,
	.picture_bytes = PICTURE_BYTES,
	.batch = 1,
	.poll_ms = RUNWAY_POLL_MS,
	.plan = runway_plan,
	.submit = runway_submit,
	.submitted = runway_submitted,
	.poll = runway_poll,
	.polled = runway_polled,
	.cancel = runway_cancel,
};
