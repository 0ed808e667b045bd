/*
 * seal and key_file - what opens again, what does not, and which key files are
 * refused.
 */
#include "config.h"

#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/key_file.h"
#include "core/seal.h"

#define HEX32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define OTHER32                                                                \
	"ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static char path[] = "seal-t.XXXXXX";

static void
write_keys(const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static const char *
sealed(const char *row, const char *secret)
{
	const char *text = NULL;

	assert_int_equal(seal_text(&unit_cx, path, row, secret, &text), ERR_OK);
	return text;
}

static enum err
opened(const char *row, const char *text, const char **secret_out)
{
	*secret_out = NULL;
	return seal_open(&unit_cx, path, row, text, secret_out);
}

static void
what_is_sealed_opens_again(void **state)
{
	static const char *const secrets[] = { "", "sk-1234", "\xe5\xaf\x86" };
	const char *secret, *text;

	(void)state;
	write_keys("k1 " HEX32 "\n", 0640);
	for (size_t i = 0; i < COUNT(secrets); i++) {
		text = sealed("provider/1", secrets[i]);
		assert_memory_equal(text, "k1:", 3);
		assert_true(
		    *secrets[i] == '\0' || strstr(text, secrets[i]) == NULL);
		assert_int_equal(opened("provider/1", text, &secret), ERR_OK);
		assert_string_equal(secret, secrets[i]);
	}
	assert_string_not_equal(sealed("r", "same"), sealed("r", "same"));
}

static void
rows_cannot_be_swapped(void **state)
{
	const char *secret, *text;

	(void)state;
	write_keys("k1 " HEX32 "\n", 0640);
	text = sealed("provider/1", "sk-1234");
	assert_int_equal(
	    opened("provider/2", text, &secret), ERR_PROVIDER_MISCONFIGURED);
	assert_int_equal(opened("", text, &secret), ERR_PROVIDER_MISCONFIGURED);
	assert_null(secret);
}

static const char *
bend(const char *text, size_t bit)
{
	char *bent = arena_strdup(unit_cx.arena, text);

	bent[bit / 8] = (char)(bent[bit / 8] ^ (1 << bit % 8));
	return bent;
}

static void
no_bit_can_be_changed(void **state)
{
	const char *secret, *text = NULL;

	(void)state;
	write_keys("k1 " HEX32 "\n", 0640);
	/* Once is not enough: '-' and '_' must be among the characters. */
	for (int round = 0; round < 10; round++) {
		text = sealed("row", "sk-1234");
		for (size_t i = 0; i < 8 * strlen(text); i++)
			assert_int_equal(opened("row", bend(text, i), &secret),
			    ERR_PROVIDER_MISCONFIGURED);
	}
	for (size_t len = 0; len < strlen(text); len++)
		assert_int_equal(
		    opened(
			"row", arena_copy(unit_cx.arena, text, len), &secret),
		    ERR_PROVIDER_MISCONFIGURED);
	assert_int_equal(
	    opened("row", arena_printf(unit_cx.arena, "%sA", text), &secret),
	    ERR_PROVIDER_MISCONFIGURED);
}

static void
keys_can_be_rotated(void **state)
{
	const char *secret, *old, *young;

	(void)state;
	write_keys("k1 " HEX32 "\n", 0640);
	old = sealed("row", "one");
	write_keys("# new\nk2 " OTHER32 "\nk1 " HEX32 "\n", 0640);
	young = sealed("row", "two");
	assert_memory_equal(young, "k2:", 3);
	assert_int_equal(opened("row", old, &secret), ERR_OK);
	assert_string_equal(secret, "one");
	write_keys("k2 " OTHER32 "\n", 0640);
	assert_int_equal(opened("row", young, &secret), ERR_OK);
	assert_int_equal(
	    opened("row", old, &secret), ERR_PROVIDER_MISCONFIGURED);
	/* The same id with another key opens nothing. */
	write_keys("k1 " OTHER32 "\n", 0640);
	assert_int_equal(
	    opened("row", old, &secret), ERR_PROVIDER_MISCONFIGURED);
}

static void
bad_key_files_are_refused(void **state)
{
	static const struct {
		const char *text;
		mode_t mode;
		const char *told;
	} rows[] = {
		{ "", 0640, "holds no key" },
		{ "# nothing\n\n", 0640, "holds no key" },
		{ "k1 " HEX32 "\n", 0644, "open to everybody" },
		{ "k1 " HEX32 "\n", 0641, "open to everybody" },
		{ "k1\n", 0600, "line 1: the key is too short" },
		{ "\nk1 0011\n", 0600, "line 2: the key is too short" },
		{ "k1 " HEX32 "00\n", 0600, "no hexadecimal" },
		{ "k1 " HEX32 "0\n", 0600, "no hexadecimal" },
		{ "k1 xx" HEX32 "\n", 0600, "no hexadecimal" },
		{ "k1 " HEX32 " x\n", 0600, "no hexadecimal" },
		{ "k:1 " HEX32 "\n", 0600, "line 1: the id" },
		{ "abcdefghijklmnopq " HEX32 "\n", 0600, "line 1: the id" },
		{ "k1 " HEX32 "\nk1 " OTHER32 "\n", 0600, "twice" },
		{ "a " HEX32 "\nb " HEX32 "\nc " HEX32 "\nd " HEX32 "\ne " HEX32
		  "\n",
		    0600, "line 5: there are too many" },
	};
	struct keys keys;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		write_keys(rows[i].text, rows[i].mode);
		assert_int_equal(
		    key_file_read(&unit_cx, path, 32, 32, &keys), ERR_INTERNAL);
		if (strstr(unit_cx.fault.detail, rows[i].told) == NULL)
			fail_msg(
			    "%s, not %s", unit_cx.fault.detail, rows[i].told);
		assert_null(strstr(unit_cx.fault.detail, "0001"));
	}
	assert_int_equal(key_file_read(&unit_cx, "no/such/file", 32, 32, &keys),
	    ERR_INTERNAL);
}

static void
key_files_may_have_blanks_and_comments(void **state)
{
	struct keys keys;

	(void)state;
	write_keys(" # a\r\n\r\n  k1\t " HEX32 " \r\nk-_2 " OTHER32, 0600);
	assert_int_equal(key_file_read(&unit_cx, path, 32, 64, &keys), ERR_OK);
	assert_int_equal(keys.count, 2);
	assert_int_equal(keys.key[0].len, 32);
	assert_int_equal(keys.key[0].bytes[31], 0x1f);
	assert_ptr_equal(keys_find(&keys, "k-_2"), &keys.key[1]);
	assert_null(keys_find(&keys, "k"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(what_is_sealed_opens_again),
		UNIT_TEST(rows_cannot_be_swapped),
		UNIT_TEST(no_bit_can_be_changed),
		UNIT_TEST(keys_can_be_rotated),
		UNIT_TEST(bad_key_files_are_refused),
		UNIT_TEST(key_files_may_have_blanks_and_comments),
	};
	int failed, fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests_name("seal", tests, NULL, NULL);
	unlink(path);
	return failed;
}
