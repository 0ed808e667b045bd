#include "config.h"

#include "domain/page.h"

#include <inttypes.h>
#include <string.h>

#include "base/encode.h"

/* What a cursor is made of. */
struct cursor {
	uint8_t filters[8];
	struct place last;
};

static const struct field page_total_fields[] = {
	COLUMN(struct page_total, total),
};
const struct shape page_total_shape =
    SHAPE(struct page_total, page_total_fields);

_Static_assert(sizeof(struct cursor) == 32, "a cursor has no holes");

static enum err
cursor_read(struct ctx *cx, const char *text, struct page *page)
{
	struct cursor c;
	uint8_t *bytes;
	size_t len;

	if (!base64url_decode(cx->arena, text, strlen(text), &bytes, &len) ||
	    len != sizeof(c))
		return fault(cx, ERR_INVALID_FIELD, "cursor",
		    "cursor must be a nextCursor of this list");
	memcpy(&c, bytes, sizeof(c));
	if (memcmp(page->filters, c.filters, sizeof(c.filters)) != 0)
		return fault(cx, ERR_INVALID_FIELD, "cursor",
		    "cursor belongs to another list or to other filters");
	page->after = c.last;
	return ERR_OK;
}

enum err
page_make(struct ctx *cx, int64_t number, int64_t size, const char *cursor,
    const char *filters, struct page *out)
{
	struct page page = { .number = number, .size = size };
	uint8_t digest[32];
	enum err e;

	if (page.size > PAGE_SIZE_MAX)
		page.size = PAGE_SIZE_MAX;
	page.after.key = INT64_MAX;
	memset(&page.after.id, 0xff, sizeof(page.after.id));
	sha256(filters, strlen(filters), digest);
	memcpy(page.filters, digest, sizeof(page.filters));
	if (cursor != NULL) {
		e = cursor_read(cx, cursor, &page);
		if (e)
			return e;
	} else if (number > PAGE_DEPTH_MAX / page.size) {
		return fault(cx, ERR_USE_CURSOR, "page",
		    "page times pageSize is over %d; walk by nextCursor",
		    PAGE_DEPTH_MAX);
	}
	page.by_number = cursor == NULL && number > 1;
	*out = page;
	return ERR_OK;
}

int64_t
page_skip(const struct page *page)
{
	return page->by_number ? (page->number - 1) * page->size : 0;
}

size_t
page_shown(const struct page *page, size_t count, bool *more_out)
{
	*more_out = count > (size_t)page->size;
	return *more_out ? (size_t)page->size : count;
}

const char *
page_cursor(struct ctx *cx, const struct page *page, const struct place *last)
{
	struct cursor c = { .last = *last };

	memcpy(c.filters, page->filters, sizeof(c.filters));
	return base64url_encode(cx->arena, &c, sizeof(c));
}
