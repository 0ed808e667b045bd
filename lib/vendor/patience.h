/*
 * patience - how long a call may take before it is given up.
 *
 * Four clocks of a fetch_request: to the connection (libcurl keeps that one),
 * from there to the first byte, between bytes, and all in all.
 */
#ifndef VENDOR_PATIENCE_H
#define VENDOR_PATIENCE_H

#include <stdint.h>

#include "vendor/fetch.h"

/* Steady microseconds; 0: that moment has not come. */
struct patience {
	int64_t began_us, sent_us;
	int64_t window_us; /* since when len is watched: the first byte */
	size_t window_len; /* what len was then */
};

/* Why it is over, NULL while it is not.  len: bytes of the body so far. */
const char *patience_over(struct patience *, const struct fetch_request *,
    size_t len, int64_t now_us);

#endif
