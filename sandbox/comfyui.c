/*
 * ComfyUI's queue: what was queued is empty in the history until it has ended.
 */
#include "config.h"

#include "comfyui.h"

#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "base/uuid.h"
#include "call.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "deliver.h"
#include "job.h"
#include "picture_in.h"
#include "steer.h"

#define QUEUED "queued" /* the mark of what has not ended, as far as known */

static void
error_write(struct jw *jw, const struct call *c, const struct complaint *row,
    const char *param, const char *message)
{
	(void)c;
	(void)param;
	jw_object(jw);
	jw_name(jw, "error");
	jw_object(jw);
	jw_name(jw, "type");
	jw_text(jw, row->code);
	jw_name(jw, "message");
	jw_text(jw, message);
	jw_name(jw, "details");
	jw_text(jw, "");
	jw_name(jw, "extra_info");
	jw_json(jw, "{}");
	jw_end_object(jw);
	jw_name(jw, "node_errors");
	jw_json(jw, "{}");
	jw_end_object(jw);
}

/* It has no keys; a proxy before it may have them. */
const struct vendor vendor_comfyui = {
	.name = "comfyui",
	.key_header = "HTTP_AUTHORIZATION",
	.key_scheme = "Bearer ",
	.key_optional = true,
	.write = error_write,
	.complaints = {
	    [TROUBLE_KEY] = { 401, "unauthorized", NULL, "Unauthorized" },
	    [TROUBLE_INVALID] = { 400, "invalid_prompt", NULL,
		"Invalid prompt" },
	    [TROUBLE_REFUSED] = { 400, "content_filter", NULL,
		"Potential NSFW content was detected." },
	    [TROUBLE_MODEL] = { 404, "model_not_found", NULL,
		"No such model." },
	    [TROUBLE_NOT_FOUND] = { 404, "not_found", NULL, "Not found" },
	    [TROUBLE_LIMIT] = { 429, "too_many", NULL, "Too many requests" },
	    [TROUBLE_MONEY] = { 402, "payment_required", NULL,
		"Payment required" },
	    [TROUBLE_BUSY] = { 503, "busy", NULL, "Service unavailable" },
	    [TROUBLE_BROKEN] = { 500, "internal", NULL, "Internal error" },
	},
};

void
comfyui_prompt(struct call *c)
{
	struct job job = { .model = "graph" };
	struct uuid uuid = uuid_new();
	char made[UUID_TEXT];
	struct jw *jw;

	if (!comfyui_graph_read(c, json_at(c->json, "prompt"), &job) ||
	    steer_order(c, job.prompt))
		return;
	job.id = json_text_at(c->json, "prompt_id");
	if (job.id == NULL)
		job.id = uuid_format(&uuid, made);
	(void)store_mark(c, job.id, QUEUED);
	if (!job_begin(c, &job))
		return;
	jw = call_json(c);
	jw_object(jw);
	jw_name(jw, "prompt_id");
	jw_text(jw, job.id);
	jw_name(jw, "number");
	jw_int(jw, store_count(c, "number", c->vendor->name));
	jw_name(jw, "node_errors");
	jw_json(jw, "{}");
	jw_end_object(jw);
	call_json_end(c, 200);
}

/* ---- the history ---- */

static void
write_file(struct jw *jw, const char *name, const char *type)
{
	jw_object(jw);
	jw_name(jw, "filename");
	jw_text(jw, name);
	jw_name(jw, "subfolder");
	jw_text(jw, "");
	jw_name(jw, "type");
	jw_text(jw, type);
	jw_end_object(jw);
}

/* Files are named after their job and their place in it. */
static void
write_outputs(struct call *c, struct jw *jw, const struct job *job, bool done)
{
	jw_name(jw, "outputs");
	jw_object(jw);
	if (done && !words_have(&c->words, WORD_NORESULT)) {
		jw_name(jw, job->extra);
		jw_object(jw);
		jw_name(jw, "images");
		jw_array(jw);
		for (int64_t i = 0; i < job->count; i++)
			write_file(jw,
			    arena_printf(c->cx.arena, "%s_%05" PRId64 "_.%s",
				job->id, i, job->format),
			    "output");
		jw_end_array(jw);
		if (text_is(job->kind, "video")) {
			jw_name(jw, "animated");
			jw_json(jw, "[true]");
		}
		jw_end_object(jw);
	}
	jw_end_object(jw);
}

static void
write_message(struct jw *jw, const char *event, const char *text)
{
	jw_array(jw);
	jw_text(jw, event);
	jw_object(jw);
	if (text != NULL) {
		jw_name(jw, "node_id");
		jw_text(jw, "3");
		jw_name(jw, "node_type");
		jw_text(jw, "KSampler");
		jw_name(jw, "exception_type");
		jw_text(jw, "RuntimeError");
		jw_name(jw, "exception_message");
		jw_text(jw, text);
	}
	jw_end_object(jw);
	jw_end_array(jw);
}

static void
write_status(struct jw *jw, enum phase phase)
{
	static const struct {
		const char *event, *text;
	} ends[] = {
		[PHASE_DONE] = { "execution_success", NULL },
		[PHASE_FAILED] = { "execution_error", "CUDA out of memory." },
		[PHASE_REFUSED] = { "execution_error",
		    "Potential NSFW content was detected." },
		[PHASE_CANCELLED] = { "execution_interrupted", NULL },
	};
	bool done = phase == PHASE_DONE;

	jw_name(jw, "status");
	jw_object(jw);
	jw_name(jw, "status_str");
	jw_text(jw, done ? "success" : "error");
	jw_name(jw, "completed");
	jw_bool(jw, done);
	jw_name(jw, "messages");
	jw_array(jw);
	write_message(jw, ends[phase].event, ends[phase].text);
	jw_end_array(jw);
	jw_end_object(jw);
}

void
comfyui_history(struct call *c)
{
	struct progress progress = { PHASE_QUEUED, 0 };
	struct jw *jw;
	struct job job;

	c->id = c->match.values[0];
	/* What is not known has no history, either. */
	if (store_get(c, c->id, &job) && !job_poll(c, c->id, &job, &progress))
		return;
	jw = call_json(c);
	jw_object(jw);
	if (progress.phase >= PHASE_DONE) {
		jw_name(jw, job.id);
		jw_object(jw);
		write_outputs(c, jw, &job, progress.phase == PHASE_DONE);
		write_status(jw, progress.phase);
		jw_end_object(jw);
	}
	jw_end_object(jw);
	call_json_end(c, 200);
}

/* ---- the queue ---- */

/* Ids that run still; the others lose their mark. */
static void
write_queue(struct call *c, struct jw *jw, const char *const *ids, bool running)
{
	struct progress progress;
	struct job job;

	jw_array(jw);
	for (; *ids != NULL; ids++) {
		if (!store_get(c, *ids, &job) ||
		    !job_find(c, *ids, &job, &progress))
			continue;
		if (progress.phase >= PHASE_DONE) {
			store_unmark(c, *ids, QUEUED);
			continue;
		}
		if ((progress.phase == PHASE_RUNNING) != running)
			continue;
		jw_array(jw);
		jw_int(jw, 0);
		jw_text(jw, job.id);
		jw_json(jw, "{}");
		jw_json(jw, "{}");
		jw_array(jw);
		jw_text(jw, job.extra);
		jw_end_array(jw);
		jw_end_array(jw);
	}
	jw_end_array(jw);
}

void
comfyui_queue(struct call *c)
{
	const char *const *ids = store_ids_marked(c, QUEUED);
	struct jw *jw = call_json(c);

	jw_object(jw);
	jw_name(jw, "queue_running");
	write_queue(c, jw, ids, true);
	jw_name(jw, "queue_pending");
	write_queue(c, jw, ids, false);
	jw_end_object(jw);
	c->id = NULL; /* the last one looked at is not meant */
	call_json_end(c, 200);
}

static void
cancel(struct call *c, const char *id)
{
	struct job job;

	if (id != NULL && store_get(c, id, &job))
		job_cancel(c, &job);
}

void
comfyui_queue_edit(struct call *c)
{
	struct json_object *list = json_at(c->json, "delete");

	for (size_t i = 0; i < json_count(list); i++)
		cancel(c, json_text_of(json_item(list, i)));
	call_reply(c, 200, "text/plain", "", 0);
}

/* One prompt, or with none named all that run. */
void
comfyui_interrupt(struct call *c)
{
	const char *id = json_text_at(c->json, "prompt_id");
	const char *const *ids = store_ids_marked(c, QUEUED);

	if (id != NULL)
		cancel(c, id);
	for (; id == NULL && *ids != NULL; ids++)
		cancel(c, *ids);
	call_reply(c, 200, "text/plain", "", 0);
}

/* ---- files ---- */

/* "ID_00002_.png" -> ID, 2 */
static bool
name_parse(struct call *c, const char *name, const char **id_out, int64_t *i)
{
	const char *end = name == NULL ? NULL : strstr(name, "_.");
	const char *number;
	char digits[6] = "";

	if (end == NULL || end - name < 7)
		return false;
	number = end - 5;
	memcpy(digits, number, 5);
	*id_out = arena_copy(c->cx.arena, name, (size_t)(number - 1 - name));
	return number[-1] == '_' && text_to_int(digits, i);
}

void
comfyui_view(struct call *c)
{
	struct progress progress;
	const char *id;
	struct job job;
	int64_t i;

	if (!name_parse(c, call_query(c, "filename"), &id, &i)) {
		vendor_complain(c, TROUBLE_NOT_FOUND, NULL, NULL);
		return;
	}
	if (!job_find(c, id, &job, &progress))
		return;
	if (i < job.count && progress.phase == PHASE_DONE)
		deliver_result(c, &job, i);
	else
		vendor_complain(c, TROUBLE_NOT_FOUND, NULL, NULL);
}

void
comfyui_upload(struct call *c)
{
	const struct form_part *part = form_find(&c->form, "image");
	struct picture_in in;
	struct jw *jw;

	if (!picture_in_part(c, part, &in) || text_empty(part->file_name)) {
		vendor_complain(c, TROUBLE_INVALID, NULL, "No image");
		return;
	}
	(void)store_mark(
	    c, comfyui_upload_id(c, part->file_name), COMFYUI_UPLOADED);
	jw = call_json(c);
	jw_object(jw);
	jw_name(jw, "name");
	jw_text(jw, part->file_name);
	jw_name(jw, "subfolder");
	jw_text(jw, "");
	jw_name(jw, "type");
	jw_text(jw, "input");
	jw_end_object(jw);
	call_json_end(c, 200);
}

/* What a site asks to see whether the server is there, and its checkpoints. */
void
comfyui_object_info(struct call *c)
{
	static const char text[] =
	    "{\"CheckpointLoaderSimple\":{\"input\":{\"required\":"
	    "{\"ckpt_name\":[[\"sd_xl_base_1.0.safetensors\"]]}}}}";

	call_reply(c, 200, "application/json", text, strlen(text));
}
