/*
 * err and ctx - the catalogue, and the fault on its way up.
 */
#include "unit.h"

#include <string.h>

#include "base/text.h"

static void
every_error_is_complete(void **state)
{
	(void)state;
	for (int e = ERR_OK; e < ERR__MAX; e++) {
		const char *en = err_sentence((enum err)e, LANG_EN);
		const char *zh = err_sentence((enum err)e, LANG_ZH);

		assert_in_range(err_status((enum err)e), 200, 503);
		assert_true(strlen(err_name((enum err)e)) > 0);
		assert_true(strlen(err_reason((enum err)e)) > 0);
		assert_true(text_ends(en, "."));
		assert_true(text_ends(zh, "。"));
		assert_true(utf8_valid(zh, strlen(zh)));
	}
}

static void
reasons_lead_back(void **state)
{
	(void)state;
	for (int e = ERR_INVALID_JSON; e < ERR_WRONG_PASSWORD; e++)
		assert_int_equal(err_from_reason(err_reason((enum err)e)), e);
	assert_int_equal(err_from_reason("internal"), ERR_INTERNAL);
	assert_int_equal(err_from_reason("unavailable"), ERR_UNAVAILABLE);
	assert_int_equal(err_from_reason("nonsense"), ERR_OK);
	assert_int_equal(err_from_reason(NULL), ERR_OK);
}

static void
a_number_that_is_no_error_is_internal(void **state)
{
	(void)state;
	assert_int_equal(err_status((enum err)9999), 500);
	assert_string_equal(err_reason(ERR__MAX), "internal");
}

static void
a_fault_keeps_copies(void **state)
{
	char field[] = "width", word[] = "eight";

	(void)state;
	assert_int_equal(
	    fault(&unit_cx, ERR_INVALID_FIELD, field, "must be %s", word),
	    ERR_INVALID_FIELD);
	memset(field, 'x', 5);
	memset(word, 'x', 5);
	assert_int_equal(unit_cx.fault.err, ERR_INVALID_FIELD);
	assert_string_equal(unit_cx.fault.field, "width");
	assert_string_equal(unit_cx.fault.detail, "must be eight");
	assert_int_equal(unit_cx.fault.retry_after_s, 0);
}

static void
a_fault_replaces_the_one_before(void **state)
{
	(void)state;
	(void)fault(&unit_cx, ERR_INVALID_FIELD, "a", "b");
	unit_cx.fault.extra = "\"needed\":4";
	assert_int_equal(
	    fault_retry(&unit_cx, ERR_API_LIMIT, 60, "wait"), ERR_API_LIMIT);
	assert_null(unit_cx.fault.field);
	assert_null(unit_cx.fault.extra);
	assert_int_equal(unit_cx.fault.retry_after_s, 60);
	fault_clear(&unit_cx);
	assert_int_equal(unit_cx.fault.err, ERR_OK);
	assert_null(unit_cx.fault.detail);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(every_error_is_complete),
		UNIT_TEST(reasons_lead_back),
		UNIT_TEST(a_number_that_is_no_error_is_internal),
		UNIT_TEST(a_fault_keeps_copies),
		UNIT_TEST(a_fault_replaces_the_one_before),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
