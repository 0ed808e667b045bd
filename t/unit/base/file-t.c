/*
 * Small acts on files.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char dir[] = "/tmp/gesso-file-t-XXXXXX";

static void
what_is_written_is_read(void **state)
{
	struct arena *arena = arena_new(MIB);
	char path[64], *text;
	size_t len;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/f", dir);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	assert_true(file_write_all(fd, "hello", 5));
	close(fd);
	assert_false(file_write_all(fd, "hello", 5));
	assert_true(file_slurp(arena, path, 5, &text, &len));
	assert_string_equal(text, "hello");
	assert_false(file_slurp(arena, path, 4, &text, &len));
	assert_int_equal(errno, EFBIG);
	assert_false(file_slurp(arena, "/nowhere", 4, &text, &len));
	assert_true(file_sync_dir(dir));
	arena_free(arena);
	unlink(path);
}

static void
a_pipe_is_read_to_its_end(void **state)
{
	char out[10];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_true(file_write_all(fds[1], "abc", 3));
	assert_true(file_write_all(fds[1], "def", 3));
	close(fds[1]);
	assert_int_equal(file_read_full(fds[0], out, sizeof(out)), 6);
	close(fds[0]);
}

static void
directories_are_made(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/a/b/c", dir);
	assert_true(file_mkdirs(path, 0700));
	assert_true(file_mkdirs(path, 0700));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(rmdir(path), 0);
		*strrchr(path, '/') = '\0';
	}
	assert_false(file_mkdirs("/dev/null/x", 0700));
	assert_false(file_mkdirs("/dev/null", 0700));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(a_pipe_is_read_to_its_end),
		cmocka_unit_test(directories_are_made),
	};
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(dir);
	return failed;
}
