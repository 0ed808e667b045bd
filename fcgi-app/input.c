/*
 * The query string, JSON bodies, the Idempotency-Key.
 */
#include "config.h"

#include "input.h"

#include <string.h>
#include <strings.h>

#include "base/encode.h"
#include "base/text.h"
#include "core/json_read.h"
#include "form.h"
#include "serve/fcgi.h"

#define PAIRS_MAX 64
#define BODY_PART (64 * KIB)
#define BODY_KEEP (64 * KIB) /* memory that the next request inherits */
#define KEY_LENGTH_MAX 128

/* ---- the query ---- */

static enum err
query_read(struct req *r)
{
	const struct shape *shape = r->route->query;
	struct query_pair *pairs;
	size_t count;
	void *out;
	enum err e;

	if (shape == NULL)
		return ERR_OK;
	if (!query_parse(
		r->cx.arena, r->match.query, PAIRS_MAX, &pairs, &count))
		return fault(&r->cx, ERR_INVALID_FIELD, "query",
		    "the query string is malformed");
	out = arena_alloc(r->cx.arena, shape->size);
	e = pairs_read(&r->cx, pairs, count, shape, out);
	if (e)
		return e;
	r->query = out;
	return ERR_OK;
}

/* ---- the body ---- */

/* "application/json; charset=utf-8" is "application/json". */
static bool
type_is(const char *header, const char *type)
{
	size_t len = strlen(type);

	if (header == NULL || strncasecmp(header, type, len) != 0)
		return false;
	header += len;
	header += strspn(header, " \t");
	return *header == '\0' || *header == ';';
}

/* Whether anything is there at all, where it need not be. */
static bool
body_is_absent(const struct req *r)
{
	int64_t announced = fcgi_content_length(r->fcgi);

	return r->route->body == BODY_JSON_OPTIONAL &&
	       (announced == 0 ||
		   (announced < 0 && req_header(r, "CONTENT_TYPE") == NULL));
}

static enum err
type_check(struct req *r)
{
	static const char *const types[] = {
		[BODY_NONE] = NULL,
		[BODY_JSON] = "application/json",
		[BODY_JSON_OPTIONAL] = "application/json",
		[BODY_IMAGE_FORM] = "multipart/form-data",
		[BODY_VIDEO_FORM] = "multipart/form-data",
	};
	const char *wanted = types[r->route->body];

	if (wanted == NULL || body_is_absent(r) ||
	    type_is(req_header(r, "CONTENT_TYPE"), wanted))
		return ERR_OK;
	return fault(&r->cx, ERR_UNSUPPORTED_CONTENT_TYPE, "Content-Type",
	    "the content type must be %s", wanted);
}

/* What is announced and a byte more, in which it would be too long. */
static size_t
part_size(const struct body_reader *b)
{
	int64_t rest = b->announced - b->taken;

	return rest >= 0 && rest < (int64_t)BODY_PART ? (size_t)rest + 1
						      : BODY_PART;
}

static enum err
body_read(struct req *r)
{
	struct body_reader b;
	size_t got = 1;

	if (r->body.size > BODY_KEEP)
		buf_release(&r->body);
	if (r->body.data == NULL)
		buf_init(&r->body, SIZE_MAX / 2);
	buf_clear(&r->body);
	req_body_begin(r, &b);
	while (got > 0) {
		size_t part = part_size(&b);
		char *at = buf_reserve(&r->body, part);
		enum err e = req_body(r, &b, at, part, &got);

		if (e)
			return e;
		buf_commit(&r->body, got);
	}
	return ERR_OK;
}

static enum err
json_body_read(struct req *r)
{
	const struct shape *shape = r->route->input;
	void *out = arena_alloc(r->cx.arena, shape->size);
	enum err e;

	if (body_is_absent(r)) {
		shape_defaults(shape, out);
		r->in = out;
		return ERR_OK;
	}
	e = body_read(r);
	if (e)
		return e;
	e = json_read(&r->cx, buf_text(&r->body), r->body.len, shape, out);
	if (e)
		return e;
	sha256(buf_text(&r->body), r->body.len, r->hash);
	r->in = out;
	return ERR_OK;
}

static enum err
any_body_read(struct req *r)
{
	switch (r->route->body) {
	case BODY_JSON:
	case BODY_JSON_OPTIONAL:
		return json_body_read(r);
	case BODY_IMAGE_FORM:
	case BODY_VIDEO_FORM:
		return form_read(r);
	case BODY_NONE:
		break;
	}
	return ERR_OK;
}

/* ---- the Idempotency-Key ---- */

static bool
key_is_valid(const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < len; i++)
		if (key[i] <= ' ' || key[i] > '~')
			return false;
	return len >= 1 && len <= KEY_LENGTH_MAX;
}

static enum err
key_read(struct req *r)
{
	const char *key = fcgi_param(r->fcgi, "HTTP_IDEMPOTENCY_KEY");

	if (r->route->once == NULL || key == NULL)
		return ERR_OK;
	if (!key_is_valid(key))
		return fault(&r->cx, ERR_INVALID_FIELD, "Idempotency-Key",
		    "an Idempotency-Key has 1 to %d visible ASCII characters",
		    KEY_LENGTH_MAX);
	r->id.key = key;
	return ERR_OK;
}

/* What makes two requests the same: method, address, body. */
static void
hash_finish(struct req *r)
{
	char *text = arena_printf(r->cx.arena, "%s %s\n%s", r->method, r->uri,
	    hex_encode(r->cx.arena, r->hash, sizeof(r->hash)));

	sha256(text, strlen(text), r->hash);
}

enum err
input_read(struct req *r)
{
	enum err e;

	e = type_check(r);
	if (e)
		return e;
	e = key_read(r);
	if (e)
		return e;
	e = query_read(r);
	if (e)
		return e;
	e = any_body_read(r);
	if (e)
		return e;
	if (r->id.key != NULL)
		hash_finish(r);
	return ERR_OK;
}
