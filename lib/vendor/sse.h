/*
 * sse - server-sent events, read as their bytes arrive.
 *
 * Takes a stream in pieces of any size: a read may end inside a character, a
 * line or a CR LF.  As the WHATWG describes it, of what vendors send: the data
 * of each event; names, ids and comments are passed over.  An event without an
 * empty line behind it is given at the end of the stream, which browsers don't
 * do, but some servers need.
 */
#ifndef VENDOR_SSE_H
#define VENDOR_SSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct sse {
	struct buf line, data; /* as far as they have come */
	bool cr;               /* the last byte was a CR */
	bool begun;            /* past the place of a byte-order mark */
};

/* The data of one event, NUL-terminated, until it returns; false: stop. */
typedef bool (*sse_take)(void *arg, const char *data, size_t len);

/* A line, and the data of an event, may have so many bytes. */
void sse_init(struct sse *, size_t max);
void sse_release(struct sse *);
/* false when take() said stop or something is longer than it may be. */
bool
sse_feed(struct sse *, const char *bytes, size_t len, sse_take take, void *arg);
/* The stream is over: gives what is left. */
bool sse_end(struct sse *, sse_take take, void *arg);

#endif
