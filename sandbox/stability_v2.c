/*
 * Stability's v2beta: a form even without a file, shapes instead of sizes.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "call.h"
#include "deliver.h"
#include "fields.h"
#include "picture_in.h"
#include "product.h"
#include "stability.h"
#include "steer.h"
#include "still.h"
#include "store.h"

#define TEXT_MAX 10000
#define SEED_MAX INT64_C(4294967294)
#define SIDE_MIN 64
#define BODY_LIMIT (10 * MIB)

static const char *const fields_sd3[] = { "prompt", "negative_prompt",
	"aspect_ratio", "seed", "output_format", "style_preset", "model",
	"cfg_scale", "mode", "image", "strength", NULL };
static const char *const fields_core[] = { "prompt", "negative_prompt",
	"aspect_ratio", "seed", "output_format", "style_preset", NULL };
static const char *const fields_ultra[] = { "prompt", "negative_prompt",
	"aspect_ratio", "seed", "output_format", "style_preset", "image",
	"strength", NULL };

static const struct service {
	const char *name;
	const char *const *fields;
	bool modes; /* has models and a mode of its own for pictures */
} services[] = {
	{ "sd3", fields_sd3, true },
	{ "core", fields_core, false },
	{ "ultra", fields_ultra, false },
};

static const struct {
	const char *ratio;
	int64_t width, height;
} shapes[] = {
	{ "1:1", 1024, 1024 },
	{ "21:9", 1536, 640 },
	{ "16:9", 1344, 768 },
	{ "3:2", 1216, 832 },
	{ "5:4", 1152, 896 },
	{ "4:5", 896, 1152 },
	{ "2:3", 832, 1216 },
	{ "9:16", 768, 1344 },
	{ "9:21", 640, 1536 },
};

static bool
wrong(struct call *c, const char *field, const char *message)
{
	vendor_complain(c, TROUBLE_INVALID, field, message);
	return false;
}

static const struct service *
service_find(struct call *c)
{
	for (size_t i = 0; i < COUNT(services); i++)
		if (text_is(c->match.values[0], services[i].name))
			return &services[i];
	vendor_complain(c, TROUBLE_MODEL, NULL, NULL);
	return NULL;
}

static bool
text_fits(const char *text)
{
	return text == NULL || utf8_length(text, strlen(text)) <= TEXT_MAX;
}

static bool
shape_read(struct call *c, struct job *job)
{
	const char *ratio = field_text(c, "aspect_ratio");

	for (size_t i = 0; i < COUNT(shapes); i++) {
		if (text_is(ratio == NULL ? "1:1" : ratio, shapes[i].ratio)) {
			job->width = shapes[i].width;
			job->height = shapes[i].height;
			return true;
		}
	}
	return wrong(c, "aspect_ratio", "must be one of the known ratios");
}

static bool
model_check(struct call *c)
{
	static const char *const models[] = { "sd3.5-large",
		"sd3.5-large-turbo", "sd3.5-medium", "sd3.5-flash", "sd3-large",
		"sd3-large-turbo", "sd3-medium" };
	const char *model = field_text(c, "model");
	double scale = field_real(c, "cfg_scale", 4);

	if (!(scale >= 1 && scale <= 10))
		return wrong(c, "cfg_scale", "must be between 1 and 10");
	for (size_t i = 0; i < COUNT(models); i++)
		if (model == NULL || strcmp(model, models[i]) == 0)
			return true;
	return wrong(c, "model", "must be one of the known models");
}

/* A picture to start from, with how much may change. */
static bool
picture_check(struct call *c, const struct service *s, struct job *job)
{
	const char *mode = field_text(c, "mode");
	bool from = mode != NULL && strcmp(mode, "image-to-image") == 0;
	double strength = field_real(c, "strength", -1);
	struct picture_in in;

	if (mode != NULL && !from && strcmp(mode, "text-to-image") != 0)
		return wrong(c, "mode", "must be one of the known modes");
	if (s->modes && from != field_given(c, "image"))
		return wrong(c, "image", "goes with mode image-to-image");
	if (!field_given(c, "image"))
		return true;
	if (!picture_in_field(c, "image", &in) || in.width < SIDE_MIN ||
	    in.height < SIDE_MIN)
		return wrong(c, "image", "must be a picture of 64 by 64");
	if (!(strength >= 0 && strength <= 1))
		return wrong(c, "strength", "is required, from 0 to 1");
	if (!s->modes)
		return true;
	if (field_given(c, "aspect_ratio"))
		return wrong(c, "aspect_ratio", "is for text-to-image");
	job->width = in.width;
	job->height = in.height;
	return true;
}

static bool
order_read(struct call *c, const struct service *s, struct job *job)
{
	const char *unknown = field_unknown(c, s->fields);
	const char *format = field_text(c, "output_format");
	enum still_format still = STILL_PNG;

	if (c->form.count == 0)
		return wrong(c, "content-type", "must be multipart/form-data");
	if (c->body.len > BODY_LIMIT)
		return wrong(
		    c, "body", "payloads cannot be larger than 10MiB in size");
	if (unknown != NULL)
		return wrong(c, unknown, "is not known");
	job->prompt = field_text(c, "prompt");
	if (text_empty(job->prompt) || !text_fits(job->prompt))
		return wrong(c, "prompt", "must have 1 to 10000 characters");
	if (!text_fits(field_text(c, "negative_prompt")))
		return wrong(c, "negative_prompt", "is too long");
	job->seed = field_int(c, "seed", 0);
	if (job->seed < 0 || job->seed > SEED_MAX)
		return wrong(c, "seed", "must be between 0 and 4294967294");
	if (format != NULL && !still_format_parse(format, &still))
		return wrong(c, "output_format", "must be png, jpeg or webp");
	job->format = still_extension(still);
	if (!stability_style_known(field_text(c, "style_preset")))
		return wrong(c, "style_preset", "must be one of the known");
	if (job->seed == 0)
		job->seed = 1 + random_below(UINT32_MAX - 2);
	return shape_read(c, job) && (!s->modes || model_check(c)) &&
	       picture_check(c, s, job);
}

/* ---- the answer ---- */

static void
json_answer(struct call *c, const struct job *job, const struct product *p)
{
	struct jw *jw = call_json(c);

	jw_object(jw);
	if (!words_have(&c->words, WORD_NORESULT)) {
		jw_name(jw, "image");
		jw_text(jw, product_base64(c, p));
	}
	jw_name(jw, "finish_reason");
	jw_text(jw, stability_reason(c));
	jw_name(jw, "seed");
	jw_int(jw, job->seed);
	jw_end_object(jw);
	deliver_json(c);
}

static void
order_answer(struct call *c, const struct job *job)
{
	const char *accept = call_header(c, "HTTP_ACCEPT");
	struct product p;

	if (words_have(&c->words, WORD_FAIL) || !product_image(c, job, 0, &p)) {
		vendor_complain(c, TROUBLE_BROKEN, NULL, NULL);
		return;
	}
	call_head(c, "finish-reason", stability_reason(c));
	call_head(c, "seed", arena_printf(c->cx.arena, "%" PRId64, job->seed));
	if (text_starts(accept, "application/json")) {
		json_answer(c, job, &p);
		return;
	}
	if (words_have(&c->words, WORD_NORESULT))
		p.len = 0;
	deliver_file(c, &p);
}

void
stability_generate(struct call *c)
{
	const struct service *s = service_find(c);
	struct job job = { 0 };
	char id[UUID_TEXT];
	struct uuid uuid = uuid_new();

	if (s == NULL || !order_read(c, s, &job) || steer_order(c, job.prompt))
		return;
	if (words_have(&c->words, WORD_REFUSE)) {
		vendor_complain(c, TROUBLE_REFUSED, NULL, NULL);
		return;
	}
	if (!steer_accept(c, uuid_format(&uuid, id)) && steer_work(c))
		order_answer(c, &job);
}
