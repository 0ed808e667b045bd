/*
 * The store on a directory of the test's own.
 */
#include "domain/media_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/encode.h"
#include "base/file.h"
#include "core/conf.h"

static char dir[64];
static struct conf *conf;
static struct ctx cx;

static int
setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/gesso-store-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	conf = conf_default();
	conf->media_dir = dir;
	conf->min_free_disk = 0;
	conf->public_url = "https://example.org/art";
	cx = (struct ctx){ .arena = arena_new(4 * MIB), .conf = conf };
	return 0;
}

/* Removes what the tests left: directories of two levels and their files. */
static size_t
sweep(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	size_t files = 0;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		char name[512];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (unlink(name) == 0) {
			files++;
		} else {
			files += sweep(name);
			rmdir(name);
		}
	}
	if (d != NULL)
		closedir(d);
	return files;
}

static int
teardown(void **state)
{
	(void)state;
	sweep(dir);
	rmdir(dir);
	arena_free(cx.arena);
	conf_free(conf);
	return 0;
}

static void
a_kept_file_is_whole_and_named_by_chance(void **state)
{
	struct media_draft draft;
	struct uuid name = { 0 }, other = { 0 };
	uint8_t hash[32], want[32];
	const char *path;
	int64_t bytes;
	char *text;
	size_t len;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(media_store_draft(&cx, &draft), ERR_OK);
		assert_int_equal(
		    media_store_write(&cx, &draft, "pic", 3), ERR_OK);
		assert_int_equal(
		    media_store_write(&cx, &draft, "ture", 4), ERR_OK);
		other = name;
		assert_int_equal(
		    media_store_keep(&cx, &draft, "png", &name, &bytes, hash),
		    ERR_OK);
		assert_int_equal(draft.fd, -1);
		media_store_drop(&draft); /* nothing to drop any more */
	}
	assert_false(uuid_equal(&name, &other));
	assert_int_equal(bytes, 7);
	sha256("picture", 7, want);
	assert_memory_equal(hash, want, sizeof(want));

	path = media_store_path(&cx, &name, "png");
	assert_true(file_slurp(cx.arena, path, 100, &text, &len));
	assert_string_equal(text, "picture");
	assert_int_equal(media_store_remove(&cx, &name, "png"), ERR_OK);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(media_store_remove(&cx, &name, "png"), ERR_OK);
	assert_int_equal(media_store_remove(&cx, &other, "png"), ERR_OK);
}

static void
nobody_else_can_read_it(void **state)
{
	struct media_draft draft;
	struct uuid name;
	uint8_t hash[32];
	int64_t bytes;
	struct stat st;

	(void)state;
	assert_int_equal(media_store_draft(&cx, &draft), ERR_OK);
	assert_int_equal(
	    media_store_keep(&cx, &draft, "gif", &name, &bytes, hash), ERR_OK);
	assert_int_equal(stat(media_store_path(&cx, &name, "gif"), &st), 0);
	assert_int_equal(st.st_mode & 07, 0);
}

static void
a_dropped_draft_leaves_nothing(void **state)
{
	struct media_draft draft;

	(void)state;
	sweep(dir);
	assert_int_equal(media_store_draft(&cx, &draft), ERR_OK);
	assert_int_equal(media_store_write(&cx, &draft, "half", 4), ERR_OK);
	media_store_drop(&draft);
	assert_int_equal(draft.fd, -1);
	assert_int_equal(sweep(dir), 0);
}

static void
who_lets_go_of_a_draft_leaves_it_to_others(void **state)
{
	struct media_draft draft, again;
	struct uuid name;
	uint8_t hash[32];
	int64_t bytes;

	(void)state;
	assert_int_equal(media_store_draft(&cx, &draft), ERR_OK);
	assert_int_equal(media_store_write(&cx, &draft, "pic", 3), ERR_OK);
	assert_int_equal(
	    media_store_reopen(&cx, media_draft_name(&draft), &again), ERR_OK);
	media_store_leave(&draft);
	assert_int_equal(draft.fd, -1);
	assert_int_equal(
	    media_store_keep(&cx, &again, "png", &name, &bytes, hash), ERR_OK);
	assert_int_equal(bytes, 3);
}

static void
a_full_disk_is_told_and_leaves_nothing(void **state)
{
	struct media_draft draft;
	struct rlimit before;
	char block[4000];

	(void)state;
	sweep(dir);
	memset(block, 'x', sizeof(block));
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(media_store_draft(&cx, &draft), ERR_OK);
	assert_int_equal(
	    setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 1000, before.rlim_max }),
	    0);
	assert_int_equal(media_store_write(&cx, &draft, block, sizeof(block)),
	    ERR_STORAGE_FULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	media_store_drop(&draft);
	assert_int_equal(sweep(dir), 0);
}

static void
less_room_than_min_free_disk_is_a_full_disk(void **state)
{
	struct media_draft draft;

	(void)state;
	conf->min_free_disk = INT64_MAX;
	assert_int_equal(media_store_draft(&cx, &draft), ERR_STORAGE_FULL);
	conf->min_free_disk = 0;
}

static void
what_is_not_there_is_not_found(void **state)
{
	struct uuid name = uuid_new();
	int fd;

	(void)state;
	assert_int_equal(
	    media_store_open(&cx, &name, "png", &fd), ERR_NOT_FOUND);
}

static void
an_address_leads_back_to_its_name(void **state)
{
	struct uuid name, back;
	const char *url, *extension;

	(void)state;
	random_fill(name.b, sizeof(name.b));
	url = media_store_url(&cx, &name, "webp");
	assert_memory_equal(url, "https://example.org/art/media/", 30);
	assert_true(media_url_parse(&cx, url, &back, &extension));
	assert_true(uuid_equal(&name, &back));
	assert_string_equal(extension, "webp");
	assert_null(media_store_url(&cx, &(struct uuid){ 0 }, "png"));
}

static void
other_names_are_refused(void **state)
{
	static const char *const names[] = { "", ".", "..", "a", ".png",
		"0123456789abcdef0123456789abcdef",
		"0123456789abcdef0123456789abcdef.",
		"0123456789abcdef0123456789abcde.png",
		"0123456789abcdef0123456789abcdef0.png",
		"0123456789ABCDEF0123456789abcdef.png",
		"0123456789abcdeg0123456789abcdef.png",
		"00000000000000000000000000000000.png",
		"0123456789abcdef0123456789abcdef.p/g",
		"0123456789abcdef0123456789abcdef.p.g",
		"0123456789abcdef0123456789abcdef.PNG",
		"0123456789abcdef0123456789abcdef.toolongs",
		"../../../../../../../etc/passwd..png" };
	static const char *const urls[] = { "", "https://example.org/",
		"http://example.org/art/media/"
		"0123456789abcdef0123456789abcdef.png",
		"https://example.org/art/media/"
		"0123456789abcdef0123456789abcdef.png?x" };
	const char *extension;
	struct uuid name;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		assert_false(
		    media_name_parse(&cx, names[i], &name, &extension));
	for (size_t i = 0; i < COUNT(urls); i++)
		assert_false(media_url_parse(&cx, urls[i], &name, &extension));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kept_file_is_whole_and_named_by_chance),
		cmocka_unit_test(nobody_else_can_read_it),
		cmocka_unit_test(a_dropped_draft_leaves_nothing),
		cmocka_unit_test(who_lets_go_of_a_draft_leaves_it_to_others),
		cmocka_unit_test(a_full_disk_is_told_and_leaves_nothing),
		cmocka_unit_test(less_room_than_min_free_disk_is_a_full_disk),
		cmocka_unit_test(what_is_not_there_is_not_found),
		cmocka_unit_test(an_address_leads_back_to_its_name),
		cmocka_unit_test(other_names_are_refused),
	};

	return cmocka_run_group_tests_name(
	    "domain/media_store", tests, setup, teardown);
}
