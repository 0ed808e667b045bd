/*
 * The database's clock is set: nothing waits for longer, nothing ends sooner,
 * and nobody's lease is taken before its time.
 */
#include "domain/clock_step.h"

#include "domain/breaker.h"
#include "domain/health.h"
#include "domain/housekeeping.h"
#include "domain/task.h"
#include "domain/task_queue.h"
#include "people.h"

#define HOUR_S INT64_C(3600)
#define DAY_S (24 * HOUR_S)

static struct conf *conf;
static struct ctx cx;
static struct account ada;

struct waiting {
	int64_t left_s, lease_s, next_s;
};
static const struct field waiting_fields[] = {
	COLUMN(struct waiting, left_s),
	COLUMN(struct waiting, lease_s),
	COLUMN(struct waiting, next_s),
};
static const struct shape waiting_shape = SHAPE(struct waiting, waiting_fields);

DB_STMT(waiting, "u", &waiting_shape,
    "SELECT TIMESTAMPDIFF(SECOND, NOW(3), deadline_at) AS left_s,"
    "       TIMESTAMPDIFF(SECOND, NOW(3), lease_until) AS lease_s,"
    "       TIMESTAMPDIFF(SECOND, NOW(3), next_at) AS next_s"
    "  FROM task WHERE id = ?");

static int
setup(void **state)
{
	(void)state;
	testdb_ahead(&cx, 0);
	testdb_sql(&cx, "DELETE FROM task; DELETE FROM heartbeat;"
			"DELETE FROM chore; DELETE FROM breaker;"
			"UPDATE provider SET enabled = TRUE, concurrency = 16"
			" WHERE id = 'dalle'");
	return 0;
}

static enum err
no_seal(struct ctx *c, const struct task_receipt *receipt, void *arg)
{
	(void)c;
	*(struct uuid *)arg = receipt->task_id;
	return ERR_OK;
}

static struct uuid
task_new(void)
{
	struct task_new in = {
		.kind = task_kind_find("text_to_image"),
		.prompt = "a kite",
		.width = 1024,
		.height = 1024,
		.num_images = 1,
		.seed = INT_NONE,
		.provider = "dalle",
		.model = "dall-e-3",
	};
	struct account now = people_look(&cx, &ada);
	struct uuid id;

	assert_int_equal(task_submit(&cx, &now, &in, no_seal, &id), ERR_OK);
	return id;
}

static struct waiting
look(const struct uuid *id)
{
	struct waiting w;

	assert_int_equal(db_find(&cx, &w, &waiting, id), ERR_OK);
	return w;
}

static size_t
claimed(const char *owner)
{
	struct task_claim *t;
	size_t count;

	assert_int_equal(
	    task_queue_claim(&cx, owner, "dalle", 10, &t, &count), ERR_OK);
	return count;
}

static int64_t
set_back(void)
{
	int64_t now, back;

	assert_int_equal(clock_step_look(&cx, &now, &back), ERR_OK);
	return back / 1000;
}

static void
set_back_nothing_waits_for_longer(void **state)
{
	struct uuid held, waits;
	struct breaker *b;
	int64_t place;
	size_t count;
	bool mine;

	(void)state;
	testdb_ahead(&cx, DAY_S);
	held = task_new();
	assert_int_equal(claimed("here:1:aa"), 1);
	waits = task_new();
	assert_int_equal(health_beat(&cx, "poller", ""), ERR_OK);
	assert_int_equal(breaker_fail(&cx, "dalle", ERR_PROVIDER_UNAVAILABLE,
			     "", BREAKER_AT_ONCE, &mine),
	    ERR_OK);
	assert_int_equal(chore_take(&cx, "c", 15, &mine, &place), ERR_OK);
	testdb_ahead(&cx, 0);
	assert_int_equal(claimed("there:2:bb"), 0);
	assert_in_range(set_back(), DAY_S - 60, DAY_S);
	/* the holder's lease is what the holder thinks that it is */
	assert_in_range(look(&held).lease_s, 1, conf->lease);
	assert_in_range(look(&held).next_s, 1, conf->lease);
	assert_in_range(look(&held).left_s, 1, conf->deadline_image);
	assert_in_range(look(&waits).left_s, 1, conf->deadline_image);
	assert_int_equal(claimed("there:2:bb"), 1);
	assert_int_equal(breaker_list(&cx, &b, &count), ERR_OK);
	assert_in_range(b[0].rest_ms, 1, 300000);
	assert_int_equal(chore_take(&cx, "c", 15, &mine, &place), ERR_OK);
	assert_true(mine);
	/* once */
	assert_int_equal(set_back(), 0);
}

static void
work_look(struct ctx *c, struct people_hand *hand)
{
	int64_t now, back;

	(void)hand;
	assert_int_equal(clock_step_look(c, &now, &back), ERR_OK);
}

static void
many_set_it_right_once(void **state)
{
	struct uuid id;

	(void)state;
	testdb_ahead(&cx, HOUR_S);
	id = task_new();
	assert_int_equal(health_beat(&cx, "poller", ""), ERR_OK);
	testdb_ahead(&cx, 0);
	(void)people_at_once(conf, work_look, NULL);
	assert_in_range(
	    look(&id).left_s, conf->deadline_image - 60, conf->deadline_image);
}

static void
some_seconds_are_nothing(void **state)
{
	struct uuid id = task_new();

	(void)state;
	testdb_ahead(&cx, 5);
	assert_int_equal(health_beat(&cx, "poller", ""), ERR_OK);
	testdb_ahead(&cx, 0);
	assert_int_equal(set_back(), 0);
	assert_int_equal(claimed("here:1:aa"), 1);
	assert_in_range(look(&id).lease_s, 1, conf->lease);
}

static void
set_forward_nothing_ends_sooner(void **state)
{
	struct uuid held = task_new(), late;
	int64_t deadline = conf->deadline_image;
	bool mine;

	(void)state;
	assert_int_equal(claimed("here:1:aa"), 1);
	testdb_ahead(&cx, DAY_S);
	late = task_new();
	assert_true(look(&held).left_s < 0);
	assert_int_equal(clock_step_forward(&cx, DAY_S * 1000, &mine), ERR_OK);
	assert_true(mine);
	assert_in_range(look(&held).left_s, deadline - 60, deadline);
	assert_in_range(look(&held).lease_s, 1, conf->lease);
	assert_in_range(look(&late).left_s, deadline - 60, deadline);
	assert_int_equal(claimed("there:2:bb"), 1);
	/* another poller sees the same step */
	assert_int_equal(clock_step_forward(&cx, DAY_S * 1000, &mine), ERR_OK);
	assert_false(mine);
	assert_in_range(look(&held).left_s, deadline - 60, deadline);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(set_back_nothing_waits_for_longer),
		TEST(many_set_it_right_once),
		TEST(some_seconds_are_nothing),
		TEST(set_forward_nothing_ends_sooner),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	conf = testdb_start();
	people_hurry(conf);
	cx = testdb_ctx(conf);
	ada = people_add(&cx, "ada");
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	testdb_ctx_free(&cx);
	return failed;
}
