/*
 * session_watch - sessions that are held open for long, looked at many at once.
 */
#ifndef DOMAIN_SESSION_WATCH_H
#define DOMAIN_SESSION_WATCH_H

#include <stddef.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

#define SESSION_WATCH_MAX 1000 /* sessions in one look */

struct session_held {
	struct uuid account, jti;
	int64_t epoch;
};

/*
 * Which of them ended before their time: token revoked, epoch raised, account
 * banned or gone.  Places in the array (from 0) into the arena.
 */
enum err session_watch(struct ctx *, const struct session_held *, size_t count,
    size_t **ended_out, size_t *ended_count_out) MUST_CHECK;

#endif
