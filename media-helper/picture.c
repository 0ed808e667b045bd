#include "config.h"

#include "picture.h"

#include <stdio.h>
#include <stdlib.h>
#ifdef HAVE_MAGICK_7
#include <MagickWand/MagickWand.h>
#else
#include <wand/MagickWand.h>
#endif

#include "base/base.h"

#define QUALITY 82
#define SIZE_TEXT 32

struct picture {
	MagickWand *wand;
};

/*
 * The coder is named before the data, as the prefix of a file name, or the
 * content would choose it; [0] takes the first frame of several.
 */
static const char *const inputs[MEDIA_KIND__MAX] = {
	[MEDIA_KIND_PNG] = "PNG:x[0]",
	[MEDIA_KIND_JPEG] = "JPEG:x[0]",
	[MEDIA_KIND_WEBP] = "WEBP:x[0]",
	[MEDIA_KIND_GIF] = "GIF:x[0]",
};
static const char *const outputs[MEDIA_KIND__MAX] = {
	[MEDIA_KIND_PNG] = "PNG:",
	[MEDIA_KIND_JPEG] = "JPEG:",
	[MEDIA_KIND_WEBP] = "WEBP:",
	[MEDIA_KIND_GIF] = "GIF:",
};

static struct picture *
picture_new(void)
{
	struct picture *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->wand = NewMagickWand();
	return p;
}

void
picture_free(struct picture *p)
{
	if (p == NULL)
		return;
	DestroyMagickWand(p->wand);
	free(p);
}

uint32_t
picture_width(const struct picture *p)
{
	return (uint32_t)MagickGetImageWidth(p->wand);
}

uint32_t
picture_height(const struct picture *p)
{
	return (uint32_t)MagickGetImageHeight(p->wand);
}

bool
picture_has_alpha(const struct picture *p)
{
	return MagickGetImageAlphaChannel(p->wand) == MagickTrue;
}

/* Upright; the pixels are moved, nothing is left to be obeyed. */
static bool
picture_turn(struct picture *p, unsigned orientation)
{
	return MagickSetImageOrientation(
		   p->wand, (OrientationType)orientation) == MagickTrue &&
	       MagickAutoOrientImage(p->wand) == MagickTrue;
}

/*
 * The JPEG decoder can leave out detail that nobody will see: it takes half,
 * a quarter or an eighth as long as that is no smaller than the hint.
 */
static void
hint_set(struct picture *p, const struct head *head, uint32_t near)
{
	char size[SIZE_TEXT];

	if (near == 0 || head->width / 2 < near || head->height / 2 < near)
		return;
	snprintf(size, sizeof(size), "%ux%u", near, near);
	(void)MagickSetOption(p->wand, "jpeg:size", size);
}

/* Is what came out what the header promised? */
static bool
size_is_right(const struct picture *p, const struct head *head)
{
	uint32_t width = picture_width(p), height = picture_height(p);

	if (MagickGetNumberImages(p->wand) != 1 || width == 0 || height == 0)
		return false;
	if (head->kind == MEDIA_KIND_JPEG)
		return width <= head->width && height <= head->height;
	return width == head->width && height == head->height;
}

/* A first frame that covers a part of the canvas only is put in its place. */
static bool
canvas_fill(struct picture *p, const struct head *head)
{
	MagickWand *whole;

	if (head->frames == 1 || (picture_width(p) == head->width &&
				     picture_height(p) == head->height))
		return true;
	whole = MagickCoalesceImages(p->wand);
	if (whole == NULL)
		return false;
	DestroyMagickWand(p->wand);
	p->wand = whole;
	return true;
}

struct picture *
picture_decode(
    const void *bytes, size_t len, const struct head *head, uint32_t near)
{
	struct picture *p = picture_new();

	if (p == NULL)
		return NULL;
	hint_set(p, head, near);
	if (MagickSetFilename(p->wand, inputs[head->kind]) &&
	    MagickReadImageBlob(p->wand, bytes, len) && canvas_fill(p, head) &&
	    size_is_right(p, head) && picture_turn(p, head->orientation))
		return p;
	picture_free(p);
	return NULL;
}

struct picture *
picture_from_rgb(
    uint32_t width, uint32_t height, const void *rgb, unsigned orientation)
{
	struct picture *p = picture_new();

	if (p != NULL &&
	    MagickConstituteImage(
		p->wand, width, height, "RGB", CharPixel, rgb) &&
	    picture_turn(p, orientation))
		return p;
	picture_free(p);
	return NULL;
}

static uint32_t
at_least_one(uint64_t n)
{
	return n < 1 ? 1 : (uint32_t)n;
}

/* For what people look at closely. */
static bool
picture_resize(struct picture *p, uint32_t width, uint32_t height)
{
	if (width == picture_width(p) && height == picture_height(p))
		return true;
#ifdef HAVE_MAGICK_7
	return MagickResizeImage(p->wand, width, height, TriangleFilter) ==
	       MagickTrue;
#else
	return MagickResizeImage(p->wand, width, height, TriangleFilter, 1) ==
	       MagickTrue;
#endif
}

/*
 * Means of pixels: half as dear as the cheapest filter, and in a thumbnail
 * nobody can tell them apart.
 */
bool
picture_shrink(struct picture *p, uint32_t side)
{
	uint64_t width = picture_width(p), height = picture_height(p);
	uint64_t longer = width > height ? width : height;

	if (longer <= side)
		return true;
	return MagickScaleImage(p->wand,
		   at_least_one((width * side + longer / 2) / longer),
		   at_least_one((height * side + longer / 2) / longer)) ==
	       MagickTrue;
}

bool
picture_cover(struct picture *p, uint32_t width, uint32_t height)
{
	uint64_t w = picture_width(p), h = picture_height(p);
	/* the side that would fall short decides; round up, then cut */
	bool wide = w * height >= h * width;
	uint32_t to_w = wide ? (uint32_t)((w * height + h - 1) / h) : width;
	uint32_t to_h = wide ? height : (uint32_t)((h * width + w - 1) / w);

	return picture_resize(p, to_w, to_h) &&
	       MagickCropImage(p->wand, width, height,
		   (ssize_t)(to_w - width) / 2, (ssize_t)(to_h - height) / 2) &&
	       MagickResetImagePage(p->wand, "0x0+0+0");
}

/* JPEG knows no transparency: what shines through is white. */
static bool
picture_flatten(struct picture *p)
{
	PixelWand *white = NewPixelWand();
	bool done = PixelSetColor(white, "white") &&
		    MagickSetImageBackgroundColor(p->wand, white) &&
		    MagickSetImageAlphaChannel(p->wand, RemoveAlphaChannel);

	DestroyPixelWand(white);
	return done;
}

unsigned char *
picture_encode(struct picture *p, enum media_kind kind, size_t *len_out)
{
	MagickWand *w = p->wand;

	if (kind == MEDIA_KIND_JPEG && picture_has_alpha(p) &&
	    !picture_flatten(p))
		return NULL;
	if (!MagickStripImage(w) ||
	    !MagickTransformImageColorspace(w, sRGBColorspace) ||
	    !MagickSetImageDepth(w, 8) ||
	    !MagickSetImageCompressionQuality(w, QUALITY) ||
	    !MagickSetOption(w, "png:exclude-chunks", "date,time") ||
	    !MagickSetOption(w, "webp:method", "2") ||
	    !MagickSetFilename(w, outputs[kind]))
		return NULL;
	return MagickGetImageBlob(w, len_out);
}

void
picture_bytes_free(unsigned char *bytes)
{
	MagickRelinquishMemory(bytes);
}

/* There and back again with one coder, so that its module is loaded. */
static bool
coder_warm(enum media_kind kind)
{
	static const unsigned char grey[16 * 16 * 3] = { 128 };
	struct picture *p = picture_from_rgb(16, 16, grey, 6), *back = NULL;
	struct head head = { .kind = kind,
		.width = 16,
		.height = 16,
		.frames = 1,
		.orientation = 8 };
	unsigned char *bytes = NULL;
	size_t len;

	if (p != NULL && picture_cover(p, 16, 16))
		bytes = picture_encode(p, kind, &len);
	if (bytes != NULL) {
		back = picture_decode(bytes, len, &head, 8);
		picture_bytes_free(bytes);
	}
	picture_free(p);
	if (back == NULL)
		return false;
	(void)picture_flatten(back); /* looks up a colour's name */
	picture_free(back);
	return true;
}

bool
picture_warm(void)
{
	MagickWandGenesis();
	(void)MagickSetResourceLimit(ThreadResource, 1);
	(void)MagickSetResourceLimit(DiskResource, 0);
	(void)MagickSetResourceLimit(MapResource, 0);
	return coder_warm(MEDIA_KIND_PNG) && coder_warm(MEDIA_KIND_JPEG) &&
	       coder_warm(MEDIA_KIND_WEBP) && coder_warm(MEDIA_KIND_GIF);
}
