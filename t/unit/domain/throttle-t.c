/*
 * Rare acts are counted by windows and by hours, exactly.
 */
#include "domain/throttle.h"

#include <string.h>

#include "base/clock.h"
#include "people.h"

#define WINDOW_S INT64_C(900)
#define HOUR_LIMIT 20

static struct conf *conf;
static struct ctx cx;

static void
the_window_closes_at_the_limit(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    throttle_check(&cx, "k", "s", 3, WINDOW_S), ERR_OK);
		assert_int_equal(
		    throttle_count(&cx, "k", "s", WINDOW_S), ERR_OK);
	}
	assert_int_equal(
	    throttle_check(&cx, "k", "s", 3, WINDOW_S), ERR_TOO_MANY_TRIES);
	assert_in_range(cx.fault.retry_after_s, 1, WINDOW_S);
	assert_int_equal(
	    throttle_check(&cx, "k", "other", 3, WINDOW_S), ERR_OK);
	assert_int_equal(
	    throttle_check(&cx, "other", "s", 3, WINDOW_S), ERR_OK);
	assert_int_equal(throttle_clear(&cx, "k", "s"), ERR_OK);
	assert_int_equal(throttle_check(&cx, "k", "s", 3, WINDOW_S), ERR_OK);
}

static void
the_window_runs_from_the_first_try(void **state)
{
	(void)state;
	assert_int_equal(throttle_count(&cx, "w", "s", WINDOW_S), ERR_OK);
	testdb_sql(&cx,
	    "UPDATE throttle SET window_start = NOW(3) - INTERVAL 899 SECOND"
	    " WHERE subject = 'w:s'");
	assert_int_equal(throttle_count(&cx, "w", "s", WINDOW_S), ERR_OK);
	assert_int_equal(
	    throttle_check(&cx, "w", "s", 2, WINDOW_S), ERR_TOO_MANY_TRIES);
	testdb_sql(&cx,
	    "UPDATE throttle SET window_start = NOW(3) - INTERVAL 901 SECOND"
	    " WHERE subject = 'w:s'");
	assert_int_equal(throttle_check(&cx, "w", "s", 2, WINDOW_S), ERR_OK);
	/* and the next one begins another */
	assert_int_equal(throttle_count(&cx, "w", "s", WINDOW_S), ERR_OK);
	assert_int_equal(throttle_check(&cx, "w", "s", 2, WINDOW_S), ERR_OK);
}

static void
a_clock_that_is_set_back_locks_nobody_for_longer(void **state)
{
	(void)state;
	testdb_ahead(&cx, 86400);
	assert_int_equal(throttle_count(&cx, "b", "s", WINDOW_S), ERR_OK);
	assert_int_equal(throttle_count(&cx, "b", "t", WINDOW_S), ERR_OK);
	testdb_ahead(&cx, 0);
	/* one that is refused, and one that goes on trying */
	assert_int_equal(
	    throttle_check(&cx, "b", "s", 1, WINDOW_S), ERR_TOO_MANY_TRIES);
	assert_int_equal(cx.fault.retry_after_s, WINDOW_S);
	assert_int_equal(throttle_count(&cx, "b", "t", WINDOW_S), ERR_OK);
	assert_int_equal(
	    throttle_check(&cx, "b", "t", 2, WINDOW_S), ERR_TOO_MANY_TRIES);
	testdb_ahead(&cx, 901);
	assert_int_equal(throttle_check(&cx, "b", "s", 1, WINDOW_S), ERR_OK);
	assert_int_equal(throttle_check(&cx, "b", "t", 2, WINDOW_S), ERR_OK);
	testdb_ahead(&cx, 0);
}

static void
long_subjects_are_told_apart(void **state)
{
	char a[200], b[200];

	(void)state;
	memset(a, 'a', sizeof(a));
	a[sizeof(a) - 1] = '\0';
	memcpy(b, a, sizeof(b));
	b[sizeof(b) - 2] = 'b';
	assert_int_equal(throttle_count(&cx, "k", a, WINDOW_S), ERR_OK);
	assert_int_equal(
	    throttle_check(&cx, "k", a, 1, WINDOW_S), ERR_TOO_MANY_TRIES);
	assert_int_equal(throttle_check(&cx, "k", b, 1, WINDOW_S), ERR_OK);
}

static void
knock(struct ctx *c, struct people_hand *hand)
{
	for (int i = 0; i < 10; i++) {
		enum err e =
		    throttle_take_hour(c, "hour", hand->arg, HOUR_LIMIT);

		if (e == ERR_OK)
			hand->done++;
		else
			assert_int_equal(e, ERR_TOO_MANY_TRIES);
	}
}

static void
an_hour_lets_exactly_its_limit_through(void **state)
{
	static char door[] = "door";

	(void)state;
	clock_set(INT64_C(1700000000000));
	assert_int_equal(people_at_once(conf, knock, door), HOUR_LIMIT);
	assert_int_equal(throttle_give_back(&cx, "hour", door), ERR_OK);
	assert_int_equal(
	    throttle_take_hour(&cx, "hour", door, HOUR_LIMIT), ERR_OK);
	assert_int_equal(throttle_take_hour(&cx, "hour", door, HOUR_LIMIT),
	    ERR_TOO_MANY_TRIES);
	clock_set(INT64_C(1700000000000) + 3600 * 1000);
	assert_int_equal(
	    throttle_take_hour(&cx, "hour", door, HOUR_LIMIT), ERR_OK);
	/* an hour ahead is another machine's; a day, a clock that was wrong */
	clock_set(INT64_C(1700000000000));
	assert_int_equal(
	    throttle_take_hour(&cx, "hour", door, 1), ERR_TOO_MANY_TRIES);
	assert_in_range(cx.fault.retry_after_s, 1, 3600);
	clock_set(INT64_C(1700000000000) - INT64_C(86400000));
	assert_int_equal(throttle_take_hour(&cx, "hour", door, 1), ERR_OK);
	assert_int_equal(
	    throttle_take_hour(&cx, "hour", door, 1), ERR_TOO_MANY_TRIES);
	clock_set(TIME_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_window_closes_at_the_limit),
		cmocka_unit_test(the_window_runs_from_the_first_try),
		cmocka_unit_test(
		    a_clock_that_is_set_back_locks_nobody_for_longer),
		cmocka_unit_test(long_subjects_are_told_apart),
		cmocka_unit_test(an_hour_lets_exactly_its_limit_through),
	};
	int status;

	conf = testdb_start();
	cx = testdb_ctx(conf);
	status = cmocka_run_group_tests(tests, NULL, NULL);
	testdb_ctx_free(&cx);
	return status;
}
