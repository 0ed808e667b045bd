/*
 * key_write - puts a new key in front of a key file (core/key_file.h).
 */
#ifndef ADMIN_KEY_WRITE_H
#define ADMIN_KEY_WRITE_H

#include "core/ctx.h"
#include "core/key_file.h"

/*
 * A new file takes the place of the old one in one step, with its owner and
 * mode: first a key of 32 random bytes, then the keep newest of keys.  One that
 * was not there is made 0640 for the group of its directory.  ERR_INTERNAL with
 * a detail.
 */
enum err key_write(struct ctx *, const char *path, const struct keys *,
    size_t keep, const char **id_out) MUST_CHECK;

#endif
