/*
 * A request: read wholly, handed to its route, answered, noted.
 */
#include "config.h"

#include "call.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "journal.h"
#include "serve/fcgi.h"

#define BODY_PART ((size_t)65536)
#define QUERY_MAX 32
#define HEAD_MAX (16 * KIB)
#define WAIT_SLICE_MS 100

const char *
call_header(const struct call *c, const char *name)
{
	const char *value = fcgi_param(c->fcgi, name);

	return value != NULL ? value : "";
}

const char *
call_query(struct call *c, const char *name)
{
	struct query_pair *pairs;
	size_t count;

	if (!query_parse(
		c->cx.arena, c->match.query, QUERY_MAX, &pairs, &count))
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (text_is(pairs[i].name, name))
			return pairs[i].value;
	return NULL;
}

/* ---- the answer ---- */

void
call_head(struct call *c, const char *name, const char *value)
{
	buf_printf(&c->head, "%s: %s\r\n", name, value);
}

void
call_begin(struct call *c, int status, const char *type, int64_t length)
{
	char line[256];
	int n = snprintf(line, sizeof(line),
	    "Status: %d\r\nContent-Type: %s\r\n", status, type);

	call_note(c, status);
	fcgi_write(c->fcgi, line, (size_t)n);
	fcgi_write(c->fcgi, buf_text(&c->head), c->head.len);
	n = length < 0 ? snprintf(line, sizeof(line), "\r\n")
		       : snprintf(line, sizeof(line),
			     "Content-Length: %" PRId64 "\r\n\r\n", length);
	fcgi_write(c->fcgi, line, (size_t)n);
}

void
call_reply(
    struct call *c, int status, const char *type, const void *data, size_t len)
{
	call_begin(c, status, type, (int64_t)len);
	fcgi_write(c->fcgi, data, len);
}

void
call_empty(struct call *c, int status)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "Status: %d\r\n", status);

	call_note(c, status);
	fcgi_write(c->fcgi, line, (size_t)n);
	fcgi_write(c->fcgi, buf_text(&c->head), c->head.len);
	fcgi_write(c->fcgi, "\r\n", 2);
}

struct jw *
call_json(struct call *c)
{
	buf_clear(&c->text);
	jw_init(&c->json_out, &c->text);
	return &c->json_out;
}

void
call_json_end(struct call *c, int status)
{
	jw_done(&c->json_out);
	call_reply(
	    c, status, "application/json", buf_text(&c->text), c->text.len);
}

void
call_note(struct call *c, int status)
{
	if (c->noted)
		return;
	c->noted = true;
	journal_write(c, status);
}

bool
call_wait(struct call *c, int64_t ms)
{
	while (ms > 0 && !fcgi_gone(c->fcgi)) {
		int64_t part = ms < WAIT_SLICE_MS ? ms : WAIT_SLICE_MS;
		struct timespec t = { .tv_nsec = part * 1000000 };

		(void)nanosleep(&t, NULL);
		ms -= part;
	}
	return ms <= 0;
}

/* ---- the request ---- */

static void
plain(struct call *c, int status, const char *text)
{
	call_reply(c, status, "text/plain", text, strlen(text));
}

/* false (and answered) when the body is not all there or is too long. */
static bool
body_read(struct call *c)
{
	int64_t length = fcgi_content_length(c->fcgi);
	ssize_t n;
	char *at;

	if (length < 0)
		length = 0;
	while ((at = buf_reserve(&c->body, BODY_PART)) != NULL) {
		n = fcgi_read(c->fcgi, at, BODY_PART);
		if (n <= 0)
			break;
		buf_commit(&c->body, (size_t)n);
	}
	if (at == NULL) {
		plain(c, 413, "the body is too long\n");
		return false;
	}
	if ((int64_t)c->body.len != length) {
		plain(c, 400, "the body is cut off\n");
		return false;
	}
	return true;
}

/* A body of the declared type into c->json or c->form. */
static bool
body_parse(struct call *c)
{
	const char *type = call_header(c, "CONTENT_TYPE");

	if (c->body.len == 0)
		return true;
	if (strncasecmp(type, "multipart/form-data", 19) == 0)
		return form_parse(c->cx.arena, type, buf_text(&c->body),
		    c->body.len, &c->form);
	return strncasecmp(type, "application/json", 16) == 0 &&
	       json_parse(&c->cx, buf_text(&c->body), c->body.len, &c->json) ==
		   ERR_OK;
}

static void
call_handle(struct call *c)
{
	if (c->vendor != NULL && !vendor_admits(c))
		return;
	if (!body_parse(c)) {
		if (c->vendor != NULL)
			vendor_complain(c, TROUBLE_INVALID, NULL,
			    "We could not parse the body of your request.");
		else
			plain(c, 400, "the body can't be read\n");
		return;
	}
	c->route->handle(c);
}

void
call_serve(struct call *c, struct fcgi *f)
{
	const char *uri;

	c->fcgi = f;
	c->key = "";
	c->words = words_find(NULL);
	buf_init(&c->body, BODY_MAX);
	buf_init(&c->head, HEAD_MAX);
	buf_init(&c->text, 2 * BODY_MAX);
	c->method = call_header(c, "REQUEST_METHOD");
	uri = call_header(c, "REQUEST_URI");
	if (!router_find(c->cx.arena, routes, route_count, sizeof(routes[0]),
		"/sandbox", c->method, uri, &c->match)) {
		plain(c, c->match.path_known ? 405 : 404,
		    "the sandbox has nothing here\n");
	} else {
		c->route = &routes[c->match.index];
		c->vendor = c->route->vendor;
		if (body_read(c))
			call_handle(c);
	}
	if (!c->noted)
		call_note(c, 0);
	json_free(c->json);
	buf_release(&c->body);
	buf_release(&c->head);
	buf_release(&c->text);
}
