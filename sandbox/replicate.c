/*
 * Replicate: any model, with any input; here one of pictures, or of films where
 * the model's name says so.
 */
#include "config.h"

#include "replicate.h"

#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/text.h"
#include "call.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "deliver.h"
#include "fields.h"
#include "job.h"
#include "paint.h"
#include "picture_in.h"
#include "steer.h"
#include "still.h"

#define WAIT_USUAL_S 60
#define WAIT_STEP_MS 20
#define FPS 24
#define ECHO_MAX (1 * MIB) /* of an input that is told again */
#define FILM_S 5
#define ID_LENGTH 26

/* {"title", "detail", "status"} */
static void
error_write(struct jw *jw, const struct call *c, const struct complaint *row,
    const char *param, const char *message)
{
	(void)c;
	(void)param;
	jw_object(jw);
	jw_name(jw, "title");
	jw_text(jw, row->code);
	jw_name(jw, "detail");
	jw_text(jw, message);
	jw_name(jw, "status");
	jw_int(jw, row->status);
	jw_end_object(jw);
}

static void
retry_head(struct call *c, int seconds)
{
	call_head(c, "Retry-After", arena_printf(c->cx.arena, "%d", seconds));
}

const struct vendor vendor_replicate = {
	.name = "replicate",
	.key_header = "HTTP_AUTHORIZATION",
	.key_scheme = "Bearer ",
	.write = error_write,
	.retry_head = retry_head,
	.complaints = {
	    [TROUBLE_KEY] = { 401, "Unauthenticated", NULL,
		"You did not pass a valid authentication token" },
	    [TROUBLE_INVALID] = { 422, "Input validation failed", NULL,
		"The input is invalid." },
	    [TROUBLE_REFUSED] = { 422, "Input validation failed", NULL,
		"The input was flagged as sensitive." },
	    [TROUBLE_MODEL] = { 404, "Not Found", NULL,
		"The requested resource could not be found." },
	    [TROUBLE_NOT_FOUND] = { 404, "Not Found", NULL,
		"The requested resource could not be found." },
	    [TROUBLE_LIMIT] = { 429, "Too many requests", NULL,
		"Request was throttled." },
	    [TROUBLE_MONEY] = { 402, "Insufficient credit", NULL,
		"You have insufficient credit to run this model." },
	    [TROUBLE_BUSY] = { 503, "Service unavailable", NULL,
		"Please try again later." },
	    [TROUBLE_BROKEN] = { 500, "Internal server error", NULL,
		"Something went wrong." },
	},
};

/* ---- the answer ---- */

static const struct {
	const char *status;
	const char *error;
} phases[] = {
	[PHASE_QUEUED] = { "starting", NULL },
	[PHASE_THROTTLED] = { "starting", NULL },
	[PHASE_RUNNING] = { "processing", NULL },
	[PHASE_DONE] = { "succeeded", NULL },
	[PHASE_FAILED] = { "failed", "Prediction failed." },
	[PHASE_REFUSED] = { "failed",
	    "NSFW content detected. Try running it again, or try a different "
	    "prompt." },
	[PHASE_CANCELLED] = { "canceled", NULL },
};

static void
write_output(struct call *c, struct jw *jw, const struct job *job)
{
	jw_name(jw, "output");
	if (words_have(&c->words, WORD_NORESULT)) {
		jw_null(jw);
		return;
	}
	if (text_is(job->kind, "video")) {
		jw_text(jw, deliver_url(c, job, 0));
		return;
	}
	jw_array(jw);
	for (int64_t i = 0; i < job->count; i++)
		jw_text(jw, deliver_url(c, job, i));
	jw_end_array(jw);
}

static void
write_urls(struct call *c, struct jw *jw, const struct job *job)
{
	const char *url = arena_printf(c->cx.arena,
	    "%s/replicate/v1/predictions/%s", c->box->public_url, job->id);

	jw_name(jw, "urls");
	jw_object(jw);
	jw_name(jw, "get");
	jw_text(jw, url);
	jw_name(jw, "cancel");
	jw_text(jw, arena_printf(c->cx.arena, "%s/cancel", url));
	jw_name(jw, "web");
	jw_text(jw, url);
	jw_end_object(jw);
}

static void
write_moment(struct jw *jw, const char *name, int64_t ms)
{
	char text[32];

	jw_name(jw, name);
	jw_text(jw, time_format_ms(ms, text));
}

static void
prediction_answer(struct call *c, const struct job *job,
    const struct progress *progress, int status)
{
	struct jw *jw = call_json(c);

	jw_object(jw);
	jw_name(jw, "id");
	jw_text(jw, job->id);
	jw_name(jw, "model");
	jw_text(jw, job->model);
	jw_name(jw, "version");
	jw_text(jw, "hidden");
	jw_name(jw, "input");
	jw_json(jw, job->extra);
	jw_name(jw, "logs");
	jw_text(jw, "");
	if (progress->phase == PHASE_DONE) {
		write_output(c, jw, job);
	} else {
		jw_name(jw, "output");
		jw_null(jw);
	}
	jw_name(jw, "data_removed");
	jw_bool(jw, false);
	jw_name(jw, "error");
	jw_text(jw, phases[progress->phase].error);
	jw_name(jw, "status");
	jw_text(jw, phases[progress->phase].status);
	write_moment(jw, "created_at", job->created_ms);
	if (progress->phase >= PHASE_DONE)
		write_moment(
		    jw, "completed_at", job->created_ms + job->work_ms);
	write_urls(c, jw, job);
	jw_end_object(jw);
	call_json_end(c, status);
}

/* ---- orders ---- */

static bool
wrong(struct call *c, const char *message)
{
	vendor_complain(c, TROUBLE_INVALID, NULL, message);
	return false;
}

/* "16:9" at about a megapixel. */
static void
ratio_read(const char *ratio, struct job *job)
{
	static const struct {
		const char *ratio;
		int64_t width, height;
	} shapes[] = {
		{ "16:9", 1344, 768 },
		{ "9:16", 768, 1344 },
		{ "4:3", 1152, 864 },
		{ "3:4", 864, 1152 },
		{ "3:2", 1216, 832 },
		{ "2:3", 832, 1216 },
	};

	for (size_t i = 0; i < COUNT(shapes); i++) {
		if (text_is(ratio, shapes[i].ratio)) {
			job->width = shapes[i].width;
			job->height = shapes[i].height;
		}
	}
}

static int64_t
int_or(struct json_object *object, const char *name, int64_t def)
{
	int64_t n = json_int_at(object, name);

	return n == INT_NONE ? def : n;
}

static bool
input_read(struct call *c, struct job *job)
{
	struct json_object *input = json_at(c->json, "input");
	const char *image = json_text_at(input, "image");
	enum still_format format = STILL_PNG;
	struct picture_in in;

	if (!json_is_object(input))
		return wrong(c, "- input is required");
	job->prompt = json_text_at(input, "prompt");
	if (text_empty(job->prompt))
		return wrong(c, "- input.prompt: is required");
	job->extra = json_print(c->cx.arena, input);
	if (strlen(job->extra) > ECHO_MAX)
		job->extra = "{}";
	job->width = job->height = 1024;
	ratio_read(json_text_at(input, "aspect_ratio"), job);
	job->width = int_or(input, "width", job->width);
	job->height = int_or(input, "height", job->height);
	job->seed = int_or(input, "seed", 0);
	job->count = int_or(input, "num_outputs", 1);
	job->duration_ms = 1000 * int_or(input, "duration", FILM_S);
	job->fps = int_or(input, "fps", FPS);
	if (job->width < 16 || job->width > PICTURE_SIDE_MAX ||
	    job->height < 16 || job->height > PICTURE_SIDE_MAX)
		return wrong(c, "- input.width: is out of range");
	if (image != NULL && text_starts(image, "data:") &&
	    !picture_in_text(c, image, &in))
		return wrong(c, "- input.image: is no picture");
	if (job->count < 1 || job->count > 8 || job->duration_ms < 1000 ||
	    job->duration_ms > 30000 || job->fps < 1 || job->fps > 60)
		return wrong(c, "- input: is out of range");
	(void)still_format_parse(json_text_at(input, "output_format"), &format);
	job->format = still_extension(format);
	return true;
}

static const char *
id_make(struct call *c)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	char *id = arena_alloc(c->cx.arena, ID_LENGTH + 1);

	for (size_t i = 0; i < ID_LENGTH; i++)
		id[i] = letters[random_below(32)];
	return id;
}

/* "wait" or "wait=5": seconds; 0 for no such header. */
static int64_t
prefer_read(struct call *c)
{
	const char *prefer = call_header(c, "HTTP_PREFER");
	int64_t seconds = WAIT_USUAL_S;

	if (!text_starts(prefer, "wait"))
		return 0;
	if (prefer[4] == '=' && !text_to_int_in(prefer + 5, 1, 60, &seconds))
		return 0;
	return seconds;
}

/* The answer is held back until the prediction ends or the time is over. */
static struct progress
hold(struct call *c, const struct job *job)
{
	int64_t until = clock_steady_us() + prefer_read(c) * 1000000;
	struct progress progress = { PHASE_QUEUED, 0 };
	struct job seen;

	while (clock_steady_us() < until && progress.phase < PHASE_DONE &&
	       job_find(c, job->id, &seen, &progress) &&
	       progress.phase < PHASE_DONE && call_wait(c, WAIT_STEP_MS))
		continue;
	return progress;
}

static void
order(struct call *c, const char *model)
{
	struct progress progress;
	struct job job = { .model = model };

	if (!input_read(c, &job) || steer_order(c, job.prompt))
		return;
	job.kind = "image";
	if (strstr(model, "video") != NULL ||
	    json_at(json_at(c->json, "input"), "duration") != NULL) {
		job.kind = "video";
		job.format = "mp4";
	}
	job.id = id_make(c);
	if (!job_begin(c, &job))
		return;
	progress = hold(c, &job);
	/* 202: it was asked to wait, but is not done. */
	prediction_answer(c, &job, &progress,
	    progress.phase < PHASE_DONE && prefer_read(c) > 0 ? 202 : 201);
}

void
replicate_predict(struct call *c)
{
	const char *version = field_text(c, "version");

	if (text_empty(version))
		(void)wrong(c, "- version is required");
	else
		order(
		    c, arena_copy(c->cx.arena, version, strcspn(version, ":")));
}

void
replicate_model_predict(struct call *c)
{
	order(c, arena_printf(c->cx.arena, "%s/%s", c->match.values[0],
		     c->match.values[1]));
}

void
replicate_get(struct call *c)
{
	struct progress progress;
	struct job job;

	if (job_poll(c, c->match.values[0], &job, &progress))
		prediction_answer(c, &job, &progress, 200);
}

void
replicate_cancel(struct call *c)
{
	struct progress progress;
	struct job job;

	if (!job_find(c, c->match.values[0], &job, &progress))
		return;
	if (progress.phase < PHASE_DONE) {
		job_cancel(c, &job);
		progress.phase = PHASE_CANCELLED;
	}
	prediction_answer(c, &job, &progress, 200);
}

void
replicate_account(struct call *c)
{
	static const char text[] =
	    "{\"type\":\"user\",\"username\":\"sandbox\","
	    "\"name\":\"Sandbox\"}";

	call_reply(c, 200, "application/json", text, strlen(text));
}
