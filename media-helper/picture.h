/*
 * picture - decoding, turning, scaling and writing pictures.  The only file
 * that knows MagickWand.
 */
#ifndef MEDIA_HELPER_PICTURE_H
#define MEDIA_HELPER_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/media_wire.h"
#include "head.h"

struct picture; /* decoded */

/* Once, before the seal: makes every coder ready.  false: one is missing. */
bool picture_warm(void);

/*
 * Decodes the first frame of what head describes, upright, at least of the
 * size that covers near x near (0: in full).  NULL when it can not be done.
 */
struct picture *picture_decode(
    const void *bytes, size_t len, const struct head *, uint32_t near);
/* From pixels, three bytes each, row after row. */
struct picture *picture_from_rgb(
    uint32_t width, uint32_t height, const void *rgb, unsigned orientation);
void picture_free(struct picture *);
uint32_t picture_width(const struct picture *);
uint32_t picture_height(const struct picture *);

/* So that the longer side is at most that; never larger than it was. */
bool picture_shrink(struct picture *, uint32_t side);
/* Scaled to cover exactly that, what is too much cut off evenly. */
bool picture_cover(struct picture *, uint32_t width, uint32_t height);
bool picture_has_alpha(const struct picture *);

/*
 * Without metadata, in the heap (picture_bytes_free()).  NULL when it can't be
 * done.
 */
unsigned char *
picture_encode(struct picture *, enum media_kind, size_t *len_out);
void picture_bytes_free(unsigned char *);

#endif
