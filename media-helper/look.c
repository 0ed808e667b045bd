#include "config.h"

#include "look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "film.h"
#include "head.h"
#include "picture.h"

/* The thumbnail's kind: JPEG is small and fast, but knows no transparency. */
#define KIND_OPAQUE MEDIA_KIND_JPEG
#define KIND_ALPHA MEDIA_KIND_WEBP

#define MAGICK_PIXELS_MAX UINT64_C(25000000)
#define MAGICK_SIDE_MAX 16000 /* what Debian's policy.xml allows */
#define LARGE_SIDE 4096

static void
refuse(struct media_answer *a, const char *why)
{
	a->verdict = MEDIA_REFUSED;
	snprintf(a->why, sizeof(a->why), "%s", why);
}

/* By the header alone, before anything is unpacked. */
static const char *
head_check(const struct head *h, const struct media_ask *ask)
{
	uint64_t pixels = (uint64_t)h->width * h->height;

	if (h->kind >= MEDIA_KIND__MAX ||
	    (ask->kinds & MEDIA_BIT(h->kind)) == 0)
		return "it is of no kind that is taken here";
	if (MEDIA_IS_FILM(h->kind) && pixels == 0)
		return NULL; /* the decoder is told the limit */
	if (h->width < ask->side_min || h->height < ask->side_min)
		return "it is too small";
	if (h->width > ask->side_max || h->height > ask->side_max ||
	    pixels > ask->pixels_max)
		return "it is too large";
	if (h->frames > ask->frames_max)
		return "it has too many frames";
	return NULL;
}

static bool
output_write(
    struct picture *p, enum media_kind kind, int fd, struct media_answer *a)
{
	size_t len;
	unsigned char *bytes = picture_encode(p, kind, &len);

	if (bytes == NULL) {
		refuse(a, "its output can't be made");
		return false;
	}
	if (lseek(fd, 0, SEEK_SET) != 0 || !file_write_all(fd, bytes, len))
		a->verdict = MEDIA_FULL;
	a->out_kind = kind;
	a->out_width = picture_width(p);
	a->out_height = picture_height(p);
	a->out_bytes = (int64_t)len;
	picture_bytes_free(bytes);
	return true;
}

static bool
thumbnail_write(struct picture *p, const struct media_ask *ask, int fd,
    struct media_answer *a)
{
	if (!picture_shrink(p, ask->thumbnail)) {
		refuse(a, "it can't be scaled");
		return false;
	}
	return output_write(
	    p, picture_has_alpha(p) ? KIND_ALPHA : KIND_OPAQUE, fd, a);
}

/*
 * MagickWand keeps eight bytes a pixel, which its policy.xml allows for some
 * thirty megapixels and not for the longest sides; larger ones are scaled down
 * on the way in, JPEGs by their own coder.
 */
static bool
is_for_magick(const struct head *head)
{
	return head->kind == MEDIA_KIND_JPEG ||
	       (head->width <= MAGICK_SIDE_MAX &&
		   head->height <= MAGICK_SIDE_MAX &&
		   (uint64_t)head->width * head->height <= MAGICK_PIXELS_MAX);
}

static uint64_t
longer_side(const struct head *head)
{
	return head->width > head->height ? head->width : head->height;
}

static uint64_t
shorter_side(const struct head *head)
{
	return head->width > head->height ? head->height : head->width;
}

static struct picture *
bytes_decode(
    const uint8_t *bytes, size_t len, const struct head *head, uint32_t near)
{
	static struct source memory;
	struct picture *p;
	struct film film;
	uint64_t side;

	if (is_for_magick(head))
		return picture_decode(bytes, len, head, near);
	source_open_bytes(&memory, bytes, len);
	side = near * longer_side(head) / shorter_side(head) + near;
	if (!film_still(&memory, head,
		side < LARGE_SIDE ? (uint32_t)side : LARGE_SIDE, &film))
		return NULL;
	p = picture_from_rgb(film.poster_width, film.poster_height, film.poster,
	    head->orientation);
	film_release(&film);
	return p;
}

/* The whole file in memory, since the coders read nothing else. */
static struct picture *
decode(struct source *s, const struct head *head, uint32_t near)
{
	struct picture *p = NULL;
	size_t len = (size_t)s->size;
	uint8_t *bytes = malloc(len);

	if (bytes != NULL && source_read(s, 0, bytes, len)) {
		if (head->kind == MEDIA_KIND_PNG)
			len = head_png_strip(bytes, len);
		p = bytes_decode(bytes, len, head, near);
	}
	free(bytes);
	return p;
}

/* The shorter side of a thumbnail: what is decoded covers that in a square. */
static uint32_t
thumbnail_near(const struct head *head, uint32_t side)
{
	uint64_t longer = longer_side(head);

	return side == 0 || longer <= side
		   ? side
		   : (uint32_t)((side * shorter_side(head) - 1) / longer + 1);
}

static bool
picture_look(struct source *s, const struct head *head,
    const struct media_ask *ask, int out_fd, struct media_answer *a)
{
	bool fit = ask->act == MEDIA_ACT_FIT;
	bool sideways = head_is_sideways(head->orientation);
	uint32_t near = thumbnail_near(head, ask->thumbnail);
	struct picture *p;
	bool done = true;

	a->width = sideways ? head->height : head->width;
	a->height = sideways ? head->width : head->height;
	a->frames = head->frames;
	if (fit)
		near = ask->width > ask->height ? ask->width : ask->height;
	p = decode(s, head, near);
	if (p == NULL) {
		refuse(a, "it can't be decoded");
		return false;
	}
	if (fit && !picture_cover(p, ask->width, ask->height)) {
		refuse(a, "it can't be scaled");
		done = false;
	} else if (fit) {
		done = output_write(p, ask->format, out_fd, a);
	} else if (out_fd >= 0) {
		done = thumbnail_write(p, ask, out_fd, a);
	}
	picture_free(p);
	return done;
}

static bool
film_look(struct source *s, const struct head *head,
    const struct media_ask *ask, int out_fd, struct media_answer *a)
{
	struct picture *poster;
	struct film film;
	const char *why;
	bool done = true;

	if (!film_read(s, head, ask->pixels_max,
		out_fd >= 0 ? ask->thumbnail : 0, &film, &why)) {
		refuse(a, why);
		return false;
	}
	a->width = film.width;
	a->height = film.height;
	a->frames = 1;
	a->duration_ms = film.duration_ms;
	a->fps = film.fps;
	if (a->width < ask->side_min || a->height < ask->side_min ||
	    a->width > ask->side_max || a->height > ask->side_max) {
		refuse(a, "it is too small or too large");
	} else if (out_fd >= 0) {
		poster = picture_from_rgb(film.poster_width, film.poster_height,
		    film.poster, film.orientation);
		done = poster != NULL &&
		       output_write(poster, KIND_OPAQUE, out_fd, a);
		picture_free(poster);
	}
	film_release(&film);
	return done;
}

bool
look(const struct media_ask *ask, int in_fd, int out_fd,
    struct media_answer *out)
{
	struct media_answer a = { .version = MEDIA_WIRE_VERSION };
	static struct source source; /* its window is large for a stack */
	struct head head;
	const char *why = NULL;
	bool well = true;

	if (!source_open_fd(&source, in_fd))
		why = "it can't be read";
	else if (source.size > ask->bytes_max)
		why = "it has too many bytes";
	else if (head_read(&source, &head, &why))
		why = head_check(&head, ask);
	if (why != NULL) {
		refuse(&a, why);
	} else {
		a.kind = head.kind;
		well = MEDIA_IS_FILM(head.kind)
			   ? film_look(&source, &head, ask, out_fd, &a)
			   : picture_look(&source, &head, ask, out_fd, &a);
	}
	*out = a;
	return well;
}
