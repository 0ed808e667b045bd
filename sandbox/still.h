/*
 * still - pictures to files and back, by libavcodec.
 */
#ifndef STILL_H
#define STILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct picture;

enum still_format {
	STILL_PNG,
	STILL_JPEG,
	STILL_WEBP
};

/* "png", "jpeg" (or "jpg"), "webp"; false for another word. */
bool still_format_parse(const char *, enum still_format *out);
const char *still_type(enum still_format);      /* "image/png" */
const char *still_extension(enum still_format); /* "png" */

/* The file in the arena; false when the encoder refuses. */
bool still_encode(struct arena *, const struct picture *, enum still_format,
    uint8_t **out, size_t *len_out);
/*
 * Decodes a PNG, JPEG or WebP wholly and tells its size; false when it is none
 * or is broken.
 */
bool
still_measure(const uint8_t *, size_t len, int *width_out, int *height_out);

#endif
