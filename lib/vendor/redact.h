/*
 * redact - what a vendor said, fit for an administrator's log.
 *
 * Some vendors echo the key in their refusal (Stability's v1 does).  What goes
 * to a log or a row has neither the key nor anything that looks like one.
 */
#ifndef VENDOR_REDACT_H
#define VENDOR_REDACT_H

#include <stddef.h>

struct arena;

/* The longest text that is kept; the rest is cut off at a character. */
#define REDACT_MAX 500

/*
 * A copy in the arena: valid UTF-8 without control characters, at most
 * REDACT_MAX bytes; the key (NULL or "": none) and words in the form of a
 * vendor's key or of a token in a query are "[key]".
 */
char *redact(struct arena *, const char *, size_t len, const char *key);

#endif
