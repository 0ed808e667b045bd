/*
 * router: templates, decoding, methods.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/base.h"
#include "serve/router.h"

struct row {
	struct route_key key;
	int other; /* rows are longer than their key */
};

/* clang-format off */
static const struct row rows[] = {
	{ { "GET", "/works" }, 0 },
	{ { "GET", "/works/{id}" }, 0 },
	{ { "DELETE", "/works/{id}" }, 0 },
	{ { "PUT", "/works/{id}" }, 0 },
	{ { "GET", "/works/stats" }, 0 },
	{ { "POST", "/works/{id}/publish" }, 0 },
	{ { "POST", "/models/{model}:predict" }, 0 },
	{ { "GET", "/models/{model}" }, 0 },
	{ { "GET", "/" }, 0 },
	{ { "GET", "/a/{x}/b/{y}" }, 0 },
};
/* clang-format on */

enum row_index {
	WORKS,
	WORK,
	WORK_DELETE,
	WORK_PUT,
	STATS,
	PUBLISH,
	PREDICT,
	MODEL,
	ROOT,
	TWO
};

static struct arena *arena;
static struct route_match match;

static bool
find(const char *method, const char *uri)
{
	return router_find(arena, rows, COUNT(rows), sizeof(rows[0]), "/api/v1",
	    method, uri, &match);
}

static void
assert_row(const char *method, const char *uri, size_t index)
{
	assert_true(find(method, uri));
	assert_int_equal(match.index, index);
}

static void
assert_unknown(const char *uri)
{
	assert_false(find("GET", uri));
	assert_false(match.path_known);
	assert_null(match.allow);
}

static void
test_fixed(void **state)
{
	(void)state;
	assert_row("GET", "/api/v1/works", WORKS);
	assert_int_equal(match.value_count, 0);
	assert_string_equal(match.query, "");
	assert_row("GET", "/api/v1/works?page=2&q=a/b", WORKS);
	assert_string_equal(match.query, "page=2&q=a/b");
	assert_row("GET", "/api/v1/", ROOT);
}

static void
test_values(void **state)
{
	(void)state;
	assert_row("DELETE", "/api/v1/works/12", WORK_DELETE);
	assert_int_equal(match.value_count, 1);
	assert_string_equal(match.values[0], "12");
	assert_row("GET", "/api/v1/a/one/b/two", TWO);
	assert_int_equal(match.value_count, 2);
	assert_string_equal(match.values[0], "one");
	assert_string_equal(match.values[1], "two");
	assert_row("POST", "/api/v1/works/7/publish", PUBLISH);
}

static void
test_decoding(void **state)
{
	(void)state;
	assert_row("GET", "/api/v1/works/a%2Fb", WORK);
	assert_string_equal(match.values[0], "a/b");
	assert_row("GET", "/api/v1/%77orks/%e4%bd%a0", WORK);
	assert_string_equal(match.values[0], "\xe4\xbd\xa0");
	assert_row("GET", "/%61pi/v1/works", WORKS);
	assert_row("GET", "/api/v1/works/a+b", WORK);
	assert_string_equal(match.values[0], "a+b");
	assert_unknown("/api/v1/works/%");
	assert_unknown("/api/v1/works/%4");
	assert_unknown("/api/v1/works/%zz");
	assert_unknown("/api/v1/works/%00");
	assert_unknown("/api/v1/works/%ff");
	assert_unknown("/api%2Fv1/works");
}

static void
test_absolute(void **state)
{
	(void)state;
	assert_row("GET", "http://host:80/api/v1/works/5?x=1", WORK);
	assert_string_equal(match.values[0], "5");
	assert_string_equal(match.query, "x=1");
}

static void
test_absolute_none(void **state)
{
	(void)state;
	assert_unknown("http://host");
	assert_unknown("http://host?/api/v1/works");
	assert_unknown("/api/v1/works/http://x");
	assert_unknown("works?http://host/api/v1/works");
	assert_unknown("*");
	assert_unknown("");
}

static void
test_unknown(void **state)
{
	(void)state;
	assert_unknown("/api/v1");
	assert_unknown("/api/v1works");
	assert_unknown("/works");
	assert_unknown("/api/v1/works/");
	assert_unknown("/api/v1//works");
	assert_unknown("//api/v1/works");
	assert_unknown("/api/v1/works//publish");
	assert_unknown("/api/v1/works/1/2");
	assert_unknown("/api/v1/WORKS");
	assert_unknown("/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a");
}

static void
test_fixed_wins(void **state)
{
	(void)state;
	assert_row("GET", "/api/v1/works/stats", STATS);
	assert_int_equal(match.value_count, 0);
	assert_false(find("DELETE", "/api/v1/works/stats"));
	assert_string_equal(match.allow, "GET, HEAD, OPTIONS");
}

static void
test_tail(void **state)
{
	(void)state;
	assert_row("POST", "/api/v1/models/veo-2:predict", PREDICT);
	assert_string_equal(match.values[0], "veo-2");
	assert_row("POST", "/api/v1/models/a:b:predict", PREDICT);
	assert_string_equal(match.values[0], "a:b");
	assert_row("GET", "/api/v1/models/veo-2", MODEL);
	assert_false(find("POST", "/api/v1/models/:predict"));
}

static void
test_methods(void **state)
{
	(void)state;
	assert_row("HEAD", "/api/v1/works", WORKS);
	assert_false(find("PATCH", "/api/v1/works/1"));
	assert_true(match.path_known);
	assert_string_equal(match.allow, "GET, HEAD, PUT, DELETE, OPTIONS");
	assert_false(find("GET", "/api/v1/works/1/publish"));
	assert_string_equal(match.allow, "POST, OPTIONS");
	assert_false(find("OPTIONS", "/api/v1/works"));
	assert_string_equal(match.allow, "GET, HEAD, OPTIONS");
	assert_false(find("get", "/api/v1/works"));
	assert_true(match.path_known);
}

static void
test_no_base(void **state)
{
	(void)state;
	assert_true(router_find(arena, rows, COUNT(rows), sizeof(rows[0]), "",
	    "GET", "/works", &match));
	assert_true(router_find(arena, rows, COUNT(rows), sizeof(rows[0]), "",
	    "GET", "http://host", &match));
	assert_int_equal(match.index, ROOT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_decoding),
		cmocka_unit_test(test_absolute),
		cmocka_unit_test(test_absolute_none),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_fixed_wins),
		cmocka_unit_test(test_tail),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_no_base),
	};
	int failed;

	arena = arena_new(MIB);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
