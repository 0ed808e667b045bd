/*
 * Money: what is held, captured, released and credited, and that many hands
 * can't take more than there is.
 */
#include "domain/power.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "people.h"

#define COMPLAINTS_MAX (64 * KIB)
#define DAY INT64_C(20000)

static struct conf *conf;
static struct ctx cx;
static struct account ada;

static int
setup(void **state)
{
	static int n;

	(void)state;
	ada = people_add(&cx, arena_printf(cx.arena, "ada%d", n++));
	return 0;
}

static struct power_hold
hold_of(const struct account *account, int64_t items, int64_t price)
{
	return (struct power_hold){
		.account = account,
		.task = uuid_new(),
		.items = items,
		.price = price,
		.limit = 1000000,
		.day = DAY,
		.day_ends_s = 60,
	};
}

static enum err
hold_work(struct ctx *c, void *arg)
{
	return power_hold(c, arg);
}

static enum err
settle_work(struct ctx *c, void *arg)
{
	return power_settle(c, arg);
}

static enum err
hold(struct power_hold *h)
{
	return db_transaction(&cx, hold_work, h);
}

static struct power_settle
settle_of(const struct power_hold *h, int64_t capture, int64_t release)
{
	return (struct power_settle){
		.account = ada.id,
		.task = h->task,
		.capture = capture,
		.release = release,
		.hd_back = release > 0 ? h->hd_taken : 0,
		.images_back = release > 0 ? h->items : 0,
		.day = h->day,
		.generated = capture > 0 ? 1 : 0,
	};
}

static void
audit_is_clean(void)
{
	struct buf complaints;
	int64_t faults;

	buf_init(&complaints, COMPLAINTS_MAX);
	assert_int_equal(power_audit(&cx, &complaints, &faults), ERR_OK);
	if (faults > 0)
		fail_msg("%s", buf_text(&complaints));
	buf_release(&complaints);
}

/* A hold without its task row would be a fault of the audit. */
static void
task_row(const struct power_hold *h, const char *end)
{
	char hex[33];

	for (size_t i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", h->task.b[i]);
	testdb_sql(&cx,
	    arena_printf(cx.arena,
		"INSERT INTO task (id, account_id, kind, state, provider_id,"
		" model_id, prompt, params, count, cost, quota_day,"
		" size_class, estimated_s, next_at, deadline_at, timeline,"
		" created_at, finished_at)"
		" SELECT UNHEX('%s'), id, 'text_to_image', '%s', 'dalle',"
		" 'dall-e-3', 'p', '{}', 1, %d, 1, 'small', 1, NOW(3), NOW(3),"
		" '', NOW(3), %s FROM account WHERE username = '%s'",
		hex, end == NULL ? "queued" : end, (int)h->held,
		end == NULL ? "NULL" : "NOW(3)", ada.username));
}

static void
a_new_account_has_what_it_is_given(void **state)
{
	struct power p;

	(void)state;
	power_of(&ada, &p);
	assert_int_equal(p.total, 50);
	assert_int_equal(p.used, 0);
	assert_int_equal(p.remaining, 50);
	assert_int_equal(p.gifted, 50);
	audit_is_clean();
}

static void
a_hold_is_used_and_a_release_is_not(void **state)
{
	struct power_hold h = hold_of(&ada, 3, 4);
	struct power_settle back;
	struct account now;
	struct power p;

	(void)state;
	assert_int_equal(hold(&h), ERR_OK);
	assert_int_equal(h.held, 12);
	now = people_look(&cx, &ada);
	power_of(&now, &p);
	assert_int_equal(p.total, 50);
	assert_int_equal(p.used, 12);
	assert_int_equal(p.remaining, 38);
	assert_int_equal(now.images_today, 3);

	back = settle_of(&h, 0, 12);
	assert_int_equal(db_transaction(&cx, settle_work, &back), ERR_OK);
	now = people_look(&cx, &ada);
	power_of(&now, &p);
	assert_int_equal(p.total, 50);
	assert_int_equal(p.used, 0);
	assert_int_equal(now.images_today, 0);
	task_row(&h, "failed");
	audit_is_clean();
}

static void
a_capture_comes_once(void **state)
{
	struct power_hold h = hold_of(&ada, 1, 5);
	struct power_settle end;
	struct account now;

	(void)state;
	assert_int_equal(hold(&h), ERR_OK);
	task_row(&h, "done");
	end = settle_of(&h, 5, 0);
	assert_int_equal(db_transaction(&cx, settle_work, &end), ERR_OK);
	/* a second one finds nothing held, or the unique key */
	assert_int_not_equal(db_transaction(&cx, settle_work, &end), ERR_OK);
	now = people_look(&cx, &ada);
	assert_int_equal(now.power_spent, 5);
	assert_int_equal(now.power_held, 0);
	assert_int_equal(now.power_available, 45);
	assert_int_equal(now.generated, 1);
	audit_is_clean();
}

static void
a_second_settlement_of_one_of_two_tasks_is_refused(void **state)
{
	struct power_hold a = hold_of(&ada, 1, 5), b = hold_of(&ada, 1, 5);
	struct power_settle end;

	(void)state;
	assert_int_equal(hold(&a), ERR_OK);
	assert_int_equal(hold(&b), ERR_OK);
	task_row(&a, "done");
	task_row(&b, NULL);
	end = settle_of(&a, 5, 0);
	assert_int_equal(db_transaction(&cx, settle_work, &end), ERR_OK);
	assert_int_equal(db_transaction(&cx, settle_work, &end), ERR_CONFLICT);
	end = settle_of(&a, 0, 5);
	assert_int_equal(db_transaction(&cx, settle_work, &end), ERR_OK);
	/* release after capture: two keys, so the audit must see it */
	{
		struct buf complaints;
		int64_t faults;

		buf_init(&complaints, COMPLAINTS_MAX);
		assert_int_equal(
		    power_audit(&cx, &complaints, &faults), ERR_OK);
		assert_true(faults > 0);
		buf_release(&complaints);
	}
	testdb_sql(&cx, "DELETE FROM power_transfer; DELETE FROM task;"
			"DELETE FROM account");
}

static void
too_little_is_refused_with_figures(void **state)
{
	struct power_hold h = hold_of(&ada, 4, 13);

	(void)state;
	assert_int_equal(hold(&h), ERR_INSUFFICIENT_POWER);
	assert_non_null(strstr(cx.fault.extra, "\"needed\":52"));
	assert_non_null(strstr(cx.fault.extra, "\"remaining\":50"));
	assert_int_equal(people_look(&cx, &ada).power_available, 50);
	audit_is_clean();
}

static void
the_day_has_a_limit_and_ends(void **state)
{
	struct power_hold h = hold_of(&ada, 3, 1);

	(void)state;
	h.limit = 5;
	assert_int_equal(hold(&h), ERR_OK);
	task_row(&h, NULL);
	h = hold_of(&ada, 3, 1);
	h.limit = 5;
	assert_int_equal(hold(&h), ERR_DAILY_IMAGE_LIMIT);
	assert_int_equal(cx.fault.retry_after_s, 60);
	h = hold_of(&ada, 3, 1);
	h.limit = 5;
	h.film = true;
	assert_int_equal(hold(&h), ERR_OK);
	task_row(&h, NULL);
	h = hold_of(&ada, 5, 1);
	h.limit = 5;
	h.day = DAY + 1;
	assert_int_equal(hold(&h), ERR_OK);
	task_row(&h, NULL);
	assert_int_equal(people_look(&cx, &ada).images_today, 5);
	assert_int_equal(people_look(&cx, &ada).videos_today, 0);
	audit_is_clean();
}

static void
what_failed_yesterday_gives_nothing_back_today(void **state)
{
	struct power_hold old = hold_of(&ada, 3, 1), h = hold_of(&ada, 2, 1);
	struct power_settle back;

	(void)state;
	assert_int_equal(hold(&old), ERR_OK);
	task_row(&old, "failed");
	h.day = DAY + 1;
	assert_int_equal(hold(&h), ERR_OK);
	task_row(&h, NULL);
	back = settle_of(&old, 0, 3);
	assert_int_equal(db_transaction(&cx, settle_work, &back), ERR_OK);
	assert_int_equal(people_look(&cx, &ada).images_today, 2);
	audit_is_clean();
}

static void
a_day_that_has_ended_does_not_come_back(void **state)
{
	struct power_hold h = hold_of(&ada, 5, 1);
	struct account now;

	(void)state;
	h.limit = 5;
	h.day = DAY + 1;
	assert_int_equal(hold(&h), ERR_OK);
	task_row(&h, NULL);
	/* a request that was under way at midnight */
	h = hold_of(&ada, 1, 1);
	h.limit = 5;
	assert_int_equal(hold(&h), ERR_DAILY_IMAGE_LIMIT);
	h.limit = 6;
	assert_int_equal(hold(&h), ERR_OK);
	task_row(&h, NULL);
	now = people_look(&cx, &ada);
	assert_int_equal(now.quota_day, DAY + 1);
	assert_int_equal(now.images_today, 6);
	/* but nobody waits for the day of a clock that was wrong */
	testdb_sql(&cx, "UPDATE account SET quota_day = quota_day + 1000");
	h = hold_of(&ada, 5, 1);
	h.limit = 5;
	assert_int_equal(hold(&h), ERR_OK);
	task_row(&h, NULL);
	assert_int_equal(people_look(&cx, &ada).images_today, 5);
	audit_is_clean();
}

static void
high_definition_takes_the_plan_first(void **state)
{
	struct power_hold h;
	int64_t taken;

	(void)state;
	testdb_sql(&cx, arena_printf(cx.arena,
			    "UPDATE account SET hd_count = 2"
			    " WHERE username = '%s'",
			    ada.username));
	h = hold_of(&ada, 3, 2);
	h.hd = true;
	assert_int_equal(power_price(&h, 2, &taken), 8);
	assert_int_equal(taken, 2);
	assert_int_equal(power_price(&h, 0, &taken), 12);
	/* the request read the account before it was given the plan */
	assert_int_equal(hold(&h), ERR_OK);
	assert_true(h.held == 12 || h.held == 8);
	task_row(&h, NULL);
	audit_is_clean();
}

static void
grab(struct ctx *c, struct people_hand *hand)
{
	const struct account *account = hand->arg;

	for (int i = 0; i < 40; i++) {
		struct power_hold h = hold_of(account, 1, 1);

		if (db_transaction(c, hold_work, &h) == ERR_OK)
			hand->done++;
		else
			assert_int_equal(c->fault.err, ERR_INSUFFICIENT_POWER);
		arena_reset(c->arena);
	}
}

static void
many_hands_take_exactly_what_is_there(void **state)
{
	(void)state;
	assert_int_equal(people_at_once(conf, grab, &ada), 50);
	assert_int_equal(people_look(&cx, &ada).power_available, 0);
	assert_int_equal(people_look(&cx, &ada).power_held, 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    a_new_account_has_what_it_is_given, setup),
		cmocka_unit_test_setup(
		    a_hold_is_used_and_a_release_is_not, setup),
		cmocka_unit_test_setup(a_capture_comes_once, setup),
		cmocka_unit_test_setup(
		    too_little_is_refused_with_figures, setup),
		cmocka_unit_test_setup(the_day_has_a_limit_and_ends, setup),
		cmocka_unit_test_setup(
		    what_failed_yesterday_gives_nothing_back_today, setup),
		cmocka_unit_test_setup(
		    a_day_that_has_ended_does_not_come_back, setup),
		cmocka_unit_test_setup(
		    high_definition_takes_the_plan_first, setup),
		cmocka_unit_test_setup(
		    a_second_settlement_of_one_of_two_tasks_is_refused, setup),
		cmocka_unit_test_setup(
		    many_hands_take_exactly_what_is_there, setup),
	};
	int status;

	conf = testdb_start();
	people_hurry(conf);
	cx = testdb_ctx(conf);
	status = cmocka_run_group_tests(tests, NULL, NULL);
	testdb_ctx_free(&cx);
	return status;
}
