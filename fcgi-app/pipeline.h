/*
 * pipeline - one request from its first byte to its line in the log.
 *
 *	route -> limits -> auth -> role -> budget -> input -> once -> handle
 *
 * A step returns an error or none; the first error ends the request.  The
 * order is the one in which a caller learns what is wrong (404, 405, 413, 401,
 * 403, 429, 415, 400).
 */
#ifndef FCGI_APP_PIPELINE_H
#define FCGI_APP_PIPELINE_H

#include "req.h"

/*
 * Serves the request that r->fcgi holds.  The caller has set fcgi, pool, and
 * the context's arena and conf, and empties the arena afterwards.
 */
void pipeline_run(struct req *);

#endif
