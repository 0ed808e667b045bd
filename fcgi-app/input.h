/*
 * input - path, query and body of a request into typed structs.
 */
#ifndef FCGI_APP_INPUT_H
#define FCGI_APP_INPUT_H

#include "req.h"

/*
 * Content type (415), body and query (400) by the route's shapes, and the
 * Idempotency-Key where the route takes one.
 */
enum err input_read(struct req *) MUST_CHECK;

#endif
