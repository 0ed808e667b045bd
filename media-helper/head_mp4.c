/*
 * MP4 and QuickTime: boxes to the end of the file (ISO/IEC 14496-12, 4.2, 8).
 * The size of the picture is the largest that a track names.
 */
#include <string.h>

#include "head.h"

#define BOXES_MAX 200000
#define DEPTH_MAX 2 /* moov, trak */

struct box {
	uint64_t body, end;
	char type[4];
};

/* The box at a place, which has to end by the given end. */
static bool
box_read(struct source *s, uint64_t at, uint64_t end, struct box *out)
{
	uint64_t size, header = 8;

	if (end - at < 8 || !source_be(s, at, 4, &size) ||
	    !source_read(s, at + 4, out->type, 4))
		return false;
	if (size == 1) {
		header = 16;
		if (!source_be(s, at + 8, 8, &size))
			return false;
	} else if (size == 0) {
		size = end - at;
	}
	if (size < header || size > end - at)
		return false;
	out->body = at + header;
	out->end = at + size;
	return true;
}

static bool
box_is(const struct box *box, const char *type)
{
	return memcmp(box->type, type, 4) == 0;
}

/* Width and height stand at the end of a tkhd, 16.16 fixed. */
static void
track_read(struct source *s, const struct box *box, struct head *h)
{
	uint64_t width, height;

	if (box->end - box->body < 8 ||
	    !source_be(s, box->end - 8, 2, &width) ||
	    !source_be(s, box->end - 4, 2, &height))
		return;
	if (width * height <= (uint64_t)h->width * h->height)
		return;
	h->width = (uint32_t)width;
	h->height = (uint32_t)height;
}

static bool
boxes_walk(struct source *s, uint64_t at, uint64_t end, unsigned depth,
    unsigned *left, struct head *h, bool *moov)
{
	struct box box;

	for (; at < end; at = box.end) {
		if (*left == 0 || !box_read(s, at, end, &box))
			return false;
		--*left;
		if (box_is(&box, "moov"))
			*moov = true;
		if (box_is(&box, "tkhd"))
			track_read(s, &box, h);
		else if (depth < DEPTH_MAX &&
			 (box_is(&box, "moov") || box_is(&box, "trak")) &&
			 !boxes_walk(
			     s, box.body, box.end, depth + 1, left, h, moov))
			return false;
	}
	return true;
}

const char *
head_mp4(struct source *s, struct head *h)
{
	unsigned left = BOXES_MAX;
	bool moov = false;

	if (!boxes_walk(s, 0, s->size, 0, &left, h, &moov))
		return "its boxes are broken, or it ends too early";
	return moov ? NULL : "there is no film in it";
}
