/*
 * files - descriptors: every connection takes one.
 */
#ifndef WS_NOTIFIER_FILES_H
#define WS_NOTIFIER_FILES_H

#include <stddef.h>
#include <stdint.h>

/*
 * Raises the limit, as far as it may be, to so many connections and the spare
 * ones beside; how many connections there is room for.
 */
size_t files_reserve(int64_t connections, size_t spare);

#endif
