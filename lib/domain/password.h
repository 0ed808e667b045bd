/*
 * password - argon2id (libsodium), with a bound on how many are hashed at once
 * on this machine: slots are byte locks on a file in state_dir, so that a
 * killed worker gives its slot back.
 */
#ifndef DOMAIN_PASSWORD_H
#define DOMAIN_PASSWORD_H

#include <stdbool.h>

#include "core/ctx.h"

enum err password_hash(
    struct ctx *, const char *password, const char **hash_out) MUST_CHECK;
/*
 * hash NULL: verifies against a dummy, takes as long, never matches.
 */
enum err password_verify(struct ctx *, const char *password, const char *hash,
    bool *matches_out) MUST_CHECK;
/* Were the parameters raised since? */
bool password_needs_rehash(struct ctx *, const char *hash);

#endif
