/*
 * limits - how large a body may be and how often one may call.
 */
#ifndef FCGI_APP_LIMITS_H
#define FCGI_APP_LIMITS_H

#include "req.h"

/* By what the body announces; the readers hold it against what comes. */
enum err limits_size(struct req *) MUST_CHECK;
/*
 * Takes one call from the budget of the account or the address, so that the
 * reply can tell what is left; what came of it is told by limits_budget().
 */
void limits_count(struct req *);
/* ERR_API_LIMIT when the budget was used up. */
enum err limits_budget(struct req *) MUST_CHECK;
/*
 * Whom limits go by: the peer's address, of IPv6 the network of 64 bits that
 * one subscriber has.
 */
const char *limits_address(struct req *);

#endif
