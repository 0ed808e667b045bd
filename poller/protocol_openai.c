/*
 * protocol_openai - pictures by OpenAI's Images API; synchronous.
 *
 * https://platform.openai.com/docs/api-reference/images.  Many servers that
 * people host themselves speak it too.  What a model takes goes by the
 * beginning of its name, for the vendor refuses fields that are another
 * model's; of names that are not OpenAI's nothing is presumed but prompt,
 * model, n and size.
 */
#include "protocol_ask.h"
#include "protocol_judge.h"
#include "protocol_plan.h"
#include "protocols.h"

#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/clock.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "vendor/wording.h"

#define BATCH 10
#define MODELS_MAX 1000      /* of a list, the rest is not looked at */
#define GPT2_GRID 16         /* sides of gpt-image-2 are multiples of it */
#define GPT2_RATIO 3         /* and one is at most so many times the other */
#define FREE_GRID 8          /* of servers that take any size */
#define FAITHFUL 0.5         /* a strength below it wants a faithful picture */
#define MS_FROM 100000000000 /* a moment larger than it is in milliseconds */
/* "less than 50MB" */
#define PICTURE_BYTES 50000000

static const struct nearest_size sizes_gpt1[] = {
	{ "1024x1024", 1024, 1024 },
	{ "1536x1024", 1536, 1024 },
	{ "1024x1536", 1024, 1536 },
};
static const struct nearest_size sizes_dalle3[] = {
	{ "1024x1024", 1024, 1024 },
	{ "1792x1024", 1792, 1024 },
	{ "1024x1792", 1024, 1792 },
};
static const struct nearest_size sizes_dalle2[] = {
	{ "256x256", 256, 256 },
	{ "512x512", 512, 512 },
	{ "1024x1024", 1024, 1024 },
};

/* Models that take the same fields, by the beginning of their names. */
struct family {
	const char *prefix;
	size_t prompt_max;
	int64_t batch;
	const struct nearest_size *sizes; /* NULL: any on the grid */
	size_t size_count;
	int64_t grid;
	bool edits;    /* takes a picture */
	bool fits;     /* ... which must have the size of the result */
	bool formats;  /* takes response_format */
	bool fidelity; /* takes input_fidelity */
};

/* The first that matches; the last matches all. */
static const struct family families[] = {
	{ "gpt-image-2", 32000, BATCH, NULL, 0, GPT2_GRID, true, false, false,
	    true },
	{ "gpt-image-", 32000, BATCH, sizes_gpt1, COUNT(sizes_gpt1), 0, true,
	    false, false, true },
	{ "dall-e-3", 4000, 1, sizes_dalle3, COUNT(sizes_dalle3), 0, false,
	    false, true, false },
	{ "dall-e-2", 1000, BATCH, sizes_dalle2, COUNT(sizes_dalle2), 0, true,
	    true, true, false },
	{ "", 32000, BATCH, NULL, 0, FREE_GRID, true, false, false, false },
};

static const struct family *
family_of(const struct job *job)
{
	const struct family *f = families;

	while (!text_starts(job->upstream, f->prefix))
		f++;
	return f;
}

static int64_t
openai_batch(const struct job *job)
{
	return family_of(job)->batch;
}

/* A job whose longer side is no more than so many times the shorter. */
static struct job
within_ratio(const struct job *job, int64_t ratio)
{
	struct job within = *job;

	if (within.width > ratio * within.height)
		within.width = ratio * within.height;
	if (within.height > ratio * within.width)
		within.height = ratio * within.width;
	return within;
}

static enum err
openai_plan(struct ctx *cx, const struct job *job, struct plan *plan)
{
	const struct family *f = family_of(job);
	struct job within = within_ratio(job, GPT2_RATIO);

	if (job->picture != NULL && !f->edits)
		return fault(cx, ERR_PROVIDER_REJECTED, NULL,
		    "the model '%s' takes no picture", job->upstream);
	plan_begin(job, plan);
	if (f->sizes != NULL)
		plan_size(cx, job, f->sizes, f->size_count, plan);
	else
		plan_size_free(
		    cx, f->grid == GPT2_GRID ? &within : job, f->grid, plan);
	if (f->fits)
		plan_fit(job, plan);
	if (f->fidelity && job->picture != NULL)
		plan->strength = job->strength;
	plan->prompt = wording_join(cx->arena, job->prompt, job->style,
	    job->negative_prompt, f->prompt_max, WORDING_POINTS);
	return ERR_OK;
}

/* config.response_format; of OpenAI's own what does not expire. */
static const char *
format_of(const struct job *job)
{
	const char *given = ask_config_text(job, "response_format");

	if (given != NULL)
		return given;
	return family_of(job)->formats ? "b64_json" : NULL;
}

static void
generation(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	struct ask_json body;
	struct jw *jw = &body.jw;

	ask_bearer(cx, job, NULL, "POST", "/images/generations", out);
	ask_json_begin(&body);
	ask_text(jw, "model", job->upstream);
	ask_text(jw, "prompt", job->plan.prompt);
	ask_int(jw, "n", job->count);
	ask_text(jw, "size", job->plan.size);
	ask_text(jw, "quality", ask_config_text(job, "quality"));
	ask_text(jw, "response_format", format_of(job));
	ask_json_send(cx, &body, out);
}

static void
edit(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	struct multipart form;

	ask_bearer(cx, job, NULL, "POST", "/images/edits", out);
	multipart_init(&form);
	form_text(&form, "model", job->upstream);
	form_text(&form, "prompt", job->plan.prompt);
	form_int(cx, &form, "n", job->count);
	form_text(&form, "size", job->plan.size);
	form_text(&form, "quality", ask_config_text(job, "quality"));
	form_text(&form, "response_format", format_of(job));
	if (job->plan.strength < FAITHFUL)
		form_text(&form, "input_fidelity", "high");
	form_picture(cx, &form, "image", job->picture);
	ask_form_send(cx, &form, out);
}

static enum err
openai_submit(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	if (job->picture == NULL)
		generation(cx, job, out);
	else
		edit(cx, job, out);
	out->wait_ms = ASK_SYNCHRONOUS_MS;
	return ERR_OK;
}

static void
pictures_read(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct json_object *doc,
    struct verdict *out)
{
	struct json_object *list = json_at(doc, "data");

	(void)job;
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *item = json_item(list, i);
		const char *url = json_text_at(item, "url");
		const char *bytes = json_text_at(item, "b64_json");

		if (!text_empty(bytes))
			judge_add_base64(cx, bytes, out);
		else if (!text_empty(url))
			judge_add_link(cx, reply, url, true, out);
	}
}

static void
openai_submitted(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct verdict *out)
{
	judge_submission(cx, job, reply, INT_NONE, pictures_read, out);
}

static enum err
openai_models(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	ask_bearer(cx, job, NULL, "GET", "/models", out);
	return ERR_OK;
}

/* "2026-12-01", with or without a time behind it, or seconds since 1970. */
static int64_t
shutdown_of(struct json_object *model)
{
	const char *text = json_text_at(model, "shutdown_date");
	int64_t seconds = json_int_at(model, "shutdown_date");
	int64_t year, month, day;
	char digits[11];

	if (seconds > 0)
		return seconds > MS_FROM ? seconds : seconds * 1000;
	if (text == NULL || strlen(text) < 10)
		return TIME_NONE;
	memcpy(digits, text, 10);
	digits[10] = '\0';
	if (digits[4] != '-' || digits[7] != '-')
		return TIME_NONE;
	digits[4] = digits[7] = '\0';
	if (!text_to_int_in(digits, 1970, 9999, &year) ||
	    !text_to_int_in(digits + 5, 1, 12, &month) ||
	    !text_to_int_in(digits + 8, 1, 31, &day))
		return TIME_NONE;
	return time_from_civil(&(struct civil){
	    .year = (int)year, .month = (int)month, .day = (int)day });
}

static bool
openai_models_read(struct ctx *cx, const struct fetch_reply *reply,
    struct vendor_model **out, size_t *count_out)
{
	struct json_object *doc = json_parse_loose(reply->body, reply->len);
	struct json_object *list = json_at(doc, "data");
	size_t count = json_count(list);
	bool is_list = reply->status == 200 && json_is_array(list);

	if (count > MODELS_MAX)
		count = MODELS_MAX;
	*count_out = 0;
	*out = ARENA_ARRAY(cx->arena, count + 1, struct vendor_model);
	for (size_t i = 0; is_list && i < count; i++) {
		struct json_object *item = json_item(list, i);
		const char *id = json_text_at(item, "id");

		if (id != NULL)
			(*out)[(*count_out)++] = (struct vendor_model){
				.id = arena_strdup(cx->arena, id),
				.shutdown_ms = shutdown_of(item),
			};
	}
	json_free(doc);
	return is_list;
}

const struct protocol protocol_openai = {
	.name = "openai",
	.pictures = true,
	.key_header = ASK_BEARER,
	.picture_bytes = PICTURE_BYTES,
	.batch = BATCH,
	.batch_of = openai_batch,
	.plan = openai_plan,
	.submit = openai_submit,
	.submitted = openai_submitted,
	.models = openai_models,
	.models_read = openai_models_read,
};
