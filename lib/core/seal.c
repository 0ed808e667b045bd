/*
 * seal - XChaCha20-Poly1305 with the row's identity as associated data.
 *
 * The key file is read at every use: that is rare, and a new key counts at
 * once.
 */
#include "core/seal.h"

#include <sodium.h>
#include <string.h>

#include "base/encode.h"
#include "core/conf.h"
#include "core/key_file.h"

#define KEY_BYTES crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES

enum err
seal_check(struct ctx *cx)
{
	struct keys keys;
	enum err e = key_file_read(
	    cx, cx->conf->seal_key_file, KEY_BYTES, KEY_BYTES, &keys);

	sodium_memzero(&keys, sizeof(keys));
	return e;
}

enum err
seal_text(struct ctx *cx, const char *key_file, const char *row,
    const char *secret, const char **sealed_out)
{
	size_t len = strlen(secret);
	uint8_t *box = arena_alloc(cx->arena, NONCE_BYTES + len + TAG_BYTES);
	struct keys keys;
	enum err e;

	e = key_file_read(cx, key_file, KEY_BYTES, KEY_BYTES, &keys);
	if (e)
		return e;
	random_fill(box, NONCE_BYTES);
	crypto_aead_xchacha20poly1305_ietf_encrypt(box + NONCE_BYTES, NULL,
	    (const uint8_t *)secret, len, (const uint8_t *)row, strlen(row),
	    NULL, box, keys.key[0].bytes);
	*sealed_out = arena_printf(cx->arena, "%s:%s", keys.key[0].id,
	    base64url_encode(cx->arena, box, NONCE_BYTES + len + TAG_BYTES));
	sodium_memzero(&keys, sizeof(keys));
	return ERR_OK;
}

/* The secret in the arena, NULL when it can't be opened. */
static char *
box_open(struct ctx *cx, const struct keys *keys, const char *row,
    const char *sealed)
{
	const char *colon = strchr(sealed, ':');
	const struct key *key;
	uint8_t *box;
	char *secret;
	size_t len;

	if (colon == NULL)
		return NULL;
	key = keys_find(
	    keys, arena_copy(cx->arena, sealed, (size_t)(colon - sealed)));
	if (key == NULL ||
	    !base64url_decode(
		cx->arena, colon + 1, strlen(colon + 1), &box, &len) ||
	    len < NONCE_BYTES + TAG_BYTES)
		return NULL;
	len -= NONCE_BYTES;
	secret = arena_alloc(cx->arena, len - TAG_BYTES + 1);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt((uint8_t *)secret, NULL,
		NULL, box + NONCE_BYTES, len, (const uint8_t *)row, strlen(row),
		box, key->bytes) != 0)
		return NULL;
	return secret;
}

enum err
seal_open(struct ctx *cx, const char *key_file, const char *row,
    const char *sealed, const char **secret_out)
{
	struct keys keys;
	const char *secret;
	enum err e;

	e = key_file_read(cx, key_file, KEY_BYTES, KEY_BYTES, &keys);
	if (e)
		return e;
	secret = box_open(cx, &keys, row, sealed);
	sodium_memzero(&keys, sizeof(keys));
	if (secret == NULL)
		return fault(cx, ERR_PROVIDER_MISCONFIGURED, NULL,
		    "the stored key can't be opened");
	*secret_out = secret;
	return ERR_OK;
}
