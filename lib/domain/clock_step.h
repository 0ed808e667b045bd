/*
 * clock_step - the database's clock was set: what waits by it waits on as long
 * as it would have.
 *
 * Set back it shows in signs of life that lie ahead of now.  That it was set
 * forward only somebody knows who saw it before and counted the time between.
 */
#ifndef DOMAIN_CLOCK_STEP_H
#define DOMAIN_CLOCK_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"

/* What clocks may be apart, and what is not worth the trouble. */
#define CLOCK_STEP_LEAST_MS INT64_C(10000)

/*
 * Looks at the database's clock; *back_ms_out is 0 unless it was set back, and
 * then all that waits by it has been mended, by whoever came first.
 */
enum err clock_step_look(
    struct ctx *, int64_t *now_ms_out, int64_t *back_ms_out) MUST_CHECK;
/*
 * It was set forward by so much since somebody looked less than a quarter of a
 * minute ago: tasks and answers keep the time they were given.  Whoever comes
 * first does it; *mine_out tells.
 */
enum err
clock_step_forward(struct ctx *, int64_t ms, bool *mine_out) MUST_CHECK;

#endif
