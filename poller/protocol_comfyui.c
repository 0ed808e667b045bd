/*
 * protocol_comfyui - ComfyUI: a graph of nodes is queued, its outputs fetched.
 *
 * server.py and execution.py of its source.  config.workflow is the graph in
 * its API form, config.inputs says which input of which node takes what
 * (contract 12); "imageWorkflow" and "imageInputs" stand in for them when there
 * is a picture to start from.  The prompt_id is ours, so a submission whose
 * answer was lost can be looked up.
 */
#include "protocol_ask.h"
#include "protocol_judge.h"
#include "protocol_plan.h"
#include "protocols.h"

#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/encode.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "vendor/link.h"
#include "vendor/wording.h"

#define POLL_MS 2000
#define SIZE_GRID 8
#define PROMPT_MAX 10000

/* A member of the config that has a variant for jobs with a picture. */
static struct json_object *
graph_config(const struct job *job, const char *usual, const char *with_picture)
{
	struct json_object *value = NULL;

	if (job->picture != NULL)
		value = ask_config(job, with_picture);
	return value != NULL ? value : ask_config(job, usual);
}

static struct json_object *
workflow_of(const struct job *job)
{
	return graph_config(job, "workflow", "imageWorkflow");
}

/* Where a field goes: [node, input]; NULL when the graph has no place. */
static struct json_object *
place_of(const struct job *job, const char *field)
{
	struct json_object *place =
	    json_at(graph_config(job, "inputs", "imageInputs"), field);

	return json_count(place) == 2 ? place : NULL;
}

static enum err
comfyui_plan(struct ctx *cx, const struct job *job, struct plan *plan)
{
	bool negative = place_of(job, "negativePrompt") != NULL;

	if (!json_is_object(workflow_of(job)) ||
	    place_of(job, "prompt") == NULL)
		return fault(cx, ERR_PROVIDER_MISCONFIGURED, NULL,
		    "config needs a workflow, and inputs with a prompt");
	if (job->picture != NULL && place_of(job, "image") == NULL)
		return fault(cx, ERR_PROVIDER_REJECTED, NULL,
		    "the workflow does not start from a picture");
	plan_begin(job, plan);
	plan_size_free(cx, job, SIZE_GRID, plan);
	plan_fit(job, plan);
	/* The same graph twice is not run twice: there is always a seed. */
	plan_seed(job, plan);
	if (plan->seed == INT_NONE)
		plan->seed = plan_any_seed(job);
	if (job->picture != NULL && place_of(job, "strength") != NULL)
		plan->strength = job->strength;
	if (job->film) {
		plan->seconds = job->duration;
		plan->fps = job->fps;
	}
	plan->prompt = wording_join(cx->arena, job->prompt, job->style,
	    negative ? NULL : job->negative_prompt, PROMPT_MAX, WORDING_POINTS);
	plan->negative = negative ? job->negative_prompt : NULL;
	return ERR_OK;
}

/* The id of a part's submission: the task's, its end shifted by the part. */
static const char *
prompt_id(struct ctx *cx, const struct job *job)
{
	struct uuid id = job->task;

	id.b[sizeof(id.b) - 1] ^= (uint8_t)job->part;
	return uuid_format(&id, arena_alloc(cx->arena, UUID_TEXT));
}

static enum err
comfyui_prepare(
    struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	struct multipart form;
	struct picture picture;

	if (job->picture == NULL)
		return ERR_OK;
	picture = *job->picture;
	ask_bearer(cx, job, NULL, "POST", "/upload/image", out);
	multipart_init(&form);
	multipart_file(&form, "image",
	    arena_printf(cx->arena, "%s%s", prompt_id(cx, job),
		picture_ending(&picture)),
	    picture.mime, picture.data, picture.len);
	multipart_text(&form, "overwrite", "true");
	ask_form_send(cx, &form, out);
	return ERR_OK;
}

static void
upload_read(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct json_object *doc,
    struct verdict *out)
{
	const char *name = json_text_at(doc, "name");
	const char *folder = json_text_at(doc, "subfolder");

	(void)job;
	(void)reply;
	if (text_empty(name))
		return;
	out->kind = VERDICT_READY;
	out->detail = text_empty(folder)
			  ? arena_strdup(cx->arena, name)
			  : arena_printf(cx->arena, "%s/%s", folder, name);
}

static void
comfyui_prepared(struct ctx *cx, struct job *job,
    const struct fetch_reply *reply, struct verdict *out)
{
	judge_submission(cx, job, reply, INT_NONE, upload_read, out);
	if (out->kind == VERDICT_READY)
		job->picture_ref = out->detail;
}

/* Only fields that have a place in the graph are set. */
static void
inputs_set(const struct job *job, struct json_object *graph)
{
	struct plan_field fields[PLAN_FIELDS];

	plan_fields(job, fields);
	for (size_t i = 0; i < COUNT(fields); i++) {
		struct json_object *place = place_of(job, fields[i].name);
		const char *node = json_text_of(json_item(place, 0));
		const char *input = json_text_of(json_item(place, 1));

		if (node != NULL && input != NULL)
			plan_field_set(&fields[i],
			    json_at(json_at(graph, node), "inputs"), input);
	}
}

static enum err
comfyui_submit(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	/* The configuration is everybody's; a copy is filled in. */
	const char *text = json_print(cx->arena, workflow_of(job));
	struct json_object *graph = json_parse_loose(text, strlen(text));
	struct ask_json body;

	inputs_set(job, graph);
	ask_bearer(cx, job, NULL, "POST", "/prompt", out);
	ask_json_begin(&body);
	jw_name(&body.jw, "prompt");
	jw_json(&body.jw, json_print(cx->arena, graph));
	ask_text(&body.jw, "prompt_id", prompt_id(cx, job));
	ask_text(&body.jw, "client_id", "gesso");
	ask_json_send(cx, &body, out);
	json_free(graph);
	return ERR_OK;
}

static void
queued_read(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct json_object *doc,
    struct verdict *out)
{
	const char *id = judge_id(cx, json_text_at(doc, "prompt_id"));

	(void)reply;
	if (id != NULL)
		judge_running(job, id, 0, ask_poll_ms(job, POLL_MS), out);
}

static void
comfyui_submitted(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct verdict *out)
{
	judge_submission(cx, job, reply, INT_NONE, queued_read, out);
}

static enum err
history_ask(struct ctx *cx, const struct job *job, const char *id,
    struct fetch_request *out)
{
	ask_bearer(cx, job, NULL, "GET",
	    arena_printf(
		cx->arena, "/history/%s", percent_encode(cx->arena, id)),
	    out);
	return ERR_OK;
}

static enum err
comfyui_poll(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	return history_ask(cx, job, job->remote_id, out);
}

static void
file_add(struct ctx *cx, const struct job *job, const struct fetch_reply *reply,
    struct json_object *file, struct verdict *out)
{
	const char *name = json_text_at(file, "filename");
	const char *folder = json_text_at(file, "subfolder");
	const char *type = json_text_at(file, "type");

	/* "temp" is what a preview node shows. */
	if (text_empty(name) || text_is(type, "temp"))
		return;
	judge_add_link(cx, reply,
	    arena_printf(cx->arena, "%s/view?filename=%s&subfolder=%s&type=%s",
		link_base(cx->arena, job->url, NULL),
		percent_encode(cx->arena, name),
		percent_encode(cx->arena, folder == NULL ? "" : folder),
		percent_encode(cx->arena, type == NULL ? "output" : type)),
	    true, out);
}

/* Pictures are in "images"; nodes for films use any of the three. */
static void
node_read(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct json_object *node,
    struct verdict *out)
{
	static const char *const lists[] = { "videos", "gifs", "images" };

	for (size_t i = job->film ? 0 : COUNT(lists) - 1; i < COUNT(lists);
	     i++) {
		struct json_object *list = json_at(node, lists[i]);

		for (size_t k = 0; k < json_count(list); k++)
			file_add(cx, job, reply, json_item(list, k), out);
	}
}

/* What went wrong, from among the messages of the run. */
static const char *
exception_of(struct json_object *run)
{
	struct json_object *messages = json_find(run, "status.messages");
	const char *said;

	for (size_t i = 0; i < json_count(messages); i++) {
		said = json_find_text(
		    json_item(messages, i), "1.exception_message");
		if (said != NULL)
			return said;
	}
	return "the run failed";
}

static void
history_read(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct json_object *doc,
    struct verdict *out)
{
	struct json_object *run = json_at(doc, job->remote_id), *node;
	void *cursor = NULL;
	const char *name;

	if (run == NULL) {
		judge_running(
		    job, NULL, INT_NONE, ask_poll_ms(job, POLL_MS), out);
		return;
	}
	if (text_is(json_find_text(run, "status.status_str"), "error")) {
		judge_failed(cx, job,
		    &(struct vendor_error){
			"", "", "", exception_of(run), INT_NONE },
		    out);
		return;
	}
	while (json_next(json_at(run, "outputs"), &cursor, &name, &node))
		node_read(cx, job, reply, node, out);
}

static void
comfyui_polled(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct verdict *out)
{
	judge_poll(cx, job, reply, history_read, out);
}

/* Out of the queue; what runs already is left to run. */
static enum err
comfyui_cancel(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	struct ask_json body;

	ask_bearer(cx, job, NULL, "POST", "/queue", out);
	ask_json_begin(&body);
	jw_name(&body.jw, "delete");
	jw_array(&body.jw);
	jw_text(&body.jw, job->remote_id);
	jw_end_array(&body.jw);
	ask_json_send(cx, &body, out);
	return ERR_OK;
}

/* First the queue, then what was run: it moves in that order. */
static enum err
comfyui_lookup(struct ctx *cx, const struct job *job, struct fetch_request *out)
{
	if (job->lookups > 0)
		return history_ask(cx, job, prompt_id(cx, job), out);
	ask_bearer(cx, job, NULL, "GET", "/queue", out);
	return ERR_OK;
}

/* Does a list of [number, id, ...] hold the id? */
static bool
queue_has(struct json_object *queue, const char *id)
{
	for (size_t i = 0; i < json_count(queue); i++)
		if (text_is(json_find_text(json_item(queue, i), "1"), id))
			return true;
	return false;
}

static void
lookup_read(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct json_object *doc,
    struct verdict *out)
{
	const char *id = prompt_id(cx, job);
	bool last = job->lookups > 0;
	bool there = last ? json_at(doc, id) != NULL
			  : queue_has(json_at(doc, "queue_running"), id) ||
				queue_has(json_at(doc, "queue_pending"), id);

	(void)reply;
	judge_running(job, there ? id : NULL, INT_NONE, INT_NONE, out);
	if (!there && last)
		out->kind = VERDICT_NOT_ACCEPTED;
}

static void
comfyui_looked_up(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, struct verdict *out)
{
	judge_poll(cx, job, reply, lookup_read, out);
}

const struct protocol protocol_comfyui = {
	.name = "comfyui",
	.key_header = ASK_BEARER,
	.films = true,
	.pictures = true,
	.batch = 1,
	.poll_ms = POLL_MS,
	.plan = comfyui_plan,
	.prepare = comfyui_prepare,
	.prepared = comfyui_prepared,
	.submit = comfyui_submit,
	.submitted = comfyui_submitted,
	.poll = comfyui_poll,
	.polled = comfyui_polled,
	.cancel = comfyui_cancel,
	.lookup = comfyui_lookup,
	.looked_up = comfyui_looked_up,
};
