/*
 * The same key gives the same answer, and one of many twins runs.
 */
#include "domain/idempotency.h"

#include <stdatomic.h>
#include <string.h>

#include "people.h"

static struct conf *conf;
static struct ctx cx;
static struct account ada;

static struct idempotency
request(const char *key, uint8_t hash)
{
	struct idempotency i = {
		.account = ada.id,
		.key = key,
		.owner = uuid_new(),
	};

	memset(i.hash, hash, sizeof(i.hash));
	return i;
}

static void
an_answer_is_given_again(void **state)
{
	struct idempotency first = request("a", 1), again = request("a", 1);

	(void)state;
	assert_int_equal(idempotency_begin(&cx, &first), ERR_OK);
	assert_false(first.replay);
	assert_int_equal(
	    idempotency_begin(&cx, &again), ERR_IDEMPOTENCY_IN_PROGRESS);
	assert_true(cx.fault.retry_after_s > 0);
	assert_int_equal(
	    idempotency_finish(&cx, &first, 200, "{\"a\":1}"), ERR_OK);
	assert_int_equal(idempotency_begin(&cx, &again), ERR_OK);
	assert_true(again.replay);
	assert_int_equal(again.status, 200);
	assert_string_equal(again.body, "{\"a\":1}");
}

static void
nobody_waits_for_a_run_before_the_clock_was_set(void **state)
{
	struct idempotency dead = request("back", 1), next = request("back", 1);

	(void)state;
	testdb_ahead(&cx, 86400);
	assert_int_equal(idempotency_begin(&cx, &dead), ERR_OK);
	testdb_ahead(&cx, 86398);
	assert_int_equal(
	    idempotency_begin(&cx, &next), ERR_IDEMPOTENCY_IN_PROGRESS);
	testdb_ahead(&cx, 0);
	assert_int_equal(idempotency_begin(&cx, &next), ERR_OK);
	/* and of the two one counts */
	assert_int_equal(idempotency_finish(&cx, &dead, 200, "{}"),
	    ERR_IDEMPOTENCY_IN_PROGRESS);
	assert_int_equal(idempotency_finish(&cx, &next, 200, "{}"), ERR_OK);
	/* an answer is kept for its day, whatever the clock says of it */
	testdb_ahead(&cx, 86000);
	next = request("back", 1);
	assert_int_equal(idempotency_begin(&cx, &next), ERR_OK);
	assert_true(next.replay);
	testdb_ahead(&cx, -7200);
	next = request("back", 1);
	assert_int_equal(idempotency_begin(&cx, &next), ERR_OK);
	assert_true(next.replay);
	testdb_ahead(&cx, 0);
}

static void
another_request_is_a_mismatch(void **state)
{
	struct idempotency first = request("b", 1), other = request("b", 2);

	(void)state;
	assert_int_equal(idempotency_begin(&cx, &first), ERR_OK);
	assert_int_equal(
	    idempotency_begin(&cx, &other), ERR_IDEMPOTENCY_MISMATCH);
	assert_int_equal(idempotency_finish(&cx, &first, 200, "{}"), ERR_OK);
	assert_int_equal(
	    idempotency_begin(&cx, &other), ERR_IDEMPOTENCY_MISMATCH);
}

static void
a_failure_frees_the_key(void **state)
{
	struct idempotency first = request("c", 1), other = request("c", 2);

	(void)state;
	assert_int_equal(idempotency_begin(&cx, &first), ERR_OK);
	assert_int_equal(idempotency_abandon(&cx, &first), ERR_OK);
	assert_int_equal(idempotency_begin(&cx, &other), ERR_OK);
	assert_false(other.replay);
}

static void
a_dead_run_and_an_old_answer_free_it_too(void **state)
{
	struct idempotency first = request("d", 1), next = request("d", 1);

	(void)state;
	assert_int_equal(idempotency_begin(&cx, &first), ERR_OK);
	testdb_sql(&cx, "UPDATE idempotency SET running_until = NOW(3)"
			" - INTERVAL 1 SECOND WHERE idempotency_key = 'd'");
	assert_int_equal(idempotency_begin(&cx, &next), ERR_OK);
	assert_false(next.replay);
	/* who comes back from the dead is told, and undoes what it did */
	assert_int_equal(idempotency_finish(&cx, &first, 200, "old"),
	    ERR_IDEMPOTENCY_IN_PROGRESS);
	assert_int_equal(idempotency_finish(&cx, &next, 201, "new"), ERR_OK);
	assert_int_equal(idempotency_begin(&cx, &first), ERR_OK);
	assert_string_equal(first.body, "new");
	testdb_sql(&cx, "UPDATE idempotency SET created_at = NOW(3)"
			" - INTERVAL 25 HOUR WHERE idempotency_key = 'd'");
	first = request("d", 9);
	assert_int_equal(idempotency_begin(&cx, &first), ERR_OK);
	assert_false(first.replay);
}

static void
an_unknown_outcome_is_looked_up(void **state)
{
	struct idempotency one = request("e", 1), two = request("e", 1);
	bool kept = true;

	(void)state;
	assert_int_equal(idempotency_begin(&cx, &one), ERR_OK);
	/* the same request again: its first try was carried out unheard */
	assert_int_equal(idempotency_begin(&cx, &one), ERR_OK);
	assert_false(one.replay);
	assert_int_equal(idempotency_settle(&cx, &one, &kept), ERR_OK);
	assert_false(kept);
	assert_int_equal(idempotency_begin(&cx, &two), ERR_OK);
	assert_false(two.replay);
	assert_int_equal(idempotency_settle(&cx, &one, &kept), ERR_NOT_FOUND);
	assert_int_equal(idempotency_finish(&cx, &two, 200, "{}"), ERR_OK);
	assert_int_equal(idempotency_settle(&cx, &two, &kept), ERR_OK);
	assert_true(kept);
}

static void
ask(struct ctx *c, struct people_hand *hand)
{
	for (int n = 0; n < 20; n++) {
		struct idempotency i = request(hand->arg, 7);
		enum err e = idempotency_begin(c, &i);

		if (e == ERR_OK && !i.replay) {
			hand->done++;
			e = idempotency_finish(c, &i, 200, "one");
		}
		if (e == ERR_OK && i.replay)
			assert_string_equal(i.body, "one");
		if (e != ERR_OK)
			assert_int_equal(e, ERR_IDEMPOTENCY_IN_PROGRESS);
	}
}

static void
one_of_many_twins_runs(void **state)
{
	static char key[] = "twins";

	(void)state;
	assert_int_equal(people_at_once(conf, ask, key), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_given_again),
		cmocka_unit_test(
		    nobody_waits_for_a_run_before_the_clock_was_set),
		cmocka_unit_test(another_request_is_a_mismatch),
		cmocka_unit_test(a_failure_frees_the_key),
		cmocka_unit_test(a_dead_run_and_an_old_answer_free_it_too),
		cmocka_unit_test(an_unknown_outcome_is_looked_up),
		cmocka_unit_test(one_of_many_twins_runs),
	};
	int status;

	conf = testdb_start();
	people_hurry(conf);
	cx = testdb_ctx(conf);
	ada = people_add(&cx, "ada");
	status = cmocka_run_group_tests(tests, NULL, NULL);
	testdb_ctx_free(&cx);
	return status;
}
