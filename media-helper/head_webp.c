/*
 * WebP: RIFF chunks to the end (RFC 9649).
 */
#include <string.h>

#include "exif.h"
#include "head.h"

#define CHUNKS_AT 12
#define FLAG_ALPHA 0x10

/* The picture's size by a lossy or a lossless bitstream's own header. */
static bool
lossy_size(struct source *s, uint64_t at, uint32_t *width, uint32_t *height)
{
	uint64_t tag, start, w, h;

	if (!source_le(s, at, 3, &tag) || (tag & 1) != 0 ||
	    !source_be(s, at + 3, 3, &start) || start != 0x9d012a ||
	    !source_le(s, at + 6, 2, &w) || !source_le(s, at + 8, 2, &h))
		return false;
	*width = (uint32_t)(w & 0x3fff);
	*height = (uint32_t)(h & 0x3fff);
	return true;
}

static bool
lossless_size(struct source *s, uint64_t at, uint32_t *width, uint32_t *height,
    bool *alpha)
{
	uint64_t mark, bits;

	if (!source_be(s, at, 1, &mark) || mark != 0x2f ||
	    !source_le(s, at + 1, 4, &bits))
		return false;
	*width = (uint32_t)(bits & 0x3fff) + 1;
	*height = (uint32_t)(bits >> 14 & 0x3fff) + 1;
	*alpha |= (bits >> 28 & 1) != 0;
	return true;
}

static bool
canvas_read(struct source *s, uint64_t at, struct head *h)
{
	uint64_t flags, width, height;

	if (!source_le(s, at, 1, &flags) || !source_le(s, at + 4, 3, &width) ||
	    !source_le(s, at + 7, 3, &height))
		return false;
	h->alpha = (flags & FLAG_ALPHA) != 0;
	h->width = (uint32_t)width + 1;
	h->height = (uint32_t)height + 1;
	return true;
}

/* A frame of an animation, which has to lie on the canvas. */
static bool
frame_fits(struct source *s, uint64_t at, const struct head *h)
{
	uint64_t x, y, width, height;

	return source_le(s, at, 3, &x) && source_le(s, at + 3, 3, &y) &&
	       source_le(s, at + 6, 3, &width) &&
	       source_le(s, at + 9, 3, &height) &&
	       2 * x + width + 1 <= h->width && 2 * y + height + 1 <= h->height;
}

/* Takes what a chunk tells; false when it makes no sense. */
static bool
chunk_read(struct source *s, const char *type, uint64_t at, uint64_t len,
    struct head *h, uint32_t *frames)
{
	uint32_t width, height;

	if (memcmp(type, "EXIF", 4) == 0) {
		h->orientation = exif_orientation(s, at, len);
		return true;
	}
	if (memcmp(type, "ANMF", 4) == 0) {
		++*frames;
		return frame_fits(s, at, h);
	}
	if (memcmp(type, "VP8 ", 4) == 0) {
		if (!lossy_size(s, at, &width, &height))
			return false;
	} else if (memcmp(type, "VP8L", 4) == 0) {
		if (!lossless_size(s, at, &width, &height, &h->alpha))
			return false;
	} else {
		return true;
	}
	++*frames;
	if (h->width == 0) {
		h->width = width;
		h->height = height;
	}
	return width == h->width && height == h->height;
}

const char *
head_webp(struct source *s, struct head *h)
{
	uint64_t at = CHUNKS_AT, size, len, end;
	uint32_t frames = 0;
	char type[4];

	if (!source_read(s, 0, type, 4) || memcmp(type, "RIFF", 4) != 0 ||
	    !source_le(s, 4, 4, &size))
		return "it is broken";
	end = size + 8;
	if (end > s->size)
		return "it ends too early";
	while (at < end) {
		if (!source_read(s, at, type, 4) ||
		    !source_le(s, at + 4, 4, &len) || at + 8 + len > end)
			return "it ends too early";
		at += 8;
		if (memcmp(type, "VP8X", 4) == 0) {
			if (at != CHUNKS_AT + 8 || !canvas_read(s, at, h))
				return "its header is broken";
		} else if (!chunk_read(s, type, at, len, h, &frames)) {
			return "a part of it is broken";
		}
		at += len + (len & 1);
	}
	h->frames = frames;
	return frames > 0 ? NULL : "there is no picture in it";
}
