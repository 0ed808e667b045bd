/*
 * GIF: blocks to the trailer (GIF89a specification, 17 to 27).
 */
#include "head.h"

#define SCREEN_AT 6
#define BLOCKS_AT 13
#define BLOCK_EXTENSION 0x21
#define BLOCK_IMAGE 0x2c
#define BLOCK_TRAILER 0x3b
#define LABEL_CONTROL 0xf9

/* Bytes of a colour table by the flags before it. */
static uint64_t
table_size(uint64_t flags)
{
	return (flags & 0x80) != 0 ? 3 * (UINT64_C(2) << (flags & 7)) : 0;
}

/* Moves behind a chain of sub-blocks. */
static bool
chain_skip(struct source *s, uint64_t *at)
{
	uint64_t len;

	while (source_be(s, *at, 1, &len)) {
		*at += 1 + len;
		if (len == 0)
			return true;
	}
	return false;
}

/* An image descriptor and its data; every frame lies within the screen. */
static const char *
image_skip(struct source *s, uint64_t *at, struct head *h)
{
	uint64_t left, top, width, height, flags;

	if (!source_le(s, *at, 2, &left) || !source_le(s, *at + 2, 2, &top) ||
	    !source_le(s, *at + 4, 2, &width) ||
	    !source_le(s, *at + 6, 2, &height) ||
	    !source_le(s, *at + 8, 1, &flags))
		return "it ends too early";
	if (width == 0 || height == 0 || left + width > h->width ||
	    top + height > h->height)
		return "a frame is not within the picture";
	*at += 9 + table_size(flags) + 1;
	if (!chain_skip(s, at))
		return "it ends too early";
	h->frames++;
	return NULL;
}

static const char *
extension_skip(struct source *s, uint64_t *at, struct head *h)
{
	uint64_t label, flags;

	if (!source_be(s, *at, 1, &label) || !source_be(s, *at + 2, 1, &flags))
		return "it ends too early";
	if (label == LABEL_CONTROL && (flags & 1) != 0)
		h->alpha = true;
	++*at;
	return chain_skip(s, at) ? NULL : "it ends too early";
}

const char *
head_gif(struct source *s, struct head *h)
{
	uint64_t width, height, flags, block, at;
	const char *why = NULL;

	if (!source_le(s, SCREEN_AT, 2, &width) ||
	    !source_le(s, SCREEN_AT + 2, 2, &height) ||
	    !source_le(s, SCREEN_AT + 4, 1, &flags))
		return "it ends too early";
	h->width = (uint32_t)width;
	h->height = (uint32_t)height;
	h->frames = 0;
	at = BLOCKS_AT + table_size(flags);
	while (why == NULL && source_be(s, at++, 1, &block)) {
		if (block == BLOCK_TRAILER)
			return h->frames > 0 ? NULL
					     : "there is no picture in it";
		if (block == BLOCK_IMAGE)
			why = image_skip(s, &at, h);
		else if (block == BLOCK_EXTENSION)
			why = extension_skip(s, &at, h);
		else
			return "it is broken";
	}
	return why != NULL ? why : "it ends too early";
}
