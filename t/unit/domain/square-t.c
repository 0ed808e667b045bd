/*
 * The square: publishing, its two orders, pages and cursors, and counts that
 * equal the rows under many hands.
 */
#include "domain/square.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"
#include "base/encode.h"
#include "base/text.h"
#include "domain/work.h"
#include "people.h"

#define MANY 1200 /* works: more than are counted to without places */

static struct conf *conf;
static struct ctx cx;
static struct account ann, bob;

struct number {
	int64_t n;
};
static const struct field number_fields[] = { COLUMN(struct number, n) };
static const struct shape number_shape = SHAPE(struct number, number_fields);

DB_STMT(work_add, "uuusssi", NULL,
    "INSERT INTO work (id, account_id, task_id, position, type, status,"
    "       title, prompt, params, provider_id, model_id, created_at)"
    "VALUES (?, ?, ?, 0, ?, ?, ?, 'a secret prompt', '{}', 'p',"
    "       'm', NOW(3) - INTERVAL ? SECOND)");
DB_STMT(like_rows, "u", &number_shape,
    "SELECT COUNT(*) AS n FROM work_like WHERE work_id = ?");
DB_STMT(kept_total, "", &number_shape,
    "SELECT CAST(SUM(total) AS SIGNED) AS n FROM square_count");
DB_STMT(real_total, "", &number_shape, "SELECT COUNT(*) AS n FROM square");
DB_STMT(any_rows, "", &number_shape,
    "SELECT (SELECT COUNT(*) FROM work_like)"
    "     + (SELECT COUNT(*) FROM work_favorite)"
    "     + (SELECT COUNT(*) FROM work_play) AS n");

static int64_t
number(const struct db_stmt *stmt, const struct uuid *id)
{
	struct number row;
	enum err e = id == NULL ? db_find(&cx, &row, stmt)
				: db_find(&cx, &row, stmt, id);

	assert_int_equal(e, ERR_OK);
	return row.n;
}

static struct uuid
work_of(const struct account *who, const char *type, const char *status)
{
	struct uuid id = uuid_new();

	assert_int_equal(db_run(&cx, NULL, &work_add, &id, &who->id, &id, type,
			     status, "a title", INT64_C(60)),
	    ERR_OK);
	return id;
}

static struct uuid
published(const struct account *who, const char *type)
{
	static const struct square_new said = { .description = "words" };
	struct uuid id = work_of(who, type, "completed");

	assert_int_equal(square_publish(&cx, &who->id, &id, &said), ERR_OK);
	return id;
}

static int
setup(void **state)
{
	(void)state;
	testdb_sql(&cx, "DELETE FROM work;DELETE FROM square;"
			"DELETE FROM work_like;DELETE FROM work_favorite;"
			"DELETE FROM work_play;DELETE FROM work_deleted;"
			"UPDATE square_count SET total = 0");
	return 0;
}

static struct square_page
feed(const char *sort, const char *type, int64_t page, int64_t size,
    const char *cursor)
{
	struct square_query q = { type, sort, page, size, cursor };
	struct square_page out;

	assert_int_equal(square_list(&cx, &bob.id, &q, &out), ERR_OK);
	return out;
}

static const struct square_item *
item(const struct square_page *page, size_t i)
{
	assert_true(i < page->list.count);
	return (const struct square_item *)page->list.items + i;
}

static void
only_finished_own_works_are_published(void **state)
{
	static const struct square_new said = { NULL, false };
	struct uuid id = work_of(&ann, "image", "processing");
	struct uuid done = work_of(&ann, "image", "completed");

	(void)state;
	assert_int_equal(
	    square_publish(&cx, &ann.id, &id, &said), ERR_NOT_READY);
	assert_int_equal(
	    square_publish(&cx, &bob.id, &done, &said), ERR_NOT_FOUND);
	assert_int_equal(square_unpublish(&cx, &bob.id, &done), ERR_NOT_FOUND);
	assert_int_equal(square_unpublish(&cx, &ann.id, &done), ERR_OK);
	assert_int_equal(number(&real_total, NULL), 0);
}

static void
publishing_again_changes_the_words_and_keeps_the_place(void **state)
{
	struct square_new said = { "new words", true };
	struct uuid first = published(&ann, "image");
	struct square_item before, after;

	(void)state;
	assert_int_equal(square_find(&cx, NULL, &first, &before), ERR_OK);
	assert_null(before.prompt);
	assert_int_equal(square_publish(&cx, &ann.id, &first, &said), ERR_OK);
	assert_int_equal(square_find(&cx, NULL, &first, &after), ERR_OK);
	assert_int_equal(before.published_at.ms, after.published_at.ms);
	assert_string_equal(after.description, "new words");
	assert_string_equal(after.prompt, "a secret prompt");
	assert_int_equal(number(&kept_total, NULL), 1);
	assert_int_equal(square_unpublish(&cx, &ann.id, &first), ERR_OK);
	assert_int_equal(square_find(&cx, NULL, &first, &after), ERR_NOT_FOUND);
	assert_int_equal(number(&kept_total, NULL), 0);
	assert_int_equal(number(&real_total, NULL), 0);
}

static void
latest_goes_by_publication_and_hot_by_what_was_earned(void **state)
{
	struct uuid old = published(&ann, "image");
	struct uuid young;
	struct square_counts counts;
	struct square_page page;

	(void)state;
	testdb_sql(&cx, "UPDATE work SET published_at = published_at"
			" - INTERVAL 1 HOUR;"
			"UPDATE square SET latest = latest - 3600000,"
			" hot = hot - 3600000");
	young = published(&ann, "video");
	page = feed("hot", "all", 1, 20, NULL);
	assert_true(uuid_equal(&item(&page, 0)->id, &young));
	assert_int_equal(page.total, 2);
	assert_int_equal(
	    square_react(&cx, &bob.id, &old, REACTION_LIKE, true, &counts),
	    ERR_OK);
	page = feed("hot", "all", 1, 20, NULL);
	assert_true(uuid_equal(&item(&page, 0)->id, &old));
	assert_true(item(&page, 0)->liked);
	assert_false(item(&page, 0)->favorited);
	assert_false(item(&page, 1)->liked);
	page = feed("latest", "all", 1, 20, NULL);
	assert_true(uuid_equal(&item(&page, 0)->id, &young));
	page = feed("latest", "image", 1, 20, NULL);
	assert_int_equal(page.total, 1);
	assert_int_equal(page.list.count, 1);
}

static void
reactions_change_once_and_come_back(void **state)
{
	struct uuid id = published(&ann, "image");
	struct uuid hidden = work_of(&ann, "image", "completed");
	struct square_counts c;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(square_react(&cx, &bob.id, &id,
				     REACTION_FAVORITE, true, &c),
		    ERR_OK);
		assert_int_equal(c.favorite_count, 1);
	}
	for (int i = 0; i < 3; i++) {
		assert_int_equal(square_react(&cx, &bob.id, &id,
				     REACTION_FAVORITE, false, &c),
		    ERR_OK);
		assert_int_equal(c.favorite_count, 0);
	}
	assert_int_equal(c.like_count, 0);
	assert_int_equal(
	    square_react(&cx, &bob.id, &hidden, REACTION_LIKE, true, &c),
	    ERR_NOT_FOUND);
}

static void
a_play_counts_once_a_day_and_not_for_the_author(void **state)
{
	struct uuid id = published(&ann, "video");
	struct square_counts c;
	bool counted;

	(void)state;
	assert_int_equal(square_play(&cx, &ann.id, &id, &counted, &c), ERR_OK);
	assert_false(counted);
	assert_int_equal(c.play_count, 0);
	assert_int_equal(square_play(&cx, &bob.id, &id, &counted, &c), ERR_OK);
	assert_true(counted);
	assert_int_equal(square_play(&cx, &bob.id, &id, &counted, &c), ERR_OK);
	assert_false(counted);
	assert_int_equal(c.play_count, 1);
	clock_set(clock_ms() + INT64_C(86400000));
	assert_int_equal(square_play(&cx, &bob.id, &id, &counted, &c), ERR_OK);
	clock_set(TIME_NONE);
	assert_true(counted);
	assert_int_equal(c.play_count, 2);
}

#define CROWD 100

struct crowd {
	struct uuid work;
	struct uuid people[CROWD];
};

static void
like_at_random(struct ctx *c, struct people_hand *hand)
{
	const struct crowd *crowd = hand->arg;
	struct square_counts counts;

	for (int i = 0; i < 125; i++) {
		size_t mark = arena_mark(c->arena);

		assert_int_equal(
		    square_react(c, &crowd->people[random_below(CROWD)],
			&crowd->work, REACTION_LIKE, random_below(3) > 0,
			&counts),
		    ERR_OK);
		arena_rewind(c->arena, mark);
	}
}

/* 1 000 of them by 100 people, eight at once. */
static void
likes_at_random_are_counted_exactly(void **state)
{
	struct crowd crowd = { .work = published(&ann, "image") };
	struct square_item seen;

	(void)state;
	for (size_t i = 0; i < CROWD; i++)
		crowd.people[i] = uuid_new();
	people_at_once(conf, like_at_random, &crowd);
	assert_int_equal(square_find(&cx, NULL, &crowd.work, &seen), ERR_OK);
	assert_true(seen.like_count > 0);
	assert_int_equal(seen.like_count, number(&like_rows, &crowd.work));
}

/* A walk by cursor while others are added and removed before and behind. */
static void
walk(const char *sort)
{
	struct uuid *ids = ARENA_ARRAY(cx.arena, MANY, struct uuid);
	bool *seen = ARENA_ARRAY(cx.arena, MANY, bool);
	struct square_page page = { .next_cursor = NULL };
	size_t rounds = 0, met = 0;

	for (size_t i = 0; i < MANY; i++)
		ids[i] = published(&ann, i % 3 ? "image" : "video");
	do {
		page = feed(sort, "all", 1, 100, page.next_cursor);
		for (size_t i = 0; i < page.list.count; i++) {
			for (size_t k = 0; k < MANY; k++) {
				if (!uuid_equal(&item(&page, i)->id, &ids[k]))
					continue;
				assert_false(seen[k]);
				seen[k] = true;
				met++;
			}
		}
		/* one that comes, one that goes: every tenth is not counted */
		(void)published(&bob, "image");
		if (!seen[10 * rounds])
			met++;
		seen[10 * rounds] = true;
		assert_int_equal(
		    square_unpublish(&cx, &ann.id, &ids[10 * rounds]), ERR_OK);
		rounds++;
	} while (page.next_cursor != NULL);
	assert_int_equal(met, MANY);
	assert_true(rounds >= MANY / 100);
}

static void
a_walk_by_cursor_meets_each_once(void **state)
{
	(void)state;
	walk("latest");
	setup(state);
	walk("hot");
}

static void
pages_by_number_are_the_same_list(void **state)
{
	struct square_page whole = { .next_cursor = NULL }, page;
	int64_t number = 0;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		(void)published(&ann, "image");
	do {
		number++;
		whole = feed("latest", "all", 1, 25, whole.next_cursor);
		/* twice: sought, then from the place that was remembered */
		for (int i = 0; i < 2; i++) {
			page = feed("latest", "all", number, 25, NULL);
			assert_int_equal(page.list.count, whole.list.count);
			for (size_t k = 0; k < page.list.count; k++)
				assert_true(uuid_equal(
				    &item(&page, k)->id, &item(&whole, k)->id));
			assert_int_equal(page.total, MANY);
		}
	} while (whole.next_cursor != NULL);
	assert_int_equal(number, MANY / 25);
	page = feed("latest", "all", number + 1, 25, NULL);
	assert_int_equal(page.list.count, 0);
	assert_null(page.next_cursor);
}

static void
cursors_keep_to_their_list(void **state)
{
	struct square_query q = { "image", "hot", 1, 1, NULL };
	struct square_page page;

	(void)state;
	(void)published(&ann, "image");
	(void)published(&ann, "image");
	assert_int_equal(square_list(&cx, NULL, &q, &page), ERR_OK);
	assert_non_null(page.next_cursor);
	q.cursor = page.next_cursor;
	assert_int_equal(square_list(&cx, NULL, &q, &page), ERR_OK);
	assert_null(page.next_cursor);
	q.sort = "latest";
	assert_int_equal(square_list(&cx, NULL, &q, &page), ERR_INVALID_FIELD);
	assert_string_equal(cx.fault.field, "cursor");
	q.cursor = "nonsense";
	assert_int_equal(square_list(&cx, NULL, &q, &page), ERR_INVALID_FIELD);
	q.cursor = NULL;
	q.page = 501;
	q.page_size = 20;
	assert_int_equal(square_list(&cx, NULL, &q, &page), ERR_USE_CURSOR);
	q.page = 500;
	assert_int_equal(square_list(&cx, NULL, &q, &page), ERR_OK);
}

static void
scores_that_are_wrong_are_mended_by_batches(void **state)
{
	struct uuid after = { { 0 } };
	size_t mended, sum = 0, rounds = 0;

	(void)state;
	for (int i = 0; i < 25; i++)
		(void)published(&ann, "image");
	testdb_sql(&cx, "UPDATE square SET hot = hot + 5 ORDER BY work_id"
			" LIMIT 13");
	do {
		assert_int_equal(
		    square_refresh(&cx, &after, 10, &mended), ERR_OK);
		sum += mended;
		rounds++;
	} while (!uuid_is_null(&after));
	assert_int_equal(sum, 13);
	assert_int_equal(rounds, 3);
}

static void
what_belonged_to_deleted_works_is_swept(void **state)
{
	struct uuid id = published(&ann, "image");
	struct square_counts c;
	size_t removed, rounds = 0;

	(void)state;
	for (int i = 0; i < 30; i++) {
		struct uuid who = uuid_new();

		assert_int_equal(
		    square_react(&cx, &who, &id, REACTION_LIKE, true, &c),
		    ERR_OK);
		assert_int_equal(
		    square_react(&cx, &who, &id, REACTION_FAVORITE, true, &c),
		    ERR_OK);
	}
	testdb_sql(&cx, "INSERT INTO work_deleted SELECT id, NOW(3) FROM work;"
			"DELETE FROM work");
	do {
		assert_int_equal(square_sweep(&cx, 25, &removed), ERR_OK);
		assert_true(removed <= 26);
		rounds++;
	} while (removed > 0);
	assert_int_equal(rounds, 4);
	assert_int_equal(number(&any_rows, NULL), 0);
}

static void
favorites_of_others_are_in_the_list_of_works(void **state)
{
	struct uuid shown = published(&ann, "image");
	struct work_query q = { "all", "all", NULL, true, 1, 20, NULL };
	struct square_counts c;
	struct work_page page;

	(void)state;
	(void)work_of(&bob, "image", "completed");
	assert_int_equal(
	    square_react(&cx, &bob.id, &shown, REACTION_FAVORITE, true, &c),
	    ERR_OK);
	assert_int_equal(work_list(&cx, &bob.id, &q, &page), ERR_OK);
	assert_int_equal(page.total, 1);
	assert_int_equal(page.list.count, 1);
	q.q = "TITLE secret";
	assert_int_equal(work_list(&cx, &bob.id, &q, &page), ERR_OK);
	assert_int_equal(page.total, 1);
	q.page = 2;
	assert_int_equal(work_list(&cx, &bob.id, &q, &page), ERR_OK);
	assert_int_equal(page.list.count, 0);
	q.page = 1;
	q.type = "video";
	assert_int_equal(work_list(&cx, &bob.id, &q, &page), ERR_OK);
	assert_int_equal(page.total, 0);
	q.type = "all";
	assert_int_equal(square_unpublish(&cx, &ann.id, &shown), ERR_OK);
	assert_int_equal(work_list(&cx, &bob.id, &q, &page), ERR_OK);
	assert_int_equal(page.total, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    only_finished_own_works_are_published, setup),
		cmocka_unit_test_setup(
		    publishing_again_changes_the_words_and_keeps_the_place,
		    setup),
		cmocka_unit_test_setup(
		    latest_goes_by_publication_and_hot_by_what_was_earned,
		    setup),
		cmocka_unit_test_setup(
		    reactions_change_once_and_come_back, setup),
		cmocka_unit_test_setup(
		    a_play_counts_once_a_day_and_not_for_the_author, setup),
		cmocka_unit_test_setup(
		    likes_at_random_are_counted_exactly, setup),
		cmocka_unit_test_setup(a_walk_by_cursor_meets_each_once, setup),
		cmocka_unit_test_setup(
		    pages_by_number_are_the_same_list, setup),
		cmocka_unit_test_setup(cursors_keep_to_their_list, setup),
		cmocka_unit_test_setup(
		    scores_that_are_wrong_are_mended_by_batches, setup),
		cmocka_unit_test_setup(
		    what_belonged_to_deleted_works_is_swept, setup),
		cmocka_unit_test_setup(
		    favorites_of_others_are_in_the_list_of_works, setup),
	};
	int failed;

	conf = testdb_start();
	people_hurry(conf);
	cx = testdb_ctx(conf);
	ann = people_add(&cx, "ann");
	bob = people_add(&cx, "bob");
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	testdb_ctx_free(&cx);
	return failed;
}
