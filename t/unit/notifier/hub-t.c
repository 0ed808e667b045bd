/*
 * Each connection is told everything of its account from where it began, once
 * and in order, from wherever that is to be had; or it is closed.
 */
#include "hub.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"
#include "ring.h"

#define FAR_MS INT64_MAX

static struct hub *hub;
static struct letter *asked; /* the last, NULL: nothing was asked */
static size_t asked_count, woken;
static struct uuid ann, bob;
static int handle; /* its address stands for a socket */

static void
wake(void *arg, void *who)
{
	(void)arg;
	assert_ptr_equal(who, &handle);
	woken++;
}

static void
ask(void *arg, struct letter *l)
{
	(void)arg;
	if (asked != NULL)
		letter_free(asked);
	asked = l;
	asked_count++;
}

static int
setup(void **state)
{
	const struct hub_calls calls = { NULL, wake, ask };

	(void)state;
	hub = hub_new(&calls);
	asked = NULL;
	asked_count = woken = 0;
	ann = uuid_new();
	bob = uuid_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	if (asked != NULL)
		letter_free(asked);
	hub_free(hub);
	return 0;
}

/* Events first..last, of everybody in turns of ann and bob: odd ones ann's. */
static void
happen_more(int64_t first, int64_t last, bool more)
{
	struct letter *l = letter_new(LETTER_EVENTS);

	l->after = first - 1;
	l->more = more;
	letter_hold_messages(l, (size_t)(last - first + 1));
	for (int64_t seq = first; seq <= last; seq++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "%" PRId64, seq);
		l->messages[l->message_count++] =
		    message_new(seq, seq % 2 == 1 ? &ann : &bob, text);
	}
	hub_events(hub, l);
	letter_free(l);
}

static void
happen(int64_t first, int64_t last)
{
	happen_more(first, last, false);
}

static struct connection *
join(const struct uuid *account, int64_t since, int64_t reset)
{
	const struct admission a = { .fd = -1,
		.session = { .account = *account },
		.expires_ms = FAR_MS,
		.since = since,
		.reset = reset };
	struct connection *c = hub_join(hub, &a);

	hub_greet(hub, c, &handle);
	return c;
}

/* Takes what there is, at most max: the sum of the numbers in *sum_out. */
static size_t
take(struct connection *c, size_t max, int64_t *sum_out)
{
	const struct message *m;
	int64_t last = 0;
	size_t n = 0;

	*sum_out = 0;
	for (; n < max && (m = hub_next(c)) != NULL; n++) {
		if (m->seq != 0)
			assert_true(m->seq > last);
		last = m->seq;
		*sum_out += m->seq;
		hub_sent(hub, c);
	}
	return n;
}

static void
says(struct connection *c, const char *text)
{
	const struct message *m = hub_next(c);

	assert_non_null(m);
	assert_int_equal(m->len, strlen(text));
	assert_memory_equal(m->bytes + MESSAGE_ROOM, text, m->len);
	hub_sent(hub, c);
}

static void
new_ones_go_to_their_account(void **state)
{
	struct connection *c;
	int64_t sum;

	(void)state;
	assert_false(hub_ready(hub));
	happen_more(1, 2, true);
	assert_false(hub_ready(hub));
	happen(3, 4);
	assert_true(hub_ready(hub));
	c = join(&ann, INT_NONE, INT_NONE);
	says(c, "{\"type\":\"hello\",\"eventId\":4}");
	assert_null(hub_next(c));
	woken = 0;
	happen(5, 10);
	assert_int_equal(woken, 1);
	assert_int_equal(take(c, 99, &sum), 3);
	assert_int_equal(sum, 5 + 7 + 9);
	hub_leave(hub, c);
}

static void
a_little_is_told_again_from_memory(void **state)
{
	struct connection *c;
	int64_t sum;

	(void)state;
	happen(1, 1000);
	c = join(&ann, 500, INT_NONE);
	says(c, "{\"type\":\"hello\",\"eventId\":500}");
	assert_int_equal(take(c, 100, &sum), 100);
	happen(1001, 1010); /* while it is behind */
	assert_int_equal(take(c, 999, &sum), 250 - 100 + 5);
	happen(1011, 1012);
	assert_int_equal(take(c, 999, &sum), 1);
	assert_int_equal(sum, 1011);
	assert_int_equal(asked_count, 0);
	hub_leave(hub, c);
}

static void
the_rest_is_asked_for(void **state)
{
	struct connection *c;
	struct letter *l;
	int64_t sum;

	(void)state;
	happen(1001, 1010); /* the ring begins behind 1000 */
	c = join(&ann, 990, INT_NONE);
	says(c, "{\"type\":\"hello\",\"eventId\":990}");
	assert_int_equal(asked_count, 1);
	l = asked;
	asked = NULL;
	assert_int_equal(l->after, 990);
	assert_int_equal(l->upto, 1010);
	assert_true(uuid_equal(&l->account, &ann));
	happen(1011, 1012);
	assert_null(hub_next(c)); /* first the old ones */
	letter_hold_messages(l, 1);
	l->messages[l->message_count++] = message_new(995, &ann, "995");
	l->upto = 995;
	hub_replayed(hub, l);
	letter_free(l);
	says(c, "995");
	assert_int_equal(asked->after, 995);
	l = asked;
	asked = NULL;
	hub_leave(hub, c);
	hub_replayed(hub, l); /* it has left meanwhile */
	letter_free(l);

	c = join(&ann, 10, 1000);
	says(c, "{\"type\":\"hello\",\"eventId\":1000}");
	says(c, "{\"type\":\"reset\",\"eventId\":1000}");
	assert_int_equal(take(c, 99, &sum), 6);
	hub_leave(hub, c);
}

static void
who_is_ahead_of_us_hears_nothing_twice(void **state)
{
	struct connection *c;
	int64_t sum;

	(void)state;
	happen(1, 10);
	c = join(&ann, 15, INT_NONE); /* another notifier was quicker */
	says(c, "{\"type\":\"hello\",\"eventId\":15}");
	happen(11, 20);
	assert_int_equal(take(c, 99, &sum), 2);
	assert_int_equal(sum, 17 + 19);
	hub_leave(hub, c);
}

static void
a_full_backlog_closes(void **state)
{
	struct connection *c, *reader;

	(void)state;
	happen(1, 1);
	c = join(&ann, INT_NONE, INT_NONE);
	reader = join(&bob, INT_NONE, INT_NONE);
	for (int64_t seq = 2; seq < 2 + 2 * BACKLOG_MESSAGES; seq += 2) {
		int64_t sum;

		assert_int_equal(hub_closing(c), CLOSE_NONE);
		happen(seq, seq + 1);
		(void)take(reader, 99, &sum);
	}
	assert_int_equal(hub_closing(c), CLOSE_TOO_SLOW);
	assert_null(hub_next(c));
	assert_int_equal(hub_closing(reader), CLOSE_NONE);
	hub_leave(hub, c);
	hub_leave(hub, reader);
}

/* As long as the database is away the same question does not pile up. */
static void
sessions_are_asked_for_once_at_a_time(void **state)
{
	struct connection *all[SESSION_WATCH_MAX + 1];
	struct letter *l;

	(void)state;
	happen(1, 1);
	hub_watch(hub);
	assert_int_equal(asked_count, 0);
	for (size_t i = 0; i <= SESSION_WATCH_MAX; i++)
		all[i] = join(&ann, INT_NONE, INT_NONE);
	hub_watch(hub);
	assert_int_equal(asked_count, 2);
	assert_int_equal(asked->session_count, 1);
	hub_watch(hub);
	assert_int_equal(asked_count, 2);
	l = letter_new(LETTER_WATCH); /* the first: none has ended */
	hub_ended(hub, l);
	letter_free(l);
	hub_watch(hub);
	assert_int_equal(asked_count, 2);
	hub_ended(hub, asked); /* the second: its one has */
	assert_int_equal(
	    hub_closing(all[SESSION_WATCH_MAX]), CLOSE_UNAUTHENTICATED);
	hub_watch(hub);
	assert_int_equal(asked_count, 4);
	hub_expire(hub, FAR_MS - 1);
	assert_int_equal(hub_closing(all[0]), CLOSE_NONE);
	hub_end(hub, CLOSE_GOING_AWAY);
	assert_int_equal(hub_closing(all[0]), CLOSE_GOING_AWAY);
	for (size_t i = 0; i <= SESSION_WATCH_MAX; i++)
		hub_leave(hub, all[i]);
	assert_int_equal(hub_count(hub), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    new_ones_go_to_their_account, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_little_is_told_again_from_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_rest_is_asked_for, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    who_is_ahead_of_us_hears_nothing_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_full_backlog_closes, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    sessions_are_asked_for_once_at_a_time, setup, teardown),
	};

	return cmocka_run_group_tests_name("hub", tests, NULL, NULL);
}
