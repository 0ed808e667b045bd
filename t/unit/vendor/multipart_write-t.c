/*
 * multipart_write - the body, byte for byte.
 */
#include "../core/unit.h"

#include <string.h>

#include "vendor/multipart_write.h"

static void
a_body_is_what_rfc_7578_says(void **state)
{
	struct multipart m;
	const char *want;
	size_t len;
	char *body;

	(void)state;
	multipart_init(&m);
	multipart_text(&m, "prompt", "a \"kite\"\r\n--x");
	multipart_text(&m, "left_out", NULL);
	multipart_text(&m, "empty", "");
	multipart_file(&m, "image", "image.png", "image/png", "\0\r\n", 3);
	body = multipart_write(&m, unit_cx.arena, &len);
	want = arena_printf(unit_cx.arena,
	    "--%s\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\n"
	    "a \"kite\"\r\n--x\r\n"
	    "--%s\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n"
	    "--%s\r\nContent-Disposition: form-data; name=\"image\"; "
	    "filename=\"image.png\"\r\nContent-Type: image/png\r\n\r\n"
	    "@\r\n\r\n--%s--\r\n",
	    m.boundary, m.boundary, m.boundary, m.boundary);
	assert_int_equal(len, strlen(want));
	*strchr(strstr(want, "image/png\r\n\r\n"), '@') = '\0';
	assert_memory_equal(body, want, len);
	assert_string_equal(multipart_type(&m, unit_cx.arena),
	    arena_printf(
		unit_cx.arena, "multipart/form-data; boundary=%s", m.boundary));
}

static void
boundaries_are_never_the_same(void **state)
{
	struct multipart a, b;

	(void)state;
	multipart_init(&a);
	multipart_init(&b);
	assert_int_equal(strlen(a.boundary), 32);
	assert_string_not_equal(a.boundary, b.boundary);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_body_is_what_rfc_7578_says),
		UNIT_TEST(boundaries_are_never_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
