/*
 * Forms cut anywhere, and bodies that are no forms.
 */
#include "serve/multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"

#define TYPE "multipart/form-data; boundary=b"
#define LOG_MAX (64 * KIB)
#define N "Content-Disposition: form-data; name="

/* Writes down what it is told: "[name|filename|type]data;" a part. */
static bool
log_begin(void *arg, const struct multipart_part *part)
{
	buf_printf(arg, "[%s|%s|%s]", part->name,
	    part->filename != NULL ? part->filename : "-",
	    part->type != NULL ? part->type : "-");
	return true;
}

static bool
log_data(void *arg, const void *bytes, size_t len)
{
	return buf_add(arg, bytes, len);
}

static bool
log_end(void *arg)
{
	return buf_putc(arg, ';');
}

static const struct multipart_handler logging = { log_begin, log_data,
	log_end };

/* What is wrong with a body that comes in pieces of a size; NULL: nothing. */
static const char *
parse(const char *type, const char *body, size_t len, size_t piece,
    struct buf *log)
{
	const char *why = NULL;
	struct multipart *mp = multipart_new(type, &logging, log, &why);
	bool well = mp != NULL;

	if (mp == NULL)
		return why;
	for (size_t at = 0; well && at < len; at += piece)
		well = multipart_feed(
		    mp, body + at, len - at < piece ? len - at : piece);
	if (well)
		well = multipart_finish(mp);
	why = well ? NULL : multipart_wrong(mp);
	assert_true((multipart_again(mp) != NULL) ==
		    text_is(why, "a field is given twice"));
	multipart_free(mp);
	return why;
}

/* A form of some three kilobytes, with data that looks like its boundary. */
static void
form_make(struct buf *body)
{
	buf_puts(body, "--b\r\n" N "\"prompt\"\r\n\r\na kite\r\n--b\r\n" N
		       "\"image\"; filename=\"a.png\"\r\n"
		       "Content-Type: image/png\r\n\r\n");
	for (int i = 0; i < 200; i++)
		buf_puts(body, "\r\n--\r\n-\r\r\n--c\r\n\r\n-");
	buf_puts(body, "\r\n--b\t \r\n" N "empty\r\n\r\n\r\n--b--\r\n");
}

static void
a_form_may_be_cut_anywhere(void **state)
{
	struct buf body, whole, log;
	const char *cut_at = NULL;

	(void)state;
	buf_init(&body, LOG_MAX);
	buf_init(&whole, LOG_MAX);
	buf_init(&log, LOG_MAX);
	form_make(&body);
	assert_true(body.len > 3000);
	assert_null(parse(TYPE, body.data, body.len, body.len, &whole));
	assert_non_null(strstr(buf_text(&whole), "[prompt|-|-]a kite;"));
	assert_non_null(
	    strstr(buf_text(&whole), "[image|a.png|image/png]\r\n--\r\n-"));
	assert_non_null(strstr(buf_text(&whole), "[empty|-|-];"));
	for (size_t cut = 0; cut <= body.len; cut++) {
		struct multipart *mp =
		    multipart_new(TYPE, &logging, &log, &cut_at);

		buf_clear(&log);
		assert_true(multipart_feed(mp, body.data, cut));
		assert_true(
		    multipart_feed(mp, body.data + cut, body.len - cut));
		assert_true(multipart_finish(mp));
		multipart_free(mp);
		assert_int_equal(log.len, whole.len);
		assert_memory_equal(log.data, whole.data, whole.len);
	}
	for (size_t piece = 1; piece < 80; piece++) {
		buf_clear(&log);
		assert_null(parse(TYPE, body.data, body.len, piece, &log));
		assert_memory_equal(log.data, whole.data, whole.len);
	}
	buf_release(&body);
	buf_release(&whole);
	buf_release(&log);
}

static void
a_form_that_ends_early_is_never_whole(void **state)
{
	struct buf body, log;

	(void)state;
	buf_init(&body, LOG_MAX);
	buf_init(&log, LOG_MAX);
	form_make(&body);
	/* the line break behind the closing boundary may be missing */
	for (size_t len = 0; len < body.len - 2; len++) {
		buf_clear(&log);
		assert_non_null(parse(TYPE, body.data, len, 7, &log));
	}
	buf_release(&body);
	buf_release(&log);
}

struct row {
	const char *body, *wrong; /* NULL: taken */
};

#define A "--b\r\n" N "\"a\"\r\n\r\n1\r\n"
#define END "--b--\r\n"
#define CLOSED "the closing boundary is missing"
#define BEGINS "the body does not begin with the boundary"
#define RUBBISH "a boundary is followed by rubbish"
#define BEHIND "there is more behind the closing boundary"
#define HEADER "a header of a part is malformed"
#define DISPOSITION "a part's Content-Disposition is malformed"
#define PART(headers) "--b\r\n" headers "\r\n\r\n1\r\n" END

/* clang-format off */
static const struct row rows[] = {
	/* taken, as sundry clients write it */
	{ A END, NULL },
	{ A "--b--", NULL },
	{ "\r\n" A END, NULL },
	{ A "--b-- \r\n\t", NULL },
	{ "--b--", NULL },
	{ "--b \r\n" N "\"a\"\r\n\r\n1\r\n" END, NULL },
	{ PART(N "a"), NULL },
	{ PART("content-disposition:form-data;NAME=\"a\""), NULL },
	{ PART("Content-Disposition: form-data ; name=\"a\" ;"), NULL },
	{ PART(N "\"a\"; filename=\"\""), NULL },
	{ PART(N "\"a\"; filename=\"C:\\x\\y.png\""), NULL },
	{ PART(N "\"a\"; filename=\"a\\\"b;c.png\""), NULL },
	{ PART(N "\"a\"; filename*=UTF-8''%e2%82%ac.png"), NULL },
	{ PART(N "\"a\"; filename=\"\xb0\xa1.png\""), NULL },
	{ PART(N "\"a\"\r\nContent-Transfer-Encoding: binary"), NULL },
	{ PART(N "\"a\"\r\nX-Other: y"), NULL },
	/* where it begins and ends */
	{ "", CLOSED },
	{ "--b", CLOSED },
	{ "--b\r\n", CLOSED },
	{ "--b-", CLOSED },
	{ A, CLOSED },
	{ A "--b", CLOSED },
	{ A "--b\r\n", CLOSED },
	{ A "--b-", CLOSED },
	{ A "-b--", CLOSED },
	{ A "--B--", CLOSED },
	{ "--b\r\n" N "\"a\"\r\n\r\n1--b--\r\n", CLOSED },
	{ "--b\r\n" N "\"a\"\r\n\r\n1\n--b--\r\n", CLOSED },
	{ "x", BEGINS },
	{ "preamble\r\n" A END, BEGINS },
	{ "-b\r\n", BEGINS },
	{ "--c\r\n", BEGINS },
	{ "\n--b\r\n", BEGINS },
	{ "{\"prompt\":\"a kite\"}", BEGINS },
	{ "prompt=a+kite", BEGINS },
	{ "--bb\r\n" N "\"a\"\r\n\r\n1\r\n--bb--", RUBBISH },
	{ A "--bxy", RUBBISH },
	{ A "--b\n" N "\"b\"", RUBBISH },
	{ A "--b\r\r", RUBBISH },
	{ A "--b -- ", RUBBISH },
	{ A END "x", BEHIND },
	{ A END A END, BEHIND },
	{ A "--b--b", BEHIND },
	/* headers */
	{ "--b\r\n\r\n1\r\n" END, "a part has no name" },
	{ PART("Content-Type: text/plain"), "a part has no name" },
	{ PART("X"), HEADER },
	{ PART(N "\"a\"\r\n folded: x"), HEADER },
	{ PART(N "\"a\"\nX: y"), HEADER },
	{ PART(N "\"a\"\rX: y"), HEADER },
	{ PART(N "\"a\"\r\nContent-Transfer-Encoding: base64"),
	    "transfer encodings are not taken" },
	{ PART(N "\"a\"\r\nContent-Type: multipart/mixed; boundary=c"),
	    "nested multipart is not taken" },
	{ PART(N "\"\xc0\xaf\""), "a name is not UTF-8" },
	{ PART(N "\"a\"\r\n1:\r\n2:\r\n3:\r\n4:\r\n5:\r\n6:\r\n7:\r\n8:"),
	    "a part has too many headers" },
	/* Content-Disposition */
	{ PART("Content-Disposition: form-data"), DISPOSITION },
	{ PART("Content-Disposition: attachment; name=\"a\""), DISPOSITION },
	{ PART("Content-Disposition: form-datax; name=\"a\""), DISPOSITION },
	{ PART("Content-Disposition: form-data, name=\"a\""), DISPOSITION },
	{ PART("Content-Disposition: form-data; filename=\"a\""),
	    DISPOSITION },
	{ PART("Content-Disposition: form-data; name"), DISPOSITION },
	{ PART(N), DISPOSITION },
	{ PART(N ";"), DISPOSITION },
	{ PART(N "\"a"), DISPOSITION },
	{ PART(N "\"a\\\""), DISPOSITION },
	{ PART(N "\"a\"b"), DISPOSITION },
	{ PART(N "\"a\"; name=\"b\""), DISPOSITION },
	{ PART(N "\"a\"\r\n" N "\"b\""), DISPOSITION },
	{ PART(N "\"a\"; filename=\"x\"; filename=\"y\""), DISPOSITION },
	{ PART(N "\"a\"; =\"x\""), DISPOSITION },
	{ PART(N "\"a\";; filename=x"), DISPOSITION },
	{ PART(N "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaa\""), DISPOSITION },
	/* parts */
	{ A "--b\r\n" N "\"a\"\r\n\r\n2\r\n" END, "a field is given twice" },
	{ "--b\r\n" N "\"a[]\"\r\n\r\n1\r\n"
	    "--b\r\n" N "\"a[]\"\r\n\r\n2\r\n" END, NULL },
};
/* clang-format on */

static void
malformed_bodies_are_told_from_good_ones(void **state)
{
	size_t malformed = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t piece = 1; piece < 100; piece += 98) {
			struct buf log;
			const char *why;

			buf_init(&log, LOG_MAX);
			why = parse(TYPE, rows[i].body, strlen(rows[i].body),
			    piece, &log);
			if (!text_is(why, rows[i].wrong))
				fail_msg("row %zu: %s", i,
				    why != NULL ? why : "taken");
			buf_release(&log);
		}
		malformed += rows[i].wrong != NULL;
	}
	/* with those of the other tests more than sixty */
	assert_true(malformed >= 50);
}

static void
a_nul_in_a_header_is_refused(void **state)
{
	static const char body[] = PART(N "\"a\0\"");
	struct buf log;

	(void)state;
	buf_init(&log, LOG_MAX);
	assert_string_equal(parse(TYPE, body, sizeof(body) - 1, 5, &log),
	    "a header of a part holds a NUL");
	buf_release(&log);
}

static void
boundaries_are_checked(void **state)
{
	static const char *const good[] = {
		"multipart/form-data; boundary=b",
		"Multipart/Form-Data;boundary=\"b\"",
		"multipart/form-data; charset=utf-8; boundary=b",
		"multipart/form-data; boundary=b; charset=\"; boundary=c\"",
		"multipart/form-data; x=\"; boundary=c\"; boundary=b",
	};
	static const char *const bad[] = { "", "multipart/form-data",
		"multipart/form-data;", "multipart/form-data; boundary",
		"multipart/form-data; boundary=",
		"multipart/form-data; boundary=\"\"",
		"multipart/form-data; boundary=\"b",
		"multipart/form-data; boundary=\"b \"",
		"multipart/form-data; boundary=b; boundary=c",
		"multipart/form-data; boundary=b\x80",
		"multipart/form-data; boundary=\"a<b\"",
		"multipart/form-datax; boundary=b",
		"multipart/mixed; boundary=b", "application/json",
		"multipart/form-data; boundary="
		"0123456789012345678901234567890123456789"
		"0123456789012345678901234567890" };
	struct buf log;

	(void)state;
	buf_init(&log, LOG_MAX);
	for (size_t i = 0; i < COUNT(good); i++)
		assert_null(parse(good[i], A END, strlen(A END), 9, &log));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_string_equal(
		    parse(bad[i], A END, strlen(A END), 9, &log),
		    "the content type has no usable boundary");
	buf_release(&log);
}

static void
there_are_ceilings(void **state)
{
	struct buf body, log;

	(void)state;
	buf_init(&body, LOG_MAX);
	buf_init(&log, LOG_MAX);
	for (int i = 0; i <= MULTIPART_PARTS_MAX; i++)
		buf_printf(&body, "--b\r\n" N "\"%d\"\r\n\r\n1\r\n", i);
	buf_puts(&body, END);
	assert_string_equal(parse(TYPE, body.data, body.len, 100, &log),
	    "there are too many parts");

	buf_clear(&body);
	buf_puts(&body, "--b\r\n" N "\"a\"\r\nX: ");
	for (int i = 0; i < MULTIPART_HEADER_MAX; i++)
		buf_putc(&body, 'x');
	buf_puts(&body, "\r\n\r\n1\r\n" END);
	assert_string_equal(parse(TYPE, body.data, body.len, 100, &log),
	    "the headers of a part are too long");
	buf_release(&body);
	buf_release(&log);
}

/* Stops at the first bytes of data. */
static bool
stop_data(void *arg, const void *bytes, size_t len)
{
	(void)arg;
	(void)bytes;
	(void)len;
	return false;
}

static void
a_function_can_stop_the_reading(void **state)
{
	static const struct multipart_handler stopping = { log_begin, stop_data,
		log_end };
	const char *why;
	struct buf log;
	struct multipart *mp;

	(void)state;
	buf_init(&log, LOG_MAX);
	mp = multipart_new(TYPE, &stopping, &log, &why);
	assert_false(multipart_feed(mp, A END, strlen(A END)));
	assert_null(multipart_wrong(mp)); /* it is the function's affair */
	multipart_free(mp);
	buf_release(&log);
}

static bool
count_data(void *arg, const void *bytes, size_t len)
{
	(void)bytes;
	(void)len;
	++*(int *)arg;
	return true;
}

static bool
count_begin(void *arg, const struct multipart_part *part)
{
	(void)part;
	*(int *)arg = 0;
	return true;
}

static bool
count_end(void *arg)
{
	(void)arg;
	return true;
}

/* Every piece is a write(2) of an upload; photographs are full of CRs. */
static void
data_is_not_cut_where_it_only_looks_like_an_end(void **state)
{
	static const struct multipart_handler counting = { count_begin,
		count_data, count_end };
	const char *why;
	struct buf body;
	struct multipart *mp;
	int pieces = -1;

	(void)state;
	buf_init(&body, LOG_MAX);
	buf_puts(&body, "--b\r\n" N "a\r\n\r\n");
	for (int i = 0; i < 200; i++)
		buf_puts(&body, "\r\r\nx\r\n--c\r");
	buf_puts(&body, "\r\n--b--");
	mp = multipart_new(TYPE, &counting, &pieces, &why);
	assert_true(multipart_feed(mp, buf_text(&body), body.len));
	assert_true(multipart_finish(mp));
	assert_int_equal(pieces, 1);
	multipart_free(mp);
	buf_release(&body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_form_may_be_cut_anywhere),
		cmocka_unit_test(a_form_that_ends_early_is_never_whole),
		cmocka_unit_test(malformed_bodies_are_told_from_good_ones),
		cmocka_unit_test(a_nul_in_a_header_is_refused),
		cmocka_unit_test(boundaries_are_checked),
		cmocka_unit_test(there_are_ceilings),
		cmocka_unit_test(a_function_can_stop_the_reading),
		cmocka_unit_test(
		    data_is_not_cut_where_it_only_looks_like_an_end),
	};

	return cmocka_run_group_tests_name(
	    "serve/multipart", tests, NULL, NULL);
}
