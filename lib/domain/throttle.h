/*
 * throttle - rare acts counted in the database: failed logins, registrations,
 * wrong codes.  A window runs from the first try.
 */
#ifndef DOMAIN_THROTTLE_H
#define DOMAIN_THROTTLE_H

#include <stdint.h>

#include "core/ctx.h"

/* ERR_TOO_MANY_TRIES with the seconds left when limit tries are reached. */
enum err throttle_check(struct ctx *, const char *kind, const char *subject,
    int64_t limit, int64_t window_s) MUST_CHECK;
/* One more try. */
enum err throttle_count(struct ctx *, const char *kind, const char *subject,
    int64_t window_s) MUST_CHECK;
enum err
throttle_clear(struct ctx *, const char *kind, const char *subject) MUST_CHECK;
/*
 * Counts by clock hour and checks in one step: true room is taken at once
 * (exact under concurrency).  throttle_give_back() undoes it.
 */
enum err throttle_take_hour(struct ctx *, const char *kind, const char *subject,
    int64_t limit) MUST_CHECK;
enum err throttle_give_back(
    struct ctx *, const char *kind, const char *subject) MUST_CHECK;

#endif
