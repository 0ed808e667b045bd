#include "config.h"

#include "handshake.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/text.h"
#include "core/conf.h"
#include "core/json_write.h"

#define QUERY_MAX 16           /* parameters */
#define REFUSAL_MAX (16 * KIB) /* bytes */

size_t
handshake_length(const char *text, size_t len)
{
	const char *end = memmem(text, len, "\r\n\r\n", 4);

	return end == NULL ? 0 : (size_t)(end - text) + 4;
}

/* Next line of the head without its end; NULL behind the last. */
static char *
line_next(struct arena *a, const char **rest)
{
	const char *end = strstr(*rest, "\r\n");
	char *line;

	if (end == NULL || end == *rest)
		return NULL;
	line = arena_copy(a, *rest, (size_t)(end - *rest));
	*rest = end + 2;
	return line;
}

/* Is the word in a list such as "keep-alive, Upgrade"? */
static bool
list_has(struct arena *a, const char *list, const char *word)
{
	const char *item;

	while ((item = text_split(a, &list, ',')) != NULL)
		if (strcasecmp(item, word) == 0)
			return true;
	return false;
}

/* What a header must say, and whether it has to be there. */
enum rule {
	RULE_ANY,
	RULE_IS,   /* this */
	RULE_HAS,  /* this among others */
	RULE_NONCE /* 16 bytes in base64 */
};

static const struct {
	const char *name;
	enum rule rule;
	const char *text;
	bool optional;
} rules[] = {
	{ "Host", RULE_ANY, NULL, false },
	{ "Upgrade", RULE_HAS, "websocket", false },
	{ "Connection", RULE_HAS, "upgrade", false },
	{ "Sec-WebSocket-Version", RULE_IS, "13", false },
	{ "Sec-WebSocket-Key", RULE_NONCE, NULL, false },
	/* a client that asks for one of others would not take none */
	{ "Sec-WebSocket-Protocol", RULE_HAS, "events", true },
};

#define RULES (sizeof(rules) / sizeof(rules[0]))
#define NONCE_SIZE 16

static bool
rule_holds(struct arena *a, size_t i, const char *value)
{
	uint8_t *nonce;
	size_t size;

	switch (rules[i].rule) {
	case RULE_IS:
		return text_is(value, rules[i].text);
	case RULE_HAS:
		return list_has(a, value, rules[i].text);
	case RULE_NONCE:
		return base64_decode(a, value, strlen(value), &nonce, &size) &&
		       size == NONCE_SIZE;
	case RULE_ANY:
		break;
	}
	return true;
}

/* Headers that keep their rule are noted in the bits of kept. */
static void
header_read(struct ctx *cx, char *line, struct handshake *out, unsigned *kept)
{
	char *value = strchr(line, ':');

	if (value == NULL)
		return;
	*value++ = '\0';
	value = text_trim(cx->arena, value);
	if (strcasecmp(line, "Origin") == 0)
		out->origin = value;
	else if (strcasecmp(line, "Accept-Language") == 0)
		out->language = value;
	for (size_t i = 0; i < RULES; i++) {
		if (strcasecmp(line, rules[i].name) != 0)
			continue;
		if (rule_holds(cx->arena, i, value))
			*kept |= 1U << i;
		else if (rules[i].optional && out->wrong == NULL)
			out->wrong = rules[i].name;
	}
}

static void
headers_read(struct ctx *cx, const char *rest, struct handshake *out)
{
	unsigned kept = 0;
	char *line;

	while ((line = line_next(cx->arena, &rest)) != NULL)
		header_read(cx, line, out, &kept);
	for (size_t i = RULES; i-- > 0;)
		if (!rules[i].optional && (kept & 1U << i) == 0)
			out->wrong = rules[i].name;
}

static enum err
query_read(struct ctx *cx, const char *query, struct handshake *out)
{
	struct query_pair *pairs;
	size_t count;

	if (!query_parse(cx->arena, query, QUERY_MAX, &pairs, &count))
		return fault(
		    cx, ERR_INVALID_FIELD, NULL, "the query is malformed");
	for (size_t i = 0; i < count; i++) {
		if (text_is(pairs[i].name, "token"))
			out->token = pairs[i].value;
		else if (text_is(pairs[i].name, "ticket"))
			out->ticket = pairs[i].value;
		else if (text_is(pairs[i].name, "since"))
			out->since = pairs[i].value;
	}
	return ERR_OK;
}

enum err
handshake_read(
    struct ctx *cx, const char *text, size_t len, struct handshake *out)
{
	const char *rest = arena_copy(cx->arena, text, len);
	const char *words = line_next(cx->arena, &rest);
	const char *method, *path, *version;
	char *query;

	*out = (struct handshake){ 0 };
	method = words != NULL ? text_split(cx->arena, &words, ' ') : NULL;
	path = words != NULL ? text_split(cx->arena, &words, ' ') : NULL;
	version = words != NULL ? text_split(cx->arena, &words, ' ') : NULL;
	if (!text_is(version, "HTTP/1.1") || strlen(rest) + 1 > len)
		return fault(cx, ERR_INVALID_FIELD, NULL,
		    "this is no request of HTTP/1.1");
	headers_read(cx, rest, out);
	query = strchr(path, '?');
	if (query != NULL)
		*query++ = '\0';
	if (!text_ends(path, "/ws"))
		return ERR_NOT_FOUND;
	if (!text_is(method, "GET"))
		return ERR_METHOD_NOT_ALLOWED;
	return query_read(cx, query != NULL ? query : "", out);
}

bool
handshake_origin_ok(struct ctx *cx, const char *origins, const char *origin)
{
	const char *allowed;
	bool any = false;

	while ((allowed = text_split(cx->arena, &origins, ',')) != NULL) {
		any = true;
		if (text_is(allowed, "*") || origin == NULL ||
		    strcasecmp(allowed, origin) == 0)
			return true;
	}
	return !any;
}

static const char *
refusal_body(struct ctx *cx, enum err e, enum lang lang)
{
	const struct fault *f = &cx->fault;
	bool known = f->err == e && f->detail != NULL && e != ERR_INTERNAL &&
		     e != ERR_UNAVAILABLE;
	struct buf b;
	struct jw jw;
	const char *text;

	buf_init(&b, REFUSAL_MAX);
	jw_init(&jw, &b);
	jw_object(&jw);
	jw_name(&jw, "code");
	jw_int(&jw, err_status(e));
	jw_name(&jw, "message");
	jw_text(&jw, err_sentence(e, lang));
	jw_name(&jw, "error");
	jw_text(&jw, known ? f->detail : err_sentence(e, lang));
	jw_name(&jw, "timestamp");
	jw_int(&jw, clock_ms());
	jw_name(&jw, "reason");
	jw_text(&jw, err_reason(e));
	if (known && f->field != NULL) {
		jw_name(&jw, "field");
		jw_text(&jw, f->field);
	}
	jw_name(&jw, "requestId");
	jw_text(&jw, cx->trace);
	jw_end_object(&jw);
	jw_done(&jw);
	text = arena_strdup(cx->arena, buf_text(&b));
	buf_release(&b);
	return text;
}

/* The standard phrase matters to nobody, but a status line wants one. */
static const char *
status_phrase(int status)
{
	return status < 500 ? "Refused" : "Unavailable";
}

const char *
handshake_refusal(struct ctx *cx, enum err e, const char *language)
{
	int status = err_status(e);
	const char *first = language;
	const char *tag =
	    first != NULL ? text_split(cx->arena, &first, ',') : NULL;
	const char *body = refusal_body(
	    cx, e, lang_parse(tag != NULL ? tag : cx->conf->language));
	int64_t wait_s = cx->fault.err == e ? cx->fault.retry_after_s : 0;
	const char *more = "";

	if (wait_s > 0)
		more = arena_printf(
		    cx->arena, "Retry-After: %" PRId64 "\r\n", wait_s);
	else if (status == 401)
		more = "WWW-Authenticate: Bearer\r\n";
	else if (status == 405)
		more = "Allow: GET\r\n";
	else if (text_is(cx->fault.field, "Sec-WebSocket-Version"))
		more = "Sec-WebSocket-Version: 13\r\n";
	return arena_printf(cx->arena,
	    "HTTP/1.1 %d %s\r\n"
	    "Content-Type: application/json; charset=utf-8\r\n"
	    "Content-Length: %zu\r\n"
	    "Cache-Control: no-store\r\n"
	    "Connection: close\r\n"
	    "X-Request-Id: %s\r\n"
	    "%s\r\n%s",
	    status, status_phrase(status), strlen(body), cx->trace, more, body);
}
