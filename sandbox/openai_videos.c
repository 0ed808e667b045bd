/*
 * OpenAI's films: a job that is polled, whose file needs the key.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "call.h"
#include "core/json_read.h"
#include "deliver.h"
#include "fields.h"
#include "job.h"
#include "openai.h"
#include "picture_in.h"
#include "product.h"
#include "steer.h"

#define PROMPT_MAX 32000
#define FPS 24
#define KEPT_S 3600
#define POLL_MIN_MS 50
#define POLL_MAX_MS 10000

static const char *const fields[] = { "prompt", "model", "seconds", "size",
	"input_reference", NULL };

struct film_size {
	const char *size;
	bool pro; /* of the larger model only */
};

static const struct film_size sizes[] = {
	{ "720x1280", false },
	{ "1280x720", false },
	{ "1024x1792", true },
	{ "1792x1024", true },
};

static bool
wrong(struct call *c, const char *param, const char *message)
{
	vendor_complain(c, TROUBLE_INVALID, param, message);
	return false;
}

/* "4", "8", "12": texts, although they look like numbers. */
static bool
seconds_read(struct call *c, struct job *job)
{
	const char *seconds = field_text(c, "seconds");
	int64_t n;

	if (!field_given(c, "seconds"))
		seconds = "4";
	if (seconds == NULL)
		return wrong(c, "seconds",
		    "Invalid type for 'seconds': expected one of '4', '8', or "
		    "'12', but got an integer instead.");
	if (!text_to_int_in(seconds, 1, 60, &n) ||
	    (!c->vendor->lax && n != 4 && n != 8 && n != 12))
		return wrong(c, "seconds",
		    "Invalid value for 'seconds'. Supported values are: '4', "
		    "'8', and '12'.");
	job->duration_ms = n * 1000;
	job->extra = seconds;
	return true;
}

static bool
size_read(struct call *c, struct job *job)
{
	bool pro = text_starts(job->model, "sora-2-pro");
	const char *size = field_text(c, "size");
	bool known = c->vendor->lax;

	if (size == NULL)
		size = sizes[0].size;
	for (size_t i = 0; i < COUNT(sizes); i++)
		if (strcmp(size, sizes[i].size) == 0 && (pro || !sizes[i].pro))
			known = true;
	if (!known || !size_parse(size, &job->width, &job->height))
		return wrong(c, "size", "Invalid size for this model.");
	job->size = size;
	return true;
}

/* The picture that the film begins with has its size to the pixel. */
static bool
reference_check(struct call *c, const struct job *job)
{
	struct picture_in in;

	if (!field_given(c, "input_reference"))
		return true;
	if (!picture_in_field(c, "input_reference", &in))
		return wrong(c, "input_reference", "Invalid reference image.");
	if (in.width != job->width || in.height != job->height)
		return wrong(c, "input_reference",
		    "Inpaint image must match the requested width and height");
	return true;
}

static bool
order_read(struct call *c, struct job *job)
{
	const char *unknown = field_unknown(c, fields);

	job->prompt = field_text(c, "prompt");
	job->model = field_text(c, "model");
	if (job->model == NULL)
		job->model = "sora-2";
	if (!c->vendor->lax && !text_starts(job->model, "sora-2")) {
		vendor_complain(c, TROUBLE_MODEL, "model", NULL);
		return false;
	}
	if (text_empty(job->prompt))
		return wrong(
		    c, "prompt", "Missing required parameter: 'prompt'.");
	if (utf8_length(job->prompt, strlen(job->prompt)) > PROMPT_MAX)
		return wrong(c, "prompt", "The prompt is too long.");
	if (unknown != NULL && !c->vendor->lax)
		return wrong(c, unknown,
		    arena_printf(
			c->cx.arena, "Unknown parameter: '%s'.", unknown));
	return seconds_read(c, job) && size_read(c, job) &&
	       reference_check(c, job);
}

/* ---- what is answered ---- */

static const struct {
	const char *status;
	const char *code, *message;
} phases[] = {
	[PHASE_QUEUED] = { "queued", NULL, NULL },
	[PHASE_THROTTLED] = { "queued", NULL, NULL },
	[PHASE_RUNNING] = { "in_progress", NULL, NULL },
	[PHASE_DONE] = { "completed", NULL, NULL },
	[PHASE_FAILED] = { "failed", "server_error",
	    "The video could not be generated." },
	[PHASE_REFUSED] = { "failed", "moderation_blocked",
	    "Your request was blocked by our moderation system." },
	[PHASE_CANCELLED] = { "failed", "cancelled",
	    "The video was cancelled." },
};

static void
write_error(struct jw *jw, enum phase phase)
{
	if (phases[phase].code == NULL) {
		jw_null(jw);
		return;
	}
	jw_object(jw);
	jw_name(jw, "code");
	jw_text(jw, phases[phase].code);
	jw_name(jw, "message");
	jw_text(jw, phases[phase].message);
	jw_end_object(jw);
}

static void
write_seconds_or_null(struct jw *jw, const char *name, bool there, int64_t ms)
{
	jw_name(jw, name);
	if (there)
		jw_int(jw, ms / 1000);
	else
		jw_null(jw);
}

static void
video_answer(
    struct call *c, const struct job *job, const struct progress *progress)
{
	bool done = progress->phase == PHASE_DONE;
	int64_t end = job->created_ms + job->work_ms;
	struct jw *jw = call_json(c);

	jw_object(jw);
	jw_name(jw, "id");
	jw_text(jw, job->id);
	jw_name(jw, "object");
	jw_text(jw, "video");
	jw_name(jw, "model");
	jw_text(jw, job->model);
	jw_name(jw, "status");
	jw_text(jw, phases[progress->phase].status);
	jw_name(jw, "progress");
	jw_int(jw, done ? 100 : (int64_t)(progress->share * 99));
	jw_name(jw, "created_at");
	jw_int(jw, job->created_ms / 1000);
	write_seconds_or_null(jw, "completed_at", done, end);
	write_seconds_or_null(jw, "expires_at", done, end + KEPT_S * 1000);
	jw_name(jw, "prompt");
	jw_text(jw, job->prompt);
	jw_name(jw, "size");
	jw_text(jw, job->size);
	jw_name(jw, "seconds");
	jw_text(jw, job->extra);
	jw_name(jw, "remixed_from_video_id");
	jw_null(jw);
	jw_name(jw, "error");
	write_error(jw, progress->phase);
	jw_end_object(jw);
	call_json_end(c, 200);
}

void
openai_video_create(struct call *c)
{
	static const struct progress begun = { PHASE_QUEUED, 0 };
	struct job job = { .kind = "video", .format = "mp4", .fps = FPS };
	uint8_t id[16];

	if (!order_read(c, &job) || steer_order(c, job.prompt))
		return;
	random_fill(id, sizeof(id));
	job.id = arena_printf(
	    c->cx.arena, "video_%s", hex_encode(c->cx.arena, id, sizeof(id)));
	if (job_begin(c, &job))
		video_answer(c, &job, &begun);
}

void
openai_video_get(struct call *c)
{
	struct progress progress;
	struct job job;
	int64_t wait;

	if (!job_poll(c, c->match.values[0], &job, &progress))
		return;
	wait = job.work_ms / 8;
	if (wait < POLL_MIN_MS)
		wait = POLL_MIN_MS;
	if (wait > POLL_MAX_MS)
		wait = POLL_MAX_MS;
	call_head(c, "openai-poll-after-ms",
	    arena_printf(c->cx.arena, "%" PRId64, wait));
	video_answer(c, &job, &progress);
}

void
openai_video_content(struct call *c)
{
	const char *variant = call_query(c, "variant");
	struct progress progress;
	struct product p;
	struct job job;

	if (!job_find(c, c->match.values[0], &job, &progress))
		return;
	if (progress.phase != PHASE_DONE) {
		vendor_complain(
		    c, TROUBLE_NOT_FOUND, NULL, "Video is not ready yet.");
		return;
	}
	if (variant == NULL || strcmp(variant, "video") == 0)
		deliver_result(c, &job, 0);
	else if (product_still(c, &job,
		     strcmp(variant, "thumbnail") == 0 ? STILL_WEBP
						       : STILL_JPEG,
		     &p))
		call_reply(c, 200, p.type, p.data, p.len);
	else
		vendor_complain(c, TROUBLE_BROKEN, NULL, NULL);
}

void
openai_video_delete(struct call *c)
{
	struct jw *jw;

	c->id = c->match.values[0];
	if (!store_remove(c, c->id)) {
		vendor_complain(c, TROUBLE_NOT_FOUND, NULL, NULL);
		return;
	}
	jw = call_json(c);
	jw_object(jw);
	jw_name(jw, "id");
	jw_text(jw, c->id);
	jw_name(jw, "object");
	jw_text(jw, "video.deleted");
	jw_name(jw, "deleted");
	jw_bool(jw, true);
	jw_end_object(jw);
	call_json_end(c, 200);
}
