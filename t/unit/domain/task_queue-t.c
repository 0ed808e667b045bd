/*
 * The queue: who may have a task, what a late holder finds, and what each end
 * costs.
 */
#include "domain/task_queue.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "domain/power.h"
#include "domain/task.h"
#include "people.h"

#define OWNER "here:1:aa"
#define OTHER "there:2:bb"

static struct conf *conf;
static struct ctx cx;
static struct account ada;

static int
setup(void **state)
{
	static int n;

	(void)state;
	testdb_sql(&cx, "UPDATE provider SET enabled = TRUE, concurrency = 16"
			" WHERE id = 'dalle';"
			"UPDATE task SET next_at = NOW(3) + INTERVAL 1 DAY,"
			" deadline_at = next_at, lease_until = NULL,"
			" lease_owner = NULL");
	ada = people_add(&cx, arena_printf(cx.arena, "ada%d", n++));
	return 0;
}

static enum err
no_seal(struct ctx *c, const struct task_receipt *receipt, void *arg)
{
	(void)c;
	*(struct uuid *)arg = receipt->task_id;
	return ERR_OK;
}

/* A task of so many pictures. */
static struct uuid
task_of(int64_t images)
{
	struct task_new in = {
		.kind = task_kind_find("text_to_image"),
		.prompt = "a kite",
		.width = 1024,
		.height = 1024,
		.num_images = images,
		.seed = INT_NONE,
		.provider = "dalle",
		.model = "dall-e-3",
	};
	struct account now;
	struct uuid id;

	assert_int_equal(account_find(&cx, &ada.id, &now), ERR_OK);
	assert_int_equal(task_submit(&cx, &now, &in, no_seal, &id), ERR_OK);
	return id;
}

/* The claims of an owner, at most max; the only one in *out. */
static size_t
claim_by(const char *owner, size_t max, struct task_claim **out)
{
	size_t count;

	assert_int_equal(
	    task_queue_claim(&cx, owner, "dalle", max, out, &count), ERR_OK);
	return count;
}

static struct task_claim *
claimed(void)
{
	struct task_claim *t;

	assert_int_equal(claim_by(OWNER, 10, &t), 1);
	return t;
}

static struct task_claim *
rescued(void)
{
	struct task_claim *t;
	size_t count;

	assert_int_equal(task_queue_rescue(&cx, OTHER, 10, &t, &count), ERR_OK);
	assert_int_equal(count, 1);
	return t;
}

static void
lease_ends(void)
{
	testdb_sql(&cx, "UPDATE task SET lease_until = NOW(3) - INTERVAL 1"
			" SECOND, next_at = NOW(3) WHERE lease_owner IS NOT"
			" NULL");
}

static struct task_item
item_of(int64_t width)
{
	struct task_item item = {
		.media = uuid_new(),
		.thumbnail = uuid_new(),
		.mime = "image/png",
		.extension = "png",
		.thumbnail_mime = "image/jpeg",
		.thumbnail_extension = "jpg",
		.bytes = 100,
		.thumbnail_bytes = 10,
		.width = width,
		.height = width,
		.thumbnail_width = 320,
		.thumbnail_height = 320,
		.duration_ms = INT_NONE,
		.seed = 7,
		.made = "{\"size\":\"1024x1024\"}",
	};

	return item;
}

static enum err
end(struct task_claim *t, enum err reason, size_t count)
{
	struct task_item items[4] = { item_of(1024), item_of(1024),
		item_of(1024), item_of(1024) };
	struct task_end e = { reason, items, count };

	return task_queue_end(&cx, t, &e);
}

static void
ledger_is_right(void)
{
	struct buf complaints;
	int64_t faults;

	buf_init(&complaints, 64 * KIB);
	assert_int_equal(power_audit(&cx, &complaints, &faults), ERR_OK);
	if (faults > 0)
		fail_msg("%s", buf_text(&complaints));
	buf_release(&complaints);
}

static enum err
step_to(struct task_claim *t, enum task_state to)
{
	struct task_step step = { .to = to };

	return task_queue_step(&cx, t, &step);
}

static void
a_claimed_task_is_nobody_elses(void **state)
{
	struct uuid id = task_of(1);
	struct task_claim *t = claimed(), *none;
	struct task_demand *demand;
	size_t count;

	(void)state;
	assert_true(uuid_equal(&t->id, &id));
	assert_string_equal(t->state, "queued");
	assert_int_equal(t->lease_token, 1);
	assert_true(t->left_ms > 0);
	assert_int_equal(claim_by(OTHER, 10, &none), 0);
	assert_int_equal(task_queue_demand(&cx, &demand, &count), ERR_OK);
	assert_int_equal(count, 0);
	assert_int_equal(end(t, ERR_OK, 1), ERR_OK);
}

static void
a_vendors_room_counts_all_pollers(void **state)
{
	struct task_claim *a, *b;

	(void)state;
	testdb_sql(
	    &cx, "UPDATE provider SET concurrency = 3 WHERE id = 'dalle'");
	for (int i = 0; i < 5; i++)
		task_of(1);
	assert_int_equal(claim_by(OWNER, 2, &a), 2);
	assert_int_equal(claim_by(OTHER, 10, &b), 1);
	assert_int_equal(claim_by(OTHER, 10, &b), 0);
	assert_int_equal(end(&a[0], ERR_OK, 1), ERR_OK);
	assert_int_equal(claim_by(OTHER, 10, &b), 1);
}

static void
a_late_holder_must_stop(void **state)
{
	struct task_claim *late, *new;
	struct task_pulse pulse;

	(void)state;
	task_of(1);
	late = claimed();
	assert_int_equal(step_to(late, TASK_SUBMITTING), ERR_OK);
	lease_ends();
	new = rescued();
	assert_int_equal(new->lease_token, 2);
	assert_string_equal(new->state, "submitting");
	assert_int_equal(step_to(late, TASK_RUNNING), ERR_CONFLICT);
	assert_int_equal(end(late, ERR_OK, 1), ERR_CONFLICT);
	pulse = (struct task_pulse){ .claim = late, .progress = 50 };
	assert_int_equal(task_queue_pulse(&cx, &pulse, 1), ERR_OK);
	assert_true(pulse.lost);
	assert_int_equal(task_queue_reclaim(&cx, OWNER, late), ERR_CONFLICT);
	assert_int_equal(end(new, ERR_PROVIDER_TIMEOUT, 0), ERR_OK);
	assert_int_equal(people_look(&cx, &ada).power_available, 50);
}

static void
a_late_result_is_kept(void **state)
{
	struct task_step wait = {
		.to = TASK_UNCERTAIN, .release = true, .delay_ms = 60000
	};
	struct task_claim *late, *new;

	(void)state;
	task_of(1);
	late = claimed();
	assert_int_equal(step_to(late, TASK_SUBMITTING), ERR_OK);
	lease_ends();
	new = rescued();
	assert_int_equal(task_queue_step(&cx, new, &wait), ERR_OK);
	assert_int_equal(end(late, ERR_OK, 1), ERR_CONFLICT);
	assert_int_equal(task_queue_reclaim(&cx, OWNER, late), ERR_OK);
	assert_int_equal(end(late, ERR_OK, 1), ERR_OK);
	assert_int_equal(end(new, ERR_DEADLINE, 0), ERR_CONFLICT);
	assert_int_equal(people_look(&cx, &ada).power_spent, 1);
	ledger_is_right();
}

static void
a_step_may_be_taken_twice(void **state)
{
	struct task_step send = { .to = TASK_SUBMITTING,
		.submitted = true,
		.progress = 5,
		.parts = "[1]" };
	struct task_claim *t, again;

	(void)state;
	task_of(1);
	t = claimed();
	again = *t;
	assert_int_equal(task_queue_step(&cx, t, &send), ERR_OK);
	assert_int_equal(task_queue_step(&cx, &again, &send), ERR_OK);
	assert_int_equal(t->progress, 5);
	lease_ends();
	t = rescued();
	assert_string_equal(t->parts, "[1]");
	assert_int_equal(t->progress, 5);
	assert_int_equal(end(t, ERR_DEADLINE, 0), ERR_OK);
}

static void
what_is_given_back_waits_its_time(void **state)
{
	struct task_step later = {
		.release = true, .delay_ms = 60000, .failed_attempt = true
	};
	struct task_claim *t, *none;

	(void)state;
	task_of(1);
	t = claimed();
	assert_int_equal(task_queue_step(&cx, t, &later), ERR_OK);
	assert_int_equal(claim_by(OTHER, 10, &none), 0);
	testdb_sql(&cx, "UPDATE task SET next_at = NOW(3) WHERE attempts = 1");
	assert_int_equal(claim_by(OTHER, 10, &t), 1);
	assert_int_equal(t->attempts, 1);
	assert_int_equal(task_queue_release_all(&cx, OTHER), ERR_OK);
	assert_int_equal(claim_by(OWNER, 10, &t), 1);
	assert_int_equal(end(t, ERR_DEADLINE, 0), ERR_OK);
}

static void
progress_never_goes_down(void **state)
{
	struct task_pulse pulse;
	struct task_claim *t;

	(void)state;
	task_of(1);
	t = claimed();
	pulse = (struct task_pulse){ .claim = t, .progress = 40 };
	assert_int_equal(task_queue_pulse(&cx, &pulse, 1), ERR_OK);
	pulse.progress = 20;
	assert_int_equal(task_queue_pulse(&cx, &pulse, 1), ERR_OK);
	assert_false(pulse.lost);
	assert_int_equal(t->progress, 40);
	lease_ends();
	assert_int_equal(claim_by(OTHER, 1, &t), 1);
	assert_int_equal(t->progress, 40);
	assert_int_equal(end(t, ERR_DEADLINE, 0), ERR_OK);
}

static void
a_task_past_its_deadline_is_rescued(void **state)
{
	struct task_claim *t, *none;

	(void)state;
	task_of(1);
	testdb_sql(&cx, "UPDATE task SET deadline_at = NOW(3) - INTERVAL 1"
			" SECOND WHERE state = 'queued' AND next_at <="
			" NOW(3)");
	t = rescued();
	assert_true(t->left_ms < 0);
	assert_int_equal(claim_by(OWNER, 10, &none), 0);
	assert_int_equal(end(t, ERR_PROVIDER_UNAVAILABLE, 0), ERR_OK);
}

static void
what_does_not_arrive_is_given_back(void **state)
{
	struct task_claim *t;

	(void)state;
	task_of(4);
	assert_int_equal(people_look(&cx, &ada).power_held, 4);
	assert_int_equal(people_look(&cx, &ada).images_today, 4);
	t = claimed();
	assert_int_equal(end(t, ERR_RESULT_INVALID, 3), ERR_OK);
	assert_int_equal(people_look(&cx, &ada).power_held, 0);
	assert_int_equal(people_look(&cx, &ada).power_spent, 3);
	assert_int_equal(people_look(&cx, &ada).power_available, 47);
	assert_int_equal(people_look(&cx, &ada).images_today, 3);
	assert_int_equal(people_look(&cx, &ada).generated, 3);
	assert_int_equal(end(t, ERR_RESULT_INVALID, 3), ERR_CONFLICT);
	ledger_is_right();
}

static void
only_what_rules_refuse_counts_against_the_day(void **state)
{
	(void)state;
	task_of(2);
	assert_int_equal(end(claimed(), ERR_CONTENT_POLICY, 0), ERR_OK);
	assert_int_equal(people_look(&cx, &ada).power_available, 50);
	assert_int_equal(people_look(&cx, &ada).images_today, 2);
	task_of(1);
	assert_int_equal(end(claimed(), ERR_PROVIDER_TIMEOUT, 0), ERR_OK);
	assert_int_equal(people_look(&cx, &ada).images_today, 2);
	ledger_is_right();
}

static void
units_of_high_definition_come_back_first(void **state)
{
	struct task_new in = {
		.kind = task_kind_find("text_to_image"),
		.prompt = "a kite",
		.width = 2048,
		.height = 1024,
		.num_images = 3,
		.seed = INT_NONE,
		.provider = "dalle",
		.model = "dall-e-3",
	};
	struct account now;
	struct uuid id;

	(void)state;
	testdb_sql(&cx, "UPDATE account SET hd_count = 2");
	now = people_look(&cx, &ada);
	assert_int_equal(task_submit(&cx, &now, &in, no_seal, &id), ERR_OK);
	/* two with a unit at 1 each, one without at 2 */
	assert_int_equal(people_look(&cx, &ada).power_held, 4);
	assert_int_equal(people_look(&cx, &ada).hd_count, 0);
	assert_int_equal(end(claimed(), ERR_RESULT_INVALID, 1), ERR_OK);
	assert_int_equal(people_look(&cx, &ada).hd_count, 2);
	assert_int_equal(people_look(&cx, &ada).power_spent, 2);
	assert_int_equal(people_look(&cx, &ada).power_available, 48);
	ledger_is_right();
}

static void
a_cancelled_task_is_lost_and_over(void **state)
{
	struct uuid id = task_of(1);
	struct task_claim *t = claimed();
	struct task_pulse pulse = { .claim = t };
	bool over;

	(void)state;
	assert_int_equal(task_queue_is_over(&cx, &id, &over), ERR_OK);
	assert_false(over);
	assert_int_equal(task_cancel(&cx, &ada.id, &id, false), ERR_OK);
	assert_int_equal(task_queue_pulse(&cx, &pulse, 1), ERR_OK);
	assert_true(pulse.lost);
	assert_int_equal(end(t, ERR_OK, 1), ERR_CONFLICT);
	assert_int_equal(task_queue_is_over(&cx, &id, &over), ERR_OK);
	assert_true(over);
	ledger_is_right();
}

/* Everybody claims and ends what he can. */
static void
work_off(struct ctx *c, struct people_hand *hand)
{
	struct task_claim *claims;
	size_t count;

	do {
		if (task_queue_claim(c,
			arena_printf(c->arena, "hand:%p", (void *)hand),
			"dalle", 3, &claims, &count) != ERR_OK)
			return;
		for (size_t i = 0; i < count; i++) {
			struct task_item item = item_of(1024);
			struct task_end e = { ERR_OK, &item, 1 };

			if (task_queue_end(c, &claims[i], &e) == ERR_OK)
				hand->done++;
		}
	} while (count > 0);
}

struct typical {
	int64_t typical_ms, rows;
};
static const struct field typical_fields[] = {
	COLUMN(struct typical, typical_ms),
	COLUMN(struct typical, rows),
};
static const struct shape typical_shape = SHAPE(struct typical, typical_fields);
static const struct db_stmt typical = { "typical", "", &typical_shape,
	"SELECT COALESCE(MAX(typical_ms), 0) AS typical_ms, COUNT(*) AS `rows`"
	"  FROM estimate" };

/* One that took so many seconds by the database's clock. */
static void
task_took(int64_t s)
{
	struct task_step sent = { .to = TASK_SUBMITTING, .submitted = true };
	struct task_claim *t;

	task_of(1);
	t = claimed();
	assert_int_equal(task_queue_step(&cx, t, &sent), ERR_OK);
	testdb_ahead(&cx, s);
	assert_int_equal(end(t, ERR_OK, 1), ERR_OK);
	assert_int_equal(task_queue_learn(&cx, t), ERR_OK);
	testdb_ahead(&cx, 0);
}

static void
nothing_is_learnt_from_a_clock_that_was_set(void **state)
{
	struct typical got;

	(void)state;
	testdb_sql(&cx, "DELETE FROM estimate; DELETE FROM task");
	task_took(-3600);
	task_took(86400);
	assert_int_equal(db_find(&cx, &got, &typical), ERR_OK);
	assert_int_equal(got.rows, 0);
	task_took(20);
	task_took(-1);
	assert_int_equal(db_find(&cx, &got, &typical), ERR_OK);
	assert_int_equal(got.rows, 1);
	assert_in_range(got.typical_ms, 18000, 60000);
}

/* Two machines at midnight: the hold counts on the day that has begun. */
static void
what_fails_gives_its_day_back_also_over_midnight(void **state)
{
	struct account now;

	(void)state;
	task_of(2);
	testdb_sql(&cx, "UPDATE account SET quota_day = quota_day + 1");
	task_of(3);
	now = people_look(&cx, &ada);
	assert_int_equal(now.images_today, 5);
	testdb_sql(&cx,
	    "UPDATE task SET deadline_at = NOW(3) WHERE count = 2 AND active");
	assert_int_equal(end(rescued(), ERR_DEADLINE, 0), ERR_OK);
	assert_int_equal(people_look(&cx, &ada).images_today, 5);
	assert_int_equal(end(claimed(), ERR_PROVIDER_TIMEOUT, 0), ERR_OK);
	assert_int_equal(people_look(&cx, &ada).images_today, 2);
}

static void
many_hands_end_each_task_once(void **state)
{
	(void)state;
	testdb_sql(
	    &cx, "UPDATE provider SET concurrency = 1000 WHERE id = 'dalle'");
	for (int i = 0; i < 40; i++)
		task_of(1);
	assert_int_equal(people_at_once(conf, work_off, NULL), 40);
	assert_int_equal(people_look(&cx, &ada).power_spent, 40);
	ledger_is_right();
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_claimed_task_is_nobody_elses),
		TEST(a_vendors_room_counts_all_pollers),
		TEST(a_late_holder_must_stop),
		TEST(a_late_result_is_kept),
		TEST(a_step_may_be_taken_twice),
		TEST(what_is_given_back_waits_its_time),
		TEST(progress_never_goes_down),
		TEST(a_task_past_its_deadline_is_rescued),
		TEST(what_does_not_arrive_is_given_back),
		TEST(only_what_rules_refuse_counts_against_the_day),
		TEST(units_of_high_definition_come_back_first),
		TEST(a_cancelled_task_is_lost_and_over),
		TEST(nothing_is_learnt_from_a_clock_that_was_set),
		TEST(what_fails_gives_its_day_back_also_over_midnight),
		TEST(many_hands_end_each_task_once),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	conf = testdb_start();
	people_hurry(conf);
	conf->limit_free_images_per_day = 1000;
	cx = testdb_ctx(conf);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	testdb_ctx_free(&cx);
	return failed;
}
