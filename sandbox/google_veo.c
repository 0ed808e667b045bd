/*
 * Veo: long-running predictions.
 */
#include "config.h"

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

/* What generations of the model take. */
static const struct generation {
	const char *prefix;
	const char *seconds; /* allowed, a digit each */
	const char *longest; /* that 1080p and 4k want; NULL: no resolutions */
} generations[] = {
	{ "veo-2.", "5678", NULL },
	{ "veo-3.0-", "468", "8" },
	{ "veo-3.1-", "468", "8" },
};

static bool
wrong(struct call *c, const char *message)
{
	vendor_complain(c, TROUBLE_INVALID, NULL, message);
	return false;
}

static const struct generation *
generation_find(struct call *c, const char *model)
{
	for (size_t i = 0; i < COUNT(generations); i++)
		if (text_starts(model, generations[i].prefix))
			return &generations[i];
	vendor_complain(c, TROUBLE_MODEL, NULL,
	    arena_printf(c->cx.arena,
		"models/%s is not found for API version v1beta, or is not "
		"supported for predictLongRunning.",
		model));
	return NULL;
}

/* Flat {bytesBase64Encoded, mimeType}; another form is refused. */
static bool
image_check(struct call *c, struct json_object *instance, const char *name)
{
	struct json_object *image = json_at(instance, name);
	struct picture_in in;

	if (image == NULL)
		return true;
	if (json_at(image, "inlineData") != NULL)
		return wrong(c, "`inlineData` isn't supported by this model.");
	if (json_text_at(image, "mimeType") == NULL ||
	    !picture_in_text(c, json_text_at(image, "bytesBase64Encoded"), &in))
		return wrong(c, "Unable to process input image.");
	return true;
}

/* The text of a member that may be missing; false when it is no text. */
static bool
text_read(struct json_object *object, const char *name, const char **out)
{
	*out = json_text_at(object, name);
	return *out != NULL || json_at(object, name) == NULL;
}

static bool
seconds_read(struct call *c, const struct generation *g,
    struct json_object *parameters, const char *resolution, struct job *job)
{
	struct json_object *given = json_at(parameters, "durationSeconds");
	int64_t seconds = given == NULL ? 8 : json_int_of(given);
	bool large = resolution != NULL && strcmp(resolution, "720p") != 0;

	if (json_text_of(given) != NULL || seconds == INT_NONE)
		return wrong(c, "The value type for `durationSeconds` needs to "
				"be a number.");
	if (seconds < 1 || seconds > 9 ||
	    strchr(g->seconds, (int)('0' + seconds)) == NULL)
		return wrong(c, "The number value for `durationSeconds` is out "
				"of bound.");
	if (large && g->longest != NULL && seconds != g->longest[0] - '0')
		return wrong(c, "The number value for `durationSeconds` must "
				"be 8 for this resolution.");
	job->duration_ms = seconds * 1000;
	return true;
}

static bool
parameters_read(struct call *c, const struct generation *g, struct job *job)
{
	static const char *const refused[] = { "seed", "fps", "generateAudio" };
	struct json_object *parameters = json_at(c->json, "parameters");
	const char *ratio, *resolution;

	for (size_t i = 0; i < COUNT(refused); i++)
		if (json_at(parameters, refused[i]) != NULL)
			return wrong(
			    c, arena_printf(c->cx.arena,
				   "`%s` isn't supported by this model.",
				   refused[i]));
	if (!text_read(parameters, "aspectRatio", &ratio) ||
	    !text_read(parameters, "resolution", &resolution) ||
	    (resolution != NULL && g->longest == NULL) ||
	    !google_film_size(job, ratio, resolution))
		return wrong(c, "The aspect ratio or the resolution isn't "
				"supported by this model.");
	return seconds_read(c, g, parameters, resolution, job);
}

void
google_veo_start(struct call *c)
{
	const char *model = c->match.values[0];
	const struct generation *g = generation_find(c, model);
	struct json_object *instance = json_find(c->json, "instances.0");
	struct job job = { .kind = "video", .format = "mp4", .fps = FPS };
	struct jw *jw;

	if (g == NULL)
		return;
	job.prompt = json_text_at(instance, "prompt");
	if (json_count(json_at(c->json, "instances")) != 1 ||
	    text_empty(job.prompt)) {
		(void)wrong(c, "One instance with a prompt is required.");
		return;
	}
	if (!image_check(c, instance, "image") ||
	    !image_check(c, instance, "lastFrame") ||
	    !parameters_read(c, g, &job) || steer_order(c, job.prompt))
		return;
	job.id = google_film_id(c, "");
	job.model = model;
	if (!job_begin(c, &job))
		return;
	jw = call_json(c);
	jw_object(jw);
	jw_name(jw, "name");
	jw_text(jw, arena_printf(
			c->cx.arena, "models/%s/operations/%s", model, job.id));
	jw_end_object(jw);
	call_json_end(c, 200);
}

/* ---- operations ---- */

static void
write_samples(struct call *c, struct jw *jw, const struct job *job)
{
	jw_name(jw, "generatedSamples");
	jw_array(jw);
	if (!words_have(&c->words, WORD_NORESULT)) {
		jw_object(jw);
		jw_name(jw, "video");
		jw_object(jw);
		jw_name(jw, "uri");
		jw_text(jw, google_film_uri(c, job));
		jw_end_object(jw);
		jw_end_object(jw);
	}
	jw_end_array(jw);
}

/* Filtered films are a success without samples. */
static void
write_response(
    struct call *c, struct jw *jw, const struct job *job, bool refused)
{
	jw_name(jw, "response");
	jw_object(jw);
	jw_name(jw, "@type");
	jw_text(jw, "type.googleapis.com/"
		    "google.ai.generativelanguage.v1beta."
		    "PredictLongRunningResponse");
	jw_name(jw, "generateVideoResponse");
	jw_object(jw);
	if (refused) {
		jw_name(jw, "raiMediaFilteredCount");
		jw_int(jw, 1);
		jw_name(jw, "raiMediaFilteredReasons");
		jw_json(jw, "[\"The video was held back by a safety "
			    "filter.\"]");
	} else {
		write_samples(c, jw, job);
	}
	jw_end_object(jw);
	jw_end_object(jw);
}

static void
write_error(struct jw *jw, int64_t code, const char *message)
{
	jw_name(jw, "error");
	jw_object(jw);
	jw_name(jw, "code");
	jw_int(jw, code);
	jw_name(jw, "message");
	jw_text(jw, message);
	jw_end_object(jw);
}

void
google_veo_get(struct call *c)
{
	struct progress progress;
	struct job job;
	struct jw *jw;

	if (!job_poll(c, c->match.values[1], &job, &progress))
		return;
	jw = call_json(c);
	jw_object(jw);
	jw_name(jw, "name");
	jw_text(jw, arena_printf(c->cx.arena, "models/%s/operations/%s",
			job.model, job.id));
	if (progress.phase >= PHASE_DONE) {
		jw_name(jw, "done");
		jw_bool(jw, true);
	}
	if (progress.phase == PHASE_DONE || progress.phase == PHASE_REFUSED)
		write_response(c, jw, &job, progress.phase == PHASE_REFUSED);
	if (progress.phase == PHASE_FAILED)
		write_error(jw, 13, "Video generation failed.");
	if (progress.phase == PHASE_CANCELLED)
		write_error(jw, 1, "The operation was cancelled.");
	jw_end_object(jw);
	call_json_end(c, 200);
}
