/*
 * json_parse - what is JSON, and what only looks like it.
 */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "core/json_read.h"
#include "core/json_scan.h"

struct row {
	const char *text;
	size_t len; /* 0: strlen(text) */
};

/* clang-format off */
static const struct row hostile[] = {
	/* no document at all */
	{ "" , 0 }, { " ", 0 }, { "\n", 0 }, { "{", 0 }, { "[", 0 },
	{ "}", 0 }, { "]", 0 }, { ",", 0 }, { ":", 0 },
	/* trailing text */
	{ "{} x", 0 }, { "{}{}", 0 }, { "{},", 0 }, { "[]]", 0 },
	{ "null null", 0 }, { "1 2", 0 }, { "{}\0", 3 }, { "{}\v", 0 },
	/* commas, colons, names */
	{ "{,}", 0 }, { "{\"a\"}", 0 }, { "{\"a\":}", 0 },
	{ "{\"a\":1,}", 0 }, { "{\"a\":1 \"b\":2}", 0 },
	{ "{\"a\"::1}", 0 }, { "{\"a\",1}", 0 }, { "{a:1}", 0 },
	{ "{'a':1}", 0 }, { "{1:1}", 0 }, { "{null:1}", 0 },
	{ "[1,]", 0 }, { "[,1]", 0 }, { "[1 2]", 0 }, { "[1,,2]", 0 },
	{ "[1:2]", 0 }, { "[}", 0 }, { "{]", 0 }, { "[\"a\":1]", 0 },
	/* duplicates, at any level and in any spelling */
	{ "{\"a\":1,\"a\":2}", 0 },
	{ "{\"a\":1,\"b\":2,\"a\":3}", 0 },
	{ "{\"a\":1,\"\\u0061\":2}", 0 },
	{ "{\"x\":{\"a\":1,\"a\":1}}", 0 },
	{ "[[{\"\":1,\"\":1}]]", 0 },
	{ "{\"/\":1,\"\\/\":1}", 0 },
	{ "{\"\\n\":1,\"\\u000a\":1}", 0 },
	{ "{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":1}", 0 },
	{ "{\"a\":{\"a\":1},\"a\":1}", 0 },
	{ "{\"\\u00e9\":1,\"\xc3\xa9\":1}", 0 },
	/* numbers */
	{ "01", 0 }, { "-01", 0 }, { "00", 0 }, { "+1", 0 }, { ".5", 0 },
	{ "1.", 0 }, { "1.e1", 0 }, { "1e", 0 }, { "1e+", 0 }, { "-", 0 },
	{ "--1", 0 }, { "0x10", 0 }, { "NaN", 0 }, { "nan", 0 },
	{ "Infinity", 0 },
	{ "-Infinity", 0 }, { "inf", 0 }, { "1_000", 0 }, { "1,000", 0 },
	{ "\xef\xbc\x91", 0 },
	/* words */
	{ "True", 0 }, { "TRUE", 0 }, { "tru", 0 }, { "truex", 0 },
	{ "nul", 0 }, { "NULL", 0 }, { "undefined", 0 },
	/* strings */
	{ "\"", 0 }, { "\"a", 0 }, { "\"\\\"", 0 }, { "'a'", 0 },
	{ "\"\n\"", 0 }, { "\"\t\"", 0 }, { "\"\0\"", 3 },
	{ "\"\x1f\"", 0 }, { "\"\\a\"", 0 }, { "\"\\x41\"", 0 },
	{ "\"\\u00\"", 0 }, { "\"\\u00g0\"", 0 }, { "\"\\u\"", 0 },
	{ "\"\\U0041\"", 0 }, { "\"\\u0000\"", 0 },
	{ "{\"\\u0000\":1}", 0 }, { "\"\\ud800\"", 0 },
	{ "\"\\udc00\"", 0 }, { "\"\\ud800\\u0041\"", 0 },
	{ "\"\\ud800\\ud800\"", 0 }, { "\"\\udc00\\ud800\"", 0 },
	{ "\"\\ud800x\"", 0 }, { "\"\\ud83d\\ude0\"", 0 },
	/* bytes */
	{ "\xef\xbb\xbf{}", 0 }, { "\xff\xfe{\0}\0", 6 },
	{ "\"\x80\"", 0 }, { "\"\xc3\"", 0 }, { "\"\xc0\xaf\"", 0 },
	{ "\"\xed\xa0\x80\"", 0 }, { "\"\xf4\x90\x80\x80\"", 0 },
	{ "\"\xf8\x88\x80\x80\x80\"", 0 }, { "\"\xe2\x82\"", 0 },
	/* comments and blanks of other languages */
	{ "/* */{}", 0 }, { "{}// x", 0 }, { "{/**/}", 0 }, { "# x\n1", 0 },
	{ "\xc2\xa0{}", 0 }, { "\f{}", 0 },
};

static const struct row fine[] = {
	{ "{}", 0 }, { "[]", 0 }, { "null", 0 }, { "true", 0 },
	{ "false", 0 }, { "0", 0 }, { "-0", 0 }, { "-0.0", 0 },
	{ "1.5e+3", 0 }, { "1E-2", 0 }, { "1e308", 0 }, { "\"\"", 0 },
	{ " \t\r\n{ \"a\" : [ 1 , { } , [ ] ] } \n", 0 },
	{ "\"\\ud83d\\ude00 \\\" \\\\ \\/ \\b\\f\\n\\r\\t\"", 0 },
	{ "{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":1}]}", 0 },
	{ "{\"a\":1,\"A\":1,\"\":1,\"aa\":1}", 0 },
	{ "\"\x7f\xe2\x80\xa8\"", 0 }, { "{}xx", 2 },
	{ "99999999999999999999999999", 0 }, { "1e-400", 0 },
	{ "[1e400,-1e400,1e999999]", 0 },
};
/* clang-format on */

static enum err
parse(const struct row *row, struct json_object **out)
{
	size_t len = row->len ? row->len : strlen(row->text);

	*out = NULL;
	return json_parse(&unit_cx, row->text, len, out);
}

static void
what_is_no_json_is_refused(void **state)
{
	struct json_object *value;

	(void)state;
	for (size_t i = 0; i < COUNT(hostile); i++) {
		if (parse(&hostile[i], &value) != ERR_INVALID_JSON)
			fail_msg("taken: %s", hostile[i].text);
		assert_non_null(unit_cx.fault.detail);
		assert_null(value);
	}
}

static void
what_is_json_is_taken(void **state)
{
	struct json_object *value;

	(void)state;
	for (size_t i = 0; i < COUNT(fine); i++) {
		if (parse(&fine[i], &value) != ERR_OK)
			fail_msg("refused: %s: %s", fine[i].text,
			    unit_cx.fault.detail);
		json_object_put(value);
	}
}

static void
every_cut_of_a_document_is_refused(void **state)
{
	static const char text[] = "{\"a\":[1.5e3,\"\\ud83d\\ude00\",true,"
				   "{\"b\":null,\"c\":-0}]}";
	struct json_object *value;

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++)
		assert_int_equal(
		    json_parse(&unit_cx, text, len, &value), ERR_INVALID_JSON);
}

/* depth levels of open, a 1 inside where asked for, and the same of close. */
static char *
nest(size_t depth, const char *open, const char *core, const char *close)
{
	char *text = arena_strdup(unit_cx.arena, core);

	while (depth-- > 0)
		text = arena_printf(unit_cx.arena, "%s%s%s", open, text, close);
	return text;
}

static void
levels_are_counted_from_the_outermost(void **state)
{
	struct json_object *value;
	struct row row = { 0 };

	(void)state;
	row.text = nest(32, "[", "", "]");
	assert_int_equal(parse(&row, &value), ERR_OK);
	json_object_put(value);
	row.text = nest(32, "{\"a\":", "1", "}");
	assert_int_equal(parse(&row, &value), ERR_OK);
	json_object_put(value);
	row.text = nest(33, "[", "", "]");
	assert_int_equal(parse(&row, &value), ERR_INVALID_JSON);
	row.text = nest(33, "{\"a\":", "1", "}");
	assert_int_equal(parse(&row, &value), ERR_INVALID_JSON);
	row.text = nest(1000, "[", "", "]");
	assert_int_equal(parse(&row, &value), ERR_INVALID_JSON);
}

/* A document of count copies of item. */
static char *
repeat(const char *item, size_t count)
{
	size_t len = strlen(item);
	char *text = arena_alloc(unit_cx.arena, count * (len + 1) + 2);

	for (size_t i = 0; i < count; i++) {
		memcpy(text + 1 + i * (len + 1), item, len);
		text[(i + 1) * (len + 1)] = ',';
	}
	text[0] = '[';
	text[count * (len + 1)] = ']';
	return text;
}

static void
a_document_cannot_swell(void **state)
{
	struct json_object *value;
	struct row row = { 0 };

	(void)state;
	row.text = repeat("{}", JSON_OBJECTS_MAX);
	assert_int_equal(parse(&row, &value), ERR_OK);
	json_object_put(value);
	row.text = repeat("{}", JSON_OBJECTS_MAX + 1);
	assert_int_equal(parse(&row, &value), ERR_INVALID_JSON);
	row.text = repeat("0", JSON_VALUES_MAX - 1);
	assert_int_equal(parse(&row, &value), ERR_OK);
	json_object_put(value);
	row.text = repeat("0", JSON_VALUES_MAX);
	assert_int_equal(parse(&row, &value), ERR_INVALID_JSON);
	assert_null(json_parse_loose(row.text, strlen(row.text)));
}

static void
duplicates_are_found_among_many(void **state)
{
	struct json_object *value;
	size_t count = JSON_VALUES_MAX - 2, len = 0;
	size_t size = 16 * (count + 2);
	char *text = arena_alloc(unit_cx.arena, size);
	struct row row = { .text = text };

	(void)state;
	for (size_t i = 0; i < count; i++)
		len += (size_t)snprintf(
		    text + len, size - len, "%c\"k%zu\":1", i ? ',' : '{', i);
	snprintf(text + len, size - len, "}");
	assert_int_equal(parse(&row, &value), ERR_OK);
	json_object_put(value);
	snprintf(text + len, size - len, ",\"k77\":1}");
	assert_int_equal(parse(&row, &value), ERR_INVALID_JSON);
	assert_non_null(strstr(unit_cx.fault.detail, "twice"));
}

static void
vendors_may_be_loose(void **state)
{
	static const char text[] = "{\"a\":1,\"a\":\"x\",\"n\":1e3,\"z\":"
				   "\"\\u0000\",\"r\":0.5,\"o\":{},\"l\":null}";
	struct json_object *value = json_parse_loose(text, strlen(text));
	const char *deep = nest(100, "[", "", "]");

	(void)state;
	assert_non_null(value);
	assert_string_equal(json_text_at(value, "a"), "x");
	assert_int_equal(json_int_at(value, "n"), 1000);
	assert_int_equal(json_int_at(value, "a"), INT_NONE);
	assert_int_equal(json_int_at(value, "r"), INT_NONE);
	assert_true(json_real_at(value, "r") == 0.5);
	assert_true(isnan(json_real_at(value, "a")));
	assert_null(json_text_at(value, "z"));
	assert_null(json_text_at(value, "n"));
	assert_null(json_text_at(value, "none"));
	assert_null(json_at(value, "l"));
	assert_non_null(json_at(value, "o"));
	assert_null(json_at(NULL, "o"));
	json_object_put(value);
	value = json_parse_loose(deep, strlen(deep));
	assert_non_null(value);
	json_object_put(value);
	deep = nest(129, "[", "", "]");
	assert_null(json_parse_loose(deep, strlen(deep)));
	assert_null(json_parse_loose("{} x", 4));
	assert_null(json_parse_loose("\"\xff\"", 3));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(what_is_no_json_is_refused),
		UNIT_TEST(what_is_json_is_taken),
		UNIT_TEST(every_cut_of_a_document_is_refused),
		UNIT_TEST(levels_are_counted_from_the_outermost),
		UNIT_TEST(a_document_cannot_swell),
		UNIT_TEST(duplicates_are_found_among_many),
		UNIT_TEST(vendors_may_be_loose),
	};

	return cmocka_run_group_tests_name("json_parse", tests, NULL, NULL);
}
