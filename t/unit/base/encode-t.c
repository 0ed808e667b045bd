/*
 * Bytes to text and back, and what is refused on the way.
 */
#include "base/encode.h"

#include "base/arena.h"
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;

static void
base64_forgives_what_vendors_send(void **state)
{
	static const char *const right[] = { "aGVsbG8=", "aGVsbG8",
		"aGVs\r\nbG8=\r\n", " aGVsbG8 = " };
	static const char *const wrong[] = { "aGVsbG8!", "a", "aGV=sbG8",
		"aGVsbG9",
		("aGVs\x01"
		 "bG8") };
	uint8_t *out;
	size_t len;

	(void)state;
	for (size_t i = 0; i < COUNT(right); i++) {
		assert_true(base64_decode(
		    arena, right[i], strlen(right[i]), &out, &len));
		assert_int_equal(len, 5);
		assert_memory_equal(out, "hello", 5);
	}
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(base64_decode(
		    arena, wrong[i], strlen(wrong[i]), &out, &len));
	assert_string_equal(base64_encode(arena, "hello", 5), "aGVsbG8=");
}

static void
base64url_is_strict(void **state)
{
	static const char *const wrong[] = { "_-8=", "_-9", "_ -8", "/+8",
		"_-8\n", "_" };
	uint8_t *out;
	size_t len;

	(void)state;
	assert_string_equal(base64url_encode(arena, "\xff\xef", 2), "_-8");
	assert_true(base64url_decode(arena, "_-8", 3, &out, &len));
	assert_int_equal(len, 2);
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(base64url_decode(
		    arena, wrong[i], strlen(wrong[i]), &out, &len));
}

static void
percent_escapes(void **state)
{
	static const char *const wrong[] = { "%", "%4", "%4g", "a%00b" };
	char *out;

	(void)state;
	assert_true(percent_decode(arena, "a%2Fb+%e4%B8%ad", 15, &out));
	assert_string_equal(out, "a/b+\xe4\xb8\xad");
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(
		    percent_decode(arena, wrong[i], strlen(wrong[i]), &out));
	assert_false(percent_decode(arena, "a\0b", 3, &out));
	assert_string_equal(
	    percent_encode(arena, "a b/\xc3\xa4~"), "a%20b%2F%C3%A4~");
}

static void
queries(void **state)
{
	struct query_pair *pairs;
	size_t count;

	(void)state;
	assert_true(
	    query_parse(arena, "&a=1&b=x+y%3D&c&=d&&", 8, &pairs, &count));
	assert_int_equal(count, 4);
	assert_string_equal(pairs[1].name, "b");
	assert_string_equal(pairs[1].value, "x y=");
	assert_string_equal(pairs[2].value, "");
	assert_string_equal(pairs[3].name, "");
	assert_false(query_parse(arena, "a=1&b=2", 1, &pairs, &count));
	assert_false(query_parse(arena, "a=%ff", 8, &pairs, &count));
	assert_false(query_parse(arena, "a=%0", 8, &pairs, &count));
	assert_true(query_parse(arena, "", 8, &pairs, &count));
	assert_int_equal(count, 0);
}

static void
digests_and_chance(void **state)
{
	unsigned char a[16], b[16];

	(void)state;
	/* BLAKE2b of 16 bytes */
	assert_string_equal(
	    tag_hex(arena, "abc", 3), "cf4ab791c62b8d2b2109c90275287816");
	assert_string_equal(sha256_hex(arena, "abc", 3),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	random_fill(a, sizeof(a));
	random_fill(b, sizeof(b));
	assert_false(secret_equal(a, b, sizeof(a)));
	assert_true(secret_equal(a, a, sizeof(a)));
	for (int i = 0; i < 1000; i++)
		assert_true(random_below(7) < 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_forgives_what_vendors_send),
		cmocka_unit_test(base64url_is_strict),
		cmocka_unit_test(percent_escapes),
		cmocka_unit_test(queries),
		cmocka_unit_test(digests_and_chance),
	};
	int failed;

	arena = arena_new(MIB);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
