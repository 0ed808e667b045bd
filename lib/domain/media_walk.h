/*
 * media_walk - every file of the store, as it lies in media_dir.
 */
#ifndef DOMAIN_MEDIA_WALK_H
#define DOMAIN_MEDIA_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/uuid.h"
#include "core/ctx.h"

struct media_stored {
	const char *path;
	struct uuid name; /* zero: it has no name of the store */
	const char *extension;
	int64_t bytes;
	int64_t age_s; /* since its last change */
	bool draft;    /* in media_dir/tmp */
};

/*
 * Calls visit for each file below a directory of the store ("" for all of it,
 * "3f", "tmp"; one that is not there is empty); what it says ends the walk
 * unless it is ERR_OK.  The arena is given back after each file.  ERR_INTERNAL
 * when a directory can't be read.
 */
enum err media_walk(struct ctx *, const char *below,
    enum err (*visit)(void *arg, struct media_stored *), void *arg) MUST_CHECK;

#endif
