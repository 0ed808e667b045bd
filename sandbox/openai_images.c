/*
 * OpenAI's images: generations and edits, with the fields that each family of
 * models takes.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/text.h"
#include "call.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "deliver.h"
#include "fields.h"
#include "openai.h"
#include "picture_in.h"
#include "product.h"
#include "steer.h"
#include "store.h"

/* What sets the families of models apart. */
struct family {
	const char *prefix; /* of the model's name */
	size_t prompt_max;  /* characters */
	int64_t n_max;
	bool edits;
	bool links; /* response_format is known, url its default */
	const char *const *sizes; /* NULL: any that size_is_free() likes */
	const char *const *qualities;
	const char *const *fields;
};

static const char *const sizes_dalle2[] = { "256x256", "512x512", "1024x1024",
	NULL };
static const char *const sizes_dalle3[] = { "1024x1024", "1792x1024",
	"1024x1792", NULL };
static const char *const sizes_gpt1[] = { "auto", "1024x1024", "1536x1024",
	"1024x1536", NULL };
static const char *const qualities_dalle2[] = { "standard", NULL };
static const char *const qualities_dalle3[] = { "standard", "hd", NULL };
static const char *const qualities_gpt[] = { "auto", "low", "medium", "high",
	NULL };
static const char *const fields_dalle2[] = { "prompt", "model", "n", "size",
	"quality", "response_format", "user", "image", "mask", NULL };
static const char *const fields_dalle3[] = { "prompt", "model", "n", "size",
	"quality", "style", "response_format", "user", NULL };
static const char *const fields_gpt[] = { "prompt", "model", "n", "size",
	"quality", "output_format", "output_compression", "background",
	"moderation", "stream", "partial_images", "user", "image", "image[]",
	"images", "mask", "input_fidelity", NULL };

static const struct family families[] = {
	{ "dall-e-2", 1000, 10, true, true, sizes_dalle2, qualities_dalle2,
	    fields_dalle2 },
	{ "dall-e-3", 4000, 1, false, true, sizes_dalle3, qualities_dalle3,
	    fields_dalle3 },
	{ "gpt-image-1", 32000, 10, true, false, sizes_gpt1, qualities_gpt,
	    fields_gpt },
	{ "gpt-image-2", 32000, 10, true, false, NULL, qualities_gpt,
	    fields_gpt },
};

/* Servers that speak the protocol for models of their own. */
static const struct family family_lax = { "", 100000, 10, true, true, NULL,
	NULL, NULL };

struct order {
	const struct family *family;
	const char *prompt;
	const char *model;
	bool links;
	struct job job;
};

static const struct family *
family_find(const struct call *c, const char *model)
{
	if (c->vendor->lax)
		return &family_lax;
	for (size_t i = 0; i < COUNT(families); i++)
		if (text_starts(model, families[i].prefix))
			return &families[i];
	return NULL;
}

static bool
wrong(struct call *c, const char *param, const char *message)
{
	vendor_complain(c, TROUBLE_INVALID, param, message);
	return false;
}

static bool
one_of(const char *word, const char *const *words)
{
	if (words == NULL || word == NULL)
		return true;
	for (; *words != NULL; words++)
		if (text_is(word, *words))
			return true;
	return false;
}

/* gpt-image-2: multiples of 16 from 1:3 to 3:1, at most 3840x2160. */
static bool
size_is_free(const struct call *c, int64_t width, int64_t height)
{
	if (c->vendor->lax)
		return true;
	return width % 16 == 0 && height % 16 == 0 && width <= 3 * height &&
	       height <= 3 * width && width * height <= INT64_C(3840) * 2160;
}

static bool
size_read(struct call *c, struct order *o)
{
	const char *size = field_text(c, "size");

	if (size == NULL || strcmp(size, "auto") == 0)
		size = "1024x1024";
	if (!one_of(size, o->family->sizes) ||
	    !size_parse(size, &o->job.width, &o->job.height) ||
	    (o->family->sizes == NULL &&
		!size_is_free(c, o->job.width, o->job.height)))
		return wrong(c, "size", "Invalid size for this model.");
	o->job.size = size;
	return true;
}

static bool
format_read(struct call *c, struct order *o)
{
	static const char *const kinds[] = { "url", "b64_json", NULL };
	const char *kind = field_text(c, "response_format");
	const char *format = field_text(c, "output_format");
	int64_t level = field_int(c, "output_compression", 100);
	enum still_format still = STILL_PNG;

	o->links = kind == NULL ? o->family->links : strcmp(kind, "url") == 0;
	if (c->vendor->no_links)
		o->links = false;
	if (!one_of(kind, kinds))
		return wrong(c, "response_format", "Invalid response format.");
	if (format != NULL && !still_format_parse(format, &still))
		return wrong(c, "output_format", "Invalid output format.");
	if (level < 0 || level > 100)
		return wrong(c, "output_compression", "Must be 0 to 100.");
	o->job.format = still_extension(still);
	return true;
}

/* Everything that generations and edits have in common. */
static bool
order_read(struct call *c, struct order *o)
{
	const char *unknown;

	o->prompt = field_text(c, "prompt");
	o->model = field_text(c, "model");
	if (o->model == NULL)
		o->model = c->vendor->lax ? "default" : "dall-e-2";
	o->family = family_find(c, o->model);
	if (o->family == NULL) {
		vendor_complain(c, TROUBLE_MODEL, "model",
		    arena_printf(c->cx.arena,
			"The model '%s' does not exist or you do not have "
			"access to it.",
			o->model));
		return false;
	}
	if (text_empty(o->prompt))
		return wrong(c, "prompt",
		    "Missing required parameter: "
		    "'prompt'.");
	if (utf8_length(o->prompt, strlen(o->prompt)) > o->family->prompt_max)
		return wrong(c, "prompt", "The prompt is too long.");
	unknown = o->family->fields == NULL
		      ? NULL
		      : field_unknown(c, o->family->fields);
	if (unknown != NULL)
		return wrong(c, unknown,
		    arena_printf(
			c->cx.arena, "Unknown parameter: '%s'.", unknown));
	o->job.count = field_int(c, "n", 1);
	if (o->job.count < 1 || o->job.count > o->family->n_max)
		return wrong(c, "n", "Invalid number of images.");
	if (!one_of(field_text(c, "quality"), o->family->qualities))
		return wrong(c, "quality", "Invalid quality for this model.");
	return size_read(c, o) && format_read(c, o);
}

static void
write_usage(struct jw *jw, const struct order *o)
{
	jw_name(jw, "size");
	jw_text(jw, o->job.size);
	jw_name(jw, "quality");
	jw_text(jw, "high");
	jw_name(jw, "background");
	jw_text(jw, "opaque");
	jw_name(jw, "output_format");
	jw_text(jw, strcmp(o->job.format, "jpg") == 0 ? "jpeg" : o->job.format);
	jw_name(jw, "usage");
	jw_json(jw, "{\"total_tokens\":1090,\"input_tokens\":34,"
		    "\"output_tokens\":1056,\"input_tokens_details\":"
		    "{\"text_tokens\":34,\"image_tokens\":0}}");
}

static bool
write_image(struct call *c, struct jw *jw, const struct order *o, int64_t i)
{
	struct product p;

	jw_object(jw);
	if (o->links) {
		jw_name(jw, "url");
		jw_text(jw, deliver_url(c, &o->job, i));
	} else {
		if (!product_image(c, &o->job, i, &p))
			return false;
		jw_name(jw, "b64_json");
		jw_text(jw, product_base64(c, &p));
	}
	if (strcmp(o->family->prefix, "dall-e-3") == 0) {
		jw_name(jw, "revised_prompt");
		jw_text(jw, o->prompt);
	}
	jw_end_object(jw);
	return true;
}

static void
order_answer(struct call *c, const struct order *o)
{
	struct jw *jw = call_json(c);
	bool none = words_have(&c->words, WORD_NORESULT);

	jw_object(jw);
	jw_name(jw, "created");
	jw_int(jw, clock_ms() / 1000);
	jw_name(jw, "data");
	jw_array(jw);
	for (int64_t i = 0; i < o->job.count && !none; i++) {
		if (!write_image(c, jw, o, i)) {
			vendor_complain(c, TROUBLE_BROKEN, NULL, NULL);
			return;
		}
	}
	jw_end_array(jw);
	if (!o->family->links)
		write_usage(jw, o);
	jw_end_object(jw);
	/* With links it is the file that is spoilt. */
	if (o->links)
		call_json_end(c, 200);
	else
		deliver_json(c);
}

static void
order_serve(struct call *c, struct order *o)
{
	char id[UUID_TEXT];
	struct uuid uuid = uuid_new();

	if (steer_order(c, o->prompt))
		return;
	if (words_have(&c->words, WORD_REFUSE) ||
	    words_have(&c->words, WORD_FILTERED)) {
		vendor_complain(c, TROUBLE_REFUSED, NULL, NULL);
		return;
	}
	o->job.id = uuid_format(&uuid, id);
	o->job.vendor = c->vendor->name;
	o->job.kind = "image";
	o->job.model = o->model;
	o->job.prompt = o->prompt;
	o->job.seed = uuid_time_ms(&uuid);
	if (!store_put(c, &o->job)) {
		vendor_complain(c, TROUBLE_BROKEN, NULL, NULL);
		return;
	}
	if (steer_accept(c, o->job.id) || !steer_work(c))
		return;
	if (words_have(&c->words, WORD_FAIL))
		vendor_complain(c, TROUBLE_BROKEN, NULL, NULL);
	else
		order_answer(c, o);
}

void
openai_image_generate(struct call *c)
{
	struct order o = { 0 };

	if (order_read(c, &o))
		order_serve(c, &o);
}

/* Each picture is one, and the vendor looks at it. */
static bool
image_check(struct call *c, const struct order *o, const char *param, bool good,
    const struct picture_in *in)
{
	if (!good)
		return wrong(c, param, "Invalid image file.");
	if (text_is(o->family->prefix, "dall-e-2") && in->width != in->height)
		return wrong(c, param, "The image must be square.");
	return true;
}

static bool
images_check_form(struct call *c, const struct order *o, size_t *count)
{
	struct picture_in in;

	for (size_t i = 0; i < c->form.count; i++) {
		const struct form_part *p = &c->form.parts[i];

		if (!text_is(p->name, "image") && !text_is(p->name, "image[]"))
			continue;
		(*count)++;
		if (!image_check(
			c, o, p->name, picture_in_part(c, p, &in), &in))
			return false;
	}
	return true;
}

/* {"images": [{"image_url": "data:..."}]}, for gpt-image only. */
static bool
images_check_json(struct call *c, const struct order *o, size_t *count)
{
	struct json_object *images = json_at(c->json, "images");
	struct picture_in in;

	if (o->family->links && !c->vendor->lax)
		return wrong(c, NULL, "Expected multipart/form-data.");
	for (; *count < json_count(images); (*count)++)
		if (!image_check(c, o, "images",
			picture_in_text(c,
			    json_text_at(
				json_item(images, *count), "image_url"),
			    &in),
			&in))
			return false;
	return true;
}

void
openai_image_edit(struct call *c)
{
	struct order o = { 0 };
	size_t count = 0;

	if (!order_read(c, &o))
		return;
	if (!o.family->edits) {
		(void)wrong(c, "model", "This model can't edit images.");
		return;
	}
	if (c->json != NULL ? !images_check_json(c, &o, &count)
			    : !images_check_form(c, &o, &count))
		return;
	if (count == 0)
		(void)wrong(c, "image", "Missing required parameter: 'image'.");
	else
		order_serve(c, &o);
}
