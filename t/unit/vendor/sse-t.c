/*
 * sse: the same events however the bytes arrive.
 */
#include "vendor/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"

#define MAX KIB

/* What was given, an event a line; "|" stands for a break within one. */
struct taken {
	char text[4 * KIB];
	int stop_after;
};

static bool
take(void *arg, const char *data, size_t len)
{
	struct taken *t = arg;
	size_t at = strlen(t->text);

	assert_int_equal(strlen(data), len);
	assert_true(at + len + 2 < sizeof(t->text));
	for (size_t i = 0; i < len; i++)
		t->text[at++] = data[i];
	for (size_t i = at - len; i < at; i++)
		if (t->text[i] == '\n')
			t->text[i] = '|';
	t->text[at++] = '\n';
	t->text[at] = '\0';
	return --t->stop_after != 0;
}

static const struct {
	const char *stream, *events;
} cases[] = {
	{ "data: one\n\ndata: two\n\n", "one\ntwo\n" },
	{ "data:one\r\n\r\ndata: two\r\n\r\n", "one\ntwo\n" },
	{ "data: one\r\rdata: two\r\r", "one\ntwo\n" },
	{ "data: one\r\n\ndata: two\n\r\n", "one\ntwo\n" },
	{ "\xef\xbb\xbf"
	  "data: \xef\xbb\xbf\n\n",
	    "\xef\xbb\xbf\n" },
	{ ": keep-alive\n\ndata: a\n: in between\ndata: b\n\n", "a|b\n" },
	{ "event: x\nid: 1\nretry: 3\ndata: a\n\n", "a\n" },
	{ "event: nothing\n\n\n\n", "" },
	{ "data: 你好\n\ndata: \xf0\x9f\xaa\x81\n\n",
	    "你好\n\xf0\x9f\xaa\x81\n" },
	{ "data:  two blanks\n\n", " two blanks\n" },
	{ "data\n\ndata:\n\ndata: \n\n", "\n\n\n" },
	{ "data: a\ndata\ndata: b\n\n", "a||b\n" },
	{ "dat: a\ndatax: b\nDATA: c\n data: d\n\n", "" },
	{ "data: a\n\ndata: no end", "a\nno end\n" },
	{ "data: a\n\ndata: no empty line\n", "a\nno empty line\n" },
	{ "", "" },
};

static void
read_in(const char *stream, size_t first, size_t second, struct taken *t)
{
	size_t len = strlen(stream);
	struct sse s;

	*t = (struct taken){ .stop_after = -1 };
	sse_init(&s, MAX);
	assert_true(sse_feed(&s, stream, first, take, t));
	assert_true(sse_feed(&s, stream + first, second - first, take, t));
	assert_true(sse_feed(&s, stream + second, len - second, take, t));
	assert_true(sse_end(&s, take, t));
	sse_release(&s);
}

static void
test_every_split(void **state)
{
	struct taken t;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t len = strlen(cases[i].stream);

		for (size_t a = 0; a <= len; a++)
			for (size_t b = a; b <= len; b++) {
				read_in(cases[i].stream, a, b, &t);
				assert_string_equal(t.text, cases[i].events);
			}
	}
}

static void
test_byte_by_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct taken t = { .stop_after = -1 };
		struct sse s;

		sse_init(&s, MAX);
		for (const char *c = cases[i].stream; *c != '\0'; c++)
			assert_true(sse_feed(&s, c, 1, take, &t));
		assert_true(sse_end(&s, take, &t));
		assert_string_equal(t.text, cases[i].events);
		sse_release(&s);
	}
}

static void
test_stop(void **state)
{
	static const char stream[] = "data: a\n\ndata: b\n\ndata: c\n\n";
	struct taken t = { .stop_after = 2 };
	struct sse s;

	(void)state;
	sse_init(&s, MAX);
	assert_false(sse_feed(&s, stream, strlen(stream), take, &t));
	assert_string_equal(t.text, "a\nb\n");
	sse_release(&s);
}

/* A line without end, and an event of lines without end. */
static void
test_bounds(void **state)
{
	static const char *const endless[] = { "data: xxxxxxxxxxxxxxxx",
		"data: xxxxxxxxxx\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(endless); i++) {
		struct taken t = { .stop_after = -1 };
		size_t fed = 0;
		struct sse s;

		sse_init(&s, MAX);
		while (sse_feed(&s, endless[i], strlen(endless[i]), take, &t))
			assert_true((fed += strlen(endless[i])) < 4 * MAX);
		assert_string_equal(t.text, "");
		sse_release(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_split),
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
