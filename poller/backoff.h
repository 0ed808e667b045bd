/*
 * backoff - when to try again.
 */
#ifndef POLLER_BACKOFF_H
#define POLLER_BACKOFF_H

#include <stdint.h>

/*
 * Milliseconds before the next try, after so many (1, 2 ...) that failed:
 * doubling from half a second to half a minute, a random half of it taken off,
 * so that those who failed together don't come back together.  What the vendor
 * asked for (INT_NONE: nothing) is the least of it.
 */
int64_t backoff_ms(int tries, int64_t asked_ms);

#endif
