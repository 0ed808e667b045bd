/*
 * retry_after - how long a vendor asks us to wait.
 */
#ifndef VENDOR_RETRY_AFTER_H
#define VENDOR_RETRY_AFTER_H

#include <stdint.h>

#include "core/shape.h"

/*
 * Milliseconds from the values of the headers retry-after-ms (OpenAI) and
 * Retry-After (RFC 9110 10.2.3: seconds, or a date held against now_ms; a
 * fraction is taken too); each may be NULL.  The first that can be read wins;
 * INT_NONE when none can.  At most a day.
 */
int64_t retry_after_ms(
    const char *retry_after_ms, const char *retry_after, int64_t now_ms);
/* An HTTP date (RFC 9110 5.6.7, the IMF form) as ms; TIME_NONE: it is none. */
int64_t http_date_parse(const char *);

#endif
