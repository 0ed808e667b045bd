/*
 * film - facts and one frame of a film.  The only file that knows libav*.
 */
#ifndef MEDIA_HELPER_FILM_H
#define MEDIA_HELPER_FILM_H

#include <stdbool.h>
#include <stdint.h>

#include "head.h"

struct film {
	uint32_t width, height; /* upright, of square pixels */
	int64_t duration_ms;
	double fps;
	/* the poster, if one was asked for: three bytes a pixel, in the heap */
	uint32_t poster_width, poster_height;
	uint8_t *poster;
	unsigned orientation; /* of the poster; EXIF's numbers */
};

/* Once, before the seal. */
void film_warm(void);
/*
 * Reads a film of head's kind; a frame of at most pixels_max is decoded, and
 * kept when side is not 0: scaled so that its longer side is at most side.
 * false with a reason.
 */
bool film_read(struct source *, const struct head *, uint64_t pixels_max,
    uint32_t side, struct film *out, const char **why_out);
/*
 * The poster of a still picture that is too large for MagickWand: at most
 * side long.
 */
bool film_still(
    struct source *, const struct head *, uint32_t side, struct film *out);
void film_release(struct film *);

#endif
