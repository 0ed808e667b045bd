/*
 * media_sweep - files that nobody needs any more.
 */
#ifndef DOMAIN_MEDIA_SWEEP_H
#define DOMAIN_MEDIA_SWEEP_H

#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"
#include "core/ctx.h"

/*
 * Removes the bytes of at most max deleted files, then their rows.  *freed_io
 * grows by the bytes.  One that can't be removed does not keep the others; its
 * error is the result.  Counts what went also when there is an error.
 */
enum err media_sweep(struct ctx *, size_t max, size_t *removed_out,
    int64_t *freed_io) MUST_CHECK;
/*
 * A file without a row may be on its way to one for so long: least_s, or until
 * the task ends that was begun before all others that are open.
 */
enum err media_sweep_patience(
    struct ctx *, int64_t least_s, int64_t *young_s_out) MUST_CHECK;
/*
 * Removes the files below a directory of the store ("3f", "tmp") that no row
 * names and that are no longer young, after a day at the earliest.  Those that
 * can't be removed keep no others; ERR_INTERNAL tells of them.
 */
enum err media_sweep_orphans(struct ctx *, const char *below,
    size_t *removed_out, int64_t *freed_io) MUST_CHECK;
/*
 * Removes a file that was kept for a task which has ended, unless a row names
 * it.  Whatever goes wrong: it is swept later.
 */
void
media_sweep_spare(struct ctx *, const struct uuid *name, const char *extension);

#endif
