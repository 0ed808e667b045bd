/*
 * ticket - a word that opens one WebSocket, so that a token need not stand in
 * an address: 128 random bits, half a minute, once.
 */
#ifndef DOMAIN_TICKET_H
#define DOMAIN_TICKET_H

#include "core/ctx.h"
#include "core/shape.h"
#include "domain/session.h"

struct ticket {
	const char *ticket;
	struct stamp expires_at;
};
extern const struct shape ticket_shape;

/* For whoever has this session. */
enum err ticket_open(
    struct ctx *, const struct session *, struct ticket *out) MUST_CHECK;
/*
 * Takes it: the session it was made in, as far as that still holds.
 * ERR_UNAUTHENTICATED for one that is unknown, used or too old.
 */
enum err
ticket_redeem(struct ctx *, const char *ticket, struct session *out) MUST_CHECK;

#endif
