/*
 * event - what is told to open connections, numbered after the commit.
 *
 * A reader must not trust AUTO_INCREMENT order (reliability.md 1): rows get
 * their gapless seq from event_number(), which anybody may call; the row lock
 * of event_sequence makes one sequencer of many.
 */
#ifndef DOMAIN_EVENT_H
#define DOMAIN_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

struct event {
	int64_t seq;
	struct uuid account_id;
	const char *body; /* JSON object without eventId and at */
	struct stamp created_at;
};

/* In the caller's transaction, which holds the task's row. */
enum err event_append(struct ctx *, const struct uuid *account,
    const struct uuid *task, const char *body) MUST_CHECK;
/* Numbers committed events, at most 512 a call; how many in *count_out. */
enum err event_number(struct ctx *, size_t *count_out) MUST_CHECK;
/* Is there any that was committed and has no number yet? */
enum err event_pending(struct ctx *, bool *out) MUST_CHECK;
/* Of everybody, seq > after, in order, stops at a hole; at most max. */
enum err event_since(struct ctx *, int64_t after, size_t max,
    struct event **out, size_t *count_out) MUST_CHECK;
/* Of one account: seq > after and <= upto. */
enum err event_since_of(struct ctx *, const struct uuid *account, int64_t after,
    int64_t upto, size_t max, struct event **out, size_t *count_out) MUST_CHECK;
/* Last number given, and the oldest that is still kept. */
enum err event_bounds(
    struct ctx *, int64_t *last_out, int64_t *first_kept_out) MUST_CHECK;
/*
 * Where somebody goes on who saw everything up to since (INT_NONE: nothing of
 * before matters).  *reset_out is INT_NONE, or the number to start from
 * because what was asked for is no longer kept, or was never given.
 */
enum err event_start(struct ctx *, int64_t since, int64_t *last_out,
    int64_t *reset_out) MUST_CHECK;
/* The message as sent: body + "eventId" and "at"; text in the arena. */
const char *event_message(struct ctx *, const struct event *);
/* A message that is no event: "hello", "reset". */
const char *event_note(struct ctx *, const char *type, int64_t seq);
/* Drops what is older than event_retention, at most max rows. */
enum err event_prune(struct ctx *, size_t max, size_t *count_out) MUST_CHECK;

/* GET /events: the same by plain HTTP. */
struct event_query {
	int64_t since; /* INT_NONE: from the oldest that is kept */
	int64_t limit;
	const char *cursor; /* instead of since */
};
extern const struct shape event_query_shape;
struct event_page {
	struct json_text list; /* messages */
	const char *next_cursor;
	int64_t last_event_id; /* since of the next call */
};
extern const struct shape event_page_shape;
/* Numbers what is committed and reads on from there. */
enum err event_list(struct ctx *, const struct uuid *account,
    const struct event_query *, struct event_page *out) MUST_CHECK;

#endif
