/*
 * protocol_stability_v1 - Stability's v1 engines (SDXL); synchronous.
 *
 * https://platform.stability.ai/docs/api-reference, v1/generation.  Sizes are a
 * list, what to leave out is a prompt of weight -1, and image_strength is the
 * other way round: 1 keeps the picture.
 */
#include "protocol_ask.h"
#include "protocol_judge.h"
#include "protocol_plan.h"
#include "protocols.h"

#include <math.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/encode.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "vendor/wording.h"

#define PROMPT_MAX 2000
#define SAMPLES_MAX 10
#define BUSY_MS 60000 /* over 150 calls in 10 s: locked out for a minute */

/* clang-format off */
static const struct nearest_size sizes_sdxl[] = {
	{ "1024x1024", 1024, 1024 },
	{ "1152x896", 1152, 896 }, { "896x1152", 896, 1152 },
	{ "1216x832", 1216, 832 }, { "832x1216", 832, 1216 },
	{ "1344x768", 1344, 768 }, { "768x1344", 768, 1344 },
	{ "1536x640", 1536, 640 }, { "640x1536", 640, 1536 },
};
/* clang-format on */

static enum err
v1_plan(struct ctx *cx, const struct job *job, struct plan *plan)
{
	const char *style = wording_preset(cx->arena, job->style);

	plan_begin(job, plan);
	plan_size(cx, job, sizes_sdxl, COUNT(sizes_sdxl), plan);
	plan_fit(job, plan);
	plan_seed(job, plan);
	plan->style = style;
	plan->strength = job->picture == NULL ? NAN : job->strength;
	plan->prompt = wording_join(cx->arena, job->prompt,
	    style == NULL ? job->style : NULL, NULL, PROMPT_MAX,
	    WORDING_POINTS);
	plan->negative = wording_cut(
	    cx->arena, job->negative_prompt, PROMPT_MAX, WORDING_POINTS);
	return ERR_OK;
}

static void
v1_ask(struct ctx *cx, const struct job *job, const char *what,
    struct fetch_request *out)
{
	ask_bearer(cx, job, "/v1", "POST",
	    arena_printf(cx->arena, "/generation/%s/%s",
		percent_encode(cx->arena, job->upstream), what),
	    out);
	out->wait_ms = ASK_SYNCHRONOUS_MS;
	ask_header(out, "Accept: application/json");
}

static void
weighted_write(struct jw *jw, const char *text, int64_t weight)
{
	jw_object(jw);
	ask_text(jw, "text", text);
	ask_int(jw, "weight", weight);
	jw_end_object(jw);
}

static void
text_to_image(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	const struct plan *plan = &job->plan;
	struct ask_json body;
	struct jw *jw = &body.jw;

	v1_ask(cx, job, "text-to-image", out);
	ask_json_begin(&body);
	jw_name(jw, "text_prompts");
	jw_array(jw);
	weighted_write(jw, plan->prompt, 1);
	if (!text_empty(plan->negative))
		weighted_write(jw, plan->negative, -1);
	jw_end_array(jw);
	ask_int(jw, "width", plan->width);
	ask_int(jw, "height", plan->height);
	ask_int(jw, "samples", job->count);
	ask_int(jw, "seed", plan->seed);
	ask_text(jw, "style_preset", plan->style);
	ask_json_send(cx, &body, out);
}

static void
image_to_image(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	const struct plan *plan = &job->plan;
	struct multipart form;

	v1_ask(cx, job, "image-to-image", out);
	multipart_init(&form);
	form_text(&form, "text_prompts[0][text]", plan->prompt);
	form_text(&form, "text_prompts[0][weight]", "1");
	if (!text_empty(plan->negative)) {
		form_text(&form, "text_prompts[1][text]", plan->negative);
		form_text(&form, "text_prompts[1][weight]", "-1");
	}
	form_text(&form, "init_image_mode", "IMAGE_STRENGTH");
	form_real(cx, &form, "image_strength", 1 - plan->strength);
	form_int(cx, &form, "samples", job->count);
	form_int(cx, &form, "seed", plan->seed);
	form_text(&form, "style_preset", plan->style);
	form_picture(cx, &form, "init_image", job->picture);
	ask_form_send(cx, &form, out);
}

static enum err
v1_submit(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	if (job->picture == NULL)
		text_to_image(cx, job, out);
	else
		image_to_image(cx, job, out);
	return ERR_OK;
}

static void
artifacts_read(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct json_object *doc,
    struct verdict *out)
{
	/* The description says a bare array, all samples say "artifacts". */
	struct json_object *list =
	    json_is_array(doc) ? doc : json_at(doc, "artifacts");
	size_t held_back = 0;

	(void)reply;
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *item = json_item(list, i);
		const char *why = json_text_at(item, "finishReason");
		struct asset *asset;

		/* What is held back is there, but blurred. */
		if (text_is(why, "CONTENT_FILTERED"))
			held_back++;
		if (why != NULL && !text_is(why, "SUCCESS"))
			continue;
		asset = judge_add_base64(cx, json_text_at(item, "base64"), out);
		if (asset != NULL)
			asset->seed = json_int_at(item, "seed");
	}
	if (out->count == 0 && held_back > 0)
		judge_refuse(cx, job, REFUSAL_CONTENT, "CONTENT_FILTERED", out);
}

static void
v1_submitted(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct verdict *out)
{
	judge_submission(cx, job, reply, BUSY_MS, artifacts_read, out);
}

const struct protocol protocol_stability_v1 = {
	.name = "stability-v1",
	.pictures = true,
	.key_header = ASK_BEARER,
	.batch = SAMPLES_MAX,
	.plan = v1_plan,
	.submit = v1_submit,
	.submitted = v1_submitted,
};
