/*
 * budget - API calls an hour, exact over all workers of a machine, without a
 * database write: a table of atomic counters in a file that all map.
 *
 * The file lies in state_dir and survives restarts of everything.  Several
 * machines each keep their own: a caller who is spread over n machines may
 * make up to n times the calls.
 */
#ifndef DOMAIN_BUDGET_H
#define DOMAIN_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"

struct budget {
	int64_t limit;
	int64_t remaining;
	int64_t reset_s;  /* until the next clock hour */
	int64_t reset_ms; /* when that begins */
};

/* Maps the file (made when missing).  Once in a process. */
enum err budget_open(const struct conf *, struct ctx *) MUST_CHECK;
/*
 * Takes one call from the subject ("u:<id>", "a:<address>") when there is one;
 * ERR_API_LIMIT with Retry-After otherwise.  *out is written in both cases.
 */
enum err budget_take(struct ctx *, const char *subject, int64_t limit,
    struct budget *out) MUST_CHECK;
/* Looks only. */
void budget_look(
    struct ctx *, const char *subject, int64_t limit, struct budget *out);

#endif
