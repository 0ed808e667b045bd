/*
 * link - bases, and what vendors give for an address.
 */
#include "../core/unit.h"

#include <string.h>

#include "base/text.h"
#include "vendor/link.h"

static void
a_base_has_one_version_and_no_slash_at_its_end(void **state)
{
	static const char *const rows[][3] = {
		{ "https://a.example", "/v1", "https://a.example/v1" },
		{ "https://a.example/", "/v1", "https://a.example/v1" },
		{ "https://a.example/v1", "/v1", "https://a.example/v1" },
		{ "https://a.example/v1//", "/v1", "https://a.example/v1" },
		{ "https://a.example/x/", NULL, "https://a.example/x" },
		{ "https://a.example/v1", "/v1beta",
		    "https://a.example/v1/v1beta" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(
		    link_base(unit_cx.arena, rows[i][0], rows[i][1]),
		    rows[i][2]);
}

static void
a_link_is_seen_from_where_it_was_found(void **state)
{
	static const char *const rows[][3] = {
		{ "https://a.example/v1/x", "https://b.example/y?z",
		    "https://b.example/y?z" },
		{ "https://a.example/v1/x", "/generated/1.png",
		    "https://a.example/generated/1.png" },
		{ "https://a.example:8443/v1/x?q=/", "1.png",
		    "https://a.example:8443/v1/1.png" },
		{ "http://a.example", "1.png", "http://a.example/1.png" },
		{ "https://a.example/v1/x", "//b.example/y",
		    "https://b.example/y" },
		{ "https://a.example/v1/x", "HTTPS://b.example",
		    "HTTPS://b.example" },
		/* not for us */
		{ "https://a.example/v1/x", "file:///etc/passwd", NULL },
		{ "https://a.example/v1/x", "gopher://b.example/", NULL },
		{ "https://a.example/v1/x", "javascript:alert(1)", NULL },
		{ "https://a.example/v1/x", "data:image/png;base64,AA", NULL },
		{ "https://a.example/v1/x", "https://", NULL },
		{ "https://a.example/v1/x", "https:///x", NULL },
		{ "https://a.example/v1/x", "https://u:p@b.example/", NULL },
		{ "https://a.example/v1/x", "//u@b.example/", NULL },
		{ "https://a.example/v1/x", "https://b.example/ x", NULL },
		{ "https://a.example/v1/x", "https://b.example\\@c/", NULL },
		{ "https://a.example/v1/x", "/a\r\nHost: c", NULL },
		{ "https://a.example/v1/x", "", NULL },
		{ "https://a.example/v1/x", NULL, NULL },
		{ "ftp://a.example/", "/x", NULL },
	};
	char *big;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got =
		    link_resolve(unit_cx.arena, rows[i][0], rows[i][1]);

		if (!text_is(got, rows[i][2]))
			fail_msg("%s: %s", rows[i][1], got);
	}
	big = arena_alloc(unit_cx.arena, 2 * LINK_MAX);
	memset(big, 'a', 2 * LINK_MAX - 1);
	assert_null(link_resolve(unit_cx.arena, "https://a.example/", big));
}

static void
the_key_goes_to_one_place_only(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "https://a.example/v1", "https://a.example/other?x", true },
		{ "https://A.example/v1", "HTTPS://a.EXAMPLE:443", true },
		{ "http://a.example", "http://a.example:80/", true },
		{ "http://[::1]/", "http://[::1]:80/x", true },
		{ "https://a.example", "http://a.example", false },
		{ "https://a.example", "https://a.example:8443", false },
		{ "https://a.example", "https://a.example.evil", false },
		{ "https://a.example", "https://b.a.example", false },
		{ "https://a.example", "https://a.example@b", false },
		{ "https://a.example", "/v1", false },
		{ "", "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (link_same_place(rows[i].a, rows[i].b) != rows[i].same)
			fail_msg("%s, %s", rows[i].a, rows[i].b);
}

static void
data_addresses_are_read_as_they_are_made(void **state)
{
	static const char *const wrong[] = { "data:image/png,AAAA",
		"data:", "data:;base64", "AAAA", "data:image/png;base64,!",
		"" };
	const char *url =
	    link_data_make(unit_cx.arena, "image/png", "\0\xff!", 3);
	uint8_t *bytes;
	size_t len;

	(void)state;
	assert_string_equal(url, "data:image/png;base64,AP8h");
	assert_true(link_data(unit_cx.arena, url, &bytes, &len));
	assert_int_equal(len, 3);
	assert_memory_equal(bytes, "\0\xff!", 3);
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(link_data(unit_cx.arena, wrong[i], &bytes, &len));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_base_has_one_version_and_no_slash_at_its_end),
		UNIT_TEST(a_link_is_seen_from_where_it_was_found),
		UNIT_TEST(the_key_goes_to_one_place_only),
		UNIT_TEST(data_addresses_are_read_as_they_are_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
