/*
 * Housekeeping: what goes, what stays, and that one does it.
 */
#include "domain/housekeeping.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "domain/health.h"
#include "domain/media.h"
#include "domain/media_store.h"
#include "people.h"

#define DAY_S INT64_C(86400)

static struct conf *conf;
static struct ctx cx;

/* A whole round; what it removed. */
static int64_t
round_of(int64_t place)
{
	struct housekeeping h = { .place = place };
	int64_t removed = 0;
	bool over = false;

	for (int i = 0; !over && i < 1000; i++) {
		assert_int_equal(housekeeping_step(&cx, &h, &over), ERR_OK);
		removed = h.removed;
	}
	assert_true(over);
	return removed;
}

struct number {
	int64_t n;
};
static const struct field number_fields[] = { COLUMN(struct number, n) };
static const struct shape number_shape = SHAPE(struct number, number_fields);

#define COUNTER(name, from)                                                    \
	DB_STMT(name, "", &number_shape, "SELECT COUNT(*) AS n FROM " from)
COUNTER(files_deleted, "media WHERE deleted_at IS NOT NULL");
COUNTER(files_all, "media");
COUNTER(answers, "idempotency");
COUNTER(tokens, "revoked_token");
COUNTER(throttles, "throttle");
COUNTER(heartbeats, "heartbeat");
COUNTER(notifiers, "heartbeat WHERE name = 'notifier'");
COUNTER(many, "throttle WHERE subject LIKE 'x%'");

static int64_t
rows_of(const struct db_stmt *counter)
{
	struct number row;

	assert_int_equal(db_find(&cx, &row, counter), ERR_OK);
	return row.n;
}

/* A file in the store, with or without a row. */
static struct uuid
file_of(bool row, bool deleted)
{
	struct media_draft draft;
	struct media_new media = { .account = uuid_new(),
		.use_for = "result",
		.mime = "image/png",
		.extension = "png",
		.duration_ms = INT_NONE };

	assert_int_equal(media_store_draft(&cx, &draft), ERR_OK);
	assert_int_equal(media_store_write(&cx, &draft, "x", 1), ERR_OK);
	assert_int_equal(media_store_keep(&cx, &draft, "png", &media.name,
			     &media.bytes, media.sha256),
	    ERR_OK);
	if (row)
		assert_int_equal(media_add(&cx, &media), ERR_OK);
	if (deleted)
		assert_int_equal(media_delete(&cx, &media.name), ERR_OK);
	return media.name;
}

static bool
is_there(const struct uuid *name)
{
	return access(media_store_path(&cx, name, "png"), F_OK) == 0;
}

static void
make_old(const struct uuid *name, int64_t age_s)
{
	struct timespec then = { .tv_sec = clock_ms() / 1000 - age_s };

	assert_int_equal(utimensat(AT_FDCWD, media_store_path(&cx, name, "png"),
			     (struct timespec[]){ then, then }, 0),
	    0);
}

static void
whole_round(void)
{
	for (int64_t place = 0; place < 257; place++)
		round_of(place);
}

static void
deleted_files_go_and_their_rows(void **state)
{
	struct uuid gone = file_of(true, true), kept = file_of(true, false);

	(void)state;
	assert_true(is_there(&gone));
	assert_true(round_of(0) >= 1);
	assert_false(is_there(&gone));
	assert_true(is_there(&kept));
	assert_int_equal(rows_of(&files_deleted), 0);
	assert_int_equal(rows_of(&files_all), 1);
}

static void
files_that_no_row_names_go_when_they_are_old(void **state)
{
	struct uuid young = file_of(false, false), old = file_of(false, false),
		    named = file_of(true, false);

	(void)state;
	make_old(&old, 2 * DAY_S);
	make_old(&named, 2 * DAY_S);
	whole_round();
	assert_false(is_there(&old));
	assert_true(is_there(&young));
	assert_true(is_there(&named));
}

/* In a folder that may be read by us, not written. */
static void
one_that_can_not_go_is_told(void **state)
{
	struct uuid orphan = file_of(false, false);
	char *folder =
	    arena_strdup(cx.arena, media_store_path(&cx, &orphan, "png"));
	struct housekeeping h = { .place = orphan.b[0] };
	bool root = geteuid() == 0, over = false;
	size_t failed = 0;

	(void)state;
	make_old(&orphan, 2 * DAY_S);
	*strrchr(folder, '/') = '\0';
	assert_int_equal(chmod(folder, 0555), 0);
	*strrchr(folder, '/') = '\0';
	assert_int_equal(chmod(folder, 0555), 0);
	assert_int_equal(chmod(conf->media_dir, 0711), 0);
	if (root)
		assert_int_equal(seteuid(65534), 0);
	for (int i = 0; !over && i < 100; i++)
		if (housekeeping_step(&cx, &h, &over) != ERR_OK) {
			failed++;
			assert_non_null(
			    strstr(cx.fault.detail, "can't be removed"));
		}
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(failed, 1);
	assert_true(is_there(&orphan));
	assert_int_equal(chmod(folder, 0755), 0);
	folder = arena_strdup(cx.arena, media_store_path(&cx, &orphan, "png"));
	*strrchr(folder, '/') = '\0';
	assert_int_equal(chmod(folder, 0755), 0);
	round_of(orphan.b[0]);
	assert_false(is_there(&orphan));
}

/* A task that takes days has the first of its works in the store. */
static void
files_of_open_tasks_stay(void **state)
{
	struct uuid older = file_of(false, false), kept = file_of(false, false);

	(void)state;
	make_old(&older, 4 * DAY_S);
	make_old(&kept, 2 * DAY_S);
	testdb_sql(&cx,
	    "INSERT INTO task (id, account_id, kind, state, provider_id,"
	    " model_id, prompt, params, count, cost, quota_day, size_class,"
	    " estimated_s, timeline, next_at, deadline_at, created_at) VALUES"
	    " ('t', 'a', 'text_to_image', 'running', 'p', 'm', '', '{}', 2, 2,"
	    " 0, '', 1, '', NOW(3), NOW(3), NOW(3) - INTERVAL 3 DAY)");
	whole_round();
	assert_false(is_there(&older));
	assert_true(is_there(&kept));
	testdb_sql(&cx, "UPDATE task SET finished_at = NOW(3)");
	whole_round();
	assert_false(is_there(&kept));
}

static void
a_clock_that_jumps_sweeps_nothing_young(void **state)
{
	struct uuid young = file_of(false, false);

	(void)state;
	clock_set(clock_ms() + 2 * DAY_S * 1000);
	whole_round();
	clock_set(TIME_NONE);
	assert_true(is_there(&young));
	/* or that of the database */
	testdb_ahead(&cx, 2 * DAY_S);
	whole_round();
	testdb_ahead(&cx, 0);
	assert_true(is_there(&young));
	make_old(&young, 2 * DAY_S);
	whole_round();
	assert_false(is_there(&young));
}

static void
drafts_go_when_they_are_old(void **state)
{
	struct media_draft old, young;
	struct timespec long_ago[2] = { { .tv_sec = 1000000 },
		{ .tv_sec = 1000000 } };

	(void)state;
	assert_int_equal(media_store_draft(&cx, &old), ERR_OK);
	assert_int_equal(media_store_draft(&cx, &young), ERR_OK);
	assert_int_equal(utimensat(AT_FDCWD, old.path, long_ago, 0), 0);
	round_of(256);
	assert_int_not_equal(access(old.path, F_OK), 0);
	assert_int_equal(access(young.path, F_OK), 0);
	media_store_drop(&old);
	media_store_drop(&young);
}

static void
rows_go_when_they_are_old(void **state)
{
	(void)state;
	testdb_sql(&cx,
	    "INSERT INTO idempotency (account_id, idempotency_key,"
	    " request_hash, owner, running_until, created_at) VALUES"
	    " ('a', 'old', '', '', NOW(3), NOW(3) - INTERVAL 25 HOUR),"
	    " ('a', 'new', '', '', NOW(3), NOW(3) - INTERVAL 23 HOUR);"
	    "INSERT INTO revoked_token (jti, dies_at, expires_at) VALUES"
	    " ('a', NOW(3), NOW(3) - INTERVAL 25 HOUR),"
	    " ('b', NOW(3), NOW(3) - INTERVAL 23 HOUR);"
	    "INSERT INTO throttle (subject, window_start, tries) VALUES"
	    " ('a', NOW(3) - INTERVAL 3 HOUR, 1), ('b', NOW(3), 1);"
	    "INSERT INTO heartbeat (name, host, at) VALUES"
	    " ('poller', 'a', NOW(3) - INTERVAL 2 HOUR),"
	    " ('poller', 'b', NOW(3)),"
	    " ('given up', 'a', NOW(3) - INTERVAL 8 DAY)");
	assert_true(round_of(0) >= 4);
	assert_int_equal(rows_of(&answers), 1);
	assert_int_equal(rows_of(&tokens), 1);
	assert_int_equal(rows_of(&throttles), 1);
	assert_int_equal(rows_of(&heartbeats), 1);
}

/* A notifier that died long ago is not one that was never there. */
static void
the_last_sign_of_life_stays(void **state)
{
	struct health seen;

	(void)state;
	testdb_sql(&cx, "INSERT INTO heartbeat (name, host, at) VALUES"
			" ('notifier', 'a', NOW(3) - INTERVAL 3 HOUR),"
			" ('notifier', 'b', NOW(3) - INTERVAL 2 HOUR)");
	round_of(0);
	assert_int_equal(rows_of(&notifiers), 1);
	health_look(&cx, &seen);
	assert_string_equal(seen.notifier, "down");
	assert_string_equal(seen.status, "degraded");
	testdb_sql(&cx, "DELETE FROM heartbeat WHERE name = 'notifier'");
	health_look(&cx, &seen);
	assert_string_equal(seen.notifier, "off");
}

/* What can't be removed, here a directory, keeps nothing else. */
static void
a_chore_that_fails_keeps_no_other(void **state)
{
	struct housekeeping h = { .place = 0 };
	struct uuid stuck = file_of(true, true), gone;
	const char *path = media_store_path(&cx, &stuck, "png");
	size_t failed = 0;
	bool over = false;

	(void)state;
	testdb_sql(&cx,
	    "UPDATE media SET deleted_at = NOW(3) - INTERVAL 1 HOUR"
	    " WHERE deleted_at IS NOT NULL;"
	    "INSERT INTO throttle (subject, window_start, tries) VALUES"
	    " ('x', NOW(3) - INTERVAL 3 HOUR, 1)");
	gone = file_of(true, true);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	for (int i = 0; !over && i < 100; i++)
		if (housekeeping_step(&cx, &h, &over) != ERR_OK)
			failed++;
	assert_true(over);
	assert_int_equal(failed, 1);
	assert_false(is_there(&gone));
	assert_int_equal(rows_of(&files_deleted), 1);
	assert_int_equal(rows_of(&many), 0);
	assert_int_equal(rmdir(path), 0);
	round_of(0);
	assert_int_equal(rows_of(&files_deleted), 0);
}

static void
more_than_a_batch_goes_too(void **state)
{
	(void)state;
	testdb_sql(&cx, "INSERT INTO throttle (subject, window_start, tries)"
			" SELECT CONCAT('x', seq), NOW(3) - INTERVAL 3 HOUR, 1"
			"   FROM seq_1_to_1000");
	round_of(0);
	assert_int_equal(rows_of(&many), 0);
}

static void
take_once(struct ctx *c, struct people_hand *hand)
{
	int64_t place;
	bool mine;

	assert_int_equal(chore_take(c, "a chore", 3600, &mine, &place), ERR_OK);
	hand->done = mine;
}

static void
one_of_many_does_it(void **state)
{
	int64_t place;
	bool mine;

	(void)state;
	assert_int_equal(people_at_once(conf, take_once, NULL), 1);
	assert_int_equal(people_at_once(conf, take_once, NULL), 0);
	testdb_sql(&cx, "UPDATE chore SET due_at = NOW(3)");
	assert_int_equal(chore_place(&cx, "a chore", 7), ERR_OK);
	assert_int_equal(
	    chore_take(&cx, "a chore", 3600, &mine, &place), ERR_OK);
	assert_true(mine);
	assert_int_equal(place, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deleted_files_go_and_their_rows),
		cmocka_unit_test(files_that_no_row_names_go_when_they_are_old),
		cmocka_unit_test(one_that_can_not_go_is_told),
		cmocka_unit_test(files_of_open_tasks_stay),
		cmocka_unit_test(a_clock_that_jumps_sweeps_nothing_young),
		cmocka_unit_test(drafts_go_when_they_are_old),
		cmocka_unit_test(rows_go_when_they_are_old),
		cmocka_unit_test(the_last_sign_of_life_stays),
		cmocka_unit_test(a_chore_that_fails_keeps_no_other),
		cmocka_unit_test(more_than_a_batch_goes_too),
		cmocka_unit_test(one_of_many_does_it),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	conf = testdb_start();
	cx = testdb_ctx(conf);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	testdb_ctx_free(&cx);
	return failed;
}
