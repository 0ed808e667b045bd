/*
 * seal - secrets at rest: XChaCha20-Poly1305 (libsodium) under a key file.
 *
 * The row's identity goes in as associated data, so that sealed values can't
 * be swapped between rows.  Sealed text: "keyid:base64url(nonce|cipher)".
 */
#ifndef CORE_SEAL_H
#define CORE_SEAL_H

#include "core/ctx.h"

/*
 * Can what is sealed be opened with the key file of the configuration?
 * ERR_INTERNAL with a detail.
 */
enum err seal_check(struct ctx *) MUST_CHECK;
/* keys: path of "id hex" lines (32 bytes); the first one seals. */
enum err seal_text(struct ctx *, const char *key_file, const char *row,
    const char *secret, const char **sealed_out) MUST_CHECK;
/* ERR_PROVIDER_MISCONFIGURED when no key opens it. */
enum err seal_open(struct ctx *, const char *key_file, const char *row,
    const char *sealed, const char **secret_out) MUST_CHECK;

#endif
