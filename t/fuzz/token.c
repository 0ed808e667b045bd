/*
 * token - the reader of our own tokens, fed with whatever there is.
 *
 * The first byte says what follows: a token, or a header and claims (a line
 * each) that are signed as they are, for whoever has the key may still not say
 * what he likes.  What is taken means the same when we write it.
 */
#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/encode.h"
#include "core/jwt.h"
#include "replay.h"

#define ARENA_MAX (16 * MIB)
#define NOW_MS INT64_C(1706284800000)

static const struct jwt_keys keys = {
	.set = { .count = 1,
	    .key = { { "k1", "0123456789abcdef0123456789abcdef", 32 } } }
};

/* The two lines, encoded and signed. */
static const char *
signed_text(struct arena *arena, const char *lines, size_t len)
{
	const char *end = memchr(lines, '\n', len);
	size_t first = end != NULL ? (size_t)(end - lines) : len;
	size_t rest = end != NULL ? len - first - 1 : 0;
	const char *text =
	    arena_printf(arena, "%s.%s", base64url_encode(arena, lines, first),
		base64url_encode(arena, lines + len - rest, rest));
	crypto_auth_hmacsha256_state state;
	uint8_t mac[crypto_auth_hmacsha256_BYTES];

	crypto_auth_hmacsha256_init(
	    &state, keys.set.key[0].bytes, keys.set.key[0].len);
	crypto_auth_hmacsha256_update(
	    &state, (const uint8_t *)text, strlen(text));
	crypto_auth_hmacsha256_final(&state, mac);
	return arena_printf(
	    arena, "%s.%s", text, base64url_encode(arena, mac, sizeof(mac)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct arena *arena;
	struct ctx cx = { 0 };
	struct claims claims, again;
	const char *text;
	enum err e;

	if (len < 1)
		return 0;
	if (arena == NULL)
		arena = arena_new(ARENA_MAX);
	cx.arena = arena;
	text = arena_copy(arena, (const char *)data + 1, len - 1);
	if (data[0] % 4 != 0)
		text = signed_text(arena, text, len - 1);
	e = jwt_verify(&cx, &keys, text, NOW_MS, &claims);
	assert(
	    e == ERR_OK || e == ERR_UNAUTHENTICATED || e == ERR_TOKEN_EXPIRED);
	if (e == ERR_OK) {
		assert(strlen(text) <= JWT_LENGTH_MAX);
		assert(claims.exp * 1000 > NOW_MS);
		assert(jwt_sign(&cx, &keys, &claims, &text) == ERR_OK);
		assert(jwt_verify(&cx, &keys, text, NOW_MS, &again) == ERR_OK);
		assert(memcmp(&claims, &again, sizeof(claims)) == 0);
	}
	arena_reset(arena);
	return 0;
}
