/*
 * page - pages and cursors, the same for every list.
 *
 * A list is sorted downwards by a number and an id (a list by id alone leaves
 * the number 0).  A page is sought by its number, as long as that is not too
 * deep, or behind a place that a cursor holds.  A cursor holds the filters of
 * its list too and is refused with others.
 */
#ifndef DOMAIN_PAGE_H
#define DOMAIN_PAGE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

#define PAGE_SIZE_MAX 100
#define PAGE_DEPTH_MAX 10000 /* page times pageSize */

/* The members page, page_size and cursor of a list's query. */
/* clang-format off */
#define PAGE_FIELDS(T)							\
	FIELD(T, page, .def = 1, RANGE(1, HUGE_VAL),		\
	    .about = "from 1"),						\
	FIELD(T, page_size, .def = 20, RANGE(1, HUGE_VAL),		\
	    .about = "at most 100"),					\
	FIELD(T, cursor, RANGE(1, 100),					\
	    .about = "nextCursor of the page before")
/* clang-format on */

/* A place in a list: that of a row. */
struct place {
	int64_t key;
	struct uuid id;
};

struct page {
	int64_t number, size;
	bool by_number;     /* the page by its number, not behind a place */
	struct place after; /* rows that stand behind it are meant */
	uint8_t filters[8];
};

/*
 * From what was asked: numbers, or a cursor.  filters is a text that differs
 * for lists of other kinds or other filters.  ERR_INVALID_FIELD for a cursor
 * that is none of this list's, ERR_USE_CURSOR.
 */
enum err page_make(struct ctx *, int64_t number, int64_t size,
    const char *cursor, const char *filters, struct page *out) MUST_CHECK;
/* Rows before the page. */
int64_t page_skip(const struct page *);
/*
 * A page is read with one row more than it shows.  How many of count rows it
 * shows, and whether there is another page.
 */
size_t page_shown(const struct page *, size_t count, bool *more_out);
/* What a statement counts, as "total": all rows of a list. */
struct page_total {
	int64_t total;
};
extern const struct shape page_total_shape;
/* The cursor of what stands behind a place, in the arena. */
const char *
page_cursor(struct ctx *, const struct page *, const struct place *last);

#endif
