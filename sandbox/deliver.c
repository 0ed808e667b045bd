/*
 * Results on their way: links, redirects, bodies.
 */
#include "config.h"

#include "deliver.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "call.h"
#include "product.h"
#include "serve/fcgi.h"
#include "store.h"

#define HUGE_CLAIMED (INT64_C(8) << 30)
#define HUGE_SENT (INT64_C(640) << 20)
#define HUGE_PAUSE_MS 4

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
deliver_link(struct call *c, const struct job *job, const char *address)
{
	struct words w = words_find(job->prompt);

	if (words_have(&w, WORD_METADATA))
		return "http://169.254.169.254/latest/meta-data/";
	if (words_have(&w, WORD_OTHERHOST))
		return url_elsewhere(c->cx.arena, address);
	if (words_have(&w, WORD_RELATIVE))
		return url_path(address);
	return address;
}

const char *
deliver_url(struct call *c, const struct job *job, int64_t i)
{
	return deliver_link(c, job,
	    arena_printf(c->cx.arena, "%s/files/%s/%" PRId64 ".%s",
		c->box->public_url, job->id, i, job->format));
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

bool
deliver_redirected(struct call *c, const struct job *job, int64_t i)
{
	const char *file =
	    arena_printf(c->cx.arena, "%s/files/%s/%" PRId64 ".%s/again",
		c->box->public_url, job->id, i, job->format);

	if (words_have(&c->words, WORD_REDIRECTLOOP))
		redirect(c, call_header(c, "REQUEST_URI"));
	else if (words_have(&c->words, WORD_REDIRECT))
		redirect(c, url_elsewhere(c->cx.arena, file));
	else
		return false;
	return true;
}

static void
no_file(struct call *c)
{
	static const char text[] = "no such file\n";

	if (c->vendor != NULL)
		vendor_complain(c, TROUBLE_NOT_FOUND, NULL, NULL);
	else
		call_reply(c, 404, "text/plain", text, strlen(text));
}

static void
deliver_made(struct call *c, const struct job *job, int64_t i)
{
	struct product p;

	if (product_make(c, job, i, &p))
		deliver_file(c, &p);
	else
		call_reply(c, 500, "text/plain", "", 0);
}

void
deliver_result(struct call *c, const struct job *job, int64_t i)
{
	if (words_have(&c->words, WORD_NOFILE))
		no_file(c);
	else if (!deliver_redirected(c, job, i))
		deliver_made(c, job, i);
}

void
deliver_get(struct call *c)
{
	const char *name = c->match.values[1];
	const char *number = arena_copy(c->cx.arena, name, strcspn(name, "."));
	struct job job;
	int64_t i;

	c->id = c->match.values[0];
	if (!store_get(c, c->id, &job) ||
	    !text_to_int_in(number, 0, job.count - 1, &i)) {
		no_file(c);
		return;
	}
	c->words = words_find(job.prompt);
	if (text_ends(call_header(c, "REQUEST_URI"), "/again") &&
	    !words_have(&c->words, WORD_REDIRECTLOOP))
		deliver_made(c, &job, i);
	else
		deliver_result(c, &job, i);
}
