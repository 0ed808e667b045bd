/*
 * A token is known again by all of its characters, until it is forgotten.
 */
#include "core/jwt_known.h"

#include <string.h>

#include "base/encode.h"
#include "unit.h"

static const struct claims claims = { .iat = 1, .exp = 2, .epoch = 3 };

static void
known_by_every_character(void **state)
{
	char token[] = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlc2ln";
	struct claims out;

	(void)state;
	assert_false(jwt_known_find(token, &out));
	jwt_known_add(token, &claims);
	assert_true(jwt_known_find(token, &out));
	assert_int_equal(out.epoch, 3);
	for (size_t i = 0; i < strlen(token); i++) {
		token[i] ^= 1;
		assert_false(jwt_known_find(token, &out));
		token[i] ^= 1;
	}
	token[strlen(token) - 1] = '\0';
	assert_false(jwt_known_find(token, &out));
}

static void
odd_lengths_are_unknown(void **state)
{
	char token[1000];
	struct claims out;

	(void)state;
	memset(token, 'x', sizeof(token));
	for (size_t len = 0; len < sizeof(token); len++) {
		token[len] = '\0';
		jwt_known_add(token, &claims);
		assert_int_equal(
		    jwt_known_find(token, &out), len >= 8 && len <= 440);
		jwt_known_forget();
		assert_false(jwt_known_find(token, &out));
		token[len] = 'x';
	}
}

#define MANY 5000

static void
many_make_room_for_each_other(void **state)
{
	const char *tokens[MANY];
	struct claims out;
	int known = 0;

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		uint8_t signature[32];

		random_fill(signature, sizeof(signature));
		tokens[i] = arena_printf(unit_cx.arena, "a.b.%s",
		    base64url_encode(
			unit_cx.arena, signature, sizeof(signature)));
		jwt_known_add(tokens[i], &claims);
		assert_true(jwt_known_find(tokens[i], &out));
	}
	for (size_t i = 0; i < MANY; i++)
		known += jwt_known_find(tokens[i], &out);
	assert_in_range(known, 900, 1024);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(known_by_every_character),
		UNIT_TEST(odd_lengths_are_unknown),
		UNIT_TEST(many_make_room_for_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
