/*
 * Events get gapless numbers after their commit, whatever the order of ids.
 */
#include "domain/event.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/conf.h"
#include "core/db.h"
#include "people.h"

static struct conf *conf;
static struct ctx cx, other;
static struct uuid ann, bob;

static int
setup(void **state)
{
	(void)state;
	testdb_sql(&cx,
	    "DELETE FROM event;"
	    "UPDATE event_sequence SET last_seq = 0, first_kept = 1");
	return 0;
}

static void
tell(struct ctx *who, const struct uuid *account, const char *body)
{
	assert_int_equal(event_append(who, account, NULL, body), ERR_OK);
}

static size_t
number(struct ctx *who)
{
	size_t count;

	assert_int_equal(event_number(who, &count), ERR_OK);
	return count;
}

/* The bodies of what is read, one after the other. */
static const char *
heard(int64_t after, size_t max)
{
	struct event *events;
	size_t count;
	const char *all = "";

	assert_int_equal(event_since(&cx, after, max, &events, &count), ERR_OK);
	for (size_t i = 0; i < count; i++)
		all = arena_printf(cx.arena, "%s%s", all, events[i].body);
	return all;
}

static void
events_are_numbered_without_gaps(void **state)
{
	int64_t last, first;

	(void)state;
	assert_int_equal(number(&cx), 0);
	tell(&cx, &ann, "{1}");
	tell(&cx, &bob, "{2}");
	assert_string_equal(heard(0, 9), "");
	assert_int_equal(number(&cx), 2);
	tell(&cx, &ann, "{3}");
	assert_int_equal(number(&cx), 1);
	assert_int_equal(number(&cx), 0);
	assert_string_equal(heard(0, 9), "{1}{2}{3}");
	assert_string_equal(heard(0, 2), "{1}{2}");
	assert_string_equal(heard(2, 9), "{3}");
	assert_string_equal(heard(3, 9), "");
	assert_int_equal(event_bounds(&cx, &last, &first), ERR_OK);
	assert_int_equal(last, 3);
	assert_int_equal(first, 1);
}

static enum err
slow_work(struct ctx *who, void *arg)
{
	(void)arg;
	tell(who, &ann, "{slow}");
	/* Meanwhile others write, commit and are read. */
	tell(&cx, &bob, "{quick}");
	assert_int_equal(number(&cx), 1);
	assert_string_equal(heard(0, 9), "{quick}");
	return ERR_OK;
}

static void
a_late_commit_is_numbered_late(void **state)
{
	(void)state;
	assert_int_equal(db_transaction(&other, slow_work, NULL), ERR_OK);
	assert_string_equal(heard(1, 9), "");
	assert_int_equal(number(&cx), 1);
	assert_string_equal(heard(1, 9), "{slow}");
}

static enum err
failing_work(struct ctx *who, void *arg)
{
	(void)arg;
	tell(who, &ann, "{never}");
	return ERR_NOT_FOUND;
}

static void
a_rolled_back_event_leaves_no_hole(void **state)
{
	(void)state;
	tell(&cx, &ann, "{1}");
	assert_int_equal(
	    db_transaction(&other, failing_work, NULL), ERR_NOT_FOUND);
	tell(&cx, &ann, "{2}");
	assert_int_equal(number(&cx), 2);
	assert_string_equal(heard(0, 9), "{1}{2}");
}

static enum err
locking_work(struct ctx *who, void *arg)
{
	(void)arg;
	testdb_sql(who, "SELECT id FROM event WHERE body = '{2}' FOR UPDATE");
	/* Only what comes before the locked one, so that the order holds. */
	assert_int_equal(number(&cx), 1);
	assert_int_equal(number(&cx), 0);
	return ERR_OK;
}

static void
a_committed_event_that_is_locked_keeps_its_place(void **state)
{
	(void)state;
	tell(&cx, &ann, "{1}");
	tell(&cx, &ann, "{2}");
	tell(&cx, &ann, "{3}");
	assert_int_equal(db_transaction(&other, locking_work, NULL), ERR_OK);
	assert_int_equal(number(&cx), 2);
	assert_string_equal(heard(0, 9), "{1}{2}{3}");
}

static void
readers_stop_at_a_hole(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		tell(&cx, &ann, "{}");
	assert_int_equal(number(&cx), 5);
	testdb_sql(&cx, "UPDATE event SET seq = 100 WHERE seq = 3");
	assert_string_equal(heard(0, 9), "{}{}");
	/* What locks can't find either is gone: an administrator's doing. */
	assert_string_equal(heard(2, 9), "{}{}");
}

static void
one_account_hears_its_own(void **state)
{
	struct event *events;
	size_t count;

	(void)state;
	for (int i = 0; i < 6; i++)
		tell(&cx, i % 2 == 0 ? &ann : &bob, "{}");
	assert_int_equal(number(&cx), 6);
	assert_int_equal(
	    event_since_of(&cx, &bob, 2, 5, 9, &events, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_int_equal(events[0].seq, 4);
	assert_true(uuid_equal(&events[0].account_id, &bob));
}

static void
messages_carry_number_and_time(void **state)
{
	struct event event = { .seq = 7,
		.body = "{\"type\":\"x\"}",
		.created_at = { INT64_C(1706284800000) } };

	(void)state;
	assert_string_equal(event_message(&cx, &event),
	    "{\"type\":\"x\",\"eventId\":7,\"at\":\"2024-01-26T16:00:00Z\"}");
	event.body = "{}";
	assert_string_equal(event_message(&cx, &event),
	    "{\"eventId\":7,\"at\":\"2024-01-26T16:00:00Z\"}");
}

static void
old_events_go(void **state)
{
	int64_t last, first;
	size_t count;

	(void)state;
	for (int i = 0; i < 5; i++)
		tell(&cx, &ann, "{}");
	assert_int_equal(number(&cx), 5);
	testdb_sql(&cx, "UPDATE event SET created_at = NOW(3) - INTERVAL 2 DAY"
			" WHERE seq <= 3");
	assert_int_equal(event_prune(&cx, 2, &count), ERR_OK);
	assert_int_equal(count, 2);
	assert_int_equal(event_prune(&cx, 100, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_int_equal(event_prune(&cx, 100, &count), ERR_OK);
	assert_int_equal(count, 0);
	assert_int_equal(event_bounds(&cx, &last, &first), ERR_OK);
	assert_int_equal(last, 5);
	assert_int_equal(first, 4);
	assert_string_equal(heard(3, 9), "{}{}");
}

/* On a site without a notifier whose clients never ask. */
static void
old_events_that_nobody_numbered_go_too(void **state)
{
	int64_t last, first;
	size_t count;

	(void)state;
	for (int i = 0; i < 3; i++)
		tell(&cx, &ann, "{}");
	testdb_sql(&cx, "UPDATE event SET created_at = NOW(3) - INTERVAL 2 DAY"
			" ORDER BY id LIMIT 2");
	assert_int_equal(event_prune(&cx, 100, &count), ERR_OK);
	assert_int_equal(count, 2);
	assert_int_equal(event_bounds(&cx, &last, &first), ERR_OK);
	assert_int_equal(first, 3);
	assert_string_equal(heard(2, 9), "{}");
}

#define EACH 200

/* Writers that commit, roll back and number at the same time. */
static void
write_and_number(struct ctx *who, struct people_hand *hand)
{
	for (int i = 0; i < EACH; i++) {
		if (i % 10 == 0)
			assert_int_equal(
			    db_transaction(who, failing_work, NULL),
			    ERR_NOT_FOUND);
		tell(who, hand->arg, "{}");
		hand->done++;
		if (i % 7 == 0)
			(void)number(who);
		arena_reset(who->arena);
	}
}

static void
many_sequencers_are_one(void **state)
{
	int64_t last, first, written, seen = 0;
	struct event *events;
	size_t count;

	(void)state;
	written = people_at_once(conf, write_and_number, &ann);
	while (number(&cx) > 0)
		continue;
	assert_int_equal(event_bounds(&cx, &last, &first), ERR_OK);
	assert_int_equal(last, written);
	do {
		assert_int_equal(
		    event_since(&cx, seen, 512, &events, &count), ERR_OK);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(events[i].seq, ++seen);
		arena_reset(cx.arena);
	} while (count > 0);
	assert_int_equal(seen, written);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(events_are_numbered_without_gaps, setup),
		cmocka_unit_test_setup(a_late_commit_is_numbered_late, setup),
		cmocka_unit_test_setup(
		    a_rolled_back_event_leaves_no_hole, setup),
		cmocka_unit_test_setup(
		    a_committed_event_that_is_locked_keeps_its_place, setup),
		cmocka_unit_test_setup(readers_stop_at_a_hole, setup),
		cmocka_unit_test_setup(one_account_hears_its_own, setup),
		cmocka_unit_test_setup(messages_carry_number_and_time, setup),
		cmocka_unit_test_setup(old_events_go, setup),
		cmocka_unit_test_setup(
		    old_events_that_nobody_numbered_go_too, setup),
		cmocka_unit_test_setup(many_sequencers_are_one, setup),
	};
	int status;

	conf = testdb_start();
	people_hurry(conf);
	cx = testdb_ctx(conf);
	other = testdb_ctx(conf);
	ann = people_add(&cx, "ann").id;
	bob = people_add(&cx, "bob").id;
	status = cmocka_run_group_tests(tests, NULL, NULL);
	testdb_ctx_free(&other);
	testdb_ctx_free(&cx);
	return status;
}
