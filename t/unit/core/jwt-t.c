/*
 * jwt - hostile tokens.  They are made here by hand: a signature that is right
 * must not save a token that is wrong.
 */
#include "config.h"

#include "unit.h"

#include <sodium.h>
#include <string.h>

#include "base/encode.h"
#include "core/jwt.h"

#define NOW_S INT64_C(1706284800)
#define SUB "0190163d-8694-739b-aea5-966c26f8ad90"
#define JTI "0190163d-8694-739b-aea5-966c26f8ad91"

static const struct jwt_keys keys = {
	.set = { .count = 2,
	    .key = { { "k1", { 1, 2, 3 }, 32 }, { "k2", { 9, 9, 9 }, 32 } } }
};

#define HEADER "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWT\"}"
#define CLAIMS_TO(exp)                                                         \
	"{\"sub\":\"" SUB "\",\"jti\":\"" JTI                                  \
	"\",\"iat\":1706284000,\"exp\":" exp ",\"epoch\":3}"
#define CLAIMS CLAIMS_TO("1706285000")

static const char *
encode(const char *text)
{
	return base64url_encode(unit_cx.arena, text, strlen(text));
}

/* HMAC of the right family by hand; libsodium has SHA-256 and SHA-512. */
static const char *
mac(const char *text, const struct key *key, bool is_512)
{
	uint8_t out[64];
	crypto_auth_hmacsha256_state s2;
	crypto_auth_hmacsha512_state s5;

	if (is_512) {
		crypto_auth_hmacsha512_init(&s5, key->bytes, key->len);
		crypto_auth_hmacsha512_update(
		    &s5, (const uint8_t *)text, strlen(text));
		crypto_auth_hmacsha512_final(&s5, out);
		return base64url_encode(unit_cx.arena, out, 64);
	}
	crypto_auth_hmacsha256_init(&s2, key->bytes, key->len);
	crypto_auth_hmacsha256_update(&s2, (const uint8_t *)text, strlen(text));
	crypto_auth_hmacsha256_final(&s2, out);
	return base64url_encode(unit_cx.arena, out, 32);
}

static const char *
join(const char *head, const char *body, const struct key *key, bool is_512)
{
	const char *text = arena_printf(unit_cx.arena, "%s.%s", head, body);

	return arena_printf(
	    unit_cx.arena, "%s.%s", text, mac(text, key, is_512));
}

/* Signed by the first key, whatever it says. */
static const char *
token(const char *header, const char *claims)
{
	return join(encode(header), encode(claims), &keys.set.key[0], false);
}

static enum err
verify(const char *text, struct claims *out)
{
	return jwt_verify(&unit_cx, &keys, text, NOW_S * 1000, out);
}

static void
is_refused(const char *text)
{
	struct claims claims = { .epoch = 77 };

	if (verify(text, &claims) != ERR_UNAUTHENTICATED)
		fail_msg("taken: %s", text ? text : "(null)");
	assert_int_equal(claims.epoch, 77);
	assert_int_equal(unit_cx.fault.err, ERR_UNAUTHENTICATED);
	assert_null(unit_cx.fault.field);
}

static void
our_own_tokens_are_taken(void **state)
{
	struct claims in = { .iat = NOW_S, .exp = NOW_S + 1, .epoch = 5 }, out;
	const char *text;

	(void)state;
	assert_true(uuid_parse(SUB, &in.sub));
	assert_true(uuid_parse(JTI, &in.jti));
	assert_int_equal(jwt_sign(&unit_cx, &keys, &in, &text), ERR_OK);
	assert_int_equal(verify(text, &out), ERR_OK);
	assert_true(uuid_equal(&out.sub, &in.sub));
	assert_true(uuid_equal(&out.jti, &in.jti));
	assert_int_equal(out.iat, in.iat);
	assert_int_equal(out.exp, in.exp);
	assert_int_equal(out.epoch, 5);
}

static void
tokens_made_by_hand_are_taken(void **state)
{
	struct claims out;

	(void)state;
	assert_int_equal(verify(token(HEADER, CLAIMS), &out), ERR_OK);
	assert_int_equal(out.epoch, 3);
	assert_int_equal(
	    verify(token("{\"alg\":\"HS256\",\"kid\":\"k1\"}", CLAIMS), &out),
	    ERR_OK);
	/* the older key of a rotation */
	assert_int_equal(
	    verify(join(encode("{\"alg\":\"HS256\",\"kid\":\"k2\"}"),
		       encode(CLAIMS), &keys.set.key[1], false),
		&out),
	    ERR_OK);
}

static void
time_passes(void **state)
{
	struct claims out;

	(void)state;
	assert_int_equal(
	    verify(token(HEADER, CLAIMS_TO("1706284801")), &out), ERR_OK);
	assert_int_equal(verify(token(HEADER, CLAIMS_TO("1706284800")), &out),
	    ERR_TOKEN_EXPIRED);
	assert_int_equal(
	    verify(token(HEADER, CLAIMS_TO("1")), &out), ERR_TOKEN_EXPIRED);
	/* Expired and forged is forged. */
	is_refused(join(
	    encode(HEADER), encode(CLAIMS_TO("1")), &keys.set.key[1], false));
}

static void
wrong_headers_are_refused(void **state)
{
	static const char *const headers[] = {
		"{\"alg\":\"none\",\"kid\":\"k1\"}",
		"{\"alg\":\"NoNe\",\"kid\":\"k1\"}",
		"{\"alg\":\"\",\"kid\":\"k1\"}",
		"{\"alg\":null,\"kid\":\"k1\"}",
		"{\"alg\":\"hs256\",\"kid\":\"k1\"}",
		"{\"alg\":\"HS256 \",\"kid\":\"k1\"}",
		"{\"alg\":\"HS384\",\"kid\":\"k1\"}",
		"{\"alg\":\"RS256\",\"kid\":\"k1\"}",
		"{\"alg\":\"ES256\",\"kid\":\"k1\"}",
		"{\"alg\":5,\"kid\":\"k1\"}",
		"{\"alg\":[\"HS256\"],\"kid\":\"k1\"}",
		"{\"kid\":\"k1\"}",
		"{\"alg\":\"HS256\"}",
		"{\"alg\":\"HS256\",\"kid\":null}",
		"{\"alg\":\"HS256\",\"kid\":\"\"}",
		"{\"alg\":\"HS256\",\"kid\":\"k3\"}",
		"{\"alg\":\"HS256\",\"kid\":\"K1\"}",
		"{\"alg\":\"HS256\",\"kid\":\"k2\"}",
		"{\"alg\":\"HS256\",\"kid\":1}",
		"{\"alg\":\"HS256\",\"kid\":\"../k1\"}",
		"{\"alg\":\"HS256\",\"kid\":\"k1\\u0000\"}",
		"{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"at+jwt\"}",
		"{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":5}",
		"{\"alg\":\"HS256\",\"kid\":\"k1\",\"crit\":[\"exp\"]}",
		"{\"alg\":\"HS256\",\"kid\":\"k1\",\"crit\":[]}",
		"{\"alg\":\"HS256\",\"kid\":\"k1\",\"crit\":null}",
		"{\"alg\":\"HS256\",\"kid\":\"k1\",\"b64\":false}",
		"{\"alg\":\"none\",\"alg\":\"HS256\",\"kid\":\"k1\"}",
		"{\"alg\":\"HS256\",\"\\u0061lg\":\"HS256\",\"kid\":\"k1\"}",
		"[]",
		"null",
		"\"HS256\"",
		"{",
		"",
		"{\"alg\":\"HS256\",\"kid\":\"k1\"} x",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(headers); i++)
		is_refused(token(headers[i], CLAIMS));
	is_refused(join(encode("{\"alg\":\"HS512\",\"kid\":\"k1\"}"),
	    encode(CLAIMS), &keys.set.key[0], true));
	is_refused(
	    join(encode(HEADER), encode(CLAIMS), &keys.set.key[0], true));
}

static void
wrong_claims_are_refused(void **state)
{
	static const char *const claims[] = {
		CLAIMS_TO("null"),
		CLAIMS_TO("1706285000.5"),
		CLAIMS_TO("\"1706285000\""),
		CLAIMS_TO("true"),
		CLAIMS_TO("0"),
		CLAIMS_TO("-1"),
		CLAIMS_TO("1e400"),
		CLAIMS_TO("1e18"),
		CLAIMS_TO("9223372036854775807"),
		CLAIMS_TO("9223372036854775808"),
		CLAIMS_TO("[1706285000]"),
		CLAIMS_TO("1,\"exp\":1706285000"),
		CLAIMS_TO("1706285000,\"nbf\":1"),
		CLAIMS_TO("1706285000,\"nbf\":9999999999"),
		"{\"sub\":\"" SUB "\",\"jti\":\"" JTI "\",\"iat\":1,"
		"\"epoch\":3}",
		"{\"sub\":\"" SUB "\",\"jti\":\"" JTI "\",\"iat\":1,"
		"\"exp\":1706285000}",
		"{\"sub\":\"" SUB "\",\"jti\":\"" JTI "\",\"epoch\":1,"
		"\"exp\":1706285000}",
		"{\"jti\":\"" JTI "\",\"iat\":1,\"exp\":1706285000,"
		"\"epoch\":3}",
		"{\"sub\":\"" SUB "\",\"iat\":1,\"exp\":1706285000,"
		"\"epoch\":3}",
		"{\"sub\":\"admin\",\"jti\":\"" JTI "\",\"iat\":1,"
		"\"exp\":1706285000,\"epoch\":3}",
		"{\"sub\":1,\"jti\":\"" JTI "\",\"iat\":1,\"exp\":1706285000,"
		"\"epoch\":3}",
		"{\"sub\":\"" SUB "\",\"sub\":\"" JTI "\",\"jti\":\"" JTI
		"\",\"iat\":1,\"exp\":1706285000,\"epoch\":3}",
		"{\"sub\":\"" SUB "\",\"jti\":\"" JTI "\",\"iat\":-1,"
		"\"exp\":1706285000,\"epoch\":3}",
		"{\"sub\":\"" SUB "\",\"jti\":\"" JTI "\",\"iat\":1,"
		"\"exp\":1706285000,\"epoch\":\"3\"}",
		"{\"sub\":\"" SUB "\\u0000\",\"jti\":\"" JTI "\",\"iat\":1,"
		"\"exp\":1706285000,\"epoch\":3}",
		"[]",
		"null",
		"",
		"{}",
		CLAIMS "x",
		"\xef\xbb\xbf" CLAIMS,
	};

	(void)state;
	for (size_t i = 0; i < COUNT(claims); i++)
		is_refused(token(HEADER, claims[i]));
}

static void
wrong_forms_are_refused(void **state)
{
	const char *good = token(HEADER, CLAIMS);
	const char *head = encode(HEADER), *body = encode(CLAIMS);
	const char *last = strrchr(good, '.');
	struct arena *a = unit_cx.arena;
	const char *const tokens[] = {
		NULL,
		"",
		".",
		"..",
		"...",
		"x",
		"null",
		head,
		arena_printf(a, "%s.%s", head, body),
		arena_printf(a, "%s.%s.", head, body),
		arena_printf(a, "%s.", good),
		arena_printf(a, "%s.x", good),
		arena_printf(a, ".%s", good),
		arena_printf(a, "%s=", good),
		arena_printf(a, "%sA", good),
		arena_printf(a, "%s ", good),
		arena_printf(a, " %s", good),
		arena_printf(a, "%s\n", good),
		arena_printf(a, "Bearer %s", good),
		arena_printf(a, "%s..%s", head, last + 1),
		arena_printf(a, ".%s.%s", body, last + 1),
		arena_printf(a, "%s=.%s%s", head, body, last),
		/* signed as they stand, but not canonical */
		join(arena_printf(a, "%s=", head), body, &keys.set.key[0],
		    false),
		join(head, arena_printf(a, "%s=", body), &keys.set.key[0],
		    false),
		join(head, arena_printf(a, "%s\n", body), &keys.set.key[0],
		    false),
		join("", body, &keys.set.key[0], false),
		join(head, "", &keys.set.key[0], false),
		/* the longest that is read, and one more */
		token(HEADER, arena_printf(a, "{\"pad\":\"%0*d\",%s",
				  JWT_LENGTH_MAX, 0, &CLAIMS[1])),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(tokens); i++)
		is_refused(tokens[i]);
}

static void
unused_bits_are_refused(void **state)
{
	/* 32 bytes end in a character of which two bits are unused. */
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
				       "nopqrstuvwxyz0123456789-_";
	const char *good = token(HEADER, CLAIMS);
	char *bent = arena_strdup(unit_cx.arena, good);
	char *end = bent + strlen(bent) - 1;
	size_t value = (size_t)(strchr(alphabet, *end) - alphabet);

	(void)state;
	for (size_t i = 1; i < 4; i++) {
		*end = alphabet[value | i];
		is_refused(bent);
	}
}

static void
no_bit_of_a_token_can_be_changed(void **state)
{
	const char *good = token(HEADER, CLAIMS);
	size_t mark = arena_mark(unit_cx.arena);

	(void)state;
	for (size_t i = 0; i < 8 * strlen(good); i++) {
		char *bent = arena_strdup(unit_cx.arena, good);

		bent[i / 8] = (char)(bent[i / 8] ^ (1 << i % 8));
		is_refused(bent);
		arena_rewind(unit_cx.arena, mark);
	}
}

static void
without_a_key_nothing_works(void **state)
{
	static const struct jwt_keys none;
	struct claims claims = { .exp = NOW_S + 1 };
	const char *text = token(HEADER, CLAIMS);

	(void)state;
	assert_int_equal(
	    jwt_verify(&unit_cx, &none, text, NOW_S * 1000, &claims),
	    ERR_UNAUTHENTICATED);
	assert_int_equal(
	    jwt_sign(&unit_cx, &none, &claims, &text), ERR_INTERNAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(our_own_tokens_are_taken),
		UNIT_TEST(tokens_made_by_hand_are_taken),
		UNIT_TEST(time_passes),
		UNIT_TEST(wrong_headers_are_refused),
		UNIT_TEST(wrong_claims_are_refused),
		UNIT_TEST(wrong_forms_are_refused),
		UNIT_TEST(unused_bits_are_refused),
		UNIT_TEST(no_bit_of_a_token_can_be_changed),
		UNIT_TEST(without_a_key_nothing_works),
	};

	return cmocka_run_group_tests_name("jwt", tests, NULL, NULL);
}
