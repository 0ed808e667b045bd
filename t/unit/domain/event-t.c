/*
 * Events are numbered after their commit, without gaps, whoever numbers them,
 * and none is skipped.
 */
#include "domain/event.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "people.h"

#define WRITES 60

static struct conf *conf;
static struct ctx cx;
static struct account ada, ben;
static atomic_int hands;

static size_t
number_all(void)
{
	size_t count, sum = 0;

	do {
		assert_int_equal(event_number(&cx, &count), ERR_OK);
		sum += count;
	} while (count > 0);
	return sum;
}

static int64_t
last(void)
{
	int64_t seq, kept;

	assert_int_equal(event_bounds(&cx, &seq, &kept), ERR_OK);
	return seq;
}

struct telling {
	const struct account *who;
	const char *body;
	bool fail;
};

static enum err
tell_work(struct ctx *c, void *arg)
{
	const struct telling *t = arg;
	enum err e = event_append(c, &t->who->id, NULL, t->body);

	return e != ERR_OK ? e : t->fail ? ERR_NOT_READY : ERR_OK;
}

static void
tell(const struct account *who, const char *body)
{
	struct telling t = { who, body, false };

	assert_int_equal(db_transaction(&cx, tell_work, &t), ERR_OK);
}

static void
numbers_come_in_order_without_gaps(void **state)
{
	struct telling lost = { &ada, "{\"n\":0}", true };
	int64_t before = last();
	struct event *events;
	size_t count;

	(void)state;
	tell(&ada, "{\"n\":1}");
	assert_int_equal(db_transaction(&cx, tell_work, &lost), ERR_NOT_READY);
	tell(&ben, "{\"n\":2}");
	tell(&ada, "{\"n\":3}");
	assert_int_equal(event_since(&cx, before, 10, &events, &count), ERR_OK);
	assert_int_equal(count, 0);
	assert_int_equal(number_all(), 3);
	assert_int_equal(number_all(), 0);
	assert_int_equal(last(), before + 3);
	assert_int_equal(event_since(&cx, before, 10, &events, &count), ERR_OK);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(events[i].seq, before + 1 + (int64_t)i);
	assert_string_equal(events[1].body, "{\"n\":2}");
	assert_int_equal(
	    event_since_of(&cx, &ada.id, before, last(), 10, &events, &count),
	    ERR_OK);
	assert_int_equal(count, 2);
	assert_string_equal(events[1].body, "{\"n\":3}");
	assert_int_equal(event_since_of(&cx, &ada.id, before, before + 1, 10,
			     &events, &count),
	    ERR_OK);
	assert_int_equal(count, 1);
}

static void
a_reader_stops_at_a_hole(void **state)
{
	int64_t before = last();
	struct event *events;
	size_t count;

	(void)state;
	for (int i = 0; i < 4; i++)
		tell(&ada, "{\"n\":1}");
	number_all();
	testdb_sql(&cx, arena_printf(cx.arena,
			    "UPDATE event SET seq = NULL WHERE seq = %" PRId64,
			    before + 3));
	assert_int_equal(event_since(&cx, before, 10, &events, &count), ERR_OK);
	assert_int_equal(count, 2);
	testdb_sql(
	    &cx, arena_printf(cx.arena,
		     "UPDATE event SET seq = %" PRId64 " WHERE seq IS NULL",
		     before + 3));
}

static void
a_message_has_its_number_and_time(void **state)
{
	struct event event = {
		.seq = 7,
		.body = "{\"type\":\"task_progress\"}",
		.created_at = { INT64_C(1706284800123) },
	};

	(void)state;
	assert_string_equal(event_message(&cx, &event),
	    "{\"type\":\"task_progress\",\"eventId\":7,"
	    "\"at\":\"2024-01-26T16:00:00Z\"}");
}

/* Every other hand numbers, the others write; one of eight writes is rolled
 * back. */
static void
write_or_number(struct ctx *c, struct people_hand *hand)
{
	bool writes = atomic_fetch_add(&hands, 1) % 2 == 0;
	size_t count;

	for (int i = 0; i < WRITES; i++) {
		struct telling t = { hand->arg, "{\"n\":1}", i % 8 == 7 };
		enum err e;

		if (writes)
			e = db_transaction(c, tell_work, &t);
		else
			e = event_number(c, &count);
		assert_int_equal(e, writes && t.fail ? ERR_NOT_READY : ERR_OK);
		if (writes && !t.fail)
			hand->done++;
	}
}

static void
many_writers_and_sequencers_lose_nothing(void **state)
{
	int64_t before = last(), written;
	struct event *events;
	size_t count;

	(void)state;
	written = people_at_once(conf, write_or_number, &ada);
	assert_true(written > 0);
	number_all();
	assert_int_equal(last(), before + written);
	assert_int_equal(
	    event_since(&cx, before, 10000, &events, &count), ERR_OK);
	assert_int_equal(count, written);
}

static void
the_old_are_dropped_from_the_front(void **state)
{
	int64_t first, end;
	struct event *events;
	size_t count, sum = 0;

	(void)state;
	number_all();
	assert_int_equal(event_bounds(&cx, &end, &first), ERR_OK);
	testdb_sql(&cx, "UPDATE event SET created_at = NOW(3)"
			" - INTERVAL 25 HOUR");
	tell(&ada, "{\"n\":\"young\"}");
	number_all();
	do {
		assert_int_equal(event_prune(&cx, 10, &count), ERR_OK);
		assert_true(count <= 10);
		sum += count;
	} while (count > 0);
	assert_int_equal(sum, end - first + 1);
	assert_int_equal(event_bounds(&cx, &end, &first), ERR_OK);
	assert_int_equal(first, end);
	assert_int_equal(
	    event_since(&cx, first - 1, 10, &events, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_string_equal(events[0].body, "{\"n\":\"young\"}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_come_in_order_without_gaps),
		cmocka_unit_test(a_reader_stops_at_a_hole),
		cmocka_unit_test(a_message_has_its_number_and_time),
		cmocka_unit_test(many_writers_and_sequencers_lose_nothing),
		cmocka_unit_test(the_old_are_dropped_from_the_front),
	};
	int status;

	conf = testdb_start();
	people_hurry(conf);
	cx = testdb_ctx(conf);
	ada = people_add(&cx, "ada");
	ben = people_add(&cx, "ben");
	status = cmocka_run_group_tests(tests, NULL, NULL);
	testdb_ctx_free(&cx);
	return status;
}
