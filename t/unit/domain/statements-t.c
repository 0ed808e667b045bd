/*
 * Every statement of the library prepares against the schema of
 * db/migrations, and every table and column of that says what it is for.
 */
#include "domain/statements.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "core/db.h"
#include "testdb.h"

#define COMPLAINTS_MAX (64 * KIB)
#define ROWS_MAX 1000

static struct ctx cx;

struct place {
	const char *table;
	const char *column;
};
static const struct field place_fields[] = {
	COLUMN(struct place, table),
	COLUMN(struct place, column),
};
static const struct shape place_shape = SHAPE(struct place, place_fields);

DB_STMT(columns_without_comment, "", &place_shape,
    "SELECT table_name AS `table`, column_name AS `column`"
    "  FROM information_schema.columns"
    " WHERE table_schema = DATABASE() AND column_comment = ''");
DB_STMT(tables_without_comment, "", &place_shape,
    "SELECT table_name AS `table`, engine AS `column`"
    "  FROM information_schema.tables"
    " WHERE table_schema = DATABASE()"
    "   AND (table_comment = '' OR engine <> 'InnoDB')");
DB_STMT(tables_without_key, "", &place_shape,
    "SELECT table_name AS `table`, 'primary key' AS `column`"
    "  FROM information_schema.tables t"
    " WHERE table_schema = DATABASE() AND NOT EXISTS"
    "  (SELECT 1 FROM information_schema.table_constraints c"
    "    WHERE c.table_schema = t.table_schema"
    "      AND c.table_name = t.table_name"
    "      AND c.constraint_type = 'PRIMARY KEY')");

static void
statements_prepare(void **state)
{
	struct buf complaints;
	size_t wrong = 0;

	(void)state;
	buf_init(&complaints, COMPLAINTS_MAX);
	for (size_t i = 0; i < statement_list_count; i++)
		wrong += db_check(&cx, statement_lists[i], &complaints);
	if (wrong > 0)
		fail_msg("%s", buf_text(&complaints));
	buf_release(&complaints);
}

static void
finds_nothing(const struct db_stmt *stmt)
{
	struct place *places;
	size_t count;

	assert_int_equal(db_list(&cx, &places, &count, ROWS_MAX, stmt), ERR_OK);
	for (size_t i = 0; i < count; i++)
		print_error("%s: %s.%s\n", stmt->name, places[i].table,
		    places[i].column);
	assert_int_equal(count, 0);
}

static void
columns_say_what_they_are(void **state)
{
	(void)state;
	finds_nothing(&columns_without_comment);
}

static void
tables_say_what_they_are(void **state)
{
	(void)state;
	finds_nothing(&tables_without_comment);
}

/* Clusters want one. */
static void
tables_have_primary_keys(void **state)
{
	(void)state;
	finds_nothing(&tables_without_key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements_prepare),
		cmocka_unit_test(columns_say_what_they_are),
		cmocka_unit_test(tables_say_what_they_are),
		cmocka_unit_test(tables_have_primary_keys),
	};
	struct conf *conf = testdb_start();
	int status;

	cx = testdb_ctx(conf);
	status = cmocka_run_group_tests(tests, NULL, NULL);
	testdb_ctx_free(&cx);
	return status;
}
