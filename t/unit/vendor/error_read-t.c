/*
 * error_read, refusal, retry_after, redact - how vendors say no.
 */
#include "../core/unit.h"

#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/text.h"
#include "vendor/error_read.h"
#include "vendor/redact.h"
#include "vendor/refusal.h"
#include "vendor/retry_after.h"

struct row {
	int status;
	const char *body;
	const char *code, *message;
	enum refusal kind;
};

/* clang-format off */
/* JSON as it is written, commas and all. */
#define J(...) #__VA_ARGS__

static const struct row rows[] = {
	/* OpenAI: an object */
	{ 400,
	    J({"error":{"message":"no","type":"invalid_request_error",
	      "param":null,"code":"content_policy_violation"}}),
	    "content_policy_violation", "no", REFUSAL_CONTENT },
	{ 400,
	    J({"error":{"message":"no",
	      "type":"image_generation_user_error","param":null,
	      "code":"moderation_blocked"}}),
	    "moderation_blocked", "no", REFUSAL_CONTENT },
	{ 400,
	    J({"error":{"message":"bad n","type":"invalid_request_error",
	      "param":"n","code":"invalid_value"}}),
	    "invalid_value", "bad n", REFUSAL_REQUEST },
	{ 401,
	    J({"error":{"message":"key","code":"invalid_api_key"}}),
	    "invalid_api_key", "key", REFUSAL_SETUP },
	{ 404,
	    J({"error":{"message":"gone","code":"model_not_found"}}),
	    "model_not_found", "gone", REFUSAL_MODEL },
	{ 429,
	    J({"error":{"message":"slow","code":"rate_limit_exceeded"}}),
	    "rate_limit_exceeded", "slow", REFUSAL_BUSY },
	{ 429,
	    J({"error":{"message":"pay","type":"insufficient_quota",
	      "code":"insufficient_quota"}}),
	    "insufficient_quota", "pay", REFUSAL_MONEY },
	{ 429,
	    J({"error":{"message":"pay","type":"insufficient_quota",
	      "code":null}}),
	    "", "pay", REFUSAL_MONEY },
	{ 500,
	    J({"error":{"message":"oops","type":"server_error"}}),
	    "", "oops", REFUSAL_BROKEN },
	/* llama.cpp: the code is a number */
	{ 503,
	    J({"error":{"code":503,"message":"Loading model",
	      "type":"unavailable_error"}}),
	    "503", "Loading model", REFUSAL_BUSY },
	/* sd.cpp: a text */
	{ 400,
	    J({"error":"bad prompt"}),
	    "", "bad prompt", REFUSAL_REQUEST },
	/* vLLM */
	{ 404,
	    J({"object":"error","message":"no model",
	      "type":"NotFoundError","param":null,"code":404}),
	    "404", "no model", REFUSAL_MODEL },
	/* FastAPI: detail is a text or a list */
	{ 404,
	    J({"detail":"Sampler not found"}),
	    "", "Sampler not found", REFUSAL_MODEL },
	{ 422,
	    J({"detail":[{"loc":["body","steps"],"msg":"not an integer",
	      "type":"t"}]}),
	    "", "not an integer", REFUSAL_REQUEST },
	/* AUTOMATIC1111 */
	{ 500,
	    J({"error":"OutOfMemoryError","detail":"","body":"",
	      "errors":"CUDA out of memory"}),
	    "", "CUDA out of memory", REFUSAL_BROKEN },
	/* Stability v2beta and v1 */
	{ 403,
	    J({"id":"1","name":"content_moderation","errors":["flagged",
	      "twice"]}),
	    "content_moderation", "flagged; twice", REFUSAL_CONTENT },
	{ 402,
	    J({"id":"1","name":"payment_required","errors":["pay"]}),
	    "payment_required", "pay", REFUSAL_MONEY },
	{ 400,
	    J({"id":"1","name":"invalid_prompts","message":"no"}),
	    "invalid_prompts", "no", REFUSAL_CONTENT },
	{ 404,
	    J({"id":"1","name":"not_found","message":"engine"}),
	    "not_found", "engine", REFUSAL_MODEL },
	{ 403,
	    J({"id":"1","name":"permission_denied","message":"x"}),
	    "permission_denied", "x", REFUSAL_SETUP },
	/* Google: an object, or one in an array */
	{ 404,
	    J({"error":{"code":404,"message":"models/x is not found",
	      "status":"NOT_FOUND"}}),
	    "NOT_FOUND", "models/x is not found", REFUSAL_MODEL },
	{ 429,
	    J([{"error":{"code":429,"message":"quota",
	      "status":"RESOURCE_EXHAUSTED"}}]),
	    "RESOURCE_EXHAUSTED", "quota", REFUSAL_BUSY },
	{ 400,
	    J({"error":{"code":400,"message":"API key not valid.",
	      "status":"INVALID_ARGUMENT",
	      "details":[{"reason":"API_KEY_INVALID"}]}}),
	    "INVALID_ARGUMENT", "API key not valid.", REFUSAL_SETUP },
	{ 429,
	    J({"error":{"code":429,"message":"q","status":"RESOURCE_EXHAUSTED",
	      "details":[{},{"violations":[{"quotaId":"RequestsPerDay"}]}]}}),
	    "RESOURCE_EXHAUSTED", "q", REFUSAL_MONEY },
	{ 429,
	    J({"error":{"code":429,"message":"q","status":"RESOURCE_EXHAUSTED",
	      "details":[{"violations":[{"quotaId":"RequestsPerMinute"}]}]}}),
	    "RESOURCE_EXHAUSTED", "q", REFUSAL_BUSY },
	/* Runway */
	{ 400,
	    J({"error":"You do not have enough credits to run this task."}),
	    "", "You do not have enough credits to run this task.",
	    REFUSAL_MONEY },
	{ 400,
	    J({"error":"Validation of body failed",
	      "issues":[{"code":"invalid_value","path":["model"],
	      "message":"no"}]}),
	    "invalid_value", "Validation of body failed", REFUSAL_MODEL },
	{ 400,
	    J({"error":"Validation of body failed",
	      "issues":[{"code":"too_big","path":["promptText"],
	      "message":"no"}]}),
	    "too_big", "Validation of body failed", REFUSAL_REQUEST },
	/* Replicate */
	{ 402,
	    J({"title":"Insufficient credit","detail":"Go buy",
	      "status":402}),
	    "Insufficient credit", "Go buy", REFUSAL_MONEY },
	/* inside a success: the words alone */
	{ 0,
	    J({"code":"moderation_blocked","message":"no"}),
	    "moderation_blocked", "no", REFUSAL_CONTENT },
	{ 0,
	    J({"code":"SAFETY.OUTPUT.IMAGE","message":""}),
	    "SAFETY.OUTPUT.IMAGE",
	    J({"code":"SAFETY.OUTPUT.IMAGE","message":""}),
	    REFUSAL_CONTENT },
	{ 0,
	    "\"NSFW content detected.\"",
	    "", "NSFW content detected.", REFUSAL_CONTENT },
	{ 0,
	    "{}",
	    "", "{}", REFUSAL_BROKEN },
	/* no JSON, and JSON of the wrong types */
	{ 502,
	    "<html>Bad Gateway</html>",
	    "", "<html>Bad Gateway</html>", REFUSAL_BROKEN },
	{ 503,
	    "",
	    "", "", REFUSAL_BUSY },
	{ 400,
	    "null",
	    "", "null", REFUSAL_REQUEST },
	{ 400,
	    "[]",
	    "", "[]", REFUSAL_REQUEST },
	{ 400,
	    J([[[[{"error":{}}]]]]),
	    "", J([[[[{"error":{}}]]]]), REFUSAL_REQUEST },
	{ 400,
	    J({"error":{"message":{"a":1},"code":[1],"type":1.5}}),
	    "", J({"error":{"message":{"a":1},"code":[1],"type":1.5}}),
	    REFUSAL_REQUEST },
	{ 301,
	    "moved",
	    "", "moved", REFUSAL_SETUP },
	/* an echoed prompt can't empty the administrator's purse */
	{ 400,
	    J({"error":"bad prompt: You do not have enough credits"}),
	    "", "bad prompt: You do not have enough credits",
	    REFUSAL_REQUEST },
};
/* clang-format on */

static void
every_shape_is_read_and_its_kind_known(void **state)
{
	struct vendor_error error;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];

		error_read(unit_cx.arena, row->body, strlen(row->body), &error);
		assert_string_equal(error.code, row->code);
		assert_string_equal(error.message, row->message);
		if (refusal_of(row->status, &error) != row->kind)
			fail_msg("%d %s: kind %d, not %d", row->status,
			    row->body, refusal_of(row->status, &error),
			    row->kind);
	}
}

static void
retry_info_is_found_among_the_details(void **state)
{
	static const struct {
		const char *delay;
		int64_t ms;
	} delays[] = { { "27s", 27000 }, { "0.25s", 250 }, { "1.0004s", 1001 },
		{ "27", INT_NONE }, { "s", 0 }, { "-1s", INT_NONE },
		{ "1e9s", INT_NONE }, { "nans", INT_NONE }, { "", INT_NONE } };
	struct vendor_error error;

	(void)state;
	for (size_t i = 0; i < COUNT(delays); i++) {
		const char *body = arena_printf(unit_cx.arena,
		    "{\"error\":{\"details\":[1,{\"@type\":\"x\"},"
		    "{\"retryDelay\":\"%s\"}]}}",
		    delays[i].delay);

		error_read(unit_cx.arena, body, strlen(body), &error);
		assert_int_equal(error.retry_ms, delays[i].ms);
	}
}

static void
headers_tell_how_long_to_wait(void **state)
{
	static const struct {
		const char *in_ms, *header;
		int64_t ms;
	} waits[] = {
		{ NULL, NULL, INT_NONE },
		{ NULL, "1", 1000 },
		{ NULL, "0", 0 },
		{ NULL, "1.5", 1500 },
		{ "20", "60", 20 },
		{ "x", "60", 60000 },
		{ NULL, "-1", INT_NONE },
		{ NULL, "soon", INT_NONE },
		{ NULL, "1 2", INT_NONE },
		{ NULL, "1e3", INT_NONE },
		{ NULL, "", INT_NONE },
		{ NULL, "99999999999999999999", 86400000 },
		{ NULL, "Sun, 06 Nov 1994 08:49:37 GMT", 7000 },
		{ NULL, "Sun, 06 Nov 1994 08:49:00 GMT", 0 },
		{ NULL, "Mon, 06 Nov 1994 08:49:37 GMT", INT_NONE },
		{ NULL, "Sun, 06 Nov 1994 08:49:37 CET", INT_NONE },
		{ NULL, "Sun, 99 Nov 1994 08:49:37 GMT", INT_NONE },
	};
	int64_t now = http_date_parse("Sun, 06 Nov 1994 08:49:30 GMT");

	(void)state;
	assert_int_equal(now, INT64_C(784111770000));
	for (size_t i = 0; i < COUNT(waits); i++)
		assert_int_equal(
		    retry_after_ms(waits[i].in_ms, waits[i].header, now),
		    waits[i].ms);
}

static const char *
redacted(const char *text, const char *key)
{
	return redact(unit_cx.arena, text, strlen(text), key);
}

static void
keys_are_not_repeated(void **state)
{
	static const char *const kept[] = { "a risk-averse key", "key=ab",
		"sk-", "the AIzaBird", "key_lime", "monkey=nuts" };

	(void)state;
	assert_string_equal(redacted("Incorrect key: hunter22!", "hunter22"),
	    "Incorrect key: [key]!");
	assert_string_equal(redacted("xhunter22x", "hunter22"), "x[key]x");
	assert_string_equal(
	    redacted("key sk-proj-abc*****xyz given", NULL), "key [key] given");
	assert_string_equal(redacted("(r8_0123456789abcdef)", ""), "([key])");
	assert_string_equal(redacted("https://x/y?key=AbCdEf123&z", NULL),
	    "https://x/y?[key]&z");
	assert_string_equal(redacted("authorization: bearer abcdef", NULL),
	    "authorization: [key]");
	for (size_t i = 0; i < COUNT(kept); i++)
		assert_string_equal(redacted(kept[i], "abc"), kept[i]);
}

static void
what_is_kept_is_short_and_clean(void **state)
{
	char big[4096], random[2000];
	const char *clean;

	(void)state;
	assert_string_equal(redacted("a\r\nb\x01\xff"
				     "c",
				NULL),
	    "a  b ?c");
	memset(big, 'x', sizeof(big));
	memcpy(big + REDACT_MAX - 12, "hunter2222222222222222", 22);
	clean =
	    redact(unit_cx.arena, big, sizeof(big), "hunter2222222222222222");
	assert_true(strlen(clean) <= REDACT_MAX);
	assert_null(strstr(clean, "hunter"));
	for (int i = 0; i < 200; i++) {
		random_fill(random, sizeof(random));
		clean = redact(unit_cx.arena, random, sizeof(random), NULL);
		assert_true(strlen(clean) <= REDACT_MAX);
		assert_true(utf8_valid(clean, strlen(clean)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(every_shape_is_read_and_its_kind_known),
		UNIT_TEST(retry_info_is_found_among_the_details),
		UNIT_TEST(headers_tell_how_long_to_wait),
		UNIT_TEST(keys_are_not_repeated),
		UNIT_TEST(what_is_kept_is_short_and_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
