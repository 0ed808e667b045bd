/*
 * Growing, the limit, and what is left after it.
 */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
it_grows_and_is_terminated(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 100000);
	assert_string_equal(buf_text(&buf), "");
	for (int i = 0; i < 10000; i++)
		assert_true(buf_printf(&buf, "%d,", i % 10));
	assert_int_equal(buf.len, 20000);
	assert_int_equal(strlen(buf_text(&buf)), 20000);
	buf_clear(&buf);
	assert_true(buf_puts(&buf, "ab") && buf_putc(&buf, 'c'));
	assert_string_equal(buf_text(&buf), "abc");
	buf_release(&buf);
}

static void
the_limit_is_exact(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 4);
	assert_true(buf_puts(&buf, "1234"));
	assert_false(buf_putc(&buf, '5'));
	assert_true(buf_overflowed(&buf));
	assert_string_equal(buf_text(&buf), "");
	assert_false(buf_putc(&buf, '1'));
	assert_null(buf_reserve(&buf, 1));
	buf_clear(&buf);
	assert_true(buf_puts(&buf, "1234"));
	assert_null(buf_reserve(&buf, SIZE_MAX));
	buf_release(&buf);
}

static void
a_reserve_is_committed_in_part(void **state)
{
	struct buf buf;
	char *to;

	(void)state;
	buf_init(&buf, 1000);
	to = buf_reserve(&buf, 100);
	memcpy(to, "hello", 5);
	buf_commit(&buf, 5);
	assert_string_equal(buf_text(&buf), "hello");
	buf_release(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_grows_and_is_terminated),
		cmocka_unit_test(the_limit_is_exact),
		cmocka_unit_test(a_reserve_is_committed_in_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
