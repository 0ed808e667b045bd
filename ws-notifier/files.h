/*
 * files - descriptors: every connection takes one.
 */
#ifndef WS_NOTIFIER_FILES_H
#define WS_NOTIFIER_FILES_H

#include <stddef.h>
#include <stdint.h>

/*
 * Sets the limit to so many connections and the spare ones beside, as far as it
 * may be raised; how many connections there is room for.  libwebsockets finds
 * connections by a table as long as the limit: no longer than that either.
 */
size_t files_reserve(int64_t connections, size_t spare);

#endif
