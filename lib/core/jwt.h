/*
 * jwt - HS256 tokens by libjwt behind the checks that it does not make.
 *
 * Accepted: exactly three parts of canonical base64url, header alg "HS256",
 * kid of a known key, no crit, no duplicate members; claims sub and jti texts,
 * iat, exp and epoch integers.  RFC 7519, RFC 8725.
 */
#ifndef CORE_JWT_H
#define CORE_JWT_H

#include <stdint.h>

#include "base/uuid.h"
#include "core/ctx.h"
#include "core/key_file.h"

#define JWT_LENGTH_MAX 2048
#define JWT_KEY_BYTES_MIN 32 /* as long as the hash (RFC 7518 3.2) */

struct jwt_keys {
	struct keys set; /* the first one signs */
};

struct claims {
	struct uuid sub;  /* account */
	struct uuid jti;  /* this token */
	int64_t iat, exp; /* seconds */
	int64_t epoch;    /* of the account when it was made */
};

/*
 * Reads "kid hex" lines.  ERR_INTERNAL with a detail when a key is short, or
 * there is none, or others may read the file.
 */
enum err
jwt_keys_read(struct ctx *, const char *path, struct jwt_keys *out) MUST_CHECK;
/* A signed token in the arena. */
enum err jwt_sign(struct ctx *, const struct jwt_keys *, const struct claims *,
    const char **token_out) MUST_CHECK;
/*
 * ERR_UNAUTHENTICATED for anything that is not ours, ERR_TOKEN_EXPIRED for a
 * good one whose time has passed at now_ms.
 */
enum err jwt_verify(struct ctx *, const struct jwt_keys *, const char *token,
    int64_t now_ms, struct claims *out) MUST_CHECK;
/* ERR_TOKEN_EXPIRED when the time of a token has passed at now_ms. */
enum err
jwt_lives(struct ctx *, const struct claims *, int64_t now_ms) MUST_CHECK;

#endif
