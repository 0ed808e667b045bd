/*
 * mime - the parameters of a header field: "; name=value", in quotes or not
 * (RFC 2045 5.1, RFC 7578 4.2).
 */
#ifndef SERVE_MIME_H
#define SERVE_MIME_H

#include <stddef.h>

#include "base/base.h"

#define MIME_NAME_MAX 32

enum mime_next {
	MIME_FOUND,
	MIME_END,
	MIME_MALFORMED
};

/*
 * Does the value start with this word ("multipart/form-data"), followed by
 * nothing or by parameters?  Where those begin, else NULL.
 */
const char *mime_parameters(const char *value, const char *word);
/*
 * The next parameter; *at moves behind it.  The name has room for
 * MIME_NAME_MAX + 1 characters, in lower case; of the value's quotes only \"
 * and \\ are escapes, as browsers send them.
 */
enum mime_next mime_next(const char **at, char name[MIME_NAME_MAX + 1],
    char *value, size_t value_size) MUST_CHECK;

#endif
