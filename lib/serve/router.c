/*
 * Path templates to rows of a table.
 */
#include "serve/router.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/encode.h"
#include "base/text.h"

#define SEGMENTS_MAX 16

/* The methods in the order of Allow. */
static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "DELETE",
	"OPTIONS" };

struct piece {
	const char *at; /* no NUL behind it */
	size_t len;
};

/* An address as the rows see it: below the base, decoded. */
struct address {
	const char *segments[SEGMENTS_MAX];
	size_t count;
};

/* How a template fits; each segment counts more than all behind it. */
enum fit {
	FIT_VALUE,
	FIT_TAIL,
	FIT_FIXED,
	FIT__MAX
};

/* The next "/piece" of a path; false at its end. */
static bool
piece_next(const char **rest, struct piece *out)
{
	if (**rest != '/')
		return false;
	out->at = *rest + 1;
	out->len = strcspn(out->at, "/");
	*rest = out->at + out->len;
	return true;
}

/* Without "http://host"; a target without a path has the path "/". */
static const char *
router_path(const char *uri)
{
	const char *host;

	if (*uri == '/')
		return uri;
	host = strstr(uri, "://");
	if (host == NULL || memchr(uri, '?', (size_t)(host - uri)) != NULL)
		return uri;
	host += strlen("://");
	return host + strcspn(host, "/?");
}

/* Splits and decodes what stands before the query. */
static bool
router_segments(struct arena *a, const char *uri, struct address *out)
{
	const char *path = router_path(uri);
	const char *rest = arena_copy(a, path, strcspn(path, "?"));
	struct piece p;
	char *text;

	out->count = 0;
	if (*rest == '\0')
		rest = "/";
	while (piece_next(&rest, &p)) {
		if (out->count == SEGMENTS_MAX ||
		    !percent_decode(a, p.at, p.len, &text) ||
		    !utf8_valid(text, strlen(text)))
			return false;
		out->segments[out->count++] = text;
	}
	return *rest == '\0';
}

static bool
piece_is(const struct piece *p, const char *text)
{
	return strlen(text) == p->len && memcmp(p->at, text, p->len) == 0;
}

/* Takes the base off; false for an address outside of it. */
static bool
router_rebase(const char *base, struct address *at)
{
	struct piece p;
	size_t n = 0;

	while (piece_next(&base, &p)) {
		if (n == at->count || !piece_is(&p, at->segments[n]))
			return false;
		n++;
	}
	at->count -= n;
	memmove(at->segments, at->segments + n,
	    at->count * sizeof(at->segments[0]));
	return true;
}

/*
 * One template segment against one of the address.  The length of the value,
 * which stands first, comes out with FIT_VALUE and FIT_TAIL.
 */
static bool
segment_fits(const struct piece *p, const char *segment, enum fit *fit_out,
    size_t *value_out)
{
	size_t len = strlen(segment);
	const char *close;
	size_t tail;

	if (p->len == 0 || p->at[0] != '{') {
		*fit_out = FIT_FIXED;
		return piece_is(p, segment);
	}
	close = memchr(p->at, '}', p->len);
	if (close == NULL)
		return false;
	tail = (size_t)(p->at + p->len - (close + 1));
	if (len <= tail || memcmp(segment + len - tail, close + 1, tail) != 0)
		return false;
	*fit_out = tail > 0 ? FIT_TAIL : FIT_VALUE;
	*value_out = len - tail;
	return true;
}

/*
 * A template against the address: false, or the rank (greater wins).  Fills
 * the values of out when it is given.
 */
static bool
template_fits(struct arena *a, const char *path, const struct address *at,
    uint32_t *rank_out, struct route_match *out)
{
	uint32_t rank = 0;
	struct piece p;
	size_t n = 0;

	while (piece_next(&path, &p)) {
		enum fit fit;
		size_t len;

		if (n == at->count ||
		    !segment_fits(&p, at->segments[n], &fit, &len))
			return false;
		if (out != NULL && fit != FIT_FIXED &&
		    out->value_count < ROUTER_VALUES)
			out->values[out->value_count++] =
			    arena_copy(a, at->segments[n], len);
		rank = rank * FIT__MAX + (uint32_t)fit;
		n++;
	}
	*rank_out = rank;
	return n == at->count;
}

static bool
method_fits(const char *row, const char *method)
{
	return strcmp(row, method) == 0 ||
	       (strcmp(row, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

static const struct route_key *
row_at(const void *rows, size_t size, size_t i)
{
	return (const struct route_key *)(const void *)((const char *)rows +
							i * size);
}

/* The rows of one path: those that fit with the same, best rank. */
struct choice {
	uint32_t rank;
	bool any;
	bool found;   /* one with the method */
	size_t index; /* which */
	bool allows[COUNT(methods)];
};

static void
choice_add(struct choice *c, uint32_t rank, const char *row, size_t index,
    const char *method)
{
	if (c->any && rank < c->rank)
		return;
	if (!c->any || rank > c->rank)
		*c = (struct choice){ .any = true, .rank = rank };
	for (size_t i = 0; i < COUNT(methods); i++)
		if (method_fits(row, methods[i]))
			c->allows[i] = true;
	if (!c->found && method_fits(row, method)) {
		c->found = true;
		c->index = index;
	}
}

/* OPTIONS is answered everywhere. */
static const char *
choice_allow(struct arena *a, const struct choice *c)
{
	const char *list = "";

	for (size_t i = 0; i < COUNT(methods) - 1; i++)
		if (c->allows[i])
			list = arena_printf(a, "%s%s, ", list, methods[i]);
	return arena_printf(a, "%s%s", list, methods[COUNT(methods) - 1]);
}

bool
router_find(struct arena *a, const void *rows, size_t count, size_t size,
    const char *base, const char *method, const char *uri,
    struct route_match *out)
{
	struct choice c = { .any = false };
	const char *query = strchr(uri, '?');
	struct address at;
	uint32_t rank;

	*out = (struct route_match){ .query = query ? query + 1 : "" };
	if (!router_segments(a, uri, &at) || !router_rebase(base, &at))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct route_key *row = row_at(rows, size, i);

		if (template_fits(a, row->path, &at, &rank, NULL))
			choice_add(&c, rank, row->method, i, method);
	}
	if (!c.any)
		return false;
	out->path_known = true;
	out->allow = choice_allow(a, &c);
	if (!c.found)
		return false;
	out->index = c.index;
	return template_fits(
	    a, row_at(rows, size, c.index)->path, &at, &rank, out);
}
