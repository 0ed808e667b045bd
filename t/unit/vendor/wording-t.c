/*
 * wording - prompts, styles and limits.
 */
#include "../core/unit.h"

#include <string.h>

#include "base/text.h"
#include "vendor/wording.h"

static void
what_has_no_field_is_said_in_the_prompt(void **state)
{
	struct arena *a = unit_cx.arena;

	(void)state;
	assert_string_equal(
	    wording_join(a, "a kite", NULL, "", 99, WORDING_POINTS), "a kite");
	assert_string_equal(
	    wording_join(a, "a kite", "ink", "people", 99, WORDING_POINTS),
	    "a kite\nStyle: ink.\nAvoid: people.");
	assert_string_equal(
	    wording_join(a, "a kite", "ink", NULL, 4, WORDING_POINTS), "a ki");
}

static void
texts_are_cut_at_a_character(void **state)
{
	struct arena *a = unit_cx.arena;
	const char *text = "\xe9\xa3\x8e\xe7\xad\x9d\xf0\x9f\xaa\x81x";

	(void)state;
	assert_string_equal(wording_cut(a, text, 4, WORDING_POINTS), text);
	assert_string_equal(wording_cut(a, text, 3, WORDING_POINTS),
	    "\xe9\xa3\x8e\xe7\xad\x9d\xf0\x9f\xaa\x81");
	assert_string_equal(
	    wording_cut(a, text, 3, WORDING_UTF16), "\xe9\xa3\x8e\xe7\xad\x9d");
	assert_string_equal(wording_cut(a, text, 5, WORDING_UTF16), text);
	assert_string_equal(wording_cut(a, text, 0, WORDING_POINTS), "");
	assert_null(wording_cut(a, NULL, 3, WORDING_POINTS));
}

static void
a_style_is_a_preset_in_any_spelling(void **state)
{
	static const char *const rows[][2] = { { "anime", "anime" },
		{ "Digital Art", "digital-art" }, { "PIXEL_ART", "pixel-art" },
		{ "3D model", "3d-model" }, { "ink", NULL }, { "", NULL },
		{ NULL, NULL }, { "anime ", NULL } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_true(text_is(
		    wording_preset(unit_cx.arena, rows[i][0]), rows[i][1]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(what_has_no_field_is_said_in_the_prompt),
		UNIT_TEST(texts_are_cut_at_a_character),
		UNIT_TEST(a_style_is_a_preset_in_any_spelling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
