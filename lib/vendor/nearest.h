/*
 * nearest - what a vendor can do that comes closest to what was asked.
 *
 * Sizes, ratios and durations are tables: of a vendor in its protocol's file,
 * or of a model in config ("sizes":["1024x1024",...], "durations":[4,8,12]).
 */
#ifndef VENDOR_NEAREST_H
#define VENDOR_NEAREST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct json_object; /* of json-c */

/* A size as the vendor writes it: "1792x1024", "16:9", "1280:720". */
struct nearest_size {
	const char *word;
	int64_t width, height; /* pixels of what comes back */
};

/*
 * The size whose shape is closest (by the ratio of the sides), among equals the
 * one whose area is.  count > 0; what is asked for is positive.
 */
const struct nearest_size *nearest_size(
    const struct nearest_size *, size_t count, int64_t width, int64_t height);
/* The number closest to what was asked, the larger of two as close. */
int64_t nearest_number(const int64_t *, size_t count, int64_t asked);

/* Both sides as multiples of step, at least step, rounded to the nearest. */
void nearest_grid(int64_t step, int64_t *width, int64_t *height);

/*
 * A film's frame for "480p" ... "4k" in the shape of width x height (the given
 * picture's; 0: 16:9, lying).  The shorter side has the resolution's lines and
 * both are even.
 */
void nearest_frame(const char *resolution, int64_t shape_width,
    int64_t shape_height, int64_t *width, int64_t *height);

/*
 * "1280x720" or "1280:720"; false when it is neither.  Sides of 1 to 16384.
 */
bool nearest_size_parse(struct arena *, const char *, struct nearest_size *out);
/* A list of such texts from a config; NULL and 0 when there is none. */
const struct nearest_size *
nearest_sizes_read(struct arena *, struct json_object *, size_t *count_out);
/* A list of positive numbers from a config; NULL and 0 when there is none. */
const int64_t *
nearest_numbers_read(struct arena *, struct json_object *, size_t *count_out);

#endif
