/*
 * head - what a file says of itself, read by us before anybody decodes it.
 *
 * The kind comes from the first bytes, never from a name.  The structure is
 * walked to its end, so that a file that was cut off is refused, and so is one
 * whose size, frames or parts are beyond reason.  Nothing is unpacked here.
 */
#ifndef MEDIA_HELPER_HEAD_H
#define MEDIA_HELPER_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/media_wire.h"
#include "source.h"

struct head {
	enum media_kind kind;
	uint32_t width, height; /* as stored; 0 for films whose header is mute*/
	uint32_t frames;
	unsigned orientation; /* EXIF: 1 to 8, 1 is upright */
	bool alpha;           /* some of it may be transparent */
};

/* false with a few words in *why_out. */
bool head_read(struct source *, struct head *out, const char **why_out);

/* The parsers of each kind: fill all but the kind, or say what is wrong. */
const char *head_png(struct source *, struct head *);
const char *head_jpeg(struct source *, struct head *);
const char *head_webp(struct source *, struct head *);
const char *head_gif(struct source *, struct head *);
const char *head_mp4(struct source *, struct head *);
const char *head_webm(struct source *, struct head *);

/*
 * Keeps those chunks of a PNG that make its pixels: texts and profiles may
 * be unpacked to a thousand times their size.  In place; the new length.
 */
size_t head_png_strip(uint8_t *bytes, size_t len);

/* Does it lie on its side, so that width and height change places? */
bool head_is_sideways(unsigned orientation);

#endif
