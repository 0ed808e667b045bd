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
/* Of everybody, seq > after, in order, stops at a hole; at most max. */
enum err event_since(struct ctx *, int64_t after, size_t max,
    struct event **out, size_t *count_out) MUST_CHECK;
/* Of one account: seq > after and <= upto. */
enum err event_since_of(struct ctx *, const struct uuid *account, int64_t after,
    int64_t upto, size_t max, struct event **out, size_t *count_out) MUST_CHECK;
/* Last number given, and the oldest that is still kept. */
enum err event_bounds(
    struct ctx *, int64_t *last_out, int64_t *first_kept_out) MUST_CHECK;
/* The message as sent: body + "eventId" and "at"; text in the arena. */
const char *event_message(struct ctx *, const struct event *);
/* Drops what is older than event_retention, at most max rows. */
enum err event_prune(struct ctx *, size_t max, size_t *count_out) MUST_CHECK;

#endif
