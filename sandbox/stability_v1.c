/*
 * Stability's v1: engines, prompts with weights, sizes of a list.
 */
#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "call.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "deliver.h"
#include "fields.h"
#include "picture_in.h"
#include "product.h"
#include "stability.h"
#include "steer.h"
#include "store.h"

#define TEXT_MAX 2000
#define SAMPLES_MAX 10
#define PROMPTS_MAX 10
#define SIDE_STEP 64
#define SIDE_MIN 128

static const struct engine {
	const char *id, *name;
	bool sizes; /* of the list only */
} engines[] = {
	{ "stable-diffusion-xl-1024-v1-0", "Stable Diffusion XL v1.0", true },
	{ "stable-diffusion-v1-6", "Stable Diffusion v1.6", false },
};

static const struct {
	int64_t width, height;
} sizes[] = {
	{ 1024, 1024 },
	{ 1152, 896 },
	{ 896, 1152 },
	{ 1216, 832 },
	{ 832, 1216 },
	{ 1344, 768 },
	{ 768, 1344 },
	{ 1536, 640 },
	{ 640, 1536 },
};

static bool
wrong(struct call *c, const char *message)
{
	vendor_complain(c, TROUBLE_INVALID, NULL, message);
	return false;
}

static const struct engine *
engine_find(struct call *c)
{
	for (size_t i = 0; i < COUNT(engines); i++)
		if (text_is(c->match.values[0], engines[i].id))
			return &engines[i];
	vendor_complain(c, TROUBLE_MODEL, NULL, NULL);
	return NULL;
}

static bool
size_known(const struct engine *engine, int64_t width, int64_t height)
{
	if (!engine->sizes)
		return width % SIDE_STEP == 0 && height % SIDE_STEP == 0 &&
		       width >= SIDE_MIN && height >= SIDE_MIN &&
		       width * height <= INT64_C(1024) * 1024;
	for (size_t i = 0; i < COUNT(sizes); i++)
		if (sizes[i].width == width && sizes[i].height == height)
			return true;
	return false;
}

/* What both ways of asking have besides. */
static bool
options_check(struct call *c, struct job *job)
{
	double scale = field_real(c, "cfg_scale", 7);
	int64_t steps = field_int(c, "steps", 30);

	job->count = field_int(c, "samples", 1);
	job->seed = field_int(c, "seed", 0);
	if (!(scale >= 0 && scale <= 35))
		return wrong(c, "cfg_scale: must be between 0 and 35");
	if (steps < 10 || steps > 50)
		return wrong(c, "steps: must be between 10 and 50");
	if (job->count < 1 || job->count > SAMPLES_MAX)
		return wrong(c, "samples: must be between 1 and 10");
	if (job->seed < 0 || job->seed > UINT32_MAX)
		return wrong(c, "seed: must be between 0 and 4294967295");
	if (field_given(c, "style_preset") &&
	    (field_text(c, "style_preset") == NULL ||
		!stability_style_known(field_text(c, "style_preset"))))
		return wrong(c, "style_preset: must be one of the known");
	if (job->seed == 0)
		job->seed = 1 + random_below(UINT32_MAX - SAMPLES_MAX - 1);
	return true;
}

/* The first prompt that is not of what to leave out. */
static bool
prompt_take(struct call *c, struct job *job, const char *text, double weight)
{
	if (text_empty(text) || utf8_length(text, strlen(text)) > TEXT_MAX ||
	    isnan(weight))
		return wrong(c, "text_prompts: each needs a text of at most "
				"2000 characters");
	if (job->prompt == NULL && weight > 0)
		job->prompt = text;
	return true;
}

static bool
prompts_read_json(struct call *c, struct job *job)
{
	struct json_object *list = json_at(c->json, "text_prompts");

	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *item = json_item(list, i);
		double weight = json_at(item, "weight") == NULL
				    ? 1
				    : json_real_at(item, "weight");

		if (!prompt_take(c, job, json_text_at(item, "text"), weight))
			return false;
	}
	return true;
}

static bool
prompts_read_form(struct call *c, struct job *job)
{
	struct arena *a = c->cx.arena;

	for (int i = 0; i < PROMPTS_MAX; i++) {
		const char *text =
		    field_text(c, arena_printf(a, "text_prompts[%d][text]", i));
		const char *weight =
		    arena_printf(a, "text_prompts[%d][weight]", i);

		if (text == NULL)
			break;
		if (!prompt_take(c, job, text, field_real(c, weight, 1)))
			return false;
	}
	return true;
}

/* ---- the answer ---- */

static bool
artifacts_answer(struct call *c, const struct job *job)
{
	bool none = words_have(&c->words, WORD_NORESULT);
	struct jw *jw = call_json(c);
	struct product p;

	jw_object(jw);
	jw_name(jw, "artifacts");
	jw_array(jw);
	for (int64_t i = 0; i < job->count && !none; i++) {
		if (!product_image(c, job, i, &p))
			return false;
		jw_object(jw);
		jw_name(jw, "base64");
		jw_text(jw, product_base64(c, &p));
		jw_name(jw, "seed");
		jw_int(jw, job->seed + i);
		jw_name(jw, "finishReason");
		jw_text(jw, stability_reason(c));
		jw_end_object(jw);
	}
	jw_end_array(jw);
	jw_end_object(jw);
	deliver_json(c);
	return true;
}

static bool
bytes_answer(struct call *c, const struct job *job)
{
	struct product p;

	if (!product_image(c, job, 0, &p))
		return false;
	call_head(c, "Finish-Reason", stability_reason(c));
	call_head(c, "Seed", arena_printf(c->cx.arena, "%" PRId64, job->seed));
	deliver_file(c, &p);
	return true;
}

static void
order_serve(struct call *c, struct job *job)
{
	bool bytes = strcmp(call_header(c, "HTTP_ACCEPT"), "image/png") == 0;
	char id[UUID_TEXT];
	struct uuid uuid = uuid_new();

	if (job->prompt == NULL) {
		(void)wrong(c, "text_prompts: one must have a weight above 0");
		return;
	}
	if (bytes && job->count != 1) {
		vendor_complain(c, TROUBLE_INVALID, NULL,
		    "samples: must be 1 for image/png");
		return;
	}
	if (steer_order(c, job->prompt))
		return;
	if (words_have(&c->words, WORD_REFUSE)) {
		vendor_complain(c, TROUBLE_REFUSED, NULL, NULL);
		return;
	}
	if (steer_accept(c, uuid_format(&uuid, id)) || !steer_work(c))
		return;
	if (words_have(&c->words, WORD_FAIL) ||
	    !(bytes ? bytes_answer(c, job) : artifacts_answer(c, job)))
		vendor_complain(c, TROUBLE_BROKEN, NULL, NULL);
}

void
stability_text(struct call *c)
{
	const struct engine *engine = engine_find(c);
	struct job job = { .format = "png" };

	if (engine == NULL || !options_check(c, &job) ||
	    !prompts_read_json(c, &job))
		return;
	job.width = field_int(c, "width", engine->sizes ? 1024 : 512);
	job.height = field_int(c, "height", engine->sizes ? 1024 : 512);
	if (size_known(engine, job.width, job.height))
		order_serve(c, &job);
	else
		(void)wrong(c, "height and width must be a size that the "
			       "engine knows");
}

void
stability_image(struct call *c)
{
	const struct engine *engine = engine_find(c);
	const char *mode = field_text(c, "init_image_mode");
	double strength = field_real(c, "image_strength", 0.35);
	struct job job = { .format = "png" };
	struct picture_in in;

	if (engine == NULL || !options_check(c, &job) ||
	    !prompts_read_form(c, &job))
		return;
	if (mode != NULL && strcmp(mode, "IMAGE_STRENGTH") != 0)
		(void)wrong(c, "init_image_mode: IMAGE_STRENGTH is played");
	else if (!(strength >= 0 && strength <= 1))
		(void)wrong(c, "image_strength: must be between 0 and 1");
	else if (!picture_in_field(c, "init_image", &in))
		(void)wrong(c, "init_image: is required and a picture");
	else if (!size_known(engine, in.width, in.height))
		(void)wrong(c, "init_image: has a size that the engine does "
			       "not know");
	else {
		job.width = in.width;
		job.height = in.height;
		order_serve(c, &job);
	}
}

void
stability_engines(struct call *c)
{
	struct jw *jw = call_json(c);

	jw_array(jw);
	for (size_t i = 0; i < COUNT(engines); i++) {
		jw_object(jw);
		jw_name(jw, "id");
		jw_text(jw, engines[i].id);
		jw_name(jw, "name");
		jw_text(jw, engines[i].name);
		jw_name(jw, "description");
		jw_text(jw, engines[i].name);
		jw_name(jw, "type");
		jw_text(jw, "PICTURE");
		jw_end_object(jw);
	}
	jw_end_array(jw);
	call_json_end(c, 200);
}
