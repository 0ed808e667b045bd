/*
 * No input forges a line.
 */
#include "base/log.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char path[] = "/tmp/gesso-log-t-XXXXXX";
static struct arena *arena;

/* What the log holds, and an empty log afterwards. */
static const char *
written(void)
{
	char *text;
	size_t len;

	assert_true(file_slurp(arena, path, 100000, &text, &len));
	assert_int_equal(truncate(path, 0), 0);
	return text;
}

static void
harmful_characters_are_escaped(void **state)
{
	const char *line;

	(void)state;
	log_info("a\nb\r\x1b[31m\xe2\x80\xa8\xff\x7f\xc2\x85z");
	line = written();
	assert_non_null(strstr(
	    line, "a\\u000ab\\u000d\\u001b[31m\\u2028\\xff\\u007f\\u0085z\n"));
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void
fields_are_quoted(void **state)
{
	(void)state;
	log_context("req=1");
	log_event(LOG_LEVEL_INFO, "request", "path", "/a", "agent",
	    "x \"y\" \\", "none", (char *)NULL, "empty", "", (char *)NULL);
	log_context(NULL);
	assert_non_null(strstr(written(),
	    " req=1 request path=/a agent=\"x \\\"y\\\" \\\\\" empty=\"\"\n"));
}

static void
levels_and_length_are_kept(void **state)
{
	char *text = malloc(20000);
	const char *line;

	(void)state;
	log_debug("not wanted");
	assert_string_equal(written(), "");
	memset(text, 'x', 19999);
	text[19999] = '\0';
	log_error("%s", text);
	line = written();
	assert_true(strlen(line) <= 4096);
	assert_int_equal(line[strlen(line) - 1], '\n');
	free(text);
}

static void
a_moved_file_is_made_anew(void **state)
{
	char moved[64];

	(void)state;
	snprintf(moved, sizeof(moved), "%s.1", path);
	assert_int_equal(rename(path, moved), 0);
	log_info("old");
	log_reopen();
	log_info("new");
	assert_null(strstr(written(), "old"));
	unlink(moved);
}

static void
a_log_that_cannot_be_opened_again_goes_on(void **state)
{
	char moved[sizeof(path) + 8];
	FILE *old;
	char text[4096] = "";

	(void)state;
	log_open("test", path, LOG_LEVEL_INFO);
	snprintf(moved, sizeof(moved), "%s.1", path);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	log_reopen();
	log_info("goes on");
	assert_int_equal(rmdir(path), 0);
	old = fopen(moved, "r");
	assert_non_null(old);
	assert_true(fread(text, 1, sizeof(text) - 1, old) > 0);
	fclose(old);
	assert_non_null(strstr(text, "cannot open the log"));
	assert_non_null(strstr(text, "goes on"));
	unlink(moved);
	log_reopen();
}

static void
a_line_that_found_no_room_tears_no_other(void **state)
{
	struct rlimit all, some;
	const char *text;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	(void)written();
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &all), 0);
	some = (struct rlimit){ .rlim_cur = 10, .rlim_max = all.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &some), 0);
	log_info("a part of it");
	log_info("nothing of it");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
	log_info("whole");
	text = written();
	assert_non_null(strchr(text, '\n'));
	assert_int_equal(strchr(text, '\n') - text, 10);
	assert_null(strstr(text, "of it"));
	assert_non_null(strstr(text, " whole\n"));
}

static void
lines_are_kept_back_and_in_order(void **state)
{
	const char *text;
	size_t lines = 0;

	(void)state;
	log_hold(true);
	log_info("first");
	assert_string_equal(written(), "");
	log_flush();
	assert_non_null(strstr(written(), "first\n"));
	log_flush();
	assert_string_equal(written(), "");
	log_info("second");
	log_error("third");
	text = written();
	assert_non_null(strstr(strstr(text, "second\n"), "third\n"));
	for (int i = 0; i < 1000; i++)
		log_info("one of many");
	log_hold(false);
	for (text = written(); *text != '\0'; text += strcspn(text, "\n") + 1)
		lines++;
	assert_int_equal(lines, 1000);
	log_info("at once");
	assert_non_null(strstr(written(), "at once\n"));
}

static void
another_target_is_another_target(void **state)
{
	int kept = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);

	(void)state;
	assert_true(dup2(null, STDERR_FILENO) >= 0);
	assert_true(log_open("log-t", "stderr", LOG_LEVEL_DEBUG));
	log_debug("not to the file");
	assert_string_equal(written(), "");
	assert_true(log_open("log-t", path, LOG_LEVEL_INFO));
	log_info("to the file");
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	assert_non_null(strstr(written(), "to the file\n"));
	close(kept);
	close(null);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(harmful_characters_are_escaped),
		cmocka_unit_test(fields_are_quoted),
		cmocka_unit_test(levels_and_length_are_kept),
		cmocka_unit_test(a_moved_file_is_made_anew),
		cmocka_unit_test(a_log_that_cannot_be_opened_again_goes_on),
		cmocka_unit_test(a_line_that_found_no_room_tears_no_other),
		cmocka_unit_test(lines_are_kept_back_and_in_order),
		cmocka_unit_test(another_target_is_another_target),
	};
	int fd = mkstemp(path), failed;

	if (fd < 0 || !log_open("log-t", path, LOG_LEVEL_INFO))
		return 1;
	close(fd);
	arena = arena_new(MIB);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	unlink(path);
	return failed;
}
