/*
 * Rows of files, on a MariaDB of the test's own.
 */
#include "domain/media.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/conf.h"
#include "testdb.h"

static struct ctx cx;

static struct media_new
small_picture(void)
{
	struct media_new m = {
		.name = uuid_new(),
		.account = uuid_new(),
		.use_for = "thumbnail",
		.mime = "image/jpeg",
		.extension = "jpg",
		.bytes = 1234,
		.width = 320,
		.height = 200,
		.duration_ms = INT_NONE,
	};

	memset(m.sha256, 0xab, sizeof(m.sha256));
	return m;
}

static void
a_row_tells_what_was_written(void **state)
{
	struct media_new thumbnail = small_picture();
	struct media_new film = small_picture();
	struct media found;

	(void)state;
	film.use_for = "upload";
	film.mime = "video/mp4";
	film.extension = "mp4";
	film.duration_ms = 5040;
	film.fps = 24;
	film.thumbnail = thumbnail.name;
	assert_int_equal(media_add(&cx, &thumbnail), ERR_OK);
	assert_int_equal(media_add(&cx, &film), ERR_OK);
	assert_int_equal(media_find(&cx, &film.name, &found), ERR_OK);
	assert_true(uuid_equal(&found.account, &film.account));
	assert_true(uuid_equal(&found.thumbnail, &thumbnail.name));
	assert_string_equal(found.use_for, "upload");
	assert_string_equal(found.mime, "video/mp4");
	assert_string_equal(found.extension, "mp4");
	assert_int_equal(found.bytes, 1234);
	assert_int_equal(found.width, 320);
	assert_int_equal(found.height, 200);
	assert_int_equal(found.duration_ms, 5040);
	assert_int_equal(strlen(found.sha256), 64);
	assert_memory_equal(found.sha256, "abab", 4);
	assert_int_equal(media_find(&cx, &thumbnail.name, &found), ERR_OK);
	assert_int_equal(found.duration_ms, INT_NONE);
	assert_true(uuid_is_null(&found.thumbnail));
}

static void
a_deleted_file_and_its_thumbnail_are_not_found(void **state)
{
	struct media_new thumbnail = small_picture(), m = small_picture();
	struct media found;

	(void)state;
	m.thumbnail = thumbnail.name;
	assert_int_equal(media_add(&cx, &thumbnail), ERR_OK);
	assert_int_equal(media_add(&cx, &m), ERR_OK);
	assert_int_equal(media_delete(&cx, &m.name), ERR_OK);
	assert_int_equal(media_find(&cx, &m.name, &found), ERR_NOT_FOUND);
	assert_int_equal(
	    media_find(&cx, &thumbnail.name, &found), ERR_NOT_FOUND);
	assert_int_equal(media_delete(&cx, &m.name), ERR_OK);
}

static void
a_name_is_given_once(void **state)
{
	struct media_new m = small_picture();

	(void)state;
	assert_int_equal(media_add(&cx, &m), ERR_OK);
	assert_int_equal(media_add(&cx, &m), ERR_CONFLICT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_tells_what_was_written),
		cmocka_unit_test(
		    a_deleted_file_and_its_thumbnail_are_not_found),
		cmocka_unit_test(a_name_is_given_once),
	};
	int failed;

	cx = testdb_ctx(testdb_start());
	failed = cmocka_run_group_tests_name("domain/media", tests, NULL, NULL);
	testdb_ctx_free(&cx);
	return failed;
}
