/*
 * protocol_stability_v2 - Stability's v2beta services; synchronous.
 *
 * https://platform.stability.ai/docs/api-reference, v2beta/stable-image.  A
 * form even without a file, a shape instead of a size, one picture a call.  A
 * picture that its rules held back comes as a success, blurred.
 */
#include "protocol_ask.h"
#include "protocol_judge.h"
#include "protocol_plan.h"
#include "protocols.h"

#include <math.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "vendor/wording.h"

#define PROMPT_MAX 10000
#define SEED_MAX INT64_C(4294967294)
#define PICTURE_BYTES (9 * MIB) /* a whole body has 10 MiB at most */
#define BUSY_MS 60000 /* over 150 calls in 10 s: locked out for a minute */

/* About a megapixel each; the file tells what it was. */
/* clang-format off */
static const struct nearest_size shapes[] = {
	{ "1:1", 1024, 1024 },
	{ "16:9", 1344, 768 }, { "9:16", 768, 1344 },
	{ "3:2", 1216, 832 }, { "2:3", 832, 1216 },
	{ "5:4", 1152, 896 }, { "4:5", 896, 1152 },
	{ "21:9", 1536, 640 }, { "9:21", 640, 1536 },
};
/* clang-format on */

/* By the beginning of what the vendor calls the model. */
static const struct service {
	const char *name, *path;
	bool takes_picture;
	bool named; /* the model is a field */
} services[] = {
	{ "core", "core", false, false },
	{ "ultra", "ultra", true, false },
	{ "", "sd3", true, true },
};

static const struct service *
service_of(const struct job *job)
{
	size_t i = 0;

	while (!text_starts(job->upstream, services[i].name))
		i++;
	return &services[i];
}

static enum err
v2_plan(struct ctx *cx, const struct job *job, struct plan *plan)
{
	const char *style = wording_preset(cx->arena, job->style);

	if (job->picture != NULL && !service_of(job)->takes_picture)
		return fault(cx, ERR_PROVIDER_REJECTED, NULL,
		    "'%s' does not start from a picture", job->upstream);
	plan_begin(job, plan);
	plan_size(cx, job, shapes, COUNT(shapes), plan);
	plan_fit(job, plan);
	plan_seed(job, plan);
	if (plan->seed > SEED_MAX)
		plan->seed = SEED_MAX;
	plan->negative = wording_cut(
	    cx->arena, job->negative_prompt, PROMPT_MAX, WORDING_POINTS);
	plan->style = style;
	plan->strength = job->picture == NULL ? NAN : job->strength;
	plan->prompt = wording_join(cx->arena, job->prompt,
	    style == NULL ? job->style : NULL, NULL, PROMPT_MAX,
	    WORDING_POINTS);
	return ERR_OK;
}

static enum err
v2_submit(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	const struct service *service = service_of(job);
	const struct plan *plan = &job->plan;
	struct multipart form;

	ask_bearer(cx, job, "/v2beta", "POST",
	    arena_printf(cx->arena, "/stable-image/generate/%s", service->path),
	    out);
	out->wait_ms = ASK_SYNCHRONOUS_MS;
	ask_header(out, "Accept: image/*");
	multipart_init(&form);
	form_text(&form, "prompt", plan->prompt);
	form_text(&form, "negative_prompt", plan->negative);
	if (service->named)
		form_text(&form, "model", job->upstream);
	form_text(&form, "output_format", "png");
	form_int(cx, &form, "seed", plan->seed);
	form_text(&form, "style_preset", plan->style);
	if (job->picture == NULL || !service->named)
		form_text(&form, "aspect_ratio", plan->size);
	if (job->picture != NULL) {
		if (service->named)
			form_text(&form, "mode", "image-to-image");
		form_real(cx, &form, "strength", plan->strength);
		form_picture(cx, &form, "image", job->picture);
	}
	ask_form_send(cx, &form, out);
	return ERR_OK;
}

/* What is held back is there, but blurred. */
static void
picture_end(struct ctx *cx, const struct job *job, const char *why,
    int64_t seed, struct verdict *out)
{
	if (text_is(why, "CONTENT_FILTERED"))
		judge_refuse(cx, job, REFUSAL_CONTENT, why, out);
	else if (out->count > 0)
		out->assets[0].seed = seed;
}

/* When it was sent as JSON after all. */
static void
document_read(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct json_object *doc,
    struct verdict *out)
{
	(void)reply;
	judge_add_base64(cx, json_text_at(doc, "image"), out);
	picture_end(cx, job, json_text_at(doc, "finish_reason"),
	    json_int_at(doc, "seed"), out);
}

static void
v2_submitted(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct verdict *out)
{
	const char *header = fetch_header(reply, "seed");
	int64_t seed;

	/* "application/json; type=image/png" is JSON. */
	if (reply->status != 200 || judge_type_is(reply, "application/json")) {
		judge_submission(cx, job, reply, BUSY_MS, document_read, out);
		return;
	}
	judge_begin(out);
	judge_add_bytes(cx, reply->body, reply->len, out);
	if (!text_to_int_in(header == NULL ? "" : header, 0, UINT32_MAX, &seed))
		seed = INT_NONE;
	picture_end(cx, job, fetch_header(reply, "finish-reason"), seed, out);
}

const struct protocol protocol_stability_v2 = {
	.name = "stability-v2",
	.pictures = true,
	.key_header = ASK_BEARER,
	.picture_bytes = PICTURE_BYTES,
	.batch = 1,
	.plan = v2_plan,
	.submit = v2_submit,
	.submitted = v2_submitted,
};
