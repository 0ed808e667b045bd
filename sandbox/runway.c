/*
 * Runway: bodies that the model tells apart, sizes as ratios of pixels.
 */
#include "config.h"

#include "runway.h"

#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "base/uuid.h"
#include "call.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "deliver.h"
#include "fields.h"
#include "job.h"
#include "picture_in.h"
#include "steer.h"

#define API_VERSION "2024-11-06"
#define PROMPT_UNITS 1000 /* of UTF-16 */
#define PICTURE_URL_MAX 5242880
#define FPS 24
#define CREDITS_A_SECOND 5

/* ---- errors ---- */

static void
error_write(struct jw *jw, const struct call *c, const struct complaint *row,
    const char *param, const char *message)
{
	(void)c;
	if (param == NULL)
		param = row->code; /* a field that is always the culprit */
	jw_object(jw);
	jw_name(jw, "error");
	jw_text(jw, param != NULL ? "Validation of body failed" : message);
	if (param != NULL) {
		jw_name(jw, "issues");
		jw_array(jw);
		jw_object(jw);
		jw_name(jw, "code");
		jw_text(jw, "custom");
		jw_name(jw, "path");
		jw_array(jw);
		jw_text(jw, param);
		jw_end_array(jw);
		jw_name(jw, "message");
		jw_text(jw, message);
		jw_end_object(jw);
		jw_end_array(jw);
	}
	if (row->status == 400) {
		jw_name(jw, "docUrl");
		jw_text(jw, "https://docs.dev.runwayml.com/api");
	}
	jw_end_object(jw);
}

const struct vendor vendor_runway = {
	.name = "runway",
	.key_header = "HTTP_AUTHORIZATION",
	.key_scheme = "Bearer ",
	.write = error_write,
	.complaints = {
	    [TROUBLE_KEY] = { 401, NULL, NULL,
		"The API key that was provided is invalid." },
	    [TROUBLE_INVALID] = { 400, NULL, NULL, "Validation failed" },
	    [TROUBLE_REFUSED] = { 400, NULL, NULL,
		"The input was rejected by content moderation." },
	    [TROUBLE_MODEL] = { 400, "model", NULL,
		"Model is not available." },
	    [TROUBLE_NOT_FOUND] = { 404, NULL, NULL, "Not found." },
	    [TROUBLE_LIMIT] = { 429, NULL, NULL,
		"You have reached the daily limit of generations for this "
		"model." },
	    [TROUBLE_MONEY] = { 400, NULL, NULL,
		"You do not have enough credits to run this task." },
	    [TROUBLE_BUSY] = { 503, NULL, NULL, "Service unavailable." },
	    [TROUBLE_BROKEN] = { 500, NULL, NULL, "Internal error." },
	},
};

/* ---- orders ---- */

/* clang-format off */
static const char *const ratios_two[] = { "1280:720", "720:1280", NULL };
static const char *const ratios_veo[] = { "1280:720", "720:1280", "1080:1920",
	"1920:1080", NULL };
static const char *const ratios_gen4[] = { "1280:720", "720:1280", "1104:832",
	"960:960", "832:1104", "1584:672", NULL };
static const char *const ratios_image[] = { "1024:1024", "1080:1080",
	"1168:880", "1360:768", "1440:1080", "1080:1440", "1808:768",
	"1920:1080", "1080:1920", "2112:912", "1280:720", "720:1280", "720:720",
	"960:720", "720:960", "1680:720", NULL };
static const char *const fields_text[] = { "model", "promptText", "ratio",
	"duration", "seed", "contentModeration", "outputFormat",
	"proresProfile", NULL };
static const char *const fields_gen[] = { "model", "promptText", "promptImage",
	"ratio", "duration", "seed", "contentModeration", "outputFormat",
	"proresProfile", NULL };
static const char *const fields_turbo[] = { "model", "promptText",
	"promptImage", "ratio", "duration", "seed", "contentModeration", NULL };
static const char *const fields_veo[] = { "model", "promptText", "promptImage",
	"ratio", "duration", "audio", "negativePrompt", NULL };
static const char *const fields_omni[] = { "model", "promptText",
	"promptImage", "ratio", "duration", NULL };
static const char *const fields_image[] = { "model", "promptText", "ratio",
	"seed", "referenceImages", "contentModeration", NULL };
/* clang-format on */

enum task {
	TASK_TEXT_TO_VIDEO,
	TASK_IMAGE_TO_VIDEO,
	TASK_TEXT_TO_IMAGE
};

static const struct variant {
	enum task task;
	const char *model;
	const char *const *ratios;
	const char *const *fields;
	int64_t shortest, longest, step; /* seconds; step 0: a picture */
	int64_t usual;                   /* when none is given; 0: required */
	bool ratio_needed;
	bool text_needed;
} variants[] = {
	{ TASK_TEXT_TO_VIDEO, "gen4.5", ratios_two, fields_text, 2, 10, 1, 0,
	    true, true },
	{ TASK_TEXT_TO_VIDEO, "veo3.1", ratios_veo, fields_veo, 4, 8, 2, 8,
	    true, true },
	{ TASK_TEXT_TO_VIDEO, "veo3.1_fast", ratios_veo, fields_veo, 4, 8, 2, 8,
	    true, true },
	{ TASK_TEXT_TO_VIDEO, "gemini_omni_flash", ratios_two, fields_omni, 3,
	    10, 1, 8, false, true },
	{ TASK_IMAGE_TO_VIDEO, "gen4.5", ratios_gen4, fields_gen, 2, 10, 1, 0,
	    true, true },
	{ TASK_IMAGE_TO_VIDEO, "gen4_turbo", ratios_gen4, fields_turbo, 2, 10,
	    1, 10, true, false },
	{ TASK_IMAGE_TO_VIDEO, "veo3.1", ratios_veo, fields_veo, 4, 8, 2, 8,
	    true, false },
	{ TASK_IMAGE_TO_VIDEO, "veo3.1_fast", ratios_veo, fields_veo, 4, 8, 2,
	    8, true, false },
	{ TASK_IMAGE_TO_VIDEO, "gemini_omni_flash", ratios_two, fields_omni, 3,
	    10, 1, 8, false, false },
	{ TASK_TEXT_TO_IMAGE, "gen4_image", ratios_image, fields_image, 0, 0, 0,
	    0, true, true },
	{ TASK_TEXT_TO_IMAGE, "gen4_image_turbo", ratios_image, fields_image, 0,
	    0, 0, 0, true, true },
};

static bool
wrong(struct call *c, const char *field, const char *message)
{
	vendor_complain(c, TROUBLE_INVALID, field, message);
	return false;
}

/* Every address wants the header that names the API's version. */
static bool
version_check(struct call *c)
{
	if (strcmp(call_header(c, "HTTP_X_RUNWAY_VERSION"), API_VERSION) == 0)
		return true;
	return wrong(c, NULL,
	    "This API version is not supported; set X-Runway-Version.");
}

static const struct variant *
variant_find(struct call *c, enum task task)
{
	const char *model = field_text(c, "model");

	for (size_t i = 0; i < COUNT(variants); i++)
		if (variants[i].task == task &&
		    text_is(model, variants[i].model))
			return &variants[i];
	vendor_complain(c, TROUBLE_MODEL, "model",
	    "Invalid discriminator value: no such model at this endpoint");
	return NULL;
}

static size_t
utf16_units(const char *text)
{
	size_t len = strlen(text), units = 0, size;

	for (size_t i = 0; i < len; i += size) {
		utf8_decode(text + i, len - i, &size);
		units += size == 4 ? 2 : 1;
	}
	return units;
}

static bool
text_read(struct call *c, const struct variant *v, struct job *job)
{
	job->prompt = field_text(c, "promptText");
	if (text_empty(job->prompt)) {
		if (v->text_needed || field_given(c, "promptText"))
			return wrong(c, "promptText", "Required");
		job->prompt = "";
	}
	if (utf16_units(job->prompt) > PROMPT_UNITS)
		return wrong(c, "promptText", "Must be at most 1000 units");
	return true;
}

static bool
ratio_read(struct call *c, const struct variant *v, struct job *job)
{
	const char *ratio = field_text(c, "ratio");

	if (ratio == NULL && !v->ratio_needed)
		ratio = v->ratios[0];
	for (size_t i = 0; v->ratios[i] != NULL; i++) {
		if (text_is(ratio, v->ratios[i])) {
			job->size = ratio;
			return size_parse(ratio, &job->width, &job->height);
		}
	}
	return wrong(c, "ratio", "Invalid option");
}

static bool
duration_read(struct call *c, const struct variant *v, struct job *job)
{
	int64_t seconds = field_int(c, "duration", v->usual);

	if (v->step == 0)
		return true;
	if (seconds < v->shortest || seconds > v->longest ||
	    (seconds - v->shortest) % v->step != 0)
		return wrong(c, "duration", "Invalid duration");
	job->duration_ms = seconds * 1000;
	return true;
}

/* Pictures that a still refers to, each an address. */
static bool
references_check(struct call *c)
{
	struct json_object *given = json_at(c->json, "referenceImages"), *item;
	struct picture_in in;

	for (size_t i = 0; (item = json_item(given, i)) != NULL; i++) {
		const char *uri = json_text_at(item, "uri");

		if (uri == NULL || (text_starts(uri, "data:") &&
				       !picture_in_text(c, uri, &in)))
			return wrong(c, "referenceImages", "Invalid picture");
	}
	return true;
}

/* "data:..." or a list whose first element has one. */
static bool
picture_check(struct call *c, const struct variant *v)
{
	struct json_object *given = json_at(c->json, "promptImage");
	const char *uri = json_text_of(given);
	struct picture_in in;

	if (v->task != TASK_IMAGE_TO_VIDEO)
		return given == NULL ||
		       wrong(c, "promptImage", "Unrecognized key");
	if (uri == NULL)
		uri = json_text_at(json_item(given, 0), "uri");
	if (uri == NULL)
		return wrong(c, "promptImage", "Required");
	if (strlen(uri) > PICTURE_URL_MAX)
		return wrong(c, "promptImage", "Too long");
	if (text_starts(uri, "https://") || text_starts(uri, "runway://"))
		return true;
	if (!text_starts(uri, "data:image/") || !picture_in_text(c, uri, &in))
		return wrong(c, "promptImage", "Invalid picture");
	return true;
}

static bool
order_read(struct call *c, const struct variant *v, struct job *job)
{
	const char *unknown = field_unknown(c, v->fields);

	if (unknown != NULL)
		return wrong(c, unknown, "Unrecognized key");
	job->seed = field_int(c, "seed", 0);
	if (job->seed < 0 || job->seed > UINT32_MAX)
		return wrong(c, "seed", "Must be between 0 and 4294967295");
	return text_read(c, v, job) && ratio_read(c, v, job) &&
	       duration_read(c, v, job) && picture_check(c, v) &&
	       references_check(c);
}

/* A UUID of version 4, which the description insists on. */
static char *
task_id(struct call *c)
{
	char *text = arena_alloc(c->cx.arena, UUID_TEXT);
	struct uuid uuid;

	random_fill(uuid.b, sizeof(uuid.b));
	uuid.b[6] = (uint8_t)((uuid.b[6] & 0x0f) | 0x40);
	uuid.b[8] = (uint8_t)((uuid.b[8] & 0x3f) | 0x80);
	return uuid_format(&uuid, text);
}

static void
write_cost(struct jw *jw, const char *name, const struct job *job)
{
	int64_t seconds = job->duration_ms / 1000;

	jw_name(jw, name);
	jw_object(jw);
	jw_name(jw, "credits");
	jw_int(jw, CREDITS_A_SECOND * (seconds > 0 ? seconds : 1));
	jw_end_object(jw);
}

static void
order(struct call *c, enum task task)
{
	const struct variant *v;
	struct job job = { .fps = FPS };
	struct jw *jw;

	if (!version_check(c) || (v = variant_find(c, task)) == NULL ||
	    !order_read(c, v, &job) || steer_order(c, job.prompt))
		return;
	job.id = task_id(c);
	job.model = v->model;
	job.kind = v->step == 0 ? "image" : "video";
	job.format = v->step == 0 ? "png" : "mp4";
	if (!job_begin(c, &job))
		return;
	jw = call_json(c);
	jw_object(jw);
	jw_name(jw, "id");
	jw_text(jw, job.id);
	write_cost(jw, "estimatedCost", &job);
	jw_end_object(jw);
	call_json_end(c, 200);
}

void
runway_text_to_video(struct call *c)
{
	order(c, TASK_TEXT_TO_VIDEO);
}

void
runway_image_to_video(struct call *c)
{
	order(c, TASK_IMAGE_TO_VIDEO);
}

void
runway_text_to_image(struct call *c)
{
	order(c, TASK_TEXT_TO_IMAGE);
}

/* ---- tasks ---- */

static void
write_failure(struct jw *jw, const char *text, const char *code)
{
	jw_name(jw, "failure");
	jw_text(jw, text);
	jw_name(jw, "failureCode");
	jw_text(jw, code);
}

static void
write_output(struct call *c, struct jw *jw, const struct job *job)
{
	jw_name(jw, "output");
	jw_array(jw);
	if (!words_have(&c->words, WORD_NORESULT))
		jw_text(jw, deliver_url(c, job, 0));
	jw_end_array(jw);
}

static void
write_phase(struct call *c, struct jw *jw, const struct job *job,
    const struct progress *progress)
{
	static const char *const names[] = {
		[PHASE_QUEUED] = "PENDING",
		[PHASE_THROTTLED] = "THROTTLED",
		[PHASE_RUNNING] = "RUNNING",
		[PHASE_DONE] = "SUCCEEDED",
		[PHASE_FAILED] = "FAILED",
		[PHASE_REFUSED] = "FAILED",
		[PHASE_CANCELLED] = "CANCELLED",
	};

	jw_name(jw, "status");
	jw_text(jw, names[progress->phase]);
	if (progress->phase == PHASE_RUNNING) {
		jw_name(jw, "progress");
		jw_real(jw, progress->share);
	}
	if (progress->phase == PHASE_FAILED)
		write_failure(jw, "An unexpected error occurred.",
		    "INTERNAL.BAD_OUTPUT.CODE01");
	if (progress->phase == PHASE_REFUSED)
		write_failure(jw,
		    "Your input was flagged by our content moderation.",
		    "SAFETY.INPUT.TEXT");
	if (progress->phase == PHASE_DONE)
		write_output(c, jw, job);
	write_cost(
	    jw, progress->phase < PHASE_DONE ? "estimatedCost" : "cost", job);
}

void
runway_task_get(struct call *c)
{
	struct progress progress;
	char created[32];
	struct job job;
	struct jw *jw;

	if (!version_check(c) ||
	    !job_poll(c, c->match.values[0], &job, &progress))
		return;
	jw = call_json(c);
	jw_object(jw);
	jw_name(jw, "id");
	jw_text(jw, job.id);
	jw_name(jw, "createdAt");
	jw_text(jw, time_format_ms(job.created_ms, created));
	write_phase(c, jw, &job, &progress);
	jw_end_object(jw);
	call_json_end(c, 200);
}

/* Cancels what runs, deletes what has ended. */
void
runway_task_delete(struct call *c)
{
	struct progress progress;
	struct job job;

	if (!version_check(c) ||
	    !job_find(c, c->match.values[0], &job, &progress))
		return;
	if (progress.phase < PHASE_DONE)
		job_cancel(c, &job);
	else
		(void)store_remove(c, job.id);
	call_empty(c, 204);
}

void
runway_organization(struct call *c)
{
	static const char text[] =
	    "{\"tier\":{\"maxMonthlyCreditSpend\":10000,\"models\":{"
	    "\"gen4.5\":{\"maxConcurrentGenerations\":3,"
	    "\"maxDailyGenerations\":200},"
	    "\"gen4_turbo\":{\"maxConcurrentGenerations\":3,"
	    "\"maxDailyGenerations\":200}}},\"creditBalance\":4250,"
	    "\"usage\":{\"models\":{}}}";

	if (version_check(c))
		call_reply(c, 200, "application/json", text, strlen(text));
}
