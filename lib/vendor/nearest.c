#include "vendor/nearest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"

#define SIDE_MAX 16384
#define CHOICES_MAX 64

/* Shapes this close are the same shape: 1280x720 and 1920x1080. */
#define SAME_SHAPE 1e-6

/* How far two shapes are apart; 0 is equal, turning does not matter. */
static double
shape_distance(const struct nearest_size *s, int64_t width, int64_t height)
{
	return fabs(log((double)s->width * (double)height /
			((double)s->height * (double)width)));
}

static double
area_distance(const struct nearest_size *s, int64_t width, int64_t height)
{
	return fabs(log((double)s->width * (double)s->height /
			((double)width * (double)height)));
}

const struct nearest_size *
nearest_size(const struct nearest_size *sizes, size_t count, int64_t width,
    int64_t height)
{
	const struct nearest_size *best = &sizes[0];

	for (size_t i = 1; i < count; i++) {
		double d = shape_distance(&sizes[i], width, height) -
			   shape_distance(best, width, height);

		if (d < -SAME_SHAPE ||
		    (d < SAME_SHAPE && area_distance(&sizes[i], width, height) <
					   area_distance(best, width, height)))
			best = &sizes[i];
	}
	return best;
}

int64_t
nearest_number(const int64_t *numbers, size_t count, int64_t asked)
{
	int64_t best = numbers[0];

	for (size_t i = 1; i < count; i++) {
		int64_t d = llabs(numbers[i] - asked),
			had = llabs(best - asked);

		if (d < had || (d == had && numbers[i] > best))
			best = numbers[i];
	}
	return best;
}

static int64_t
grid_round(int64_t step, int64_t side)
{
	int64_t n = (side + step / 2) / step;

	return (n < 1 ? 1 : n) * step;
}

void
nearest_grid(int64_t step, int64_t *width, int64_t *height)
{
	*width = grid_round(step, *width);
	*height = grid_round(step, *height);
}

void
nearest_frame(const char *resolution, int64_t shape_width, int64_t shape_height,
    int64_t *width, int64_t *height)
{
	static const struct {
		const char *word;
		int64_t lines;
	} known[] = { { "360p", 360 }, { "480p", 480 }, { "720p", 720 },
		{ "1080p", 1080 }, { "4k", 2160 } };
	int64_t lines = 720, longer;
	double ratio;

	for (size_t i = 0; i < COUNT(known); i++)
		if (text_is(resolution, known[i].word))
			lines = known[i].lines;
	if (shape_width <= 0 || shape_height <= 0) {
		shape_width = 16;
		shape_height = 9;
	}
	ratio = (double)shape_width / (double)shape_height;
	longer =
	    2 * llrint((double)lines * (ratio < 1 ? 1 / ratio : ratio) / 2);
	*width = ratio < 1 ? lines : longer;
	*height = ratio < 1 ? longer : lines;
}

bool
nearest_size_parse(
    struct arena *arena, const char *text, struct nearest_size *out)
{
	const char *cross = strpbrk(text, "x:");

	if (cross == NULL ||
	    !text_to_int_in(arena_copy(arena, text, (size_t)(cross - text)), 1,
		SIDE_MAX, &out->width) ||
	    !text_to_int_in(cross + 1, 1, SIDE_MAX, &out->height))
		return false;
	out->word = arena_strdup(arena, text);
	return true;
}

const struct nearest_size *
nearest_sizes_read(
    struct arena *arena, struct json_object *list, size_t *count_out)
{
	struct nearest_size *sizes =
	    ARENA_ARRAY(arena, CHOICES_MAX, struct nearest_size);
	size_t count = 0;

	for (size_t i = 0; i < json_count(list) && count < CHOICES_MAX; i++) {
		const char *text = json_text_of(json_item(list, i));

		if (text != NULL &&
		    nearest_size_parse(arena, text, &sizes[count]))
			count++;
	}
	*count_out = count;
	return count > 0 ? sizes : NULL;
}

const int64_t *
nearest_numbers_read(
    struct arena *arena, struct json_object *list, size_t *count_out)
{
	int64_t *numbers = ARENA_ARRAY(arena, CHOICES_MAX, int64_t);
	size_t count = 0;

	for (size_t i = 0; i < json_count(list) && count < CHOICES_MAX; i++) {
		int64_t n = json_int_of(json_item(list, i));

		if (n > 0)
			numbers[count++] = n;
	}
	*count_out = count;
	return count > 0 ? numbers : NULL;
}
