/*
 * square - what people show to others: publishing, feeds, likes, plays.
 *
 * A published work has a narrow row in the table square, which has an index
 * for each order.  Its score is hot = time of publication + what it has earned,
 * in milliseconds: each doubling of 1 + 4 likes + 6 favorites + plays is worth
 * six hours of youth.  So a score changes with its counts only, never with the
 * clock, and reading a page computes nothing.
 */
#ifndef DOMAIN_SQUARE_H
#define DOMAIN_SQUARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

/* POST /works/:id/publish: the whole of what is said, also when said again. */
struct square_new {
	const char *description;
	bool show_prompt;
};
extern const struct shape square_new_shape;

/*
 * Puts a finished own work on the square; again: changes the words and keeps
 * the place.  ERR_NOT_FOUND, ERR_NOT_READY.
 */
enum err square_publish(struct ctx *, const struct uuid *account,
    const struct uuid *work, const struct square_new *) MUST_CHECK;
/* Takes it off; fine when it is not there.  ERR_NOT_FOUND: no own work. */
enum err square_unpublish(struct ctx *, const struct uuid *account,
    const struct uuid *work) MUST_CHECK;
/* The row of a published work goes, in the caller's transaction. */
enum err square_remove(
    struct ctx *, const struct uuid *work, const char *type) MUST_CHECK;

/* ---- reading (square_feed.c) ---- */

struct square_query {
	const char *type; /* image, video, all */
	const char *sort; /* hot, latest */
	int64_t page, page_size;
	const char *cursor;
};
extern const struct shape square_query_shape;

struct square_author {
	struct uuid id;
	const char *username, *avatar; /* avatar: "" for none */
};

struct square_item {
	struct uuid id;
	const char *type, *title, *url, *thumbnail;
	const char *description; /* "" for none */
	const char *prompt;      /* NULL unless its author shows it */
	int64_t play_count, like_count, favorite_count;
	const void *author; /* struct square_author */
	int64_t width, height;
	int64_t duration; /* seconds, of films */
	struct stamp created_at, published_at;
	bool liked, favorited; /* by the viewer */
};

struct square_page {
	struct list list; /* struct square_item */
	int64_t total, page, page_size;
	const char *next_cursor;
};
/* For somebody with a token; liked and favorited are left out without. */
extern const struct shape square_item_shape, square_page_shape;
extern const struct shape square_item_anonymous_shape,
    square_page_anonymous_shape;

/* viewer may be NULL.  ERR_INVALID_FIELD, ERR_USE_CURSOR. */
enum err square_list(struct ctx *, const struct uuid *viewer,
    const struct square_query *, struct square_page *out) MUST_CHECK;
/* ERR_NOT_FOUND unless it is published. */
enum err square_find(struct ctx *, const struct uuid *viewer,
    const struct uuid *work, struct square_item *out) MUST_CHECK;

/* ---- what people think (square_react.c) ---- */

enum reaction {
	REACTION_LIKE,
	REACTION_FAVORITE
};

/* The counts after a reaction. */
struct square_counts {
	int64_t like_count, favorite_count, play_count;
};

/*
 * Sets or takes back; doing it again changes nothing.  The count is that of
 * the rows, whoever else is at it.  ERR_NOT_FOUND unless it is published.
 */
enum err
square_react(struct ctx *, const struct uuid *account, const struct uuid *work,
    enum reaction, bool on, struct square_counts *out) MUST_CHECK;
/*
 * Counts one play per viewer, work and day (of quota_timezone); the author's
 * own are not counted.
 */
enum err
square_play(struct ctx *, const struct uuid *account, const struct uuid *work,
    bool *counted_out, struct square_counts *out) MUST_CHECK;

/* ---- for the poller (square_sweep.c) ---- */

/*
 * Looks at the scores of at most max published works behind *after (zero: from
 * the start) and mends those that differ from their counts.  *after moves on,
 * to zero at the end; *mended_out counts.
 */
enum err square_refresh(struct ctx *, struct uuid *after, size_t max,
    size_t *mended_out) MUST_CHECK;
/*
 * Removes at most max rows of likes, favorites and plays that nobody needs any
 * more: of deleted works, and plays of days past.
 */
enum err square_sweep(struct ctx *, size_t max, size_t *removed_out) MUST_CHECK;

#endif
