/*
 * json_write - escapes, numbers, nulls and nesting.
 */
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "core/json_read.h"
#include "core/json_write.h"

static const char *
text_json(const char *text)
{
	struct buf buf;
	struct jw jw;
	const char *json;

	buf_init(&buf, MIB);
	jw_init(&jw, &buf);
	jw_text(&jw, text);
	jw_done(&jw);
	json = arena_strdup(unit_cx.arena, buf_text(&buf));
	buf_release(&buf);
	return json;
}

static void
texts_are_escaped(void **state)
{
	static const char *const rows[][2] = {
		{ "", "\"\"" },
		{ "plain", "\"plain\"" },
		{ "\"\\/", "\"\\\"\\\\/\"" },
		{ "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
		{ "\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\"" },
		{ "a\"b", "\"a\\\"b\"" },
		{ "\xe4\xb8\xad\xf0\x9f\x98\x80",
		    "\"\xe4\xb8\xad\xf0\x9f\x98\x80\"" },
		/* what is no UTF-8 */
		{ "a\xff"
		  "b",
		    "\"a\xef\xbf\xbd"
		    "b\"" },
		{ "\xc3", "\"\xef\xbf\xbd\"" },
		{ "\xe4\xb8\"", "\"\xef\xbf\xbd\xef\xbf\xbd\\\"\"" },
		{ "\xff\xc3\xa4\n", "\"\xef\xbf\xbd\xc3\xa4\\n\"" },
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ NULL, "null" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(text_json(rows[i][0]), rows[i][1]);
}

static void
every_byte_makes_valid_json(void **state)
{
	struct json_object *value;

	(void)state;
	for (int c = 1; c < 256; c++) {
		const char text[] = { 'a', (char)c, 'b', '\0' };
		const char *json = text_json(text);

		assert_int_equal(
		    json_parse(&unit_cx, json, strlen(json), &value), ERR_OK);
		json_object_put(value);
	}
}

static const char *
number_json(bool is_int, int64_t i, double d)
{
	struct buf buf;
	struct jw jw;
	const char *json;

	buf_init(&buf, KIB);
	jw_init(&jw, &buf);
	if (is_int)
		jw_int(&jw, i);
	else
		jw_real(&jw, d);
	json = arena_strdup(unit_cx.arena, buf_text(&buf));
	buf_release(&buf);
	return json;
}

static void
numbers_are_short_and_exact(void **state)
{
	static const struct {
		double value;
		const char *json;
	} reals[] = { { 0, "0" }, { -0.0, "0" }, { 1, "1" }, { 0.1, "0.1" },
		{ -2.5, "-2.5" }, { 1e3, "1000" }, { 0.3, "0.3" },
		{ 123456789012.0, "123456789012" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ 0.1 + 0.2, "0.30000000000000004" }, { 1e300, "1e+300" },
		{ NAN, "null" }, { INFINITY, "null" }, { -INFINITY, "null" } };
	static const struct {
		int64_t value;
		const char *json;
	} ints[] = { { 0, "0" }, { 7, "7" }, { -7, "-7" }, { 10, "10" },
		{ INT64_MAX, "9223372036854775807" },
		{ INT64_MIN + 1, "-9223372036854775807" },
		{ INT_NONE, "null" } };

	(void)state;
	for (size_t i = 0; i < COUNT(reals); i++)
		assert_string_equal(
		    number_json(false, 0, reals[i].value), reals[i].json);
	for (size_t i = 0; i < COUNT(ints); i++)
		assert_string_equal(
		    number_json(true, ints[i].value, 0), ints[i].json);
}

static void
reals_read_back_the_same(void **state)
{
	uint64_t bits = 0x0123456789abcdef;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		double value;

		bits = bits * 6364136223846793005u + 1442695040888963407u;
		memcpy(&value, &bits, sizeof(value));
		if (isfinite(value))
			assert_true(strtod(number_json(false, 0, value),
					NULL) == value);
	}
}

struct leaf {
	int64_t n;
};

struct all {
	const char *text_one;
	int64_t count;
	double real;
	bool flag;
	struct uuid id;
	struct stamp at;
	struct json_text raw;
	const void *leaf;
	struct list leaves;
	struct list words;
};

static const struct field leaf_fields[] = { COLUMN(struct leaf, n) };
static const struct shape leaf_shape = SHAPE(struct leaf, leaf_fields);

#define ALL_FIELDS(...)                                                        \
	{                                                                      \
		FIELD(struct all, text_one, __VA_ARGS__),                      \
		    FIELD(struct all, count, __VA_ARGS__),                     \
		    FIELD(struct all, real, __VA_ARGS__),                      \
		    FIELD(struct all, flag, __VA_ARGS__),                      \
		    FIELD(struct all, id, __VA_ARGS__),                        \
		    FIELD(struct all, at, __VA_ARGS__),                        \
		    FIELD(struct all, raw, __VA_ARGS__),                       \
		    FIELD(                                                     \
			struct all, leaf, .shape = &leaf_shape, __VA_ARGS__),  \
		    FIELD(struct all, leaves, .shape = &leaf_shape,            \
			__VA_ARGS__),                                          \
		    FIELD(struct all, words, __VA_ARGS__),                     \
	}

static const struct field all_fields[] = ALL_FIELDS(.omit_null = false);
static const struct field some_fields[] = ALL_FIELDS(.omit_null = true);
static const struct shape all_shape = SHAPE(struct all, all_fields);
static const struct shape some_shape = SHAPE(struct all, some_fields);

static void
every_type_is_written(void **state)
{
	static const struct leaf leaves[] = { { 1 }, { INT_NONE } };
	static const char *const words[] = { "a", NULL };
	struct all all = { .text_one = "x",
		.count = 3,
		.real = 0.5,
		.flag = true,
		.at = { 0 },
		.raw = { "[1]" },
		.leaf = &leaves[0],
		.leaves = { leaves, 2 },
		.words = { words, 2 } };

	(void)state;
	assert_true(
	    uuid_parse("0190163d-8694-739b-aea5-966c26f8ad90", &all.id));
	assert_string_equal(json_write(&unit_cx, &all_shape, &all),
	    "{\"textOne\":\"x\",\"count\":3,\"real\":0.5,\"flag\":true,"
	    "\"id\":\"0190163d-8694-739b-aea5-966c26f8ad90\","
	    "\"at\":\"1970-01-01T00:00:00Z\",\"raw\":[1],\"leaf\":{\"n\":1},"
	    "\"leaves\":[{\"n\":1},{\"n\":null}],\"words\":[\"a\",null]}");
}

static void
none_is_null_or_left_out(void **state)
{
	struct all all = {
		.count = INT_NONE, .real = NAN, .at = { TIME_NONE }
	};

	(void)state;
	assert_string_equal(json_write(&unit_cx, &all_shape, &all),
	    "{\"textOne\":null,\"count\":null,\"real\":null,\"flag\":false,"
	    "\"id\":null,\"at\":null,\"raw\":null,\"leaf\":null,\"leaves\":[],"
	    "\"words\":[]}");
	assert_string_equal(
	    json_write(&unit_cx, &some_shape, &all), "{\"flag\":false}");
}

static void
members_may_be_mixed_with_others(void **state)
{
	static const struct leaf leaf = { 4 };
	struct buf buf;
	struct jw jw;

	(void)state;
	buf_init(&buf, KIB);
	jw_init(&jw, &buf);
	jw_object(&jw);
	jw_name(&jw, "a \"b\"");
	jw_array(&jw);
	jw_array(&jw);
	jw_end_array(&jw);
	jw_bool(&jw, false);
	jw_json(&jw, NULL);
	jw_end_array(&jw);
	jw_members(&jw, &leaf_shape, &leaf);
	jw_name(&jw, "z");
	jw_object(&jw);
	jw_end_object(&jw);
	jw_end_object(&jw);
	jw_done(&jw);
	assert_string_equal(buf_text(&buf),
	    "{\"a \\\"b\\\"\":[[],false,null],\"n\":4,\"z\":{}}");
	buf_release(&buf);
}

static void
a_full_buffer_is_remembered(void **state)
{
	static const struct leaf leaf = { 4 };
	struct buf buf;
	struct jw jw;

	(void)state;
	buf_init(&buf, 5);
	jw_init(&jw, &buf);
	jw_struct(&jw, &leaf_shape, &leaf);
	jw_done(&jw);
	assert_true(buf_overflowed(&buf));
	buf_release(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(texts_are_escaped),
		UNIT_TEST(every_byte_makes_valid_json),
		UNIT_TEST(numbers_are_short_and_exact),
		UNIT_TEST(reals_read_back_the_same),
		UNIT_TEST(every_type_is_written),
		UNIT_TEST(none_is_null_or_left_out),
		UNIT_TEST(members_may_be_mixed_with_others),
		UNIT_TEST(a_full_buffer_is_remembered),
	};

	return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
