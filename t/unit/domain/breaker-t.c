/*
 * Breakers: what opens them, who may try, and what closes them.
 */
#include "domain/breaker.h"

#include "people.h"

static struct conf *conf;
static struct ctx cx;

static int
setup(void **state)
{
	(void)state;
	testdb_sql(&cx, "DELETE FROM breaker");
	return 0;
}

static bool
failed(enum breaker_weight weight)
{
	bool opened;

	assert_int_equal(breaker_fail(&cx, "dalle", ERR_PROVIDER_UNAVAILABLE,
			     "down", weight, &opened),
	    ERR_OK);
	return opened;
}

/* The breaker of 'dalle', "closed" without a failure when there is no row. */
static struct breaker
look(void)
{
	struct breaker *rows, none = { .state = "closed" };
	size_t count;

	assert_int_equal(breaker_list(&cx, &rows, &count), ERR_OK);
	return count == 0 ? none : rows[0];
}

static bool
try(struct ctx *c)
{
	bool mine;

	assert_int_equal(breaker_try(c, "dalle", &mine), ERR_OK);
	return mine;
}

static void
rest_ends(void)
{
	testdb_sql(&cx, "UPDATE breaker SET retry_at = NOW(3)");
}

static void
a_few_failures_open_it(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		assert_false(failed(BREAKER_COUNTS));
	assert_string_equal(look().state, "closed");
	assert_true(failed(BREAKER_COUNTS));
	assert_string_equal(look().state, "open");
	assert_int_equal(look().failures, 5);
	assert_string_equal(look().reason, "provider_unavailable");
	assert_string_equal(look().detail, "down");
	assert_true(look().rest_ms > 0);
	assert_false(failed(BREAKER_COUNTS));
}

static void
no_rest_outlasts_a_clock_that_is_set_back(void **state)
{
	(void)state;
	testdb_ahead(&cx, 86400);
	assert_true(failed(BREAKER_AT_ONCE));
	assert_in_range(look().rest_ms, 1, 300000);
	assert_false(try(&cx));
	testdb_ahead(&cx, 0);
	assert_int_equal(look().rest_ms, 0);
	assert_true(try(&cx));
	assert_false(try(&cx));
	/* where two servers differ a little it is a rest */
	testdb_ahead(&cx, -5);
	assert_in_range(look().rest_ms, 1, 300000);
	assert_false(try(&cx));
	testdb_ahead(&cx, 0);
}

static void
a_success_in_between_starts_anew(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		assert_false(failed(BREAKER_COUNTS));
		if (i % 4 == 3)
			assert_int_equal(breaker_succeed(&cx, "dalle"), ERR_OK);
	}
	assert_string_equal(look().state, "closed");
}

static void
what_needs_an_administrator_opens_it_at_once(void **state)
{
	(void)state;
	assert_true(failed(BREAKER_AT_ONCE));
	assert_string_equal(look().state, "open");
}

static void
one_task_alone_does_not_open_it(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		assert_false(failed(BREAKER_AGAIN));
	assert_string_equal(look().state, "closed");
	assert_int_equal(look().failures, 0);
	assert_string_equal(look().detail, "down");
	for (int i = 0; i < 4; i++)
		assert_false(failed(BREAKER_COUNTS));
	assert_false(failed(BREAKER_AGAIN));
	assert_true(failed(BREAKER_COUNTS));
}

static void
its_try_does(void **state)
{
	(void)state;
	failed(BREAKER_AT_ONCE);
	rest_ends();
	assert_true(try(&cx));
	assert_true(failed(BREAKER_AGAIN));
	assert_string_equal(look().state, "open");
}

static void
one_tries_when_its_rest_is_over(void **state)
{
	(void)state;
	assert_false(try(&cx));
	failed(BREAKER_AT_ONCE);
	assert_false(try(&cx));
	rest_ends();
	assert_true(try(&cx));
	assert_string_equal(look().state, "half_open");
	assert_false(try(&cx));
	assert_int_equal(breaker_succeed(&cx, "dalle"), ERR_OK);
	assert_string_equal(look().state, "closed");
	assert_int_equal(look().failures, 0);
}

static void
each_rest_is_longer(void **state)
{
	int64_t before = 0;

	(void)state;
	failed(BREAKER_AT_ONCE);
	for (int i = 0; i < 6; i++) {
		int64_t rest = look().rest_ms;

		assert_true(rest > before);
		before = rest;
		rest_ends();
		assert_true(try(&cx));
		assert_true(failed(BREAKER_AT_ONCE));
	}
	for (int i = 0; i < 10; i++) {
		rest_ends();
		assert_true(try(&cx));
		assert_true(failed(BREAKER_AT_ONCE));
	}
	assert_true(look().rest_ms <= 300000);
}

static void
a_try_without_an_outcome_is_forgotten(void **state)
{
	(void)state;
	failed(BREAKER_AT_ONCE);
	rest_ends();
	assert_true(try(&cx));
	rest_ends();
	assert_true(try(&cx));
}

static void
try_once(struct ctx *c, struct people_hand *hand)
{
	hand->done = try(c);
}

static void
of_many_one_tries(void **state)
{
	(void)state;
	failed(BREAKER_AT_ONCE);
	rest_ends();
	assert_int_equal(people_at_once(conf, try_once, NULL), 1);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_few_failures_open_it),
		TEST(no_rest_outlasts_a_clock_that_is_set_back),
		TEST(a_success_in_between_starts_anew),
		TEST(what_needs_an_administrator_opens_it_at_once),
		TEST(one_task_alone_does_not_open_it),
		TEST(its_try_does),
		TEST(one_tries_when_its_rest_is_over),
		TEST(each_rest_is_longer),
		TEST(a_try_without_an_outcome_is_forgotten),
		TEST(of_many_one_tries),
	};
	int status;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	conf = testdb_start();
	cx = testdb_ctx(conf);
	status = cmocka_run_group_tests(tests, NULL, NULL);
	testdb_ctx_free(&cx);
	return status;
}
