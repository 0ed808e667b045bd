/*
 * auth - the token of a request, and what its owner may do.
 */
#ifndef FCGI_APP_AUTH_H
#define FCGI_APP_AUTH_H

#include "req.h"

/*
 * Takes a database connection and reads the token, where the route looks for
 * one.  A bad token is refused also where none is needed.
 */
enum err auth_token(struct req *) MUST_CHECK;
/* Counts the call, then: ERR_FORBIDDEN for those who are no administrators. */
enum err auth_role(struct req *) MUST_CHECK;

#endif
