/*
 * jwt_known - tokens of this process that were found good, so that the next
 * request with one costs a comparison instead of three parsers.
 *
 * Holds whole tokens and compares them whole, in constant time.  A token gets
 * in only by jwt_verify(); its end, and whether it was revoked, is asked anew
 * every time.  For tokens signed by one set of keys: forget all when that
 * changes.
 */
#ifndef CORE_JWT_KNOWN_H
#define CORE_JWT_KNOWN_H

#include <stdbool.h>

#include "core/jwt.h"

/* What is known of a token; false when nothing is. */
bool jwt_known_find(const char *token, struct claims *out);
/* A token that jwt_verify() has just accepted. */
void jwt_known_add(const char *token, const struct claims *);
void jwt_known_forget(void);

#endif
