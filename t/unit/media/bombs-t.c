/*
 * Files that are made to hurt, handed to the real helper by its real caller:
 * each is refused, one and the same helper lives through all of them, and it
 * never takes more than 64 MiB.
 */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "core/conf.h"
#include "domain/media_helper.h"

#define FILE_MAX (4 * MIB)
#define MEMORY_MAX_KIB (64 * 1024)

static struct conf *conf;
static struct ctx cx;
static char helper[512];

static int
setup(void **state)
{
	(void)state;
	conf = conf_default();
	snprintf(helper, sizeof(helper), "%s/media-helper/gesso-media",
	    getenv("GESSO_BUILD"));
	conf->media_helper = helper;
	conf->media_helpers = 1;
	cx = (struct ctx){ .arena = arena_new(64 * MIB), .conf = conf };
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

/* The only child of this process: the helper; 0 when there is none. */
static long
helper_pid(void)
{
	char path[64], text[64] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	(void)file_read_full(fd, text, sizeof(text) - 1);
	close(fd);
	return strtol(text, NULL, 10);
}

/* The most memory that the helper ever had. */
static long
helper_peak_kib(void)
{
	char path[64], *text, *line;
	char bytes[4096] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/status", helper_pid());
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	(void)file_read_full(fd, bytes, sizeof(bytes) - 1);
	close(fd);
	text = bytes;
	line = strstr(text, "VmHWM:");
	assert_non_null(line);
	return strtol(line + strlen("VmHWM:"), NULL, 10);
}

static int
file_with(const void *bytes, size_t len)
{
	char path[] = "/tmp/gesso-bomb-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	assert_true(len == 0 || file_write_all(fd, bytes, len));
	return fd;
}

static enum err
look_fd(enum media_use use, int in)
{
	struct media_facts facts;
	int out = file_with(NULL, 0);
	enum err e = media_helper_look(&cx, use, in, out, "file", &facts);

	close(out);
	return e;
}

static enum err
look(enum media_use use, const void *bytes, size_t len)
{
	int in = file_with(bytes, len);
	enum err e = look_fd(use, in);

	close(in);
	return e;
}

static void
refused(const char *name, const void *bytes, size_t len)
{
	enum err e = look(MEDIA_UPLOAD_IMAGE, bytes, len);

	if (e != ERR_UNSUPPORTED_MEDIA)
		fail_msg("%s: %s", name, err_name(e));
}

static void
be32(struct buf *b, uint32_t n)
{
	const uint8_t bytes[4] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16),
		(uint8_t)(n >> 8), (uint8_t)n };

	buf_add(b, bytes, 4);
}

/* No decoder gets as far as looking at the checksum of these. */
static void
chunk(struct buf *b, const char *type, const void *data, uint32_t len)
{
	be32(b, len);
	buf_add(b, type, 4);
	buf_add(b, data, len);
	be32(b, 0);
}

static void
png_begin(struct buf *b, uint32_t width, uint32_t height)
{
	uint8_t ihdr[13] = { [8] = 8, [9] = 2 };

	for (int i = 0; i < 4; i++) {
		ihdr[i] = (uint8_t)(width >> (24 - 8 * i));
		ihdr[4 + i] = (uint8_t)(height >> (24 - 8 * i));
	}
	buf_clear(b);
	buf_add(b, "\x89PNG\r\n\x1a\n", 8);
	chunk(b, "IHDR", ihdr, sizeof(ihdr));
}

static void
png_end(struct buf *b)
{
	chunk(b, "IDAT", "x", 1);
	chunk(b, "IEND", "", 0);
}

static void
pictures_of_vast_size_are_refused(void **state)
{
	static const uint32_t sides[][2] = { { 11000, 11000 }, { 20000, 20000 },
		{ 65535, 65535 }, { 0x7fffffff, 0x7fffffff },
		{ 0xffffffff, 0xffffffff }, { 16385, 1 }, { 1, 16385 },
		{ 8000, 5001 }, { 0, 5 }, { 5, 0 } };
	static const char jpeg[] =
	    "\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\3\1\x22\0\2\x11\1\3"
	    "\x11\1\xff\xda\0\x0c\3\1\0\2\x11\3\x11\0\x3f\0\xff\xd9";
	static const char gif[] = "GIF89a\xff\xff\xff\xff\0\0\0"
				  "\x2c\0\0\0\0\xff\xff\xff\xff\0\2\2\x4c\1\0;";
	static const char webp[] =
	    "RIFF\x30\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x3f\0\xff\x3f\0"
	    "VP8 \x0a\0\0\0\x10\0\0\x9d\x01\x2a\xff\x3f\xff\x3f";
	struct buf b;

	(void)state;
	buf_init(&b, FILE_MAX);
	for (size_t i = 0; i < COUNT(sides); i++) {
		png_begin(&b, sides[i][0], sides[i][1]);
		png_end(&b);
		refused("png", b.data, b.len);
	}
	buf_release(&b);
	refused("jpeg", jpeg, sizeof(jpeg) - 1);
	refused("gif", gif, sizeof(gif) - 1);
	refused("webp", webp, sizeof(webp) - 1);
}

static void
pictures_of_ten_thousand_frames_are_refused(void **state)
{
	static const char frame[] = "\x2c\0\0\0\0\1\0\1\0\0\2\2\x4c\1\0";
	struct buf b;

	(void)state;
	buf_init(&b, FILE_MAX);
	buf_add(&b, "GIF89a\1\0\1\0\0\0\0", 13);
	for (int i = 0; i < 10000; i++)
		buf_add(&b, frame, sizeof(frame) - 1);
	buf_add(&b, ";", 1);
	refused("gif", b.data, b.len);
	png_begin(&b, 8, 8);
	chunk(&b, "acTL", "\0\0\x27\x10\0\0\0\0", 8);
	png_end(&b);
	refused("png", b.data, b.len);
	buf_release(&b);
}

/* A hole of a file: it takes no room on the disk. */
static void
a_hundred_megabytes_of_metadata_are_refused(void **state)
{
	struct buf b;
	int fd;

	(void)state;
	buf_init(&b, FILE_MAX);
	png_begin(&b, 8, 8);
	be32(&b, 100 * 1024 * 1024);
	buf_puts(&b, "eXIf");
	fd = file_with(b.data, b.len);
	buf_clear(&b);
	be32(&b, 0);
	png_end(&b);
	assert_int_equal(lseek(fd, 100 * 1024 * 1024, SEEK_END) > 0, 1);
	assert_true(file_write_all(fd, b.data, b.len));
	assert_int_equal(
	    look_fd(MEDIA_UPLOAD_IMAGE, fd), ERR_UNSUPPORTED_MEDIA);
	close(fd);
	buf_release(&b);
}

static char *
sample_load(const char *name, size_t *len)
{
	const char *top = getenv("top_srcdir");
	char *path = arena_printf(cx.arena, "%s/t/fuzz/corpus/head/%s",
	    top != NULL ? top : ".", name);
	char *bytes;

	if (!file_slurp(cx.arena, path, FILE_MAX, &bytes, len))
		fail_msg("%s can't be read", path);
	return bytes;
}

static void
a_file_cut_off_at_any_byte_is_refused(void **state)
{
	static const char *const names[] = { "rgb.png", "baseline.jpg",
		"progressive.jpg", "lossless.webp", "still.gif" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		size_t len;
		char *bytes = sample_load(names[i], &len);

		for (size_t cut = 0; cut < len; cut++)
			refused(names[i], bytes, cut);
		assert_int_equal(look(MEDIA_UPLOAD_IMAGE, bytes, len), ERR_OK);
	}
}

/* Sixty kilobytes that zlib makes sixty megabytes of. */
static void
a_text_that_unpacks_to_much_is_not_unpacked(void **state)
{
	size_t len;
	char *bytes = sample_load("text-bomb.png", &len);

	(void)state;
	assert_int_equal(look(MEDIA_UPLOAD_IMAGE, bytes, len), ERR_OK);
}

static void
playlists_that_play_a_film_are_refused(void **state)
{
	static const char *const texts[] = {
		"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\n"
		"file:///etc/passwd\n#EXT-X-ENDLIST\n",
		"ffconcat version 1.0\nfile /etc/passwd\n",
		"[playlist]\nFile1=http://127.0.0.1/\n",
		"<?xml version='1.0'?>"
		"<MPD xmlns='urn:mpeg:dash:schema:mpd:2011'></MPD>"
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_int_equal(
		    look(MEDIA_UPLOAD_FILM, texts[i], strlen(texts[i])),
		    ERR_UNSUPPORTED_MEDIA);
}

static void
one_helper_lived_through_it_with_little_memory(void **state)
{
	(void)state;
	print_message("the helper took %ld KiB at most\n", helper_peak_kib());
#ifndef GESSO_SANITIZED
	assert_true(helper_peak_kib() < MEMORY_MAX_KIB);
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pictures_of_vast_size_are_refused),
		cmocka_unit_test(pictures_of_ten_thousand_frames_are_refused),
		cmocka_unit_test(a_hundred_megabytes_of_metadata_are_refused),
		cmocka_unit_test(a_file_cut_off_at_any_byte_is_refused),
		cmocka_unit_test(a_text_that_unpacks_to_much_is_not_unpacked),
		cmocka_unit_test(playlists_that_play_a_film_are_refused),
		cmocka_unit_test(
		    one_helper_lived_through_it_with_little_memory),
	};

	if (getenv("GESSO_BUILD") == NULL) {
		puts("1..0 # SKIP needs GESSO_BUILD, as t/run sets it");
		return 0;
	}
	return cmocka_run_group_tests_name(
	    "media-helper/bombs", tests, setup, teardown);
}
