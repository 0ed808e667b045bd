/*
 * protocol_automatic1111 - AUTOMATIC1111's web UI, Forge, sd.cpp; synchronous.
 *
 * modules/api of its source.  The key, if any, is "user:password" (--api-auth).
 * config: "steps", "cfg_scale", "sampler_name" go along as they are.
 */
#include "protocol_ask.h"
#include "protocol_judge.h"
#include "protocol_plan.h"
#include "protocols.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/encode.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "vendor/link.h"
#include "vendor/wording.h"

#define SIZE_GRID 8
#define BATCH_MAX 4
#define PROMPT_MAX 10000

static enum err
a1111_plan(struct ctx *cx, const struct job *job, struct plan *plan)
{
	plan_begin(job, plan);
	plan_size_free(cx, job, SIZE_GRID, plan);
	plan_fit(job, plan);
	plan_seed(job, plan);
	plan->strength = job->picture == NULL ? NAN : job->strength;
	plan->prompt = wording_join(cx->arena, job->prompt, job->style, NULL,
	    PROMPT_MAX, WORDING_POINTS);
	plan->negative = job->negative_prompt;
	return ERR_OK;
}

static void
settings_write(const struct job *job, struct jw *jw)
{
	ask_int(jw, "steps", json_int_of(ask_config(job, "steps")));
	ask_real(jw, "cfg_scale", ask_config_real(job, "cfg_scale"));
	ask_text(jw, "sampler_name", ask_config_text(job, "sampler_name"));
	/* The model that is loaded is the one that is meant by "default". */
	if (text_is(job->upstream, "default"))
		return;
	jw_name(jw, "override_settings");
	jw_object(jw);
	ask_text(jw, "sd_model_checkpoint", job->upstream);
	jw_end_object(jw);
}

static void
a1111_ask(struct ctx *cx, const struct job *job, const char *path,
    struct fetch_request *out)
{
	ask(cx, job, "", "POST",
	    arena_printf(cx->arena, "%s/sdapi/v1/%s",
		link_base(cx->arena, job->url, NULL), path),
	    out);
	if (out->key_header != NULL)
		out->key_header =
		    arena_printf(cx->arena, "Authorization: Basic %s",
			base64_encode(cx->arena, job->key, strlen(job->key)));
}

static enum err
a1111_submit(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	const struct plan *plan = &job->plan;
	struct ask_json body;
	struct jw *jw = &body.jw;

	a1111_ask(cx, job, job->picture == NULL ? "txt2img" : "img2img", out);
	out->wait_ms = ASK_SYNCHRONOUS_MS;
	ask_json_begin(&body);
	ask_text(jw, "prompt", plan->prompt);
	ask_text(jw, "negative_prompt", plan->negative);
	ask_int(jw, "width", plan->width);
	ask_int(jw, "height", plan->height);
	ask_int(jw, "seed", plan->seed == INT_NONE ? -1 : plan->seed);
	ask_int(jw, "batch_size", job->count);
	ask_int(jw, "n_iter", 1);
	if (job->picture != NULL) {
		jw_name(jw, "init_images");
		jw_array(jw);
		jw_text(jw, picture_base64(cx, job->picture));
		jw_end_array(jw);
		ask_real(jw, "denoising_strength", plan->strength);
	}
	settings_write(job, jw);
	ask_json_send(cx, &body, out);
	return ERR_OK;
}

static void
images_read(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct json_object *doc,
    struct verdict *out)
{
	struct json_object *images = json_at(doc, "images"), *info, *seeds;
	const char *text = json_text_at(doc, "info");
	size_t skip = 0, last;

	(void)reply;
	info = text == NULL ? NULL : json_parse_loose(text, strlen(text));
	/* With several pictures a sheet of all may come first. */
	if (json_int_at(info, "index_of_first_image") == 1)
		skip = 1;
	seeds = json_at(info, "all_seeds");
	last = skip + (size_t)job->count;
	for (size_t i = skip; i < json_count(images) && i < last; i++) {
		struct asset *asset = judge_add_base64(
		    cx, json_text_of(json_item(images, i)), out);
		int64_t seed = json_int_of(json_item(seeds, i - skip));

		if (asset != NULL)
			asset->seed = i == skip && seed == INT_NONE
					  ? json_int_at(info, "seed")
					  : seed;
	}
	json_free(info);
}

static void
a1111_submitted(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct verdict *out)
{
	judge_submission(cx, job, reply, INT_NONE, images_read, out);
}

const struct protocol protocol_automatic1111 = {
	.name = "automatic1111",
	.pictures = true,
	.batch = BATCH_MAX,
	.plan = a1111_plan,
	.submit = a1111_submit,
	.submitted = a1111_submitted,
};
