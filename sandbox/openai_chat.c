/*
 * OpenAI's chat completions, whole or as a stream of server-sent events with
 * all the oddities that streams have in the wild.
 */
#include "config.h"

#include "openai.h"

#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/text.h"
#include "call.h"
#include "chat_text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "fields.h"
#include "serve/fcgi.h"
#include "steer.h"

#define TOKENS_A_DELAY 30 /* pieces in the time that a picture takes */
#define EVENT_MAX (64 * KIB)
#define SILENCE_MS (INT64_C(3600) * 1000)

struct chat {
	struct call *call;
	const char *id, *model, *prompt;
	int64_t created;
	bool usage; /* asked for */
	struct chat_text text;
	struct buf event;
	bool gone; /* nobody listens */
};

/* The steering word's presence, in short. */
static bool
has(const struct chat *chat, enum word word)
{
	return words_have(&chat->call->words, word);
}

static bool
wrong(struct call *c, const char *param, const char *message)
{
	vendor_complain(c, TROUBLE_INVALID, param, message);
	return false;
}

/* The text of a message: itself, or its parts of type text. */
static const char *
message_text(struct call *c, struct json_object *message)
{
	struct json_object *content = json_at(message, "content");
	const char *text = json_text_of(content);

	if (text != NULL)
		return text;
	text = "";
	for (size_t i = 0; i < json_count(content); i++) {
		const char *part = json_text_at(json_item(content, i), "text");

		if (part != NULL)
			text = arena_printf(c->cx.arena, "%s%s", text, part);
	}
	return text;
}

static bool
messages_read(struct call *c, struct chat *chat)
{
	static const char *const roles[] = { "system", "developer", "user",
		"assistant", "tool" };
	struct json_object *messages = json_at(c->json, "messages");

	for (size_t i = 0; i < json_count(messages); i++) {
		struct json_object *message = json_item(messages, i);
		const char *role = json_text_at(message, "role");
		size_t known = 0;

		while (known < COUNT(roles) && !text_is(role, roles[known]))
			known++;
		if (known == COUNT(roles))
			return wrong(c, "messages", "Invalid role.");
		if (text_is(role, "user"))
			chat->prompt = message_text(c, message);
	}
	return chat->prompt != NULL ||
	       wrong(c, "messages", "Missing required parameter: 'messages'.");
}

static bool
chat_read(struct call *c, struct chat *chat)
{
	double warmth = field_real(c, "temperature", 1);

	chat->model = field_text(c, "model");
	if (chat->model == NULL)
		return wrong(
		    c, "model", "Missing required parameter: 'model'.");
	if (!c->vendor->lax && !text_starts(chat->model, "gpt-")) {
		vendor_complain(c, TROUBLE_MODEL, "model", NULL);
		return false;
	}
	if (!c->vendor->lax && field_given(c, "max_tokens"))
		return wrong(c, "max_tokens",
		    "Unsupported parameter: 'max_tokens' is not supported with "
		    "this model. Use 'max_completion_tokens' instead.");
	if (!(warmth >= 0 && warmth <= 2))
		return wrong(c, "temperature", "Must be 0 to 2.");
	chat->usage = json_is_true(
	    json_at(json_at(c->json, "stream_options"), "include_usage"));
	return messages_read(c, chat);
}

static void
write_usage(struct jw *jw, const struct chat *chat)
{
	int64_t asked = 1 + (int64_t)strlen(chat->prompt) / 4;
	int64_t said = (int64_t)chat->text.count;

	jw_name(jw, "usage");
	jw_object(jw);
	jw_name(jw, "prompt_tokens");
	jw_int(jw, asked);
	jw_name(jw, "completion_tokens");
	jw_int(jw, said);
	jw_name(jw, "total_tokens");
	jw_int(jw, asked + said);
	jw_end_object(jw);
}

/* The members that every object of an answer begins with. */
static void
write_head(struct jw *jw, const struct chat *chat, const char *object)
{
	jw_object(jw);
	jw_name(jw, "id");
	jw_text(jw, chat->id);
	jw_name(jw, "object");
	jw_text(jw, object);
	jw_name(jw, "created");
	jw_int(jw, chat->created);
	jw_name(jw, "model");
	jw_text(jw, chat->model);
}

static const char *
finish_reason(const struct chat *chat)
{
	return has(chat, WORD_FILTERED) ? "content_filter" : "stop";
}

/* ---- whole ---- */

static void
answer_whole(struct call *c, const struct chat *chat)
{
	bool refused = has(chat, WORD_REFUSE);
	struct jw *jw = call_json(c);

	write_head(jw, chat, "chat.completion");
	jw_name(jw, "choices");
	jw_array(jw);
	jw_object(jw);
	jw_name(jw, "index");
	jw_int(jw, 0);
	jw_name(jw, "message");
	jw_object(jw);
	jw_name(jw, "role");
	jw_text(jw, "assistant");
	jw_name(jw, "content");
	jw_text(jw, refused ? NULL : chat->text.whole);
	jw_name(jw, "refusal");
	jw_text(jw, refused ? CHAT_REFUSAL : NULL);
	jw_end_object(jw);
	jw_name(jw, "logprobs");
	jw_null(jw);
	jw_name(jw, "finish_reason");
	jw_text(jw, finish_reason(chat));
	jw_end_object(jw);
	jw_end_array(jw);
	write_usage(jw, chat);
	jw_end_object(jw);
	call_json_end(c, 200);
}

/* ---- as a stream ---- */

static void
send(struct chat *chat, const char *data, size_t len)
{
	if (chat->gone)
		return;
	fcgi_write(chat->call->fcgi, data, len);
	if (!fcgi_flush(chat->call->fcgi))
		chat->gone = true;
}

/* Where a character of several bytes can be cut; 0: nowhere. */
static size_t
cut_inside(const char *text)
{
	for (size_t i = 1; text[i] != '\0'; i++)
		if (((unsigned char)text[i] & 0xc0) == 0x80)
			return i;
	return 0;
}

/* One event as it goes over the line, cut in two where the words say so. */
static void
event_send(struct chat *chat, const char *lines)
{
	size_t cut = has(chat, WORD_SPLITUTF8) ? cut_inside(lines) : 0;

	if (cut > 0) {
		send(chat, lines, cut);
		if (!call_wait(chat->call, 20))
			chat->gone = true;
	}
	send(chat, lines + cut, strlen(lines + cut));
}

/* "data: ..." in the form that the words ask for. */
static void
data_send(struct chat *chat, const char *json)
{
	struct arena *a = chat->call->cx.arena;
	const char *end = has(chat, WORD_CRLF) ? "\r\n" : "\n";
	const char *data = has(chat, WORD_NOSPACE) ? "data:" : "data: ";
	const char *comma =
	    has(chat, WORD_MULTILINE) ? strchr(json, ',') : NULL;
	const char *first = json;

	if (has(chat, WORD_COMMENTS))
		event_send(chat, arena_printf(a, ": keep-alive%s%s", end, end));
	if (comma != NULL) {
		first = arena_printf(a, "%.*s%s%s%s", (int)(comma + 1 - json),
		    json, end, data, comma + 1);
	}
	event_send(chat, arena_printf(a, "%s%s%s%s", data, first, end, end));
}

/*
 * A chunk: one member of delta (NULL: an empty one) and a reason to finish, or
 * neither for the chunk that tells the usage.
 */
static void
chunk_send(struct chat *chat, const char *member, const char *text,
    const char *finish, bool usage)
{
	struct jw jw;

	buf_clear(&chat->event);
	jw_init(&jw, &chat->event);
	write_head(&jw, chat, "chat.completion.chunk");
	jw_name(&jw, "choices");
	jw_array(&jw);
	if (!usage) {
		jw_object(&jw);
		jw_name(&jw, "index");
		jw_int(&jw, 0);
		jw_name(&jw, "delta");
		jw_object(&jw);
		if (member != NULL && strcmp(member, "role") == 0) {
			jw_name(&jw, "role");
			jw_text(&jw, "assistant");
			member = "content";
		}
		if (member != NULL) {
			jw_name(&jw, member);
			jw_text(&jw, text);
		}
		jw_end_object(&jw);
		jw_name(&jw, "finish_reason");
		jw_text(&jw, finish);
		jw_end_object(&jw);
	}
	jw_end_array(&jw);
	if (usage)
		write_usage(&jw, chat);
	jw_end_object(&jw);
	jw_done(&jw);
	data_send(chat, buf_text(&chat->event));
}

/* false when the words end the stream in its middle. */
static bool
middle_pass(struct chat *chat)
{
	if (has(chat, WORD_ERRORCHUNK)) {
		data_send(chat,
		    "{\"error\":{\"message\":\"The server had an error while "
		    "processing your request.\",\"type\":\"server_error\","
		    "\"param\":null,\"code\":null}}");
		return false;
	}
	if (has(chat, WORD_CUTOFF)) {
		fcgi_break(chat->call->fcgi);
		return false;
	}
	if (has(chat, WORD_STALLSTREAM)) {
		(void)call_wait(chat->call, SILENCE_MS);
		return false;
	}
	return true;
}

static bool
pieces_send(struct chat *chat)
{
	int64_t pause = steer_work_ms(chat->call) / TOKENS_A_DELAY;
	size_t count = has(chat, WORD_NORESULT) ? 0 : chat->text.count;

	if (has(chat, WORD_FILTERED))
		count /= 2;
	for (size_t i = 0; i < count && !chat->gone; i++) {
		if (i == chat->text.count / 2 && !middle_pass(chat))
			return false;
		if (has(chat, WORD_NULLCONTENT) && i % 3 == 1)
			chunk_send(chat, "content", NULL, NULL, false);
		chunk_send(chat, "content", chat->text.pieces[i], NULL, false);
		if (!call_wait(chat->call, pause))
			return false;
	}
	return !chat->gone;
}

static void
stream(struct chat *chat)
{
	call_head(chat->call, "Cache-Control", "no-cache");
	call_begin(chat->call, 200, "text/event-stream", -1);
	if (has(chat, WORD_ONLYDONE)) {
		data_send(chat, "[DONE]");
		return;
	}
	chunk_send(chat, "role", "", NULL, false);
	if (has(chat, WORD_REASONING))
		for (size_t i = 0; i < 3; i++)
			chunk_send(
			    chat, "reasoning_content", "Hmm. ", NULL, false);
	if (has(chat, WORD_REFUSE))
		chunk_send(chat, "refusal", CHAT_REFUSAL, NULL, false);
	else if (!pieces_send(chat))
		return;
	chunk_send(chat, NULL, NULL, finish_reason(chat), false);
	if (chat->usage)
		chunk_send(chat, NULL, NULL, NULL, true);
	if (!has(chat, WORD_NODONE))
		data_send(chat, "[DONE]");
}

void
openai_chat(struct call *c)
{
	bool streams = json_is_true(json_at(c->json, "stream"));
	struct chat chat = { .call = c, .created = clock_ms() / 1000 };
	uint8_t id[12];

	if (!chat_read(c, &chat) || steer_order(c, chat.prompt))
		return;
	random_fill(id, sizeof(id));
	chat.id = arena_printf(c->cx.arena, "chatcmpl-%s",
	    hex_encode(c->cx.arena, id, sizeof(id)));
	chat_text_make(c->cx.arena, chat.prompt, &chat.text);
	if (steer_accept(c, chat.id) || !steer_work(c))
		return;
	if (words_have(&c->words, WORD_FAIL)) {
		vendor_complain(c, TROUBLE_BROKEN, NULL, NULL);
		return;
	}
	if (!streams) {
		answer_whole(c, &chat);
		return;
	}
	buf_init(&chat.event, EVENT_MAX);
	stream(&chat);
	buf_release(&chat.event);
}
