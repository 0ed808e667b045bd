/*
 * json_read - JSON and pairs into structs, and what is said when they don't
 * fit.
 */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "core/json_read.h"

struct inner {
	const char *word;
	int64_t n;
};

struct all {
	const char *text;
	const char *kind;
	int64_t width;
	int64_t num_images;
	double strength;
	bool is_public;
	struct uuid source_id;
	struct stamp since;
	struct json_text extra;
	const void *inner;
	struct list inners;
	struct list tags;
};

static const char *const kinds[] = { "image", "video", NULL };

static const struct field inner_fields[] = {
	FIELD(struct inner, word, .required = true, RANGE(1, 5)),
	FIELD(struct inner, n, RANGE(1, 3), .def = 2),
};
static const struct shape inner_shape = SHAPE(struct inner, inner_fields);

static const struct field all_fields[] = {
	FIELD(struct all, text, .trim = true, RANGE(1, 4)),
	FIELD(struct all, kind, .one_of = kinds, .def_text = "image"),
	FIELD(struct all, width, RANGE(256, 2048), .multiple = 8, .def = 512),
	FIELD(struct all, num_images, .def = INT_NONE),
	FIELD(struct all, strength, RANGE(0, 1), .def_real = 0.5),
	FIELD(struct all, is_public, .def = 1),
	COLUMN(struct all, source_id),
	COLUMN(struct all, since),
	COLUMN(struct all, extra),
	FIELD(struct all, inner, .shape = &inner_shape),
	FIELD(struct all, inners, .shape = &inner_shape, RANGE(0, 2)),
	FIELD(struct all, tags, RANGE(1, 3)),
};
static const struct shape all_shape = SHAPE(struct all, all_fields);

#define ID "0190163d-8694-739b-aea5-966c26f8ad90"

static enum err
read_all(const char *text, struct all *out)
{
	return json_read(&unit_cx, text, strlen(text), &all_shape, out);
}

static void
absent_members_get_their_defaults(void **state)
{
	static const char *const texts[] = { "{}",
		"{\"text\":null,\"kind\":null,\"width\":null,\"extra\":null,"
		"\"inner\":null,\"tags\":null,\"isPublic\":null,"
		"\"unknown\":[1],\"num_images\":3}" };
	struct all in;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_int_equal(read_all(texts[i], &in), ERR_OK);
		assert_null(in.text);
		assert_string_equal(in.kind, "image");
		assert_int_equal(in.width, 512);
		assert_true(in.num_images == INT_NONE);
		assert_true(in.strength == 0.5);
		assert_true(in.is_public);
		assert_true(uuid_is_null(&in.source_id));
		assert_true(in.since.ms == TIME_NONE);
		assert_null(in.extra.text);
		assert_null(in.inner);
		assert_int_equal(in.inners.count, 0);
		assert_int_equal(in.tags.count, 0);
	}
}

static void
every_type_is_read(void **state)
{
	const struct inner *inner;
	const char *const *tags;
	struct all in;
	char id[UUID_TEXT];

	(void)state;
	assert_int_equal(
	    read_all("{\"text\":\" \\u00e4b \\n\",\"kind\":\"video\","
		     "\"width\":1024.0,\"numImages\":1e3,\"strength\":1,"
		     "\"isPublic\":false,\"sourceId\":\"" ID "\","
		     "\"since\":\"2024-01-26T00:00:00Z\","
		     "\"extra\":{\"a\":[1,\"x/y\",null]},"
		     "\"inner\":{\"word\":\"w\"},"
		     "\"inners\":[{\"word\":\"a\",\"n\":3},{\"word\":\"b\"}],"
		     "\"tags\":[\"x\",\"y\"]}",
		&in),
	    ERR_OK);
	assert_string_equal(in.text, "\xc3\xa4"
				     "b");
	assert_string_equal(in.kind, "video");
	assert_int_equal(in.width, 1024);
	assert_int_equal(in.num_images, 1000);
	assert_true(in.strength == 1.0);
	assert_false(in.is_public);
	assert_string_equal(uuid_format(&in.source_id, id), ID);
	assert_int_equal(in.since.ms, INT64_C(1706227200000));
	assert_string_equal(in.extra.text, "{\"a\":[1,\"x/y\",null]}");
	inner = in.inner;
	assert_string_equal(inner->word, "w");
	assert_int_equal(inner->n, 2);
	assert_int_equal(in.inners.count, 2);
	inner = in.inners.items;
	assert_int_equal(inner[0].n, 3);
	assert_string_equal(inner[1].word, "b");
	assert_int_equal(in.tags.count, 2);
	tags = in.tags.items;
	assert_string_equal(tags[1], "y");
}

/* clang-format off */
static const struct refusal {
	const char *text;
	const char *field, *detail;
	enum err err; /* 0: ERR_INVALID_FIELD */
} refusals[] = {
	{ "{\"text\":\"\"}", "text",
	  "text must be a text of 1 to 4 characters" },
	{ "{\"text\":\" \\t\\u3000\"}", "text",
	  "text must be a text of 1 to 4 characters" },
	{ "{\"text\":\"abcde\"}", "text",
	  "text must be a text of 1 to 4 characters" },
	{ "{\"text\":5}", "text",
	  "text must be a text of 1 to 4 characters" },
	{ "{\"text\":[]}", "text",
	  "text must be a text of 1 to 4 characters" },
	{ "{\"kind\":\"Image\"}", "kind",
	  "kind must be one of image, video" },
	{ "{\"kind\":\"\"}", "kind", "kind must be one of image, video" },
	{ "{\"kind\":true}", "kind", "kind must be one of image, video" },
	{ "{\"width\":255}", "width",
	  "width must be a multiple of 8 between 256 and 2048" },
	{ "{\"width\":248}", "width",
	  "width must be a multiple of 8 between 256 and 2048" },
	{ "{\"width\":257}", "width",
	  "width must be a multiple of 8 between 256 and 2048" },
	{ "{\"width\":2056}", "width",
	  "width must be a multiple of 8 between 256 and 2048" },
	{ "{\"width\":512.5}", "width",
	  "width must be a multiple of 8 between 256 and 2048" },
	{ "{\"width\":\"512\"}", "width",
	  "width must be a multiple of 8 between 256 and 2048" },
	{ "{\"width\":true}", "width",
	  "width must be a multiple of 8 between 256 and 2048" },
	{ "{\"numImages\":1.5}", "numImages",
	  "numImages must be a whole number" },
	{ "{\"numImages\":1e300}", "numImages",
	  "numImages must be a whole number" },
	{ "{\"numImages\":9223372036854775808}", "numImages",
	  "numImages must be a whole number" },
	{ "{\"numImages\":-9223372036854775809}", "numImages",
	  "numImages must be a whole number" },
	{ "{\"numImages\":99999999999999999999999}", "numImages",
	  "numImages must be a whole number" },
	{ "{\"strength\":1.0001}", "strength",
	  "strength must be a number between 0 and 1" },
	{ "{\"strength\":-0.1}", "strength",
	  "strength must be a number between 0 and 1" },
	{ "{\"strength\":\"0.5\"}", "strength",
	  "strength must be a number between 0 and 1" },
	{ "{\"isPublic\":1}", "isPublic", "isPublic must be true or false" },
	{ "{\"isPublic\":\"true\"}", "isPublic",
	  "isPublic must be true or false" },
	{ "{\"sourceId\":5}", "sourceId", "sourceId must be an id" },
	{ "{\"sourceId\":\"x\"}", "sourceId", "there is no such id",
	  ERR_NOT_FOUND },
	{ "{\"since\":\"2024-02-30T00:00:00Z\"}", "since",
	  "since must be a time such as 2024-01-26T00:00:00Z" },
	{ "{\"since\":\"2024-01-26 00:00:00Z\"}", "since",
	  "since must be a time such as 2024-01-26T00:00:00Z" },
	{ "{\"since\":\"2024-13-26T00:00:00Z\"}", "since",
	  "since must be a time such as 2024-01-26T00:00:00Z" },
	{ "{\"since\":1706227200}", "since",
	  "since must be a time such as 2024-01-26T00:00:00Z" },
	{ "{\"inner\":[]}", "inner", "inner must be an object" },
	{ "{\"inner\":{}}", "inner.word", "word is required",
	  ERR_MISSING_FIELD },
	{ "{\"inner\":{\"word\":null}}", "inner.word", "word is required",
	  ERR_MISSING_FIELD },
	{ "{\"inner\":{\"word\":\"toolong\"}}", "inner.word",
	  "word must be a text of 1 to 5 characters" },
	{ "{\"inners\":[{\"word\":\"a\"},{\"word\":\"a\",\"n\":4}]}",
	  "inners[1].n", "n must be a whole number between 1 and 3" },
	{ "{\"inners\":[1]}", "inners",
	  "inners must be an array of at most 2 items" },
	{ "{\"inners\":[null]}", "inners",
	  "inners must be an array of at most 2 items" },
	{ "{\"inners\":[{},{},{}]}", "inners",
	  "inners must be an array of at most 2 items" },
	{ "{\"tags\":[]}", "tags", "tags must be an array of 1 to 3 items" },
	{ "{\"tags\":[\"a\",1]}", "tags",
	  "tags must be an array of 1 to 3 items" },
	{ "{\"tags\":\"a\"}", "tags",
	  "tags must be an array of 1 to 3 items" },
	{ "[]", NULL, "the JSON text must be an object", ERR_INVALID_JSON },
	{ "null", NULL, "the JSON text must be an object", ERR_INVALID_JSON },
	{ "1", NULL, "the JSON text must be an object", ERR_INVALID_JSON },
};
/* clang-format on */

static void
what_does_not_fit_is_named(void **state)
{
	struct all in;

	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		const struct refusal *r = &refusals[i];
		enum err want = r->err ? r->err : ERR_INVALID_FIELD;

		if (read_all(r->text, &in) != want)
			fail_msg(
			    "%s: %s", r->text, err_name(unit_cx.fault.err));
		assert_string_equal(unit_cx.fault.detail, r->detail);
		if (r->field == NULL)
			assert_null(unit_cx.fault.field);
		else
			assert_string_equal(unit_cx.fault.field, r->field);
	}
}

static void
bounds_belong_to_the_range(void **state)
{
	static const char *const texts[] = { "{\"width\":256}",
		"{\"width\":2048}", "{\"text\":\"a\"}",
		"{\"text\":\"\\u4e2d\\u4e2d\\ud83d\\ude00\xe4\xb8\xad\"}",
		"{\"text\":\"  abcd  \"}", "{\"strength\":0}",
		"{\"strength\":-0.0}", "{\"strength\":1e0}",
		"{\"numImages\":-0}", "{\"numImages\":-0.0}",
		"{\"numImages\":9223372036854775806}", "{\"tags\":[\"\"]}",
		"{\"tags\":[\"\",\"\",\"\"]}", "{\"inners\":[]}" };
	struct all in;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (read_all(texts[i], &in) != ERR_OK)
			fail_msg("%s: %s", texts[i], unit_cx.fault.detail);
	assert_int_equal(read_all("{\"numImages\":-0.0}", &in), ERR_OK);
	assert_int_equal(in.num_images, 0);
	assert_int_equal(read_all("{\"strength\":-0.0}", &in), ERR_OK);
	assert_false(signbit(in.strength));
}

static void
pairs_are_read_by_the_same_shape(void **state)
{
	static const struct query_pair pairs[] = { { "text", " ab " },
		{ "width", "512" }, { "strength", "0.25" },
		{ "isPublic", "false" }, { "sourceId", ID },
		{ "kind", "video" }, { "unknown", "1" }, { "unknown", "2" } };
	struct all in;

	(void)state;
	assert_int_equal(
	    pairs_read(&unit_cx, pairs, COUNT(pairs), &all_shape, &in), ERR_OK);
	assert_string_equal(in.text, "ab");
	assert_int_equal(in.width, 512);
	assert_true(in.strength == 0.25);
	assert_false(in.is_public);
	assert_false(uuid_is_null(&in.source_id));
	assert_string_equal(in.kind, "video");
	assert_int_equal(
	    pairs_read(&unit_cx, NULL, 0, &all_shape, &in), ERR_OK);
	assert_int_equal(in.width, 512);
}

static void
pairs_that_do_not_fit_are_named(void **state)
{
	static const struct {
		struct query_pair pair;
		enum err err;
	} rows[] = {
		{ { "width", "512.0" }, ERR_INVALID_FIELD },
		{ { "width", "" }, ERR_INVALID_FIELD },
		{ { "width", " 512" }, ERR_INVALID_FIELD },
		{ { "width", "0x200" }, ERR_INVALID_FIELD },
		{ { "numImages", "99999999999999999999" }, ERR_INVALID_FIELD },
		{ { "strength", "nan" }, ERR_INVALID_FIELD },
		{ { "strength", "inf" }, ERR_INVALID_FIELD },
		{ { "strength", "0x1p-1" }, ERR_INVALID_FIELD },
		{ { "strength", "0.5 " }, ERR_INVALID_FIELD },
		{ { "strength", "" }, ERR_INVALID_FIELD },
		{ { "isPublic", "maybe" }, ERR_INVALID_FIELD },
		{ { "kind", "" }, ERR_INVALID_FIELD },
		{ { "text", "" }, ERR_INVALID_FIELD },
		{ { "sourceId", "x" }, ERR_NOT_FOUND },
		{ { "tags", "x" }, ERR_INVALID_FIELD },
		{ { "inner", "{}" }, ERR_INVALID_FIELD },
		{ { "extra", "{}" }, ERR_INVALID_FIELD },
	};
	static const struct query_pair twice[] = { { "width", "512" },
		{ "width", "512" } };
	struct all in;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(
		    pairs_read(&unit_cx, &rows[i].pair, 1, &all_shape, &in),
		    rows[i].err);
		assert_string_equal(unit_cx.fault.field, rows[i].pair.name);
	}
	assert_int_equal(
	    pairs_read(&unit_cx, twice, 2, &all_shape, &in), ERR_INVALID_FIELD);
	assert_string_equal(unit_cx.fault.detail, "width is given twice");
	assert_int_equal(pairs_read(&unit_cx, NULL, 0, &inner_shape, &in),
	    ERR_MISSING_FIELD);
	assert_string_equal(unit_cx.fault.field, "word");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(absent_members_get_their_defaults),
		UNIT_TEST(every_type_is_read),
		UNIT_TEST(what_does_not_fit_is_named),
		UNIT_TEST(bounds_belong_to_the_range),
		UNIT_TEST(pairs_are_read_by_the_same_shape),
		UNIT_TEST(pairs_that_do_not_fit_are_named),
	};

	return cmocka_run_group_tests_name("json_read", tests, NULL, NULL);
}
