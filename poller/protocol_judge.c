#include "protocol_judge.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/encode.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "protocol_ask.h"
#include "vendor/link.h"
#include "vendor/redact.h"

/* What ids are made of; Google's are paths. */
static const char ID_CHARS[] = "abcdefghijklmnopqrstuvwxyz"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/=+";
#define REMOTE_ID_MAX 300

/* Between looks that failed. */
#define POLL_AGAIN_MS 15000

/* Whom each kind of refusal speaks against. */
static const enum verdict_blame blames[REFUSAL__MAX] = {
	[REFUSAL_REQUEST] = BLAME_NONE,
	[REFUSAL_CONTENT] = BLAME_NONE,
	[REFUSAL_INPUT] = BLAME_NONE,
	[REFUSAL_MONEY] = BLAME_MONEY,
	[REFUSAL_SETUP] = BLAME_SETUP,
	[REFUSAL_MODEL] = BLAME_MODEL,
	[REFUSAL_BUSY] = BLAME_BUSY,
	[REFUSAL_BROKEN] = BLAME_BUSY,
};

void
judge_begin(struct verdict *out)
{
	*out = (struct verdict){ .kind = VERDICT_REFUSED,
		.reason = ERR_RESULT_INVALID,
		.progress = INT_NONE,
		.wait_ms = INT_NONE,
		.detail = "" };
}

void
judge_refuse(struct ctx *cx, const struct job *job, enum refusal kind,
    const char *said, struct verdict *out)
{
	judge_begin(out);
	out->reason = refusal_reason(kind);
	out->blame = blames[kind];
	out->detail = redact(cx->arena, said, strlen(said), job->key);
}

const char *
judge_id(struct ctx *cx, const char *given)
{
	if (text_empty(given) || strlen(given) > REMOTE_ID_MAX ||
	    strspn(given, ID_CHARS) != strlen(given) ||
	    strstr(given, "..") != NULL)
		return NULL;
	return arena_strdup(cx->arena, given);
}

void
judge_failed(struct ctx *cx, const struct job *job,
    const struct vendor_error *error, struct verdict *out)
{
	judge_refuse(cx, job, refusal_of(0, error),
	    arena_printf(cx->arena, "%s %s", error->code, error->message), out);
}

void
judge_running(const struct job *job, const char *remote_id, int64_t progress,
    int64_t wait_ms, struct verdict *out)
{
	judge_begin(out);
	out->kind = VERDICT_RUNNING;
	out->reason = ERR_OK;
	out->remote_id = remote_id != NULL ? remote_id : job->remote_id;
	out->progress = progress;
	out->wait_ms = wait_ms;
}

int64_t
judge_percent(double part)
{
	return part >= 0 && part <= 1 ? (int64_t)(part * 100) : INT_NONE;
}

bool
judge_type_is(const struct fetch_reply *reply, const char *type)
{
	size_t len = strcspn(reply->content_type, "; \t");

	return len == strlen(type) &&
	       strncasecmp(reply->content_type, type, len) == 0;
}

/* What the vendor said, as one line for the log. */
static const char *
said_of(struct ctx *cx, const struct job *job, int status,
    const struct vendor_error *error)
{
	const char *said = arena_printf(cx->arena, "%d %s%s%s", status,
	    error->code, *error->code == '\0' ? "" : ": ", error->message);

	return redact(cx->arena, said, strlen(said), job->key);
}

static bool
is_success(const struct fetch_reply *reply)
{
	return reply->status >= 200 && reply->status < 300;
}

/* A document that came with a success to its reader; false: there is none. */
static bool
document_read(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, judge_read_fn read, struct verdict *out)
{
	struct json_object *doc = json_parse_loose(reply->body, reply->len);

	judge_begin(out);
	out->detail = "the answer is no JSON";
	if (doc != NULL) {
		out->detail = "the answer lacks what it should have";
		read(cx, job, reply, doc, out);
	}
	json_free(doc);
	return doc != NULL;
}

void
judge_submission(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, int64_t busy_ms, judge_read_fn read,
    struct verdict *out)
{
	struct vendor_error error;
	enum refusal kind;

	if (is_success(reply)) {
		(void)document_read(cx, job, reply, read, out);
		return;
	}
	error_read(cx->arena, reply->body, reply->len, &error);
	kind = refusal_of(reply->status, &error);
	judge_refuse(
	    cx, job, kind, said_of(cx, job, reply->status, &error), out);
	if (kind != REFUSAL_BUSY)
		return;
	out->kind = VERDICT_NOT_ACCEPTED;
	out->wait_ms = reply->retry_after_ms != INT_NONE ? reply->retry_after_ms
		       : error.retry_ms != INT_NONE      ? error.retry_ms
		       : reply->status == 429 ? ask_busy_ms(job, busy_ms)
					      : INT_NONE;
}

void
judge_poll(struct ctx *cx, const struct job *job,
    const struct fetch_reply *reply, judge_read_fn read, struct verdict *out)
{
	struct vendor_error error;

	if (is_success(reply) && document_read(cx, job, reply, read, out))
		return;
	error_read(cx->arena, reply->body, reply->len, &error);
	if (reply->status == 404 || reply->status == 410) {
		judge_refuse(cx, job, REFUSAL_REQUEST,
		    said_of(cx, job, reply->status, &error), out);
		return;
	}
	judge_running(job, NULL, INT_NONE,
	    reply->retry_after_ms != INT_NONE ? reply->retry_after_ms
					      : ask_poll_ms(job, POLL_AGAIN_MS),
	    out);
	out->detail = said_of(cx, job, reply->status, &error);
}

/* The place of one more work; NULL when there are too many. */
static struct asset *
asset_next(struct verdict *out)
{
	struct asset *asset;

	if (out->count == VERDICT_ASSETS_MAX)
		return NULL;
	out->kind = VERDICT_READY;
	out->reason = ERR_OK;
	out->detail = NULL;
	asset = &out->assets[out->count++];
	*asset = (struct asset){ .seed = INT_NONE };
	return asset;
}

/* Bytes that are in the arena. */
static struct asset *
bytes_take(const void *data, size_t len, struct verdict *out)
{
	struct asset *asset = len == 0 ? NULL : asset_next(out);

	if (asset == NULL)
		return NULL;
	asset->data = data;
	asset->len = len;
	return asset;
}

struct asset *
judge_add_base64(struct ctx *cx, const char *text, struct verdict *out)
{
	uint8_t *bytes;
	size_t len;

	if (text == NULL ||
	    (!link_data(cx->arena, text, &bytes, &len) &&
		!base64_decode(cx->arena, text, strlen(text), &bytes, &len)))
		return NULL;
	return bytes_take(bytes, len, out);
}

struct asset *
judge_add_link(struct ctx *cx, const struct fetch_reply *reply,
    const char *given, bool keyed, struct verdict *out)
{
	const char *url = link_resolve(cx->arena, reply->url, given);
	struct asset *asset;
	uint8_t *bytes;
	size_t len;

	if (url == NULL && given != NULL &&
	    link_data(cx->arena, given, &bytes, &len))
		return bytes_take(bytes, len, out);
	asset = url == NULL ? NULL : asset_next(out);
	if (asset == NULL)
		return NULL;
	asset->url = url;
	asset->keyed = keyed;
	return asset;
}

struct asset *
judge_add_bytes(
    struct ctx *cx, const void *data, size_t len, struct verdict *out)
{
	return bytes_take(arena_copy(cx->arena, data, len), len, out);
}
