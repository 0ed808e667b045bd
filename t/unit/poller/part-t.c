/*
 * Parts as they are remembered: what is read back is what was known, and what
 * was under way is not.
 */
#include "part.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backoff.h"
#include "core/conf.h"

static struct ctx cx;
static struct conf *conf;
static char dir[] = "/tmp/gesso-part-XXXXXX";

static struct part *
again(const struct part *parts, size_t count)
{
	struct part *out;
	size_t n;

	assert_int_equal(
	    parts_read(&cx, parts_write(&cx, parts, count), &out, &n), ERR_OK);
	assert_int_equal(n, count);
	return out;
}

static void
works_are_spread_over_parts(void **state)
{
	struct part *parts;
	size_t count;

	(void)state;
	parts = parts_new(&cx, 4, 10, &count);
	assert_int_equal(count, 1);
	assert_int_equal(parts[0].count, 4);
	parts = parts_new(&cx, 4, 1, &count);
	assert_int_equal(count, 4);
	parts = parts_new(&cx, 4, 3, &count);
	assert_int_equal(count, 2);
	assert_int_equal(parts[1].count, 1);
}

static void
what_was_sent_is_unknown(void **state)
{
	struct part parts[2] = { { .state = PART_SENT, .count = 1 },
		{ .state = PART_UNSENT, .count = 2 } };
	struct part *out = again(parts, 2);

	(void)state;
	assert_int_equal(out[0].state, PART_UNKNOWN);
	assert_int_equal(out[1].state, PART_UNSENT);
	assert_int_equal(out[1].count, 2);
}

static void
what_runs_keeps_its_id(void **state)
{
	struct part part = {
		.state = PART_RUNNING, .count = 1, .remote_id = "video_\"1\""
	};
	struct part *out = again(&part, 1);

	(void)state;
	assert_int_equal(out->state, PART_RUNNING);
	assert_string_equal(out->remote_id, "video_\"1\"");
	part = (struct part){
		.state = PART_FAILED, .count = 1, .reason = ERR_CONTENT_POLICY
	};
	assert_int_equal(again(&part, 1)->reason, ERR_CONTENT_POLICY);
}

static void
what_is_afar_keeps_its_link(void **state)
{
	struct delivery d = { .state = DELIVERY_AFAR,
		.url = "https://example.org/a.png",
		.keyed = true,
		.seed = 5,
		.file.fd = -1,
		.thumbnail.fd = -1 };
	struct part part = { .state = PART_READY,
		.count = 1,
		.deliveries = &d,
		.delivery_count = 1 };
	struct delivery *out = again(&part, 1)->deliveries;

	(void)state;
	assert_int_equal(out->state, DELIVERY_AFAR);
	assert_string_equal(out->url, d.url);
	assert_true(out->keyed);
	assert_int_equal(out->seed, 5);
	assert_int_equal(out->file.fd, -1);
}

static void
what_is_here_is_found_again(void **state)
{
	struct delivery d = {
		.state = DELIVERY_HERE, .seed = INT_NONE, .thumbnail.fd = -1
	};
	struct part part = { .state = PART_READY,
		.count = 1,
		.deliveries = &d,
		.delivery_count = 1 };
	struct delivery *out;
	char byte;

	(void)state;
	assert_int_equal(media_store_draft(&cx, &d.file), ERR_OK);
	assert_int_equal(media_store_write(&cx, &d.file, "x", 1), ERR_OK);
	out = again(&part, 1)->deliveries;
	assert_int_equal(out->state, DELIVERY_HERE);
	assert_int_equal(pread(out->file.fd, &byte, 1, 0), 1);
	assert_int_equal(byte, 'x');
	media_store_drop(&out->file);
	out = again(&part, 1)->deliveries;
	assert_int_equal(out->state, DELIVERY_FAILED);
	assert_int_equal(out->reason, ERR_RESULT_INVALID);
	d.url = "https://example.org/a.png";
	assert_int_equal(again(&part, 1)->deliveries->state, DELIVERY_AFAR);
	media_store_drop(&d.file);
}

static void
what_is_kept_stays_kept(void **state)
{
	struct delivery d = { .state = DELIVERY_KEPT,
		.seed = 9,
		.item = { .media = uuid_new(),
		    .thumbnail = uuid_new(),
		    .mime = "image/png",
		    .extension = "png",
		    .thumbnail_mime = "image/jpeg",
		    .thumbnail_extension = "jpg",
		    .bytes = 12,
		    .thumbnail_bytes = 3,
		    .width = 4,
		    .height = 5,
		    .thumbnail_width = 6,
		    .thumbnail_height = 7,
		    .duration_ms = INT_NONE,
		    .seed = 9,
		    .made = "{\"size\":\"4x5\"}" } };
	struct part part = { .state = PART_STORED,
		.count = 1,
		.deliveries = &d,
		.delivery_count = 1 };
	const struct task_item *out;

	(void)state;
	memset(d.item.sha256, 0xab, 32);
	out = &again(&part, 1)->deliveries->item;
	assert_true(uuid_equal(&out->media, &d.item.media));
	assert_true(uuid_equal(&out->thumbnail, &d.item.thumbnail));
	assert_string_equal(out->mime, "image/png");
	assert_string_equal(out->thumbnail_extension, "jpg");
	assert_memory_equal(out->sha256, d.item.sha256, 32);
	assert_int_equal(out->bytes, 12);
	assert_int_equal(out->height, 5);
	assert_int_equal(out->thumbnail_height, 7);
	assert_int_equal(out->duration_ms, INT_NONE);
	assert_int_equal(out->seed, 9);
	assert_non_null(strstr(out->made, "4x5"));
}

static void
what_is_no_list_of_parts_is_refused(void **state)
{
	static const char *const texts[] = { "", "{}", "[1]", "[{}]",
		"[{\"state\":\"odd\",\"count\":1}]",
		"[{\"state\":\"sent\",\"count\":0}]",
		"[{\"state\":\"ready\",\"count\":1,\"works\":[7]}]",
		("[{\"state\":\"stored\",\"count\":1,\"works\":[{\"media\":"
		 "\"01a20f39-6ad4-73cc-8e83-bd19a91b5ced\"}]}]") };
	struct part *out;
	size_t count;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_int_equal(
		    parts_read(&cx, texts[i], &out, &count), ERR_INTERNAL);
	assert_int_equal(parts_read(&cx, NULL, &out, &count), ERR_OK);
	assert_int_equal(count, 0);
	assert_int_equal(parts_read(&cx, "[]", &out, &count), ERR_OK);
	assert_int_equal(count, 0);
}

static void
waiting_grows_and_heeds_the_vendor(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		int64_t first = backoff_ms(1, INT_NONE);
		int64_t late = backoff_ms(100, INT_NONE);
		int64_t asked = backoff_ms(1, 7000);

		assert_true(first >= 250 && first <= 500);
		assert_true(late >= 16000 && late <= 32000);
		assert_true(asked >= 7000 && asked <= 7500);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(works_are_spread_over_parts),
		cmocka_unit_test(what_was_sent_is_unknown),
		cmocka_unit_test(what_runs_keeps_its_id),
		cmocka_unit_test(what_is_afar_keeps_its_link),
		cmocka_unit_test(what_is_here_is_found_again),
		cmocka_unit_test(what_is_kept_stays_kept),
		cmocka_unit_test(what_is_no_list_of_parts_is_refused),
		cmocka_unit_test(waiting_grows_and_heeds_the_vendor),
	};
	int status;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	conf = conf_default();
	conf->media_dir = mkdtemp(dir);
	conf->min_free_disk = 0;
	cx = (struct ctx){ .arena = arena_new(16 * MIB), .conf = conf };
	status = cmocka_run_group_tests(tests, NULL, NULL);
	(void)rmdir(arena_printf(cx.arena, "%s/tmp", dir));
	(void)rmdir(dir);
	arena_free(cx.arena);
	conf_free(conf);
	return status;
}
