/*
 * AUTOMATIC1111: one call, one picture, and a progress that is the server's.
 */
#include "config.h"

#include "automatic1111.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/text.h"
#include "call.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "deliver.h"
#include "fields.h"
#include "paint.h"
#include "picture_in.h"
#include "product.h"
#include "steer.h"
#include "store.h"

#define BATCH_MAX 16
#define STEPS 20

/* The call that began last, and when it will be done: the whole queue. */
static _Atomic int64_t work_begins_ms, work_ends_ms;

/* {"detail"} for what is the caller's fault, more for the server's own. */
static void
error_write(struct jw *jw, const struct call *c, const struct complaint *row,
    const char *param, const char *message)
{
	(void)c;
	jw_object(jw);
	if (row->code != NULL) {
		jw_name(jw, "error");
		jw_text(jw, row->code);
		jw_name(jw, "detail");
		jw_text(jw, "");
		jw_name(jw, "body");
		jw_text(jw, "");
		jw_name(jw, "errors");
		jw_text(jw, message);
	} else if (param != NULL) {
		jw_name(jw, "detail");
		jw_array(jw);
		jw_object(jw);
		jw_name(jw, "loc");
		jw_array(jw);
		jw_text(jw, "body");
		jw_text(jw, param);
		jw_end_array(jw);
		jw_name(jw, "msg");
		jw_text(jw, message);
		jw_name(jw, "type");
		jw_text(jw, "value_error");
		jw_end_object(jw);
		jw_end_array(jw);
	} else {
		jw_name(jw, "detail");
		jw_text(jw, message);
	}
	jw_end_object(jw);
}

const struct vendor vendor_automatic1111 = {
	.name = "automatic1111",
	.key_header = "HTTP_AUTHORIZATION",
	.key_scheme = "Basic ",
	.key_optional = true,
	.write = error_write,
	.complaints = {
	    [TROUBLE_KEY] = { 401, NULL, NULL,
		"Incorrect username or password" },
	    [TROUBLE_INVALID] = { 422, NULL, NULL, "value is not valid" },
	    [TROUBLE_REFUSED] = { 500, "ValueError", NULL,
		"Potential NSFW content was detected." },
	    [TROUBLE_MODEL] = { 404, NULL, NULL, "Model not found" },
	    [TROUBLE_NOT_FOUND] = { 404, NULL, NULL, "Not Found" },
	    [TROUBLE_LIMIT] = { 429, NULL, NULL, "Too many requests" },
	    [TROUBLE_MONEY] = { 402, NULL, NULL, "Payment required" },
	    [TROUBLE_BUSY] = { 503, NULL, NULL, "Loading" },
	    [TROUBLE_BROKEN] = { 500, "OutOfMemoryError", NULL,
		"CUDA out of memory." },
	},
};

static bool
wrong(struct call *c, const char *field, const char *message)
{
	vendor_complain(c, TROUBLE_INVALID, field, message);
	return false;
}

static bool
order_read(struct call *c, struct job *job)
{
	int64_t batch = field_int(c, "batch_size", 1);
	int64_t rounds = field_int(c, "n_iter", 1);

	job->prompt = field_text(c, "prompt");
	if (job->prompt == NULL)
		job->prompt = "";
	job->format = "png";
	job->width = field_int(c, "width", 512);
	job->height = field_int(c, "height", 512);
	job->seed = field_int(c, "seed", -1);
	if (job->width < 8 || job->width > PICTURE_SIDE_MAX)
		return wrong(c, "width", "value is not a valid integer");
	if (job->height < 8 || job->height > PICTURE_SIDE_MAX)
		return wrong(c, "height", "value is not a valid integer");
	if (job->seed < -1)
		return wrong(c, "seed", "value is not a valid integer");
	if (batch < 1 || rounds < 1 || batch > BATCH_MAX ||
	    rounds > BATCH_MAX || batch * rounds > BATCH_MAX)
		return wrong(c, "batch_size", "value is out of range");
	job->count = batch * rounds;
	if (job->seed == -1)
		job->seed = random_below(UINT32_MAX);
	return true;
}

static const char *
info_text(struct call *c, const struct job *job)
{
	struct buf text;
	struct jw jw;
	char *copy;

	buf_init(&text, BODY_MAX);
	jw_init(&jw, &text);
	jw_object(&jw);
	jw_name(&jw, "prompt");
	jw_text(&jw, job->prompt);
	jw_name(&jw, "seed");
	jw_int(&jw, job->seed);
	jw_name(&jw, "all_seeds");
	jw_array(&jw);
	for (int64_t i = 0; i < job->count; i++)
		jw_int(&jw, job->seed + i);
	jw_end_array(&jw);
	jw_name(&jw, "width");
	jw_int(&jw, job->width);
	jw_name(&jw, "height");
	jw_int(&jw, job->height);
	jw_end_object(&jw);
	copy = arena_copy(c->cx.arena, buf_text(&text), text.len);
	buf_release(&text);
	return copy;
}

static void
order_answer(struct call *c, const struct job *job)
{
	bool none = words_have(&c->words, WORD_NORESULT);
	struct jw *jw = call_json(c);
	struct product p;

	jw_object(jw);
	jw_name(jw, "images");
	jw_array(jw);
	for (int64_t i = 0; i < job->count && !none; i++) {
		if (!product_image(c, job, i, &p)) {
			vendor_complain(c, TROUBLE_BROKEN, NULL, NULL);
			return;
		}
		jw_text(jw, product_base64(c, &p));
	}
	jw_end_array(jw);
	jw_name(jw, "parameters");
	jw_json(jw, "{}");
	jw_name(jw, "info");
	jw_text(jw, info_text(c, job));
	jw_end_object(jw);
	deliver_json(c);
}

static void
order_serve(struct call *c, const struct job *job)
{
	char id[UUID_TEXT];
	struct uuid uuid = uuid_new();
	int64_t now;

	if (steer_order(c, job->prompt))
		return;
	if (words_have(&c->words, WORD_REFUSE) ||
	    words_have(&c->words, WORD_FILTERED)) {
		vendor_complain(c, TROUBLE_REFUSED, NULL, NULL);
		return;
	}
	now = clock_ms();
	atomic_store(&work_begins_ms, now);
	atomic_store(&work_ends_ms, now + steer_work_ms(c));
	if (steer_accept(c, uuid_format(&uuid, id)) || !steer_work(c))
		return;
	if (words_have(&c->words, WORD_FAIL))
		vendor_complain(c, TROUBLE_BROKEN, NULL, NULL);
	else
		order_answer(c, job);
}

void
automatic1111_text(struct call *c)
{
	struct job job = { 0 };

	if (order_read(c, &job))
		order_serve(c, &job);
}

void
automatic1111_image(struct call *c)
{
	struct json_object *images = json_at(c->json, "init_images");
	double strength = field_real(c, "denoising_strength", 0.75);
	struct job job = { 0 };
	struct picture_in in;

	if (!order_read(c, &job))
		return;
	if (json_count(images) == 0 ||
	    !picture_in_text(c, json_text_of(json_item(images, 0)), &in))
		(void)wrong(c, "init_images", "Init image not found");
	else if (!(strength >= 0 && strength <= 1))
		(void)wrong(c, "denoising_strength", "value is out of range");
	else
		order_serve(c, &job);
}

void
automatic1111_progress(struct call *c)
{
	int64_t begins = atomic_load(&work_begins_ms);
	int64_t ends = atomic_load(&work_ends_ms);
	int64_t now = clock_ms();
	bool busy = now < ends && ends > begins;
	double share =
	    busy ? (double)(now - begins) / (double)(ends - begins) : 0;
	struct jw *jw = call_json(c);

	jw_object(jw);
	jw_name(jw, "progress");
	jw_real(jw, share);
	jw_name(jw, "eta_relative");
	jw_real(jw, busy ? (double)(ends - now) / 1000 : 0);
	jw_name(jw, "state");
	jw_object(jw);
	jw_name(jw, "job");
	jw_text(jw, busy ? "scripts_txt2img" : "");
	jw_name(jw, "job_count");
	jw_int(jw, busy ? 1 : 0);
	jw_name(jw, "sampling_step");
	jw_int(jw, (int64_t)(share * STEPS));
	jw_name(jw, "sampling_steps");
	jw_int(jw, STEPS);
	jw_end_object(jw);
	jw_name(jw, "current_image");
	jw_null(jw);
	jw_name(jw, "textinfo");
	jw_null(jw);
	jw_end_object(jw);
	call_json_end(c, 200);
}

void
automatic1111_interrupt(struct call *c)
{
	atomic_store(&work_ends_ms, 0);
	call_reply(c, 200, "application/json", "{}", 2);
}

void
automatic1111_models(struct call *c)
{
	static const char text[] =
	    "[{\"title\":\"sd_xl_base_1.0.safetensors [31e35c80fc]\","
	    "\"model_name\":\"sd_xl_base_1.0\",\"hash\":\"31e35c80fc\","
	    "\"sha256\":\"\",\"filename\":"
	    "\"/models/sd_xl_base_1.0.safetensors\",\"config\":null}]";

	call_reply(c, 200, "application/json", text, strlen(text));
}
