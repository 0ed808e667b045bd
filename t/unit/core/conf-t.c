/*
 * conf - what a file means, and every complaint word by word.
 */
#include "config.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "core/conf.h"

static char path[] = "conf-t.XXXXXX";

static struct conf *
read_text(const char *text, size_t len, const char **complaints_out)
{
	struct buf complaints;
	struct conf *conf;
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	buf_init(&complaints, 64 * KIB);
	conf = conf_read(path, &complaints);
	*complaints_out = arena_strdup(unit_cx.arena, buf_text(&complaints));
	buf_release(&complaints);
	return conf;
}

static struct conf *
conf_of(const char *text)
{
	const char *complaints;
	struct conf *conf = read_text(text, strlen(text), &complaints);

	if (conf == NULL)
		fail_msg("%s", complaints);
	return conf;
}

static const struct option *
option_of(const char *name)
{
	for (size_t i = 0; i < option_count; i++)
		if (text_is(options[i].name, name))
			return &options[i];
	fail_msg("no option %s", name);
	return NULL;
}

static const char *
printed(const struct conf *conf, const char *name)
{
	struct buf out;
	const char *text;

	buf_init(&out, KIB);
	conf_print(conf, option_of(name), &out);
	text = arena_strdup(unit_cx.arena, buf_text(&out));
	buf_release(&out);
	return text;
}

static void
defaults_are_whole(void **state)
{
	struct conf *conf = conf_default();

	(void)state;
	assert_null(conf->path);
	assert_string_equal(conf->base_path, "/api/v1");
	assert_string_equal(conf->media_path, "/media");
	assert_int_equal(conf->token_lifetime, 7 * 86400);
	assert_int_equal(conf->max_json_bytes, MIB);
	assert_int_equal(conf->workers, 4);
	assert_true(conf->square_public);
	for (size_t i = 0; i < option_count; i++)
		assert_true(conf_is_default(conf, &options[i]));
	conf_free(conf);
	conf_free(NULL);
}

static void
defaults_and_bounds_are_printed_as_they_are_written(void **state)
{
	struct conf *conf = conf_default();

	(void)state;
	assert_string_equal(printed(conf, "token_lifetime"), "7d");
	assert_string_equal(printed(conf, "db_timeout"), "10s");
	assert_string_equal(printed(conf, "poller_runtime"), "61s");
	assert_string_equal(printed(conf, "max_image_bytes"), "20M");
	assert_string_equal(printed(conf, "square_public"), "yes");
	assert_string_equal(printed(conf, "workers"), "4");
	assert_string_equal(printed(conf, "language"), "zh-CN");
	assert_string_equal(printed(conf, "db_host"), "\"\"");
	conf_free(conf);
}

static void
a_file_is_read(void **state)
{
	struct conf *conf = conf_of("# a comment\n"
				    "\n"
				    "  workers = 8   # many\r\n"
				    "max_json_bytes=2M\n"
				    "\ttoken_lifetime\t=\t90m\n"
				    "square_public = no\n"
				    "db_user = \" a # b \" # quoted\n"
				    "db_name = a#b\n"
				    "db_socket =\n"
				    "db_host = # nothing\n"
				    "public_url = https://x.org/art\n"
				    "egress_allow = 127.0.0.0/8, ::1\n"
				    "quota_timezone = Asia/Shanghai\n"
				    "min_free_disk = 0\n"
				    "base_path = \"\"");

	(void)state;
	assert_int_equal(conf->workers, 8);
	assert_int_equal(conf->max_json_bytes, 2 * MIB);
	assert_int_equal(conf->token_lifetime, 5400);
	assert_false(conf->square_public);
	assert_string_equal(conf->db_user, " a # b ");
	assert_string_equal(conf->db_name, "a#b");
	assert_string_equal(conf->db_socket, "");
	assert_string_equal(conf->db_host, "");
	assert_string_equal(conf->base_path, "");
	assert_string_equal(conf->media_path, "/art/media");
	assert_string_equal(conf->path, path);
	assert_false(conf_is_default(conf, option_of("workers")));
	assert_true(conf_is_default(conf, option_of("workers") + 1));
	assert_string_equal(printed(conf, "token_lifetime"), "90m");
	assert_string_equal(printed(conf, "db_user"), "\" a # b \"");
	assert_string_equal(printed(conf, "db_name"), "a#b");
	assert_string_equal(printed(conf, "min_free_disk"), "0");
	conf_free(conf);
}

#define PUBLIC_URL                                                             \
	"1: 'public_url' must be an http:// or https:// address of 500 "       \
	"characters at most, without a slash at the end"
#define FIFTY "0123456789abcdefghij0123456789abcdefghij0123456789"
#define LONG FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY

/* clang-format off */
static const struct complaint {
	const char *text, *told;
} complaints[] = {
	{ "worker = 4", "1: unknown key 'worker'; did you mean 'workers'?" },
	{ "\n\nquota_zone = UTC",
	  "3: unknown key 'quota_zone'; did you mean 'quota_timezone'?" },
	{ "something_else = 1", "1: unknown key 'something_else'" },
	{ "Workers = 4", "1: unknown key 'Workers'; did you mean 'workers'?" },
	{ "= 4", "1: unknown key ''" },
	{ "workers", "1: no '=' in this line" },
	{ "workers = four",
	  "1: 'workers' must be a whole number from 0 to 256" },
	{ "workers = -1",
	  "1: 'workers' must be a whole number from 0 to 256" },
	{ "workers = 257",
	  "1: 'workers' must be a whole number from 0 to 256" },
	{ "workers =", "1: 'workers' must be a whole number from 0 to 256" },
	{ "workers = 4 5",
	  "1: 'workers' must be a whole number from 0 to 256" },
	{ "max_json_bytes = 1023",
	  "1: 'max_json_bytes' must be a size from 1K to 64M, such as 20M" },
	{ "max_json_bytes = 65M",
	  "1: 'max_json_bytes' must be a size from 1K to 64M, such as 20M" },
	{ "max_json_bytes = 1MB",
	  "1: 'max_json_bytes' must be a size from 1K to 64M, such as 20M" },
	{ "token_lifetime = 0",
	  "1: 'token_lifetime' must be a time from 1s to 365d, such as 15m" },
	{ "token_lifetime = 366d",
	  "1: 'token_lifetime' must be a time from 1s to 365d, such as 15m" },
	{ "square_public = perhaps",
	  "1: 'square_public' must be yes or no" },
	{ "language = de", "1: 'language' must be zh-CN or en" },
	{ "language =", "1: 'language' must be zh-CN or en" },
	{ "sendfile = yes", "1: 'sendfile' must be x-sendfile or none" },
	{ "log_level = loud",
	  "1: 'log_level' must be error, warn, info or debug" },
	{ "quota_timezone = Mars/Olympus", "1: 'quota_timezone' must be "
	  "a time zone such as 'UTC' or 'Asia/Shanghai'" },
	{ "quota_timezone = ../../etc/passwd", "1: 'quota_timezone' must be "
	  "a time zone such as 'UTC' or 'Asia/Shanghai'" },
	{ "egress_allow = localhost", "1: 'egress_allow' must be addresses "
	  "or networks such as '10.0.0.0/8', separated by commas" },
	{ "public_url = http://x.org/", PUBLIC_URL },
	{ "public_url = ftp://x.org", PUBLIC_URL },
	{ "public_url = http://", PUBLIC_URL },
	{ "public_url = http:///a", PUBLIC_URL },
	{ "public_url = http://u:p@x.org", PUBLIC_URL },
	{ "public_url = http://x.org?a", PUBLIC_URL },
	{ "public_url = http://x.org/" LONG, PUBLIC_URL },
	{ "base_path = api", "1: 'base_path' must be a path such as "
	  "'/api/v1', without a slash at the end, or empty" },
	{ "base_path = /", "1: 'base_path' must be a path such as "
	  "'/api/v1', without a slash at the end, or empty" },
	{ "base_path = /a//b", "1: 'base_path' must be a path such as "
	  "'/api/v1', without a slash at the end, or empty" },
	{ "base_path = /a?b", "1: 'base_path' must be a path such as "
	  "'/api/v1', without a slash at the end, or empty" },
	{ "db_name = \"a", "1: a quote that is not closed" },
	{ "db_name = \"a\" b", "1: text after the closing quote" },
	{ "db_name = a\x01", "1: 'db_name' must be a text without control "
	  "characters" },
	{ "db_name = \xff", "1: 'db_name' must be a text without control "
	  "characters" },
};
/* clang-format on */

static void
complaints_are_exact(void **state)
{
	const char *told;

	(void)state;
	for (size_t i = 0; i < COUNT(complaints); i++) {
		const struct complaint *c = &complaints[i];

		assert_null(read_text(c->text, strlen(c->text), &told));
		assert_string_equal(told,
		    arena_printf(unit_cx.arena, "%s:%s\n", path, c->told));
	}
}

/* A line that is added at the end of a file changes what it says above. */
static void
the_last_line_of_a_key_counts(void **state)
{
	static const char text[] = "workers = 4\nlease = 5s\nworkers = 6\n";
	const char *told;
	struct conf *conf = read_text(text, strlen(text), &told);

	(void)state;
	assert_non_null(conf);
	assert_int_equal(conf->workers, 6);
	assert_string_equal(
	    told, arena_printf(unit_cx.arena,
		      "%s:3: 'workers' takes the place of line 1\n", path));
	conf_free(conf);
	assert_null(read_text("workers = x\nworkers = 4", 23, &told));
}

static void
all_complaints_come_at_once(void **state)
{
	static const char text[] = "workers = x\nfoo = 1\nlease = 1s\nbar\n";
	const char *told;

	(void)state;
	assert_null(read_text(text, strlen(text), &told));
	assert_string_equal(told,
	    arena_printf(unit_cx.arena,
		"%s:1: 'workers' must be a whole number from 0 to 256\n"
		"%s:2: unknown key 'foo'\n"
		"%s:3: 'lease' must be a time from 3s to 1h, such as 15m\n"
		"%s:4: no '=' in this line\n",
		path, path, path, path));
}

static void
files_that_are_none_are_refused(void **state)
{
	struct buf told;
	const char *text;

	(void)state;
	assert_null(read_text("workers = 4\0\n", 13, &text));
	assert_non_null(strstr(text, "NUL"));
	buf_init(&told, KIB);
	assert_null(conf_read("no/such/file", &told));
	assert_string_equal(buf_text(&told),
	    "no/such/file: cannot be read: No such file or directory\n");
	buf_release(&told);
}

static void
the_path_is_given_or_in_the_environment(void **state)
{
	(void)state;
	assert_int_equal(setenv("GESSO_CONF", "/e/gesso.conf", 1), 0);
	assert_string_equal(conf_path("/g/gesso.conf"), "/g/gesso.conf");
	assert_string_equal(conf_path(NULL), "/e/gesso.conf");
	assert_int_equal(unsetenv("GESSO_CONF"), 0);
	assert_string_equal(conf_path(NULL), GESSO_SYSCONFDIR "/gesso.conf");
}

/* What conf_print() writes means the same when it is read again. */
static void
printed_values_read_back(void **state)
{
	struct conf *conf = conf_of("db_user = \" #x\"\n"
				    "lease = 59m\n"
				    "max_json_bytes = 1536K\n"
				    "db_name = \"\"\n");
	struct buf file;
	struct conf *again;

	(void)state;
	buf_init(&file, 64 * KIB);
	for (size_t i = 0; i < option_count; i++) {
		buf_printf(&file, "%s = ", options[i].name);
		conf_print(conf, &options[i], &file);
		buf_putc(&file, '\n');
	}
	again = conf_of(buf_text(&file));
	for (size_t i = 0; i < option_count; i++)
		assert_string_equal(printed(again, options[i].name),
		    printed(conf, options[i].name));
	buf_release(&file);
	conf_free(conf);
	conf_free(again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(defaults_are_whole),
		UNIT_TEST(defaults_and_bounds_are_printed_as_they_are_written),
		UNIT_TEST(a_file_is_read),
		UNIT_TEST(complaints_are_exact),
		UNIT_TEST(the_last_line_of_a_key_counts),
		UNIT_TEST(all_complaints_come_at_once),
		UNIT_TEST(files_that_are_none_are_refused),
		UNIT_TEST(the_path_is_given_or_in_the_environment),
		UNIT_TEST(printed_values_read_back),
	};
	int failed, fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests_name("conf", tests, NULL, NULL);
	unlink(path);
	return failed;
}
