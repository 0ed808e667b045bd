/*
 * metrics - figures for Prometheus: what all workers of a machine count
 * together, and what the database knows.
 *
 * Requests are counted in a file of state_dir that all processes map, so that
 * counting costs no lock and no query, and the figures outlive the processes.
 */
#ifndef DOMAIN_METRICS_H
#define DOMAIN_METRICS_H

#include <stdint.h>

#include "core/conf.h"
#include "core/ctx.h"

struct buf;

/*
 * Maps the file (made when missing), once in a process; a second call takes
 * the file that the configuration names now.
 */
enum err metrics_open(const struct conf *, struct ctx *) MUST_CHECK;
/*
 * A request begins and ends; route is its method and template ("GET
 * /works/{id}"), borrowed for the call.  Without metrics_open() they do
 * nothing.
 */
void metrics_begin(void);
void metrics_end(const char *route, int status, int64_t us);

/* The counters, in Prometheus' text format. */
void metrics_write_requests(struct ctx *, struct buf *out);
/* Queue, events, ledger, signs of life, store: what is asked for now. */
enum err metrics_write_state(struct ctx *, struct buf *out) MUST_CHECK;

#endif
