/*
 * The helper from its caller's side: warm, bounded, replaced when it fails.
 */
#include "domain/media_helper.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "core/conf.h"

/* 3 x 2 pixels, red, 8 bits RGB. */
static const unsigned char png[] = { 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a,
	0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00,
	0x03, 0x00, 0x00, 0x00, 0x02, 0x08, 0x02, 0x00, 0x00, 0x00, 0x12, 0x16,
	0xf1, 0x4d, 0x00, 0x00, 0x00, 0x10, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c,
	0x63, 0xf8, 0xcf, 0xc0, 0x00, 0x41, 0x0c, 0x70, 0x16, 0x00, 0x41, 0xd2,
	0x05, 0xfb, 0x87, 0xf0, 0xb9, 0x48, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45,
	0x4e, 0x44, 0xae, 0x42, 0x60, 0x82 };

static struct conf *conf;
static struct ctx cx;
static char helper[512];

static int
file_with(const void *bytes, size_t len)
{
	char path[] = "/tmp/gesso-helper-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	assert_true(len == 0 || file_write_all(fd, bytes, len));
	return fd;
}

/* The helpers that this process has: their ids, at most max. */
static size_t
children(pid_t *pids, size_t max)
{
	char path[64], text[256] = "";
	char *p = text, *end;
	size_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	(void)file_read_full(fd, text, sizeof(text) - 1);
	close(fd);
	for (; n < max; n++) {
		pids[n] = (pid_t)strtol(p, &end, 10);
		if (end == p)
			break;
		p = end;
	}
	return n;
}

static enum err
look(enum media_use use, const void *bytes, size_t len,
    struct media_facts *facts)
{
	int in = file_with(bytes, len), out = file_with(NULL, 0);
	enum err e = media_helper_look(&cx, use, in, out, "file", facts);

	close(in);
	close(out);
	return e;
}

static int
setup(void **state)
{
	(void)state;
	conf = conf_default();
	conf->media_helper = helper;
	cx = (struct ctx){ .arena = arena_new(4 * MIB), .conf = conf };
	snprintf(helper, sizeof(helper), "%s/media-helper/gesso-media",
	    getenv("GESSO_BUILD"));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	media_helper_stop();
	arena_free(cx.arena);
	conf_free(conf);
	return 0;
}

static void
a_picture_gives_facts_and_a_thumbnail(void **state)
{
	int in = file_with(png, sizeof(png)), out = file_with("old", 3);
	struct media_facts facts;
	char head[3];

	(void)state;
	assert_int_equal(
	    media_helper_look(&cx, MEDIA_UPLOAD_IMAGE, in, out, "file", &facts),
	    ERR_OK);
	assert_string_equal(facts.mime, "image/png");
	assert_string_equal(facts.extension, "png");
	assert_int_equal(facts.width, 3);
	assert_int_equal(facts.height, 2);
	assert_int_equal(facts.frames, 1);
	assert_int_equal(facts.duration_ms, INT_NONE);
	assert_string_equal(facts.out_mime, "image/jpeg");
	assert_string_equal(facts.out_extension, "jpg");
	assert_int_equal(facts.out_width, 3);
	assert_int_equal(facts.out_bytes, lseek(out, 0, SEEK_END));
	assert_int_equal(pread(out, head, 3, 0), 3);
	assert_memory_equal(head, "\xff\xd8\xff", 3);
	close(in);
	close(out);
}

static void
facts_alone_need_no_output(void **state)
{
	int in = file_with(png, sizeof(png));
	struct media_facts facts;

	(void)state;
	assert_int_equal(
	    media_helper_look(&cx, MEDIA_RESULT_IMAGE, in, -1, NULL, &facts),
	    ERR_OK);
	assert_null(facts.out_mime);
	close(in);
}

static void
each_use_has_its_own_rules(void **state)
{
	struct media_facts facts;

	(void)state;
	assert_int_equal(look(MEDIA_UPLOAD_FILM, png, sizeof(png), &facts),
	    ERR_UNSUPPORTED_MEDIA);
	assert_string_equal(cx.fault.field, "file");
	assert_int_equal(look(MEDIA_RESULT_FILM, png, sizeof(png), &facts),
	    ERR_RESULT_INVALID);
	/* a side of an input picture has 64 pixels */
	assert_int_equal(look(MEDIA_INPUT_IMAGE, png, sizeof(png), &facts),
	    ERR_UNSUPPORTED_MEDIA);
	assert_string_equal(cx.fault.detail, "it is too small");
}

static void
a_picture_is_made_to_fit(void **state)
{
	int in = file_with(png, sizeof(png)), out = file_with(NULL, 0);
	struct media_facts facts;

	(void)state;
	assert_int_equal(
	    media_helper_fit(&cx, in, 64, 128, MEDIA_WEBP, out, &facts),
	    ERR_OK);
	assert_int_equal(facts.out_width, 64);
	assert_int_equal(facts.out_height, 128);
	assert_string_equal(facts.out_extension, "webp");
	close(in);
	close(out);
}

static void
one_process_serves_many_pictures(void **state)
{
	struct media_facts facts;
	pid_t before[4], after[4];

	(void)state;
	assert_int_equal(
	    look(MEDIA_UPLOAD_IMAGE, png, sizeof(png), &facts), ERR_OK);
	assert_int_equal(children(before, 4), 1);
	for (int i = 0; i < 20; i++)
		assert_int_equal(
		    look(MEDIA_UPLOAD_IMAGE, png, sizeof(png), &facts), ERR_OK);
	assert_int_equal(children(after, 4), 1);
	assert_int_equal(before[0], after[0]);
}

static void
a_killed_helper_is_replaced_and_the_picture_tried_again(void **state)
{
	struct media_facts facts;
	pid_t before[4], after[4];

	(void)state;
	assert_int_equal(
	    look(MEDIA_UPLOAD_IMAGE, png, sizeof(png), &facts), ERR_OK);
	assert_int_equal(children(before, 4), 1);
	assert_int_equal(kill(before[0], SIGKILL), 0);
	assert_int_equal(
	    look(MEDIA_UPLOAD_IMAGE, png, sizeof(png), &facts), ERR_OK);
	assert_int_equal(children(after, 4), 1);
	assert_int_not_equal(before[0], after[0]);
}

static void
an_event_loop_need_not_wait(void **state)
{
	int in = file_with(png, sizeof(png));
	struct media_job *jobs[3] = { NULL };
	struct media_facts facts;

	(void)state;
	conf->media_helpers = 2;
	for (int i = 0; i < 3; i++)
		assert_int_equal(media_helper_start(&cx, MEDIA_RESULT_IMAGE, in,
				     -1, NULL, &jobs[i]),
		    ERR_OK);
	assert_non_null(jobs[0]);
	assert_non_null(jobs[1]);
	assert_null(jobs[2]); /* all are busy */
	assert_false(media_helper_idle(&cx));
	assert_int_equal(
	    media_helper_fit(&cx, in, 64, 64, MEDIA_PNG, in, &facts),
	    ERR_UNAVAILABLE);
	assert_int_not_equal(
	    media_helper_fd(jobs[0]), media_helper_fd(jobs[1]));
	assert_true(media_helper_left_ms(jobs[0]) > 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    media_helper_finish(&cx, jobs[i], &facts), ERR_OK);
		assert_int_equal(facts.width, 3);
	}
	assert_true(media_helper_idle(&cx));
	close(in);
}

static void
what_is_no_helper_is_unavailable(void **state)
{
	static const char *const programs[] = { "/nonexistent", "/bin/true",
		"/bin/cat" };
	struct media_facts facts;

	(void)state;
	media_helper_stop();
	conf->media_timeout = 1;
	for (size_t i = 0; i < COUNT(programs); i++) {
		conf->media_helper = programs[i];
		assert_int_equal(
		    look(MEDIA_UPLOAD_IMAGE, png, sizeof(png), &facts),
		    ERR_UNAVAILABLE);
	}
	conf->media_helper = helper;
	conf->media_timeout = 30;
	assert_int_equal(
	    look(MEDIA_UPLOAD_IMAGE, png, sizeof(png), &facts), ERR_OK);
}

/* A helper that fails in the way that it is called by. */
static void
fake_start(char *dir, size_t size, const char *way)
{
	char target[512];

	media_helper_stop();
	snprintf(target, sizeof(target), "%s/t/unit/domain/helper-fake",
	    getenv("GESSO_BUILD"));
	snprintf(dir, size, "/tmp/gesso-fake-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(dir + strlen(dir), size - strlen(dir), "/%s", way);
	assert_int_equal(symlink(target, dir), 0);
	conf->media_helper = dir;
}

static void
fake_stop(char *dir)
{
	media_helper_stop();
	unlink(dir);
	*strrchr(dir, '/') = '\0';
	rmdir(dir);
	conf->media_helper = helper;
}

static void
a_helper_that_fails_costs_only_its_picture(void **state)
{
	static const struct {
		const char *way;
		enum err err;
		const char *detail;
	} fakes[] = {
		{ "dies", ERR_UNSUPPORTED_MEDIA, "it broke the decoder" },
		{ "hangs", ERR_UNSUPPORTED_MEDIA,
		    "decoding it takes too long" },
		{ "garbage", ERR_UNSUPPORTED_MEDIA, "it broke the decoder" },
		{ "short", ERR_UNSUPPORTED_MEDIA, "it broke the decoder" },
		{ "huge-size", ERR_UNSUPPORTED_MEDIA,
		    "it made no sense to the decoder" },
		{ "other-kind", ERR_UNSUPPORTED_MEDIA,
		    "it made no sense to the decoder" },
		{ "no-output", ERR_UNSUPPORTED_MEDIA,
		    "it made no sense to the decoder" },
		{ "rude-words", ERR_UNSUPPORTED_MEDIA, "a?b?c" },
		{ "full", ERR_STORAGE_FULL,
		    "the output of gesso-media could not be written" },
	};
	struct media_facts facts;
	char dir[128];

	(void)state;
	conf->media_timeout = 1;
	for (size_t i = 0; i < COUNT(fakes); i++) {
		fake_start(dir, sizeof(dir), fakes[i].way);
		assert_int_equal(
		    look(MEDIA_UPLOAD_IMAGE, png, sizeof(png), &facts),
		    fakes[i].err);
		assert_string_equal(cx.fault.detail, fakes[i].detail);
		fake_stop(dir);
	}
	conf->media_timeout = 30;
	assert_int_equal(
	    look(MEDIA_UPLOAD_IMAGE, png, sizeof(png), &facts), ERR_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_picture_gives_facts_and_a_thumbnail),
		cmocka_unit_test(facts_alone_need_no_output),
		cmocka_unit_test(each_use_has_its_own_rules),
		cmocka_unit_test(a_picture_is_made_to_fit),
		cmocka_unit_test(one_process_serves_many_pictures),
		cmocka_unit_test(
		    a_killed_helper_is_replaced_and_the_picture_tried_again),
		cmocka_unit_test(an_event_loop_need_not_wait),
		cmocka_unit_test(what_is_no_helper_is_unavailable),
		cmocka_unit_test(a_helper_that_fails_costs_only_its_picture),
	};

	if (getenv("GESSO_BUILD") == NULL) {
		puts("1..0 # SKIP needs GESSO_BUILD, as t/run sets it");
		return 0;
	}
	return cmocka_run_group_tests_name(
	    "domain/media_helper", tests, setup, teardown);
}
