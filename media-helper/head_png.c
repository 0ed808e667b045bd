/*
 * PNG: chunks to the last one (PNG third edition, 5; animation 11.3.5).
 */
#include <string.h>

#include "exif.h"
#include "head.h"

#define SIGNATURE_LEN 8
#define CHUNK_MAX 0x7fffffff /* a length's ceiling by the standard */
#define IHDR_LEN 13
#define CHUNK_OVERHEAD 12 /* length, type, checksum */

static const char *
ihdr_read(struct source *s, uint64_t at, uint64_t len, struct head *h)
{
	uint64_t width, height, colour;

	if (len != IHDR_LEN || !source_be(s, at, 4, &width) ||
	    !source_be(s, at + 4, 4, &height) ||
	    !source_be(s, at + 9, 1, &colour))
		return "its header is broken";
	h->width = (uint32_t)width;
	h->height = (uint32_t)height;
	h->alpha = (colour & 4) != 0;
	return NULL;
}

const char *
head_png(struct source *s, struct head *h)
{
	uint64_t at = SIGNATURE_LEN, len, frames;
	bool data = false;
	char type[4];

	for (bool first = true;; first = false) {
		const char *why = NULL;

		if (!source_be(s, at, 4, &len) || len > CHUNK_MAX ||
		    !source_read(s, at + 4, type, 4) ||
		    at + len + CHUNK_OVERHEAD > s->size)
			return "it ends too early";
		at += 8;
		if ((memcmp(type, "IHDR", 4) == 0) != first)
			return "its header is not where it belongs";
		if (first)
			why = ihdr_read(s, at, len, h);
		else if (memcmp(type, "IDAT", 4) == 0)
			data = true;
		else if (memcmp(type, "tRNS", 4) == 0)
			h->alpha = true;
		else if (memcmp(type, "eXIf", 4) == 0)
			h->orientation = exif_orientation(s, at, len);
		else if (memcmp(type, "acTL", 4) == 0 &&
			 source_be(s, at, 4, &frames))
			h->frames = (uint32_t)frames;
		if (why != NULL)
			return why;
		if (memcmp(type, "IEND", 4) == 0)
			return data ? NULL : "there is no picture in it";
		at += len + 4;
	}
}

/* An upper case first letter is a critical chunk's. */
static bool
chunk_is_needed(const uint8_t *type)
{
	return (type[0] & 0x20) == 0 || memcmp(type, "tRNS", 4) == 0 ||
	       memcmp(type, "gAMA", 4) == 0;
}

size_t
head_png_strip(uint8_t *bytes, size_t len)
{
	size_t from = SIGNATURE_LEN, to = SIGNATURE_LEN;

	while (from < len && len - from >= CHUNK_OVERHEAD) {
		const uint8_t *c = bytes + from;
		size_t size =
		    CHUNK_OVERHEAD + ((size_t)c[0] << 24 | (size_t)c[1] << 16 |
					 (size_t)c[2] << 8 | c[3]);

		if (size > len - from)
			break;
		if (chunk_is_needed(c + 4)) {
			memmove(bytes + to, c, size);
			to += size;
		}
		from += size;
	}
	return to;
}
