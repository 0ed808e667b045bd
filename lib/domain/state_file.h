/*
 * state_file - small files in state_dir that all processes of a machine share,
 * and locks on their bytes that end with the process that holds them.
 */
#ifndef DOMAIN_STATE_FILE_H
#define DOMAIN_STATE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conf.h"

/*
 * Opens state_dir/name for reading and writing, made when missing; whoever
 * makes it as root gives it to the owner of the directory.  -1 with errno.
 */
int state_file_open(const struct conf *, const char *name);
/* The same for one that is there; -1 when it is not. */
int state_file_find(const struct conf *, const char *name);
/*
 * Locks one byte for this open file (not for the process: threads that open
 * it for themselves exclude each other).  Without wait false when it is taken.
 * Closing the file unlocks.
 */
bool state_file_lock(int fd, int64_t byte, bool wait);
bool state_file_unlock(int fd, int64_t byte);
/* Has another open file locked any of so many bytes? */
bool state_file_locked(int fd, int64_t byte, int64_t count);
/* Removes it; what is open stays usable. */
void state_file_remove(const struct conf *, const char *name);

#endif
