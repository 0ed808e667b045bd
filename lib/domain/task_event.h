/*
 * task_event - the three messages about a task, as events.
 *
 * Each in the caller's transaction, which holds the task's row.
 */
#ifndef DOMAIN_TASK_EVENT_H
#define DOMAIN_TASK_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

enum err task_event_progress(struct ctx *, const struct uuid *account,
    const struct uuid *task, int64_t progress) MUST_CHECK;
/* Reads what is delivered from the works' rows; works: ids, count of them. */
enum err task_event_complete(struct ctx *, const struct uuid *account,
    const struct uuid *task, bool film, const struct uuid *works,
    size_t count) MUST_CHECK;
/* error: the sentence for the user. */
enum err task_event_failed(struct ctx *, const struct uuid *account,
    const struct uuid *task, const char *error, enum err reason,
    int64_t refunded) MUST_CHECK;

#endif
