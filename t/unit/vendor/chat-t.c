/*
 * chat: what is asked of a vendor, and what becomes of what it streams.
 */
#include "vendor/chat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "core/json_read.h"
#include "core/json_tree.h"

#define KEY "sk-0123456789abcdef"
#define DELTA(text)                                                            \
	"data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{" text       \
	"},\"finish_reason\":null}],\"usage\":null}\n\n"
#define SAID(text) DELTA("\"content\":\"" text "\"")
#define FINISH(why)                                                            \
	"data: {\"choices\":[{\"index\":0,\"delta\":{},"                       \
	"\"finish_reason\":\"" why "\"}]}\n\n"
#define USAGE                                                                  \
	"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,"                \
	"\"completion_tokens\":3,\"total_tokens\":10}}\n\n"
#define DONE "data: [DONE]\n\n"

static struct arena *arena;
static char text[64 * KIB];

static void
piece(void *arg, const char *data, size_t len)
{
	size_t at = strlen(text);

	(void)arg;
	assert_true(at + len < sizeof(text));
	memcpy(text + at, data, len + 1);
}

/* A whole call: its stream in pieces of so many bytes, then its end. */
static struct chat
call(const char *stream, size_t size, const struct fetch_reply *reply)
{
	size_t len = strlen(stream);
	struct chat c;

	text[0] = '\0';
	chat_begin(&c, arena, KEY, piece, NULL);
	for (size_t at = 0; at < len; at += size) {
		size_t part = len - at < size ? len - at : size;

		if (!chat_read(&c, stream + at, part))
			break;
	}
	chat_end(&c, reply);
	chat_release(&c);
	return c;
}

static const struct fetch_reply ok = {
	.outcome = FETCH_OK, .status = 200, .body = "", .detail = ""
};
static const struct fetch_reply cut = { .outcome = FETCH_TRUNCATED,
	.status = 200,
	.body = "",
	.detail = "transfer closed" };
static const struct fetch_reply silent = { .outcome = FETCH_TRUNCATED,
	.status = 200,
	.body = "",
	.impatient = true,
	.detail = "it went silent" };

static void
test_request(void **state)
{
	const struct chat_turn turns[] = { { "system", "Be brief." },
		{ "user", "\"你好\"\n" } };
	struct chat_ask ask = {
		.url = "https://vendor.example/v1/",
		.key = KEY,
		.model = "gpt-5",
		.turns = turns,
		.count = 2,
		.tokens_max = INT_NONE,
		.tokens_field = "max_tokens",
	};
	struct fetch_request rq;
	struct json_object *doc;

	(void)state;
	chat_request(arena, &ask, &rq);
	assert_string_equal(rq.method, "POST");
	assert_string_equal(
	    rq.url, "https://vendor.example/v1/chat/completions");
	assert_string_equal(rq.key_header, "Authorization: Bearer " KEY);
	doc = json_parse_loose(rq.body, rq.len);
	assert_string_equal(json_find_text(doc, "model"), "gpt-5");
	assert_string_equal(json_find_text(doc, "messages.0.role"), "system");
	assert_string_equal(
	    json_find_text(doc, "messages.1.content"), "\"你好\"\n");
	assert_true(json_is_true(json_find(doc, "stream")));
	assert_true(
	    json_is_true(json_find(doc, "stream_options.include_usage")));
	assert_null(json_at(doc, "max_tokens"));
	json_free(doc);

	ask.key = "";
	ask.tokens_max = 100;
	chat_request(arena, &ask, &rq);
	assert_null(rq.key_header);
	doc = json_parse_loose(rq.body, rq.len);
	assert_int_equal(json_int_at(doc, "max_tokens"), 100);
	json_free(doc);
}

/* However it is cut, and whatever else stands in it. */
static void
test_whole(void **state)
{
	static const char stream[] =
	    ": hello\n\n" DELTA("\"role\":\"assistant\",\"content\":\"\"")
		DELTA("\"reasoning_content\":\"Hmm.\"") SAID("你")
		    DELTA("\"content\":null") SAID("好\\n") DELTA("")
			SAID("\\ud83e\\ude81") FINISH("stop") USAGE DONE
	    "data: {\"choices\":[{\"delta\":{\"content\":\"no\"}}]}"
	    "\n\n";

	(void)state;
	for (size_t size = 1; size < sizeof(stream); size++) {
		struct chat c = call(stream, size, &ok);

		assert_string_equal(text, "你好\n\xf0\x9f\xaa\x81");
		assert_int_equal(c.reason, ERR_OK);
		assert_null(c.detail);
		assert_int_equal(c.prompt_tokens, 7);
		assert_int_equal(c.completion_tokens, 3);
		assert_int_equal(c.len, strlen(text));
	}
}

static void
test_ends(void **state)
{
	static const struct {
		const char *stream;
		const struct fetch_reply *reply;
		enum err reason;
		const char *text;
	} ends[] = {
		{ SAID("a") DONE, &ok, ERR_OK, "a" },
		{ SAID("a") FINISH("stop"), &ok, ERR_OK, "a" },
		{ SAID("a") FINISH("length"), &cut, ERR_OK, "a" },
		{ SAID("a") "data: [DONE]", &ok, ERR_OK, "a" },
		{ SAID("a"), &ok, ERR_PROVIDER_UNAVAILABLE, "a" },
		{ SAID("a"), &cut, ERR_PROVIDER_UNAVAILABLE, "a" },
		{ SAID("a"), &silent, ERR_PROVIDER_TIMEOUT, "a" },
		{ SAID("a") FINISH("content_filter"), &ok, ERR_CONTENT_POLICY,
		    "a" },
		{ DELTA("\"refusal\":\"No.\"") FINISH("stop") DONE, &ok,
		    ERR_CONTENT_POLICY, "" },
		{ SAID("a") "data: {\"error\":{\"message\":\"oops\","
			    "\"type\":\"server_error\"}}\n\n" SAID("b"),
		    &ok, ERR_PROVIDER_UNAVAILABLE, "a" },
		{ SAID("a") "data: {\"error\":\"oops\"}\n\n", &ok,
		    ERR_PROVIDER_UNAVAILABLE, "a" },
		{ DONE, &ok, ERR_RESULT_INVALID, "" },
		{ FINISH("stop") DONE, &ok, ERR_RESULT_INVALID, "" },
		{ "<html>hello</html>", &ok, ERR_RESULT_INVALID, "" },
		{ "data: <html>\n\n", &ok, ERR_RESULT_INVALID, "" },
		{ "data: [1]\n\n", &ok, ERR_RESULT_INVALID, "" },
		{ SAID("\xff"), &ok, ERR_RESULT_INVALID, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++) {
		struct chat c = call(ends[i].stream, 5, ends[i].reply);

		assert_string_equal(text, ends[i].text);
		assert_string_equal(
		    err_name(c.reason), err_name(ends[i].reason));
		assert_int_equal(c.detail == NULL, ends[i].reason == ERR_OK);
	}
}

static void
test_refusals(void **state)
{
	static const struct {
		int status;
		const char *body;
		enum err reason;
	} refusals[] = {
		{ 401, "{\"error\":{\"message\":\"bad key " KEY "\"}}",
		    ERR_PROVIDER_MISCONFIGURED },
		{ 429,
		    "{\"error\":{\"message\":\"no\","
		    "\"type\":\"insufficient_quota\"}}",
		    ERR_PROVIDER_MISCONFIGURED },
		{ 429, "{\"error\":{\"message\":\"slow down\"}}",
		    ERR_PROVIDER_UNAVAILABLE },
		{ 404, "{\"error\":{\"code\":\"model_not_found\"}}",
		    ERR_PROVIDER_MISCONFIGURED },
		{ 400,
		    "{\"error\":{\"message\":\"no\","
		    "\"code\":\"content_policy_violation\"}}",
		    ERR_CONTENT_POLICY },
		{ 400, "{\"error\":\"max_tokens\"}", ERR_PROVIDER_REJECTED },
		{ 503, "<html>", ERR_PROVIDER_UNAVAILABLE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct fetch_reply no = ok;
		struct chat c;

		no.status = refusals[i].status;
		no.body = refusals[i].body;
		no.len = strlen(no.body);
		c = call("", 1, &no);
		assert_string_equal(
		    err_name(c.reason), err_name(refusals[i].reason));
		assert_true(c.refused);
		assert_null(strstr(c.detail, KEY));
	}
}

static void
test_nothing_came(void **state)
{
	static const struct {
		struct fetch_reply reply;
		enum err reason;
	} losses[] = {
		{ { .outcome = FETCH_NOT_SENT }, ERR_PROVIDER_UNAVAILABLE },
		{ { .outcome = FETCH_DENIED }, ERR_PROVIDER_MISCONFIGURED },
		{ { .outcome = FETCH_LOST }, ERR_PROVIDER_UNAVAILABLE },
		{ { .outcome = FETCH_LOST, .impatient = true },
		    ERR_PROVIDER_TIMEOUT },
		{ { .outcome = FETCH_TOO_LARGE, .status = 200 },
		    ERR_RESULT_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(losses); i++) {
		struct fetch_reply reply = losses[i].reply;
		struct chat c;

		reply.body = "";
		reply.detail = "why";
		c = call("", 1, &reply);
		assert_string_equal(
		    err_name(c.reason), err_name(losses[i].reason));
		assert_false(c.refused);
	}
}

/* An answer without end is hung up on, and what came is kept. */
static void
test_too_long(void **state)
{
	static const char word[] = SAID("0123456789abcdef0123456789abcdef");
	size_t came = 0;
	struct chat c;

	(void)state;
	chat_begin(&c, arena, KEY, piece, NULL);
	for (text[0] = '\0'; chat_read(&c, word, strlen(word)); text[0] = '\0')
		assert_true(came++ < CHAT_TEXT_MAX);
	assert_int_equal(c.len, CHAT_TEXT_MAX);
	chat_end(&c, &ok);
	assert_int_equal(c.reason, ERR_RESULT_INVALID);
	chat_release(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_nothing_came),
		cmocka_unit_test(test_too_long),
	};
	int rc;

	arena = arena_new(64 * MIB);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return rc;
}
