/*
 * Reads ComfyUI's graphs: {"id": {"class_type", "inputs"}}, where an input is a
 * value or a link ["id", output].
 */
#include "config.h"

#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "call.h"
#include "comfyui.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "paint.h"
#include "store.h"

#define DEPTH_MAX 16
#define FPS 24
#define COUNT_MAX 8

/* {"error": {...}, "node_errors": {...}} */
static bool
graph_refuse(struct call *c, const char *type, const char *node,
    const char *class, const char *details)
{
	struct jw *jw = call_json(c);

	jw_object(jw);
	jw_name(jw, "error");
	jw_object(jw);
	jw_name(jw, "type");
	jw_text(jw, type);
	jw_name(jw, "message");
	jw_text(
	    jw, node == NULL ? details : "Prompt outputs failed validation");
	jw_name(jw, "details");
	jw_text(jw, "");
	jw_name(jw, "extra_info");
	jw_json(jw, "{}");
	jw_end_object(jw);
	jw_name(jw, "node_errors");
	jw_object(jw);
	if (node != NULL) {
		jw_name(jw, node);
		jw_object(jw);
		jw_name(jw, "errors");
		jw_array(jw);
		jw_object(jw);
		jw_name(jw, "type");
		jw_text(jw, "custom_validation_failed");
		jw_name(jw, "message");
		jw_text(jw, "Custom validation failed for node");
		jw_name(jw, "details");
		jw_text(jw, details);
		jw_end_object(jw);
		jw_end_array(jw);
		jw_name(jw, "class_type");
		jw_text(jw, class);
		jw_end_object(jw);
	}
	jw_end_object(jw);
	jw_end_object(jw);
	call_json_end(c, 400);
	return false;
}

/* The node that an input links to; NULL when it is no link. */
static struct json_object *
linked(struct json_object *graph, struct json_object *input)
{
	const char *id = json_text_of(json_item(input, 0));

	return json_count(input) == 2 && id != NULL ? json_at(graph, id) : NULL;
}

static struct json_object *
input_of(struct json_object *node, const char *name)
{
	return json_at(json_at(node, "inputs"), name);
}

/* Follows links from a conditioning to the text that was encoded. */
static const char *
text_behind(struct json_object *graph, struct json_object *node, unsigned depth)
{
	static const char *const ways[] = { "text", "conditioning",
		"conditioning_1", "positive", "value", "string" };

	for (size_t i = 0; i < COUNT(ways) && depth < DEPTH_MAX; i++) {
		struct json_object *input = input_of(node, ways[i]);
		const char *text = json_text_of(input);

		if (text == NULL && linked(graph, input) != NULL)
			text =
			    text_behind(graph, linked(graph, input), depth + 1);
		if (text != NULL)
			return text;
	}
	return NULL;
}

static bool
class_is(const char *class, const char *const *words)
{
	for (; *words != NULL; words++)
		if (text_starts(class, *words))
			return true;
	return false;
}

/* What a node tells of the job. */
static void
node_read(struct json_object *graph, const char *id, struct json_object *node,
    struct job *job)
{
	static const char *const savers[] = { "SaveImage", "PreviewImage",
		"SaveVideo", "VHS_VideoCombine", NULL };
	const char *class = json_text_at(node, "class_type");
	struct json_object *inputs = json_at(node, "inputs");
	struct json_object *positive =
	    linked(graph, json_at(inputs, "positive"));
	const char *text =
	    positive == NULL ? NULL : text_behind(graph, positive, 0);
	int64_t seed = json_int_at(inputs, "seed");

	if (text != NULL)
		job->prompt = text;
	else if (job->prompt == NULL && text_starts(class, "CLIPTextEncode"))
		job->prompt = json_text_at(inputs, "text");
	if (seed == INT_NONE)
		seed = json_int_at(inputs, "noise_seed");
	if (seed != INT_NONE)
		job->seed = seed;
	if (strstr(class, "Latent") != NULL &&
	    json_int_at(inputs, "width") != INT_NONE) {
		job->width = json_int_at(inputs, "width");
		job->height = json_int_at(inputs, "height");
		if (json_int_at(inputs, "batch_size") != INT_NONE)
			job->count = json_int_at(inputs, "batch_size");
		if (json_int_at(inputs, "length") != INT_NONE)
			job->duration_ms = json_int_at(inputs, "length");
	}
	if (json_int_at(inputs, "fps") != INT_NONE)
		job->fps = json_int_at(inputs, "fps");
	if (class_is(class, savers)) {
		job->extra = id;
		job->kind = strstr(class, "Video") != NULL ? "video" : "image";
	}
}

/* Each link leads to a node, each picture was uploaded. */
static bool
node_check(struct call *c, struct json_object *graph, const char *id,
    struct json_object *node)
{
	const char *class = json_text_at(node, "class_type");
	struct json_object *inputs = json_at(node, "inputs");
	struct json_object *input;
	void *cursor = NULL;
	const char *name;

	if (class == NULL || !json_is_object(inputs))
		return graph_refuse(c, "missing_node_type", NULL, NULL,
		    "Cannot execute because a node is missing the class_type "
		    "property.");
	while (json_next(inputs, &cursor, &name, &input)) {
		if (json_is_array(input) && linked(graph, input) == NULL)
			return graph_refuse(c,
			    "prompt_outputs_failed_validation", id, class,
			    name);
	}
	name = json_text_at(inputs, "image");
	if (text_is(class, "LoadImage") &&
	    (name == NULL ||
		!store_marked(c, comfyui_upload_id(c, name), COMFYUI_UPLOADED)))
		return graph_refuse(c, "prompt_outputs_failed_validation", id,
		    class, "image - Invalid image file");
	return true;
}

static bool
job_check(struct call *c, struct job *job)
{
	if (job->extra == NULL)
		return graph_refuse(c, "prompt_no_outputs", NULL, NULL,
		    "Prompt has no outputs");
	if (job->prompt == NULL)
		job->prompt = "";
	if (job->width < 16 || job->width > PICTURE_SIDE_MAX ||
	    job->height < 16 || job->height > PICTURE_SIDE_MAX ||
	    job->count < 1 || job->count > COUNT_MAX || job->fps < 1 ||
	    job->fps > 120)
		return graph_refuse(c, "prompt_outputs_failed_validation",
		    job->extra, "EmptyLatentImage",
		    "Value bigger than max or smaller than min");
	job->format = text_is(job->kind, "video") ? "mp4" : "png";
	/* Until here it was a number of frames. */
	job->duration_ms = job->duration_ms * 1000 / job->fps;
	return true;
}

bool
comfyui_graph_read(struct call *c, struct json_object *graph, struct job *job)
{
	struct json_object *node;
	void *cursor = NULL;
	const char *id;

	if (!json_is_object(graph))
		return graph_refuse(
		    c, "no_prompt", NULL, NULL, "No prompt provided");
	job->width = job->height = 512;
	job->count = 1;
	job->fps = FPS;
	job->duration_ms = FPS;
	while (json_next(graph, &cursor, &id, &node)) {
		if (!node_check(c, graph, id, node))
			return false;
		node_read(graph, id, node, job);
	}
	return job_check(c, job);
}

const char *
comfyui_upload_id(struct call *c, const char *name)
{
	return sha256_hex(c->cx.arena, name, strlen(name));
}
