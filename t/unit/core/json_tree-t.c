/*
 * json_tree - paths into others' JSON, walking it, changing it.
 */
#include "unit.h"

#include <string.h>

#include "core/json_read.h"
#include "core/json_tree.h"

static struct json_object *tree;

static void
tree_parse(const char *text)
{
	json_free(tree);
	tree = json_parse_loose(text, strlen(text));
}

static int
teardown(void **state)
{
	json_free(tree);
	tree = NULL;
	return unit_teardown(state);
}

static void
a_path_goes_through_objects_and_arrays(void **state)
{
	(void)state;
	tree_parse("{\"a\":{\"b\":[{\"c\":\"here\"},[\"x\",\"y\"]]},\"n\":1}");
	assert_string_equal(json_find_text(tree, "a.b.0.c"), "here");
	assert_string_equal(json_find_text(tree, "a.b.1.1"), "y");
	assert_ptr_equal(json_find(tree, ""), tree);
}

static void
what_is_not_there_is_null(void **state)
{
	static const char *const paths[] = { "x", "a.x", "a.b.2.c", "a.b.-1",
		"a.b.c", "a.b.0.c.d", "n.0", "a.", "a..b", ".",
		"a.b.99999999999999999999",
		("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaa.b") };

	(void)state;
	tree_parse("{\"a\":{\"b\":[{\"c\":\"here\"}]},\"n\":1}");
	for (size_t i = 0; i < COUNT(paths); i++)
		assert_null(json_find_text(tree, paths[i]));
	assert_null(json_find_text(tree, "n"));
	assert_null(json_find(NULL, "a"));
}

static void
a_text_with_a_nul_is_no_text(void **state)
{
	(void)state;
	tree_parse("{\"a\":\"b\\u0000c\"}");
	assert_non_null(json_find(tree, "a"));
	assert_null(json_find_text(tree, "a"));
}

static void
members_come_in_their_order(void **state)
{
	void *cursor = NULL;
	const char *name;
	struct json_object *value;
	const char *seen = "";

	(void)state;
	tree_parse("{\"z\":1,\"a\":null,\"m\":{}}");
	while (json_next(tree, &cursor, &name, &value))
		seen = arena_printf(unit_cx.arena, "%s%s", seen, name);
	assert_string_equal(seen, "zam");
	cursor = NULL;
	tree_parse("[1,2]");
	assert_false(json_next(tree, &cursor, &name, &value));
	assert_int_equal(json_count(tree), 2);
	assert_int_equal(json_count(NULL), 0);
	assert_null(json_item(tree, 2));
}

static void
members_and_elements_are_set(void **state)
{
	(void)state;
	tree_parse("{\"3\":{\"inputs\":{\"seed\":0}},\"l\":[1,2]}");
	assert_true(json_set_int(json_find(tree, "3.inputs"), "seed", 7));
	assert_true(json_set_text(json_find(tree, "3.inputs"), "t", "a\"/"));
	assert_true(json_set_real(json_find(tree, "l"), "1", 0.5));
	assert_false(json_set_int(json_find(tree, "l"), "2", 1));
	assert_false(json_set_int(json_find(tree, "l.0"), "x", 1));
	assert_false(json_set_text(NULL, "x", "y"));
	assert_string_equal(json_print(unit_cx.arena, tree),
	    "{\"3\":{\"inputs\":{\"seed\":7,\"t\":\"a\\\"/\"}},\"l\":[1,0.5]}");
}

#define TREE_TEST(f) cmocka_unit_test_setup_teardown(f, unit_setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TREE_TEST(a_path_goes_through_objects_and_arrays),
		TREE_TEST(what_is_not_there_is_null),
		TREE_TEST(a_text_with_a_nul_is_no_text),
		TREE_TEST(members_come_in_their_order),
		TREE_TEST(members_and_elements_are_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
