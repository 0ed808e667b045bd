/*
 * ring - the latest events of everybody, so that somebody who comes back soon
 * is told what was missed without the database.
 */
#ifndef WS_NOTIFIER_RING_H
#define WS_NOTIFIER_RING_H

#include <stddef.h>
#include <stdint.h>

#include "message.h"

#define RING_MESSAGES 4096 /* a power of two */
#define RING_BYTES ((size_t)4 * 1024 * 1024)

struct ring {
	struct message *messages[RING_MESSAGES];
	size_t first, count; /* places grow for ever; masked when used */
	size_t bytes;
	int64_t after; /* everything behind this number is here */
};

/* Empty; everything after the number will be here. */
void ring_init(struct ring *, int64_t after);
void ring_release(struct ring *);
/* The next event, with a reference of its own; the oldest make room. */
void ring_add(struct ring *, struct message *);
/* Place of the first event with seq > after; ring_at() gives NULL at the end.
 */
size_t ring_find(const struct ring *, int64_t after);
struct message *ring_at(const struct ring *, size_t place);

#endif
