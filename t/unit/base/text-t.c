/*
 * UTF-8 as RFC 3629 has it, numbers that say no, and words.
 */
#include "base/text.h"

#include "base/arena.h"
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;

static void
utf8_is_checked(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} rows[] = {
		{ "", true },
		{ "abc", true },
		{ "\xc3\xa9", true },
		{ "\xe4\xb8\xad", true },
		{ "\xf0\x9f\x8e\xa8", true },
		{ "\xf4\x8f\xbf\xbf", true },
		{ "\xed\x9f\xbf", true },
		{ "\xee\x80\x80", true },
		{ "\x80", false },
		{ "\xc0\x80", false },
		{ "\xc1\xbf", false },
		{ "\xc3", false },
		{ "\xe4\xb8", false },
		{ "\xe0\x9f\xbf", false },
		{ "\xed\xa0\x80", false },
		{ "\xed\xbf\xbf", false },
		{ "\xf0\x8f\xbf\xbf", false },
		{ "\xf4\x90\x80\x80", false },
		{ "\xf5\x80\x80\x80", false },
		{ "\xff", false },
		{ "a\xc3(", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(utf8_valid(rows[i].text, strlen(rows[i].text)),
		    rows[i].valid);
	assert_int_equal(utf8_length("a\xe4\xb8\xad\xf0\x9f\x8e\xa8", 8), 3);
	assert_int_equal(utf8_prefix("a\xe4\xb8\xad"
				     "b",
			     5, 2),
	    4);
	assert_int_equal(utf8_prefix("ab", 2, 9), 2);
}

static void
every_code_point_survives(void **state)
{
	(void)state;
	for (uint32_t c = 1; c < 0x110000; c += c < 0x3000 ? 1 : 7) {
		char text[4];
		size_t len = utf8_encode(c, text), size;

		if (c >= 0xd800 && c < 0xe000)
			continue;
		assert_true(utf8_valid(text, len));
		assert_int_equal(utf8_decode(text, len, &size), c);
		assert_int_equal(size, len);
	}
}

static void
numbers_say_no(void **state)
{
	static const char *const wrong[] = { "", "-", "+1", " 1", "1 ", "1.0",
		"1e3", "0x1", "9223372036854775808", "--1", "a" };
	static const struct {
		const char *text;
		int64_t seconds, bytes;
	} units[] = {
		{ "90", 90, 90 },
		{ "90s", 90, -1 },
		{ "15m", 900, -1 },
		{ "24h", 86400, -1 },
		{ "7d", 604800, -1 },
		{ "64K", -1, 65536 },
		{ "20M", -1, 20971520 },
		{ "1G", -1, 1073741824 },
		{ "1Kb", -1, -1 },
		{ "-1", -1, -1 },
		{ "", -1, -1 },
		{ "9223372036854775807d", -1, -1 },
	};
	int64_t n;
	bool yes;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(text_to_int(wrong[i], &n));
	assert_true(text_to_int("-9223372036854775808", &n));
	assert_int_equal(n, INT64_MIN);
	assert_true(text_to_int_in("5", 5, 5, &n));
	assert_false(text_to_int_in("4", 5, 6, &n));
	for (size_t i = 0; i < COUNT(units); i++) {
		assert_int_equal(
		    text_to_seconds(units[i].text, &n), units[i].seconds >= 0);
		if (units[i].seconds >= 0)
			assert_int_equal(n, units[i].seconds);
		assert_int_equal(
		    text_to_bytes(units[i].text, &n), units[i].bytes >= 0);
		if (units[i].bytes >= 0)
			assert_int_equal(n, units[i].bytes);
	}
	assert_true(text_to_bool("yes", &yes) && yes);
	assert_true(text_to_bool("off", &yes) && !yes);
	assert_false(text_to_bool("maybe", &yes));
}

static void
words_are_trimmed_lowered_and_split(void **state)
{
	const char *rest = " a, ,b b ,";
	char camel[32];

	(void)state;
	assert_string_equal(
	    text_trim(arena, " \t\xe3\x80\x80x y\xc2\xa0\n"), "x y");
	assert_string_equal(text_trim(arena, "\xe3\x80\x80"), "");
	assert_string_equal(
	    text_lower(arena, "\xc3\x84 B\xd0\x96"), "\xc3\xa4 b\xd0\xb6");
	assert_string_equal(text_split(arena, &rest, ','), "a");
	assert_string_equal(text_split(arena, &rest, ','), "b b");
	assert_null(text_split(arena, &rest, ','));
	text_camel("num_images_max", camel);
	assert_string_equal(camel, "numImagesMax");
	assert_true(text_is(NULL, NULL));
	assert_false(text_is("a", NULL));
	assert_true(text_starts("abc", "ab") && text_ends("abc", "bc"));
	assert_false(text_ends("c", "bc"));
}

static void
ascii_is_told_from_the_rest(void **state)
{
	(void)state;
	assert_string_equal(text_ascii("gpt-4 \x7f"), "gpt-4 \x7f");
	assert_string_equal(text_ascii("gpt-\xc3\xa9"), "");
	assert_string_equal(text_ascii(""), "");
	assert_null(text_ascii(NULL));
}

static void
the_distance_of_words(void **state)
{
	(void)state;
	assert_int_equal(text_distance("", "abc"), 3);
	assert_int_equal(text_distance("kitten", "sitting"), 3);
	assert_int_equal(text_distance("base_path", "base_paht"), 1);
	assert_int_equal(text_distance("same", "same"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_is_checked),
		cmocka_unit_test(every_code_point_survives),
		cmocka_unit_test(numbers_say_no),
		cmocka_unit_test(words_are_trimmed_lowered_and_split),
		cmocka_unit_test(ascii_is_told_from_the_rest),
		cmocka_unit_test(the_distance_of_words),
	};
	int failed;

	arena = arena_new(MIB);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
