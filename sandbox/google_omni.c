/*
 * Omni: interactions.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "call.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "google.h"
#include "google_film.h"
#include "job.h"
#include "picture_in.h"
#include "steer.h"

#define FPS 24

static bool
wrong(struct call *c, const char *message)
{
	vendor_complain(c, TROUBLE_INVALID, NULL, message);
	return false;
}

/* A text, or a list of texts and pictures. */
static bool
input_read(struct call *c, struct job *job)
{
	struct json_object *input = json_at(c->json, "input");
	struct picture_in in;

	job->prompt = json_text_of(input);
	for (size_t i = 0; i < json_count(input); i++) {
		struct json_object *item = json_item(input, i);
		const char *type = json_text_at(item, "type");

		if (text_is(type, "text"))
			job->prompt = json_text_at(item, "text");
		else if (!text_is(type, "image") ||
			 json_text_at(item, "mime_type") == NULL ||
			 !picture_in_text(c, json_text_at(item, "data"), &in))
			return wrong(c, "Unable to process the input.");
	}
	return !text_empty(job->prompt) || wrong(c, "The input is empty.");
}

/* "8s", 3 to 10. */
static bool
duration_read(struct call *c, const char *text, struct job *job)
{
	char *end;
	double seconds = text == NULL ? 8 : strtod(text, &end);

	if (text != NULL && strcmp(end, "s") != 0)
		return wrong(c, "Illegal duration format.");
	if (!(seconds >= 3 && seconds <= 10))
		return wrong(c, "The duration must be 3 to 10 seconds.");
	job->duration_ms = lround(seconds * 1000);
	return true;
}

static bool
format_read(struct call *c, struct job *job)
{
	struct json_object *format = json_at(c->json, "response_format");

	if (!text_is(json_text_at(format, "type"), "video"))
		return wrong(c, "response_format.type must be video.");
	if (!google_film_size(job, json_text_at(format, "aspect_ratio"),
		json_text_at(format, "resolution")))
		return wrong(c, "Unknown aspect_ratio or resolution.");
	return duration_read(c, json_text_at(format, "duration"), job);
}

static void
write_content(
    struct call *c, struct jw *jw, const struct job *job, enum phase phase)
{
	jw_name(jw, "steps");
	jw_array(jw);
	jw_object(jw);
	jw_name(jw, "type");
	jw_text(jw, "model_output");
	jw_name(jw, "content");
	jw_array(jw);
	if (phase == PHASE_REFUSED) {
		jw_json(jw, "{\"type\":\"text\",\"text\":"
			    "\"I can't make that video.\"}");
	} else if (!words_have(&c->words, WORD_NORESULT)) {
		jw_object(jw);
		jw_name(jw, "type");
		jw_text(jw, "video");
		jw_name(jw, "mime_type");
		jw_text(jw, "video/mp4");
		jw_name(jw, "uri");
		jw_text(jw, google_film_uri(c, job));
		jw_end_object(jw);
	}
	jw_end_array(jw);
	jw_end_object(jw);
	jw_end_array(jw);
}

static void
interaction_answer(struct call *c, const struct job *job, enum phase phase)
{
	static const char *const names[] = {
		[PHASE_QUEUED] = "queued",
		[PHASE_THROTTLED] = "queued",
		[PHASE_RUNNING] = "in_progress",
		[PHASE_DONE] = "completed",
		[PHASE_FAILED] = "failed",
		[PHASE_REFUSED] = "completed",
		[PHASE_CANCELLED] = "cancelled",
	};
	struct jw *jw = call_json(c);

	jw_object(jw);
	jw_name(jw, "id");
	jw_text(jw, job->id);
	jw_name(jw, "status");
	jw_text(jw, names[phase]);
	jw_name(jw, "model");
	jw_text(jw, job->model);
	if (phase == PHASE_DONE || phase == PHASE_REFUSED)
		write_content(c, jw, job, phase);
	if (phase == PHASE_FAILED) {
		jw_name(jw, "errors");
		jw_json(jw, "[{\"code\":\"internal\",\"message\":"
			    "\"Internal error.\"}]");
	}
	jw_end_object(jw);
	call_json_end(c, 200);
}

void
google_interaction_start(struct call *c)
{
	struct job job = { .kind = "video", .format = "mp4", .fps = FPS };

	job.model = json_text_at(c->json, "model");
	if (job.model == NULL || !text_starts(job.model, "gemini-omni-")) {
		vendor_complain(c, TROUBLE_MODEL, NULL, NULL);
		return;
	}
	if (!input_read(c, &job) || !format_read(c, &job) ||
	    steer_order(c, job.prompt))
		return;
	job.id = google_film_id(c, "v1_");
	if (!job_begin(c, &job))
		return;
	/* In the foreground the call is the whole job. */
	if (json_is_true(json_at(c->json, "background")))
		interaction_answer(c, &job, PHASE_QUEUED);
	else if (call_wait(c, job.work_ms))
		interaction_answer(c, &job, PHASE_DONE);
}

/* An id that is not known is a bad name here, not a missing thing. */
static bool
interaction_find(struct call *c, struct job *job, struct progress *progress)
{
	if (store_get(c, c->match.values[0], job))
		return job_poll(c, job->id, job, progress);
	return wrong(c, "Invalid interaction name.");
}

void
google_interaction_get(struct call *c)
{
	struct progress progress;
	struct job job;

	if (interaction_find(c, &job, &progress))
		interaction_answer(c, &job, progress.phase);
}

void
google_interaction_cancel(struct call *c)
{
	struct progress progress;
	struct job job;

	if (!interaction_find(c, &job, &progress))
		return;
	if (progress.phase < PHASE_DONE) {
		job_cancel(c, &job);
		progress.phase = PHASE_CANCELLED;
	}
	interaction_answer(c, &job, progress.phase);
}
