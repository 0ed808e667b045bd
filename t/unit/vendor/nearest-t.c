/*
 * nearest - what is chosen when a vendor can't do what was asked.
 */
#include "../core/unit.h"

#include <string.h>

#include "core/json_read.h"
#include "core/json_tree.h"
#include "vendor/nearest.h"

static void
the_shape_decides_then_the_area(void **state)
{
	static const struct nearest_size sizes[] = {
		{ "1024x1024", 1024, 1024 },
		{ "1792x1024", 1792, 1024 },
		{ "1024x1792", 1024, 1792 },
		{ "512x512", 512, 512 },
	};
	static const struct {
		int64_t width, height;
		const char *word;
	} rows[] = { { 1024, 1024, "1024x1024" }, { 256, 256, "512x512" },
		{ 700, 700, "512x512" }, { 768, 768, "1024x1024" },
		{ 2048, 2048, "1024x1024" }, { 1920, 1080, "1792x1024" },
		{ 1080, 1920, "1024x1792" }, { 2048, 256, "1792x1024" },
		{ 256, 2048, "1024x1792" }, { 1280, 1024, "1024x1024" } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(nearest_size(sizes, COUNT(sizes),
					rows[i].width, rows[i].height)
					->word,
		    rows[i].word);
}

static void
between_two_numbers_the_larger_is_taken(void **state)
{
	static const int64_t seconds[] = { 4, 8, 12 };
	static const int64_t rows[][2] = { { 1, 4 }, { 5, 4 }, { 6, 8 },
		{ 8, 8 }, { 10, 12 }, { 60, 12 } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(
		    nearest_number(seconds, COUNT(seconds), rows[i][0]),
		    rows[i][1]);
}

static void
a_frame_has_the_lines_and_the_shape(void **state)
{
	static const struct {
		const char *resolution;
		int64_t shape_width, shape_height, width, height;
	} rows[] = {
		{ "480p", 0, 0, 854, 480 },
		{ "720p", 0, 0, 1280, 720 },
		{ "1080p", 0, 0, 1920, 1080 },
		{ "4k", 0, 0, 3840, 2160 },
		{ NULL, 0, 0, 1280, 720 },
		{ "720p", 1080, 1920, 720, 1280 },
		{ "720p", 512, 512, 720, 720 },
		{ "480p", 64, 8192, 480, 61440 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t width, height;

		nearest_frame(rows[i].resolution, rows[i].shape_width,
		    rows[i].shape_height, &width, &height);
		assert_int_equal(width, rows[i].width);
		assert_int_equal(height, rows[i].height);
	}
}

static void
sides_are_put_on_a_grid(void **state)
{
	int64_t width = 1000, height = 7;

	(void)state;
	nearest_grid(64, &width, &height);
	assert_int_equal(width, 1024);
	assert_int_equal(height, 64);
}

static void
a_configured_list_is_read_as_far_as_it_makes_sense(void **state)
{
	static const char text[] =
	    "{\"s\":[\"1280x720\",\"720:1280\",\"x\",5,\"0x1\",\"1x\",\"9x-9\","
	    "\"99999x1\"],\"n\":[4,0,-1,\"8\",8.0,1.5],\"e\":[]}";
	struct json_object *config = json_parse_loose(text, strlen(text));
	const struct nearest_size *sizes;
	const int64_t *numbers;
	size_t count;

	(void)state;
	sizes =
	    nearest_sizes_read(unit_cx.arena, json_find(config, "s"), &count);
	assert_int_equal(count, 2);
	assert_string_equal(sizes[1].word, "720:1280");
	assert_int_equal(sizes[1].height, 1280);
	numbers =
	    nearest_numbers_read(unit_cx.arena, json_find(config, "n"), &count);
	assert_int_equal(count, 2);
	assert_int_equal(numbers[1], 8);
	assert_null(
	    nearest_sizes_read(unit_cx.arena, json_find(config, "e"), &count));
	assert_null(nearest_numbers_read(
	    unit_cx.arena, json_find(config, "none"), &count));
	assert_int_equal(count, 0);
	json_free(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(the_shape_decides_then_the_area),
		UNIT_TEST(between_two_numbers_the_larger_is_taken),
		UNIT_TEST(a_frame_has_the_lines_and_the_shape),
		UNIT_TEST(sides_are_put_on_a_grid),
		UNIT_TEST(a_configured_list_is_read_as_far_as_it_makes_sense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
