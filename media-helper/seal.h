/*
 * seal - the process gives up everything that decoding does not need.
 *
 * Afterwards it can read and write what it holds open, use memory up to a
 * ceiling, and nothing else: a system call that opens, connects, starts or
 * signals anything is refused or ends the process.
 */
#ifndef MEDIA_HELPER_SEAL_H
#define MEDIA_HELPER_SEAL_H

#include <stdbool.h>
#include <stddef.h>

/* For good; false (and nothing is promised) when the kernel refuses. */
bool seal_close(void);

/*
 * Tries every call of a table of forbidden ones in a sealed child each, and
 * writes a line a call to standard output.  The number that went through.
 */
size_t seal_try_all(size_t *tried_out);

#endif
