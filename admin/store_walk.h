/*
 * store_walk - every file of the store, as it lies in media_dir.
 */
#ifndef ADMIN_STORE_WALK_H
#define ADMIN_STORE_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/uuid.h"
#include "core/ctx.h"

struct stored {
	const char *path;
	struct uuid name; /* zero: it has no name of the store */
	const char *extension;
	int64_t bytes;
	int64_t age_s; /* since its last change */
	bool draft;    /* in media_dir/tmp */
};

/*
 * Calls visit for each file; what it says ends the walk unless it is ERR_OK.
 * The arena is given back after each file.  ERR_INTERNAL when a directory
 * can't be read.
 */
enum err store_walk(struct ctx *, enum err (*visit)(void *arg, struct stored *),
    void *arg) MUST_CHECK;

#endif
