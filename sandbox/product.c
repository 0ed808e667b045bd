/*
 * Draws and encodes, or spoils.
 */
#include "config.h"

#include "product.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/text.h"
#include "call.h"
#include "film.h"
#include "paint.h"
#include "scene.h"
#include "store.h"

#define BLUR_SQUARES 12
#define FILM_MAX (64 * MIB)
#define LINE_LENGTH 76 /* of base64 in mails */

/* A picture of 80 bytes that claims 50000 by 50000 pixels. */
static const uint8_t bomb[] = { 0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a,
	0x00, 0x00, 0x00, 0x0d, 'I', 'H', 'D', 'R', 0x00, 0x00, 0xc3, 0x50,
	0x00, 0x00, 0xc3, 0x50, 0x08, 0x02, 0x00, 0x00, 0x00, 0xc4, 0xcd, 0xaa,
	0x9d, 0x00, 0x00, 0x00, 0x17, 'I', 'D', 'A', 'T', 0x78, 0xda, 0x63,
	0x60, 0x18, 0x05, 0xa3, 0x60, 0x14, 0x8c, 0x82, 0x51, 0x30, 0x0a, 0x46,
	0xc1, 0x50, 0x07, 0x00, 0x07, 0xd0, 0x00, 0x01, 0x23, 0xc6, 0xb0, 0x28,
	0x00, 0x00, 0x00, 0x00, 'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82 };

static const char junk[] = "This is neither a picture nor a film.\n";

/* Whether the words replace the product. */
static bool
product_spoil(const struct words *w, struct product *p)
{
	if (words_have(w, WORD_NOTANIMAGE)) {
		p->data = (const uint8_t *)junk;
		p->len = strlen(junk);
		return true;
	}
	if (words_have(w, WORD_BOMB)) {
		p->data = bomb;
		p->len = sizeof(bomb);
		return true;
	}
	return false;
}

bool
product_image(
    struct call *c, const struct job *job, int64_t i, struct product *out)
{
	struct words w = words_find(job->prompt);
	enum still_format format = STILL_PNG;
	struct picture *picture;
	struct scene scene;
	uint8_t *data;

	(void)still_format_parse(job->format, &format);
	out->type =
	    words_have(&w, WORD_WRONGTYPE) ? "text/html" : still_type(format);
	if (product_spoil(&w, out))
		return true;
	picture = picture_new(c->cx.arena, (int)job->width, (int)job->height);
	scene_make(words_rest(c->cx.arena, job->prompt),
	    (uint64_t)(job->seed + i), &scene);
	paint(c->cx.arena, picture, &scene, 0);
	if (words_have(&w, WORD_FILTERED))
		picture_blur(picture, picture->width / BLUR_SQUARES + 1);
	if (!still_encode(c->cx.arena, picture, format, &data, &out->len))
		return false;
	out->data = data;
	return true;
}

bool
product_still(struct call *c, const struct job *job, enum still_format format,
    struct product *out)
{
	struct job still = *job;

	still.format = still_extension(format);
	return product_image(c, &still, 0, out);
}

/* The same film is made once. */
static char *
film_path(struct call *c, const struct job *job, const struct film *film)
{
	const char *all =
	    arena_printf(c->cx.arena, "%s\n%" PRId64 " %d %d %d %" PRId64 " %d",
		words_rest(c->cx.arena, job->prompt), job->seed, film->width,
		film->height, film->fps, film->frames, film->index_last);

	return arena_printf(c->cx.arena, "%s/films/%s.mp4", c->box->state_dir,
	    sha256_hex(c->cx.arena, all, strlen(all)));
}

/* One at a time: a film takes all of a processor. */
static bool
film_make(struct call *c, const struct film *film, const char *path)
{
	static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
	const char *temporary = arena_printf(c->cx.arena, "%s.new", path);
	bool ok;

	(void)pthread_mutex_lock(&turn);
	ok = access(path, R_OK) == 0 ||
	     (film_write(c->cx.arena, film, temporary) &&
		 rename(temporary, path) == 0);
	(void)pthread_mutex_unlock(&turn);
	return ok;
}

bool
product_film(struct call *c, const struct job *job, struct product *out)
{
	struct words w = words_find(job->prompt);
	struct scene scene;
	struct film film = { .scene = &scene,
		.width = (int)job->width & ~1,
		.height = (int)job->height & ~1,
		.fps = (int)job->fps,
		.frames = job->fps * job->duration_ms / 1000,
		.index_last = words_have(&w, WORD_MOOVLAST) };
	const char *path = film_path(c, job, &film);
	char *data;

	out->type = words_have(&w, WORD_WRONGTYPE) ? "text/html" : "video/mp4";
	if (product_spoil(&w, out))
		return true;
	scene_make(
	    words_rest(c->cx.arena, job->prompt), (uint64_t)job->seed, &scene);
	if (!film_make(c, &film, path) ||
	    !file_slurp(c->cx.arena, path, FILM_MAX, &data, &out->len))
		return false;
	out->data = (const uint8_t *)data;
	return true;
}

bool
product_make(
    struct call *c, const struct job *job, int64_t i, struct product *out)
{
	return text_is(job->kind, "video") ? product_film(c, job, out)
					   : product_image(c, job, i, out);
}

/* Breaks a text into lines. */
static char *
wrap(struct arena *a, const char *text)
{
	size_t len = strlen(text);
	char *out = arena_alloc(a, len + 2 * (len / LINE_LENGTH) + 1);
	char *to = out;

	for (size_t i = 0; i < len; i++) {
		if (i > 0 && i % LINE_LENGTH == 0) {
			*to++ = '\r';
			*to++ = '\n';
		}
		*to++ = text[i];
	}
	return out;
}

const char *
product_base64(struct call *c, const struct product *p)
{
	char *text = base64_encode(c->cx.arena, p->data, p->len);

	if (words_have(&c->words, WORD_B64LINES))
		return wrap(c->cx.arena, text);
	if (words_have(&c->words, WORD_B64BAD) && p->len > 6)
		memcpy(text + 3, "!*", 2);
	return text;
}
