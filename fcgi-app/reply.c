/*
 * Replies: the envelope, the head, the bytes.
 */
#include "config.h"

#include "reply.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/encode.h"
#include "base/text.h"
#include "core/conf.h"
#include "cors.h"
#include "file_reply.h"
#include "serve/fcgi.h"

#define HEAD_MAX (16 * KIB)
#define OUT_MAX (16 * MIB) /* the largest reply that is made in memory */
#define AWAY_RETRY_S 10    /* of a 503, where nobody knows better */
#define PUBLIC_CACHE "public, max-age=5"
#define OUT_KEEP (64 * KIB) /* memory that the next request inherits */

static const struct {
	int status;
	const char *phrase;
} phrases[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 204, "No Content" },
	{ 206, "Partial Content" },
	{ 302, "Found" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 409, "Conflict" },
	{ 413, "Content Too Large" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Range Not Satisfiable" },
	{ 429, "Too Many Requests" },
	{ 500, "Internal Server Error" },
	{ 503, "Service Unavailable" },
};

static const char *
phrase_of(int status)
{
	for (size_t i = 0; i < COUNT(phrases); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Unknown";
}

/* Empties a buffer; one that grew large gives its memory back. */
static void
buf_reuse(struct buf *b, size_t limit)
{
	if (b->size > OUT_KEEP)
		buf_release(b);
	if (b->data == NULL)
		buf_init(b, limit);
	buf_clear(b);
}

/* As if nothing had been made yet; headers stay. */
static void
reply_clear(struct req *r)
{
	struct reply *p = &r->reply;

	buf_reuse(&p->out, OUT_MAX);
	jw_init(&p->jw, &p->out);
	p->kind = REPLY_DATA;
	p->status = 0;
	p->content_type = "application/json; charset=utf-8";
	p->cache_control = "no-store";
}

void
reply_begin(struct req *r)
{
	buf_reuse(&r->reply.head, HEAD_MAX);
	r->reply.kept = false;
	reply_clear(r);
}

void
reply_release(struct req *r)
{
	buf_release(&r->reply.head);
	buf_release(&r->reply.out);
}

static void
envelope_open(struct jw *jw, int status, const char *message)
{
	jw_object(jw);
	jw_name(jw, "code");
	jw_int(jw, status);
	jw_name(jw, "message");
	jw_text(jw, message);
}

static void
envelope_close(struct jw *jw)
{
	jw_name(jw, "timestamp");
	jw_int(jw, clock_ms());
}

struct jw *
reply_open(struct req *r, int status)
{
	struct reply *p = &r->reply;

	reply_clear(r);
	p->status = status;
	envelope_open(&p->jw, status, "success");
	jw_name(&p->jw, "data");
	return &p->jw;
}

enum err
reply_struct(
    struct req *r, int status, const struct shape *shape, const void *data)
{
	jw_struct(reply_open(r, status), shape, data);
	return ERR_OK;
}

enum err
reply_public(struct req *r, const struct shape *shape, const void *data)
{
	struct buf *out = &r->reply.out;
	const char *known = req_header(r, "HTTP_IF_NONE_MATCH");
	struct jw *jw = reply_open(r, 200);
	size_t from = out->len;
	const char *tag;

	jw_struct(jw, shape, data);
	if (buf_overflowed(out))
		return ERR_OK; /* reply_close() says so */
	/* The envelope tells the time, so the tag is a weak one. */
	tag = arena_printf(r->cx.arena, "\"%s\"",
	    tag_hex(r->cx.arena, out->data + from, out->len - from));
	if (known != NULL &&
	    (text_is(known, "*") || strstr(known, tag) != NULL))
		reply_empty(r, 304);
	r->reply.cache_control = PUBLIC_CACHE;
	reply_header(r, "ETag", "W/%s", tag);
	reply_header(r, "Vary", "Authorization");
	return ERR_OK;
}

void
reply_text(struct req *r, int status, const char *content_type,
    const char *text, size_t len)
{
	struct reply *p = &r->reply;

	reply_clear(r);
	p->kind = REPLY_TEXT;
	p->status = status;
	p->content_type = content_type;
	buf_add(&p->out, text, len);
}

void
reply_again(struct req *r, int status, const char *body)
{
	reply_text(r, status, r->reply.content_type, body, strlen(body));
	reply_header(r, "Idempotent-Replay", "true");
}

void
reply_empty(struct req *r, int status)
{
	reply_clear(r);
	r->reply.kind = REPLY_EMPTY;
	r->reply.status = status;
}

/*
 * What a caller may know of an error.  Details of our own troubles (SQL, paths)
 * are for the log.
 */
static const char *
detail_of(const struct req *r, enum err e)
{
	const struct fault *f = &r->cx.fault;

	if (err_status(e) < 500 && f->err == e && f->detail != NULL)
		return f->detail;
	return err_sentence(e, r->lang);
}

void
reply_error(struct req *r, enum err e)
{
	const struct fault *f = &r->cx.fault;
	struct reply *p = &r->reply;
	struct jw *jw = &p->jw;
	bool told = f->err == e;
	int64_t retry_s = told ? f->retry_after_s : 0;

	reply_clear(r);
	p->status = err_status(e);
	envelope_open(jw, p->status, err_sentence(e, r->lang));
	jw_name(jw, "error");
	jw_text(jw, detail_of(r, e));
	jw_name(jw, "reason");
	jw_text(jw, err_reason(e));
	if (told && f->field != NULL) {
		jw_name(jw, "field");
		jw_text(jw, f->field);
	}
	jw_name(jw, "requestId");
	jw_text(jw, r->cx.trace);
	if (retry_s <= 0 && p->status == 503)
		retry_s = AWAY_RETRY_S;
	if (retry_s > 0)
		reply_header(r, "Retry-After", "%" PRId64, retry_s);
	if (p->status == 401)
		reply_header(r, "WWW-Authenticate", "Bearer");
}

void
reply_stream(struct req *r, const char *content_type)
{
	struct reply *p = &r->reply;

	reply_clear(r);
	p->kind = REPLY_STREAM;
	p->status = 200;
	p->content_type = content_type;
	log_flush(); /* this thread will be busy for long */
	reply_send(r);
}

void
reply_header(struct req *r, const char *name, const char *fmt, ...)
{
	struct buf *head = &r->reply.head;
	const char *value;
	va_list ap;

	va_start(ap, fmt);
	value = arena_vprintf(r->cx.arena, fmt, ap);
	va_end(ap);
	for (const char *c = value; *c != '\0'; c++)
		assert((unsigned char)*c >= ' ' && *c != 0x7f);
	buf_puts(head, name);
	buf_puts(head, ": ");
	buf_puts(head, value);
	buf_puts(head, "\r\n");
}

enum err
reply_file(struct req *r, const struct reply_file *f)
{
	struct reply *p = &r->reply;

	reply_empty(r, 200);
	p->content_type = f->mime;
	p->cache_control = "private, max-age=3600";
	reply_header(r, "ETag", "\"%s\"", f->sha256);
	/* Whatever it contains, it is no page and runs nothing. */
	reply_header(
	    r, "Content-Security-Policy", "default-src 'none'; sandbox");
	if (f->download_name != NULL)
		reply_header(r, "Content-Disposition",
		    "attachment; filename=\"%s\"", f->download_name);
	if (text_is(r->cx.conf->sendfile, "none"))
		return file_reply(r, f);
	reply_header(r, "X-Sendfile", "%s", f->path);
	reply_header(r, "Accept-Ranges", "bytes"); /* Apache does not say so */
	return ERR_OK;
}

/* ---- sending ---- */

/* Closes what the handler left open. */
static void
reply_finish(struct req *r)
{
	struct reply *p = &r->reply;
	const struct fault *f = &r->cx.fault;

	if (p->status == 0) {
		jw_object(reply_open(r, 200));
		jw_end_object(&p->jw);
	}
	if (p->kind != REPLY_DATA || p->jw.depth == 0)
		return;
	envelope_close(&p->jw);
	if (p->status >= 400 && f->extra != NULL) {
		buf_putc(&p->out, ',');
		buf_puts(&p->out, f->extra);
	}
	jw_end_object(&p->jw);
	jw_done(&p->jw);
}

enum err
reply_close(struct req *r)
{
	struct reply *p = &r->reply;

	reply_finish(r);
	if (!buf_overflowed(&p->out) && !buf_overflowed(&p->head))
		return ERR_OK;
	buf_clear(&p->head);
	return fault(
	    &r->cx, ERR_INTERNAL, NULL, "the reply is larger than replies are");
}

enum err
reply_keep(struct req *r)
{
	struct reply *p = &r->reply;
	enum err e;

	if (r->id.key == NULL)
		return ERR_OK;
	reply_finish(r);
	e = idempotency_finish(&r->cx, &r->id, p->status, buf_text(&p->out));
	p->kept = e == ERR_OK;
	return e;
}

static void
head_line(struct buf *b, const char *name, const char *value)
{
	buf_puts(b, name);
	buf_puts(b, ": ");
	buf_puts(b, value);
	buf_puts(b, "\r\n");
}

/* The budget, for those who have one of their own. */
static void
head_budget(const struct req *r, struct buf *b)
{
	if (!r->authenticated || !r->counted)
		return;
	buf_printf(b,
	    "RateLimit-Limit: %" PRId64 "\r\n"
	    "RateLimit-Remaining: %" PRId64 "\r\n"
	    "RateLimit-Reset: %" PRId64 "\r\n",
	    r->budget.limit, r->budget.remaining, r->budget.reset_s);
}

static void
head_make(struct req *r, struct buf *b)
{
	const struct reply *p = &r->reply;

	buf_printf(b, "Status: %d %s\r\n", p->status, phrase_of(p->status));
	head_line(b, "X-Request-Id", r->cx.trace);
	head_line(b, "Cache-Control", p->cache_control);
	head_line(b, "X-Content-Type-Options", "nosniff");
	head_line(b, "Referrer-Policy", "no-referrer");
	if (r->timing != NULL)
		head_line(b, "Server-Timing", r->timing);
	if (p->kind == REPLY_DATA || p->kind == REPLY_TEXT)
		buf_printf(b, "Content-Length: %zu\r\n", p->out.len);
	if (p->kind != REPLY_EMPTY || p->status == 200)
		head_line(b, "Content-Type", p->content_type);
	if (p->kind == REPLY_DATA) {
		head_line(b, "Content-Security-Policy",
		    "default-src 'none'; frame-ancestors 'none'");
		/* Or the web server cuts answers up that are to be whole. */
		head_line(b, "Accept-Ranges", "none");
	}
	head_budget(r, b);
	cors_headers(r, b);
	buf_puts(b, buf_text(&p->head));
	buf_puts(b, "\r\n");
}

void
reply_send(struct req *r)
{
	struct reply *p = &r->reply;
	struct buf head;

	reply_finish(r);
	assert(!buf_overflowed(&p->out) && !buf_overflowed(&p->head));
	buf_init(&head, HEAD_MAX * 2);
	head_make(r, &head);
	assert(!buf_overflowed(&head));
	fcgi_write(r->fcgi, head.data, head.len);
	buf_release(&head);
	if (!text_is(r->method, "HEAD"))
		fcgi_write(r->fcgi, buf_text(&p->out), p->out.len);
}
