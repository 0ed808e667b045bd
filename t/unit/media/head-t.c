/*
 * Heads: what is read from the files of t/fuzz/corpus/head, what becomes of
 * them when they are cut off anywhere, and what is made to hurt.
 */
#include "head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"

#define FILE_MAX (1 * MIB)

struct sample {
	const char *name;
	enum media_kind kind;
	uint32_t width, height, frames;
	unsigned orientation;
	bool alpha;
};

/* clang-format off: a line each */
static const struct sample samples[] = {
	{ "rgb.png", MEDIA_KIND_PNG, 24, 16, 1, 1, false },
	{ "alpha.png", MEDIA_KIND_PNG, 24, 16, 1, 1, true },
	{ "turned.png", MEDIA_KIND_PNG, 24, 16, 1, 8, false },
	{ "animated.png", MEDIA_KIND_PNG, 24, 16, 2, 1, false },
	{ "baseline.jpg", MEDIA_KIND_JPEG, 24, 16, 1, 1, false },
	{ "progressive.jpg", MEDIA_KIND_JPEG, 24, 16, 1, 1, false },
	{ "grey.jpg", MEDIA_KIND_JPEG, 24, 16, 1, 1, false },
	{ "cmyk.jpg", MEDIA_KIND_JPEG, 24, 16, 1, 1, false },
	{ "turned.jpg", MEDIA_KIND_JPEG, 24, 16, 1, 6, false },
	{ "lossy.webp", MEDIA_KIND_WEBP, 24, 16, 1, 1, false },
	{ "lossless.webp", MEDIA_KIND_WEBP, 24, 16, 1, 1, false },
	{ "alpha.webp", MEDIA_KIND_WEBP, 24, 16, 1, 1, true },
	{ "animated.webp", MEDIA_KIND_WEBP, 24, 16, 3, 1, false },
	{ "still.gif", MEDIA_KIND_GIF, 24, 16, 1, 1, false },
	{ "animated.gif", MEDIA_KIND_GIF, 24, 16, 3, 1, false },
	{ "h264.mp4", MEDIA_KIND_MP4, 64, 48, 1, 1, false },
	{ "mjpeg.mov", MEDIA_KIND_MOV, 32, 32, 1, 1, false },
	{ "vp8.webm", MEDIA_KIND_WEBM, 0, 0, 1, 1, false },
};
/* clang-format on */

static struct arena *arena;

static char *
sample_load(const char *name, size_t *len)
{
	const char *top = getenv("top_srcdir");
	char *path = arena_printf(
	    arena, "%s/t/fuzz/corpus/head/%s", top != NULL ? top : ".", name);
	char *bytes;

	if (!file_slurp(arena, path, FILE_MAX, &bytes, len))
		fail_msg("%s can't be read", path);
	return bytes;
}

static const char *
read_bytes(const void *bytes, size_t len, struct head *head)
{
	static struct source source;
	const char *why = NULL;

	source_open_bytes(&source, bytes, len);
	return head_read(&source, head, &why) ? NULL : why;
}

static void
facts_are_those_of_the_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++) {
		const struct sample *want = &samples[i];
		struct head head;
		size_t len;
		char *bytes = sample_load(want->name, &len);
		const char *why = read_bytes(bytes, len, &head);

		if (why != NULL)
			fail_msg("%s: %s", want->name, why);
		assert_int_equal(head.kind, want->kind);
		assert_int_equal(head.width, want->width);
		assert_int_equal(head.height, want->height);
		assert_int_equal(head.frames, want->frames);
		assert_int_equal(head.orientation, want->orientation);
		if (want->alpha)
			assert_true(head.alpha);
	}
}

static void
a_file_that_is_cut_off_at_any_byte_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++) {
		struct head head;
		size_t len;
		char *bytes = sample_load(samples[i].name, &len);

		for (size_t cut = 0; cut < len; cut++)
			if (read_bytes(bytes, cut, &head) == NULL)
				fail_msg("%s is taken although it ends at %zu",
				    samples[i].name, cut);
	}
}

/* A descriptor is read through a window; its edges must not show. */
static void
a_descriptor_tells_the_same_as_memory(void **state)
{
	static struct source source;

	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++) {
		struct head head;
		const char *why;
		size_t len;
		char *bytes = sample_load(samples[i].name, &len);
		FILE *f = tmpfile();

		assert_non_null(f);
		assert_int_equal(fwrite(bytes, 1, len, f), len);
		fflush(f);
		assert_true(source_open_fd(&source, fileno(f)));
		assert_true(head_read(&source, &head, &why));
		assert_int_equal(head.width, samples[i].width);
		assert_int_equal(head.frames, samples[i].frames);
		fclose(f);
	}
}

/* Every byte of every sample, changed: an answer, never harm. */
static void
a_changed_byte_does_no_harm(void **state)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };

	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++) {
		struct head head;
		size_t len;
		char *bytes = sample_load(samples[i].name, &len);

		for (size_t at = 0; at < len; at++) {
			char was = bytes[at];

			for (size_t v = 0; v < COUNT(values); v++) {
				bytes[at] = (char)values[v];
				(void)read_bytes(bytes, len, &head);
			}
			bytes[at] = was;
		}
	}
}

static void
what_is_of_no_kind_is_refused(void **state)
{
	static const char *const texts[] = {
		"<svg xmlns='http://www.w3.org/'/>",
		"<!DOCTYPE html><html></html>", "%PDF-1.7 and then some",
		"BM and sixteen bytes", "II*\0 tiff with some bytes",
		"push graphic-context", "8BPS adobe photoshop",
		"#EXTM3U\n#EXT-X-VERSION:3", "GIF88a and so on and on",
		"RIFF\x20\0\0\0AVI LIST",
		("\0\0\0\x18"
		 "jP  \r\n\x87\n j2k.."),
		"MSL:<?xml version='1.0'?>", "text:/etc/passwd......."
	};
	struct head head;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_non_null(
		    read_bytes(texts[i], strlen(texts[i]) + 8, &head));
	assert_non_null(read_bytes("", 0, &head));
}

static void
ten_thousand_frames_are_counted(void **state)
{
	static const char frame[] = "\x2c\0\0\0\0\1\0\1\0\0\2\2\x4c\1\0";
	struct buf gif;
	struct head head;

	(void)state;
	buf_init(&gif, FILE_MAX);
	buf_add(&gif, "GIF89a\1\0\1\0\0\0\0", 13);
	for (int i = 0; i < 10000; i++)
		buf_add(&gif, frame, sizeof(frame) - 1);
	buf_add(&gif, ";", 1);
	assert_null(read_bytes(gif.data, gif.len, &head));
	assert_int_equal(head.frames, 10000);
	buf_release(&gif);
}

static void
a_frame_outside_of_its_screen_is_refused(void **state)
{
	static const char gif[] = "GIF89a\1\0\1\0\0\0\0"
				  "\x2c\0\0\0\0\xff\xff\xff\xff\0\2\2\x4c\1\0;";
	struct head head;

	(void)state;
	assert_string_equal(read_bytes(gif, sizeof(gif) - 1, &head),
	    "a frame is not within the picture");
}

static void
scans_without_end_are_refused(void **state)
{
	static const char start[] =
	    "\xff\xd8\xff\xc2\0\x0b\x08\0\x10\0\x10\1\1\x11\0";
	static const char scan[] = "\xff\xda\0\x08\1\1\0\0\0\0";
	struct buf jpeg;
	struct head head;

	(void)state;
	buf_init(&jpeg, FILE_MAX);
	buf_add(&jpeg, start, sizeof(start) - 1);
	for (int i = 0; i < 1000; i++)
		buf_add(&jpeg, scan, sizeof(scan) - 1);
	buf_add(&jpeg, "\xff\xd9", 2);
	assert_string_equal(
	    read_bytes(jpeg.data, jpeg.len, &head), "it has too many scans");
	buf_release(&jpeg);
}

static void
boxes_in_boxes_without_end_are_refused(void **state)
{
	struct buf mp4;
	struct head head;

	(void)state;
	buf_init(&mp4, 4 * FILE_MAX);
	buf_add(&mp4,
	    "\0\0\0\x08"
	    "ftyp",
	    8);
	for (int i = 0; i < 250000; i++)
		buf_add(&mp4,
		    "\0\0\0\x08"
		    "free",
		    8);
	assert_non_null(read_bytes(mp4.data, mp4.len, &head));
	buf_release(&mp4);
}

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(64 * MIB);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_are_those_of_the_file),
		cmocka_unit_test(a_file_that_is_cut_off_at_any_byte_is_refused),
		cmocka_unit_test(a_descriptor_tells_the_same_as_memory),
		cmocka_unit_test(a_changed_byte_does_no_harm),
		cmocka_unit_test(what_is_of_no_kind_is_refused),
		cmocka_unit_test(ten_thousand_frames_are_counted),
		cmocka_unit_test(a_frame_outside_of_its_screen_is_refused),
		cmocka_unit_test(scans_without_end_are_refused),
		cmocka_unit_test(boxes_in_boxes_without_end_are_refused),
	};

	return cmocka_run_group_tests_name(
	    "media-helper/head", tests, setup, teardown);
}
