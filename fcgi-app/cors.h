/*
 * cors - which pages of other sites may call (the option cors_origins).
 *
 * Origins are compared whole and byte for byte; without a list there are no
 * such headers at all.  Tokens travel in a header, never in a cookie, so
 * credentials are never allowed.
 */
#ifndef FCGI_APP_CORS_H
#define FCGI_APP_CORS_H

#include "req.h"

/* The header lines for this request's origin. */
void cors_headers(const struct req *, struct buf *);
/* Those that only the answer to a preflight has. */
void cors_preflight(struct req *);

#endif
