#include "vendor/chat.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "core/json_write.h"
#include "vendor/error_read.h"
#include "vendor/link.h"
#include "vendor/redact.h"

#define REQUEST_MAX (16 * MIB) /* two of text, every byte escaped */
#define EVENT_MAX (1 * MIB)    /* of one chunk */
#define BODY_MAX (64 * MIB)    /* a chunk holds a token and much else */
#define WAIT_MS 120000         /* to the first byte: a model may be loaded */
#define SILENCE_MS 60000       /* between bytes */
#define READ_SIZE (4 * KIB)    /* a few chunks, for hundreds of calls */
#define TOKENS_MAX INT64_C(1000000000) /* more is no count */
#define DONE "[DONE]"

static void
turns_write(struct jw *jw, const struct chat_ask *ask)
{
	jw_name(jw, "messages");
	jw_array(jw);
	for (size_t i = 0; i < ask->count; i++) {
		jw_object(jw);
		jw_name(jw, "role");
		jw_text(jw, ask->turns[i].role);
		jw_name(jw, "content");
		jw_text(jw, ask->turns[i].content);
		jw_end_object(jw);
	}
	jw_end_array(jw);
}

static void
request_write(struct jw *jw, const struct chat_ask *ask)
{
	jw_object(jw);
	jw_name(jw, "model");
	jw_text(jw, ask->model);
	turns_write(jw, ask);
	if (ask->tokens_max != INT_NONE) {
		jw_name(jw, ask->tokens_field);
		jw_int(jw, ask->tokens_max);
	}
	jw_name(jw, "stream");
	jw_bool(jw, true);
	jw_name(jw, "stream_options");
	jw_object(jw);
	jw_name(jw, "include_usage");
	jw_bool(jw, true);
	jw_end_object(jw);
	jw_end_object(jw);
	jw_done(jw);
}

void
chat_request(
    struct arena *arena, const struct chat_ask *ask, struct fetch_request *out)
{
	struct buf body;
	struct jw jw;

	buf_init(&body, REQUEST_MAX);
	jw_init(&jw, &body);
	request_write(&jw, ask);
	*out = (struct fetch_request){
		.method = "POST",
		.url = arena_printf(arena, "%s/chat/completions",
		    link_base(arena, ask->url, NULL)),
		.headers = { "Content-Type: application/json",
		    "Accept: text/event-stream" },
		.key_header = text_empty(ask->key)
				  ? NULL
				  : arena_printf(arena,
					"Authorization: Bearer %s", ask->key),
		.body = arena_copy(arena, buf_text(&body), body.len),
		.len = body.len,
		.read_size = READ_SIZE,
		.max_bytes = BODY_MAX,
		.wait_ms = WAIT_MS,
		.idle_ms = SILENCE_MS,
	};
	buf_release(&body);
}

void
chat_begin(struct chat *c, struct arena *arena, const char *key,
    chat_piece piece, void *arg)
{
	*c = (struct chat){
		.arena = arena,
		.key = key,
		.piece = piece,
		.arg = arg,
		.prompt_tokens = INT_NONE,
		.completion_tokens = INT_NONE,
	};
	sse_init(&c->sse, EVENT_MAX);
}

void
chat_release(struct chat *c)
{
	sse_release(&c->sse);
}

/* Remembers the first thing that went wrong. */
static void
wrong(struct chat *c, enum err reason, const char *said)
{
	c->stop = true;
	if (c->reason != ERR_OK)
		return;
	c->reason = reason;
	c->detail = redact(c->arena, said, strlen(said), c->key);
}

static void
refused(struct chat *c, enum refusal kind, int status,
    const struct vendor_error *error)
{
	wrong(c, refusal_reason(kind),
	    arena_printf(c->arena, "%d %s%s%s", status, error->code,
		*error->code == '\0' ? "" : ": ", error->message));
	c->refusal = kind;
	c->refused = true;
}

static void
usage_read(struct chat *c, struct json_object *usage)
{
	int64_t asked = json_int_at(usage, "prompt_tokens");
	int64_t said = json_int_at(usage, "completion_tokens");

	if (asked >= 0 && asked <= TOKENS_MAX)
		c->prompt_tokens = asked;
	if (said >= 0 && said <= TOKENS_MAX)
		c->completion_tokens = said;
}

static void
piece_read(struct chat *c, struct json_object *delta)
{
	const char *text = json_text_at(delta, "content");

	if (text_empty(text)) {
		if (!text_empty(json_text_at(delta, "refusal")))
			wrong(c, ERR_CONTENT_POLICY, "the model refuses");
		return;
	}
	if (strlen(text) > CHAT_TEXT_MAX - c->len) {
		wrong(c, ERR_RESULT_INVALID, "the answer is too long");
		return;
	}
	c->len += strlen(text);
	c->piece(c->arg, text, strlen(text));
}

static void
chunk_read(struct chat *c, struct json_object *chunk)
{
	struct json_object *choice = json_item(json_at(chunk, "choices"), 0);
	struct json_object *error = json_at(chunk, "error");
	const char *finish = json_text_at(choice, "finish_reason");
	struct vendor_error said;

	if (error != NULL) {
		error_read_value(c->arena, error, &said);
		refused(c, refusal_of(0, &said), 0, &said);
		return;
	}
	usage_read(c, json_at(chunk, "usage"));
	piece_read(c, json_at(choice, "delta"));
	if (text_is(finish, "content_filter"))
		wrong(c, ERR_CONTENT_POLICY, "the vendor's filter cut it off");
	else if (finish != NULL)
		c->finished = true;
}

static bool
event_read(void *arg, const char *data, size_t len)
{
	struct chat *c = arg;
	struct json_object *chunk;

	if (text_starts(data, DONE)) {
		c->finished = true;
		c->stop = true;
		return false;
	}
	chunk = json_parse_loose(data, len);
	if (!json_is_object(chunk))
		wrong(c, ERR_RESULT_INVALID, "a chunk is no JSON");
	else
		chunk_read(c, chunk);
	json_free(chunk);
	return !c->stop;
}

bool
chat_read(struct chat *c, const char *bytes, size_t len)
{
	if (c->stop)
		return false;
	if (!sse_feed(&c->sse, bytes, len, event_read, c) && !c->stop)
		wrong(c, ERR_RESULT_INVALID, "a chunk is too long");
	return !c->stop;
}

/* Of a call that gave no whole reply. */
static enum err
reason_of(const struct fetch_reply *reply)
{
	switch (reply->outcome) {
	case FETCH_DENIED:
		return ERR_PROVIDER_MISCONFIGURED;
	case FETCH_TOO_LARGE:
		return ERR_RESULT_INVALID;
	default:
		return reply->impatient ? ERR_PROVIDER_TIMEOUT
					: ERR_PROVIDER_UNAVAILABLE;
	}
}

void
chat_end(struct chat *c, const struct fetch_reply *reply)
{
	struct vendor_error error;

	if (!c->stop)
		(void)sse_end(&c->sse, event_read, c);
	if (c->reason != ERR_OK)
		return;
	if (reply->outcome == FETCH_OK &&
	    (reply->status < 200 || reply->status >= 300)) {
		error_read(c->arena, reply->body, reply->len, &error);
		refused(c, refusal_of(reply->status, &error), reply->status,
		    &error);
		return;
	}
	if (!c->finished && reply->outcome != FETCH_OK)
		wrong(c, reason_of(reply), reply->detail);
	else if (!c->finished && c->len > 0)
		wrong(c, ERR_PROVIDER_UNAVAILABLE, "the stream broke off");
	else if (c->len == 0)
		wrong(c, ERR_RESULT_INVALID, "there is no answer in it");
}
