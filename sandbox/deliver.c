/*
 * Results, as good or as spoilt as the prompt asks.
 */
#include "config.h"

#include "deliver.h"

#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "call.h"
#include "paint.h"
#include "scene.h"
#include "serve/fcgi.h"
#include "still.h"
#include "store.h"

#define HUGE_CLAIMED (INT64_C(8) << 30)
#define HUGE_SENT (INT64_C(640) << 20)
#define HUGE_PAUSE_MS 4
#define BLUR_SQUARES 12
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

/* ---- making ---- */

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
deliver_image(
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
	scene_make(job->prompt, (uint64_t)(job->seed + i), &scene);
	paint(c->cx.arena, picture, &scene, 0);
	if (words_have(&w, WORD_FILTERED))
		picture_blur(picture, picture->width / BLUR_SQUARES + 1);
	if (!still_encode(c->cx.arena, picture, format, &data, &out->len))
		return false;
	out->data = data;
	return true;
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
deliver_base64(struct call *c, const struct product *p)
{
	char *text = base64_encode(c->cx.arena, p->data, p->len);

	if (words_have(&c->words, WORD_B64LINES))
		return wrap(c->cx.arena, text);
	if (words_have(&c->words, WORD_B64BAD) && p->len > 6)
		memcpy(text + 3, "!*", 2);
	return text;
}

/* ---- addresses ---- */

/* The same address by another name of this machine. */
static const char *
url_elsewhere(struct arena *a, const char *url)
{
	const char *host = strstr(url, "://");
	const char *rest;

	if (host == NULL)
		return url;
	host += strlen("://");
	rest = host + strcspn(host, ":/");
	return arena_printf(a, "http://%s%s",
	    text_starts(host, "localhost") ? "127.0.0.1" : "localhost", rest);
}

/* Without scheme and host. */
static const char *
url_path(const char *url)
{
	const char *host = strstr(url, "://");

	if (host == NULL)
		return url;
	host += strlen("://");
	return host + strcspn(host, "/");
}

const char *
deliver_url(struct call *c, const struct job *job, int64_t i)
{
	struct words w = words_find(job->prompt);
	const char *url =
	    arena_printf(c->cx.arena, "%s/files/%s/%" PRId64 ".%s",
		c->box->public_url, job->id, i, job->format);

	if (words_have(&w, WORD_METADATA))
		return "http://169.254.169.254/latest/meta-data/";
	if (words_have(&w, WORD_OTHERHOST))
		return url_elsewhere(c->cx.arena, url);
	if (words_have(&w, WORD_RELATIVE))
		return url_path(url);
	return url;
}

/* ---- handing over ---- */

/* A byte a second, as long as somebody waits for it. */
static void
send_slowly(struct call *c, const struct product *p)
{
	for (size_t i = 0; i < p->len; i++) {
		fcgi_write(c->fcgi, p->data + i, 1);
		if (!fcgi_flush(c->fcgi) || !call_wait(c, 1000))
			return;
	}
}

static void
send_half(struct call *c, const struct product *p)
{
	fcgi_write(c->fcgi, p->data, p->len / 2);
	(void)fcgi_flush(c->fcgi);
	fcgi_break(c->fcgi);
}

/* The file over and over, until nobody listens or enough is enough. */
static void
send_endlessly(struct call *c, const struct product *p)
{
	int64_t sent = 0;

	while (sent < HUGE_SENT) {
		fcgi_write(c->fcgi, p->data, p->len);
		if (!fcgi_flush(c->fcgi) || !call_wait(c, HUGE_PAUSE_MS))
			break;
		sent += (int64_t)p->len;
	}
	fcgi_break(c->fcgi);
}

void
deliver_file(struct call *c, const struct product *p)
{
	int64_t length = (int64_t)p->len;

	if (words_have(&c->words, WORD_HUGE)) {
		call_begin(c, 200, p->type, HUGE_CLAIMED);
		send_endlessly(c, p);
		return;
	}
	call_begin(c, 200, p->type, length);
	if (words_have(&c->words, WORD_SLOWBODY))
		send_slowly(c, p);
	else if (words_have(&c->words, WORD_TRUNCATED))
		send_half(c, p);
	else
		fcgi_write(c->fcgi, p->data, p->len);
}

void
deliver_json(struct call *c)
{
	struct product p = { .type = "application/json" };

	jw_done(&c->json_out);
	p.data = (const uint8_t *)buf_text(&c->text);
	p.len = c->text.len;
	deliver_file(c, &p);
}

static void
redirect(struct call *c, const char *to)
{
	call_head(c, "Location", to);
	call_reply(c, 302, "text/plain", "", 0);
}

/* GET /files/{id}/{name}, and with a redirect also .../{name}/again */
void
deliver_get(struct call *c)
{
	const char *again = arena_printf(c->cx.arena, "%s/files/%s/%s/again",
	    c->box->public_url, c->match.values[0], c->match.values[1]);
	bool first = !text_ends(call_header(c, "REQUEST_URI"), "/again");
	char *end = strchr(c->match.values[1], '.');
	struct product p;
	struct job job;
	int64_t i;

	c->id = c->match.values[0];
	if (end != NULL)
		*end = '\0';
	if (!store_get(c, c->id, &job) ||
	    !text_to_int_in(c->match.values[1], 0, job.count - 1, &i)) {
		call_reply(c, 404, "text/plain", "no such file\n", 13);
		return;
	}
	c->words = words_find(job.prompt);
	if (words_have(&c->words, WORD_NOFILE))
		call_reply(c, 404, "text/plain", "no such file\n", 13);
	else if (words_have(&c->words, WORD_REDIRECTLOOP))
		redirect(c, call_header(c, "REQUEST_URI"));
	else if (words_have(&c->words, WORD_REDIRECT) && first)
		redirect(c, url_elsewhere(c->cx.arena, again));
	else if (deliver_image(c, &job, i, &p))
		deliver_file(c, &p);
	else
		call_reply(c, 500, "text/plain", "cannot draw\n", 12);
}
