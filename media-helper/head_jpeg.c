/*
 * JPEG: markers to the end of the image (ITU-T T.81, B).
 */
#include <string.h>

#include "exif.h"
#include "head.h"

#define MARKER_TEM 0x01
#define MARKER_RST0 0xd0
#define MARKER_RST7 0xd7
#define MARKER_EOI 0xd9
#define MARKER_SOS 0xda
#define MARKER_APP1 0xe1
/* Each scan of a progressive picture costs a pass over all of it. */
#define SCANS_MAX 100

/* Frame headers are C0 to CF but for three others in between. */
static bool
marker_is_frame(uint64_t m)
{
	return m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc;
}

static const char *
frame_read(struct source *s, uint64_t at, uint64_t len, struct head *h)
{
	uint64_t bits, height, width, components;

	if (len < 8 || !source_be(s, at, 1, &bits) ||
	    !source_be(s, at + 1, 2, &height) ||
	    !source_be(s, at + 3, 2, &width) ||
	    !source_be(s, at + 5, 1, &components))
		return "its frame header is broken";
	if (bits != 8)
		return "it has not 8 bits a sample";
	if (components != 1 && components != 3 && components != 4)
		return "it has a strange number of colours";
	if (h->width != 0)
		return "it has more than one frame";
	h->width = (uint32_t)width;
	h->height = (uint32_t)height;
	return NULL;
}

/* Moves to the marker behind the coded data of a scan. */
static bool
scan_skip(struct source *s, uint64_t *at)
{
	uint64_t next;

	while (source_find(s, at, 0xff)) {
		if (!source_be(s, *at + 1, 1, &next))
			return false;
		if (next != 0 && next != 0xff &&
		    (next < MARKER_RST0 || next > MARKER_RST7))
			return true;
		*at += next == 0xff ? 1 : 2;
	}
	return false;
}

/* The marker at *at, which moves behind it; fill bytes may come before. */
static bool
marker_next(struct source *s, uint64_t *at, uint64_t *out)
{
	uint64_t byte;

	if (!source_be(s, *at, 1, &byte) || byte != 0xff)
		return false;
	while (source_be(s, ++*at, 1, &byte))
		if (byte != 0xff) {
			++*at;
			*out = byte;
			return byte != 0;
		}
	return false;
}

const char *
head_jpeg(struct source *s, struct head *h)
{
	uint64_t at = 2, marker, len;
	unsigned scans = 0;
	const char *why;

	while (marker_next(s, &at, &marker)) {
		if (marker == MARKER_EOI)
			return scans > 0 ? NULL : "there is no picture in it";
		if (marker == MARKER_TEM ||
		    (marker >= MARKER_RST0 && marker <= MARKER_RST7))
			continue;
		if (!source_be(s, at, 2, &len) || len < 2 || len > s->size - at)
			return "it ends too early";
		if (marker_is_frame(marker)) {
			why = frame_read(s, at + 2, len, h);
			if (why != NULL)
				return why;
		} else if (marker == MARKER_APP1 && h->orientation == 1) {
			h->orientation = exif_orientation(s, at + 2, len - 2);
		}
		at += len;
		if (marker != MARKER_SOS)
			continue;
		if (h->width == 0)
			return "there is no frame header in it";
		if (++scans > SCANS_MAX)
			return "it has too many scans";
		if (!scan_skip(s, &at))
			return "it ends too early";
	}
	return "it is broken";
}
