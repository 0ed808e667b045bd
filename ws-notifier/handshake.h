/*
 * handshake - the head of a request, before anything is made of it: what it
 * asks for, and the refusal in HTTP.
 *
 * Only what this lets through reaches the WebSocket library, which closes
 * without a word where this says what is wrong: a GET of ".../ws" with all that
 * RFC 6455 4.2.1 asks of a client.
 */
#ifndef WS_NOTIFIER_HANDSHAKE_H
#define WS_NOTIFIER_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ctx.h"

#define HEAD_MAX ((size_t)16 * 1024) /* bytes of a request's head */

struct handshake {
	const char *token, *ticket; /* NULL when absent */
	const char *since;
	const char *origin; /* header, NULL when absent */
	const char *language;
	const char *wrong; /* header that is no WebSocket's, NULL: all good */
};

/* Where the head ends: its length, 0 when there is more to come. */
size_t handshake_length(const char *, size_t len);
/*
 * Reads a whole head; texts go to the arena.  ERR_NOT_FOUND for another path,
 * ERR_METHOD_NOT_ALLOWED, ERR_INVALID_FIELD for what is no HTTP.
 */
enum err handshake_read(
    struct ctx *, const char *, size_t len, struct handshake *out) MUST_CHECK;
/*
 * "*" or one of the list, separated by commas; an empty list takes all, and so
 * does every list whoever has no origin: it is about pages of browsers.
 */
bool handshake_origin_ok(struct ctx *, const char *origins, const char *origin);
/* The whole reply for an error: head and envelope; ctx's trace is its id. */
const char *handshake_refusal(struct ctx *, enum err, const char *language);

#endif
