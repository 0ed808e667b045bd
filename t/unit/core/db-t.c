/*
 * Statements, transactions and what happens when the database fails, on a
 * MariaDB of the test's own.
 */
#include "core/db.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "core/conf.h"
#include "testdb.h"

static struct conf *conf;
static struct ctx cx;

struct row {
	int64_t id;
	const char *text;
	double real;
	bool flag;
	struct uuid ref;
	struct stamp at;
};
static const struct field row_fields[] = {
	COLUMN(struct row, id),
	COLUMN(struct row, text),
	COLUMN(struct row, real),
	COLUMN(struct row, flag),
	COLUMN(struct row, ref),
	COLUMN(struct row, at),
};
static const struct shape row_shape = SHAPE(struct row, row_fields);

struct number {
	int64_t n;
};
static const struct field number_fields[] = { COLUMN(struct number, n) };
static const struct shape number_shape = SHAPE(struct number, number_fields);

DB_STMT(row_put, "isriut", NULL, "INSERT INTO row VALUES (?, ?, ?, ?, ?, ?)");
DB_STMT(row_get, "i", &row_shape, "SELECT * FROM row WHERE id = ?");
DB_STMT(row_all, "", &row_shape, "SELECT * FROM row ORDER BY id");
DB_STMT(row_bump, "i", NULL, "UPDATE row SET flag = flag WHERE id = ?");
DB_STMT(row_add, "ii", NULL, "UPDATE row SET `real` = `real` + ? WHERE id = ?");
DB_STMT(row_misnamed, "", &row_shape,
    "SELECT id, text, `real`, ref, flag, at FROM row");
DB_STMT(row_miscounted, "ii", &row_shape, "SELECT * FROM row WHERE id = ?");
DB_STMT(row_wrong, "", NULL, "UPDATE nowhere SET nothing = 1");
DB_STMT(kill_me, "", NULL, "DO SLEEP(0)");

static int
setup(void **state)
{
	(void)state;
	testdb_sql(&cx,
	    "DROP TABLE IF EXISTS row;"
	    "CREATE TABLE row (id BIGINT PRIMARY KEY, text TEXT,"
	    " `real` DOUBLE, flag BOOL, ref BINARY(16), at DATETIME(3),"
	    " UNIQUE KEY row_ref (ref)) ENGINE=InnoDB");
	return 0;
}

static enum err
put(int64_t id, const char *text, const struct uuid *ref, int64_t at)
{
	return db_run(&cx, NULL, &row_put, id, text, 1.5, INT64_C(1), ref, at);
}

static void
every_type_comes_back(void **state)
{
	struct uuid ref = uuid_new();
	int64_t at = INT64_C(1706284800123);
	char text[5000];
	struct row row;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "\xf0\x9f\x8e\xa8", 4);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(put(7, text, &ref, at), ERR_OK);
	assert_int_equal(db_find(&cx, &row, &row_get, INT64_C(7)), ERR_OK);
	assert_int_equal(row.id, 7);
	assert_string_equal(row.text, text);
	assert_true(row.real > 1.4 && row.real < 1.6);
	assert_true(row.flag);
	assert_true(uuid_equal(&row.ref, &ref));
	assert_int_equal(row.at.ms, at);
}

static void
null_comes_back(void **state)
{
	struct row row;

	(void)state;
	assert_int_equal(put(INT64_MAX, NULL, NULL, TIME_NONE), ERR_OK);
	assert_int_equal(db_find(&cx, &row, &row_get, INT64_MAX), ERR_OK);
	assert_null(row.text);
	assert_true(uuid_is_null(&row.ref));
	assert_int_equal(row.at.ms, TIME_NONE);
	assert_int_equal(
	    db_find(&cx, &row, &row_get, INT64_C(1)), ERR_NOT_FOUND);
}

static void
rows_grow_and_have_a_ceiling(void **state)
{
	struct row *rows;
	size_t count;

	(void)state;
	for (int64_t i = 1; i <= 50; i++)
		assert_int_equal(put(i, "t", NULL, TIME_NONE), ERR_OK);
	assert_int_equal(db_list(&cx, &rows, &count, 50, &row_all), ERR_OK);
	assert_int_equal(count, 50);
	assert_int_equal(rows[49].id, 50);
	assert_int_equal(
	    db_list(&cx, &rows, &count, 49, &row_all), ERR_INTERNAL);
	/* the connection is usable after the broken-off list */
	assert_int_equal(db_list(&cx, &rows, &count, 50, &row_all), ERR_OK);
}

static void
a_duplicate_names_its_key(void **state)
{
	struct uuid ref = uuid_new();

	(void)state;
	assert_int_equal(put(1, "a", &ref, TIME_NONE), ERR_OK);
	assert_int_equal(put(2, "b", &ref, TIME_NONE), ERR_CONFLICT);
	assert_string_equal(db_conflict_key(cx.db), "row_ref");
	assert_int_equal(put(1, "b", NULL, TIME_NONE), ERR_CONFLICT);
	assert_string_equal(db_conflict_key(cx.db), "PRIMARY");
}

static void
matched_rows_are_counted_though_unchanged(void **state)
{
	uint64_t n;

	(void)state;
	assert_int_equal(put(1, "a", NULL, TIME_NONE), ERR_OK);
	assert_int_equal(db_run(&cx, &n, &row_bump, INT64_C(1)), ERR_OK);
	assert_int_equal(n, 1);
	assert_int_equal(db_run(&cx, &n, &row_bump, INT64_C(2)), ERR_OK);
	assert_int_equal(n, 0);
}

static void
a_wrong_statement_is_told(void **state)
{
	struct row row;

	(void)state;
	assert_int_equal(db_find(&cx, &row, &row_misnamed), ERR_INTERNAL);
	assert_non_null(strstr(cx.fault.detail, "column 3 is 'ref'"));
	assert_int_equal(
	    db_find(&cx, &row, &row_miscounted, INT64_C(1), INT64_C(1)),
	    ERR_INTERNAL);
	assert_int_equal(db_run(&cx, NULL, &row_wrong), ERR_INTERNAL);
}

static enum err
put_then_fail(struct ctx *c, void *arg)
{
	enum err e = put(1, "a", NULL, TIME_NONE);

	(void)arg;
	assert_true(db_in_transaction(c->db));
	return e != ERR_OK ? e : fault(c, ERR_NOT_READY, NULL, "no");
}

static void
all_kinds(void)
{
	struct row *rows, row;
	size_t count;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    db_run(&cx, NULL, &row_bump, INT64_C(1)), ERR_OK);
		assert_int_equal(
		    db_find(&cx, &row, &row_get, INT64_C(1)), ERR_NOT_FOUND);
		assert_int_equal(
		    db_list(&cx, &rows, &count, 9, &row_all), ERR_OK);
		assert_int_equal(
		    db_run(&cx, NULL, &row_add, INT64_C(1), INT64_C(1)),
		    ERR_OK);
	}
}

static enum err
all_kinds_work(struct ctx *c, void *arg)
{
	(void)c;
	(void)arg;
	all_kinds();
	return ERR_OK;
}

DB_STMT(others_count, "", &number_shape,
    "SELECT COUNT(*) AS n FROM information_schema.processlist"
    " WHERE id <> CONNECTION_ID() AND user = 'root'");

/* Until so many are left: the server notices a little later who has gone. */
static void
others_wait(struct ctx *c, int64_t count)
{
	struct number others = { -1 };

	while (others.n != count)
		assert_int_equal(db_find(c, &others, &others_count), ERR_OK);
}

/* As if other connections had all the others. */
static void
few_prepared_statements_are_enough(void **state)
{
	(void)state;
	testdb_ctx_free(&cx);
	cx = testdb_ctx(conf);
	others_wait(&cx, 0);
	testdb_sql(&cx, "SET GLOBAL max_prepared_stmt_count = 2");
	all_kinds();
	assert_int_equal(db_transaction(&cx, all_kinds_work, NULL), ERR_OK);
	testdb_sql(&cx, "SET GLOBAL max_prepared_stmt_count = 16382");
	all_kinds();
}

static void
a_failed_transaction_leaves_nothing(void **state)
{
	struct row row;

	(void)state;
	assert_int_equal(
	    db_transaction(&cx, put_then_fail, NULL), ERR_NOT_READY);
	assert_int_equal(
	    db_find(&cx, &row, &row_get, INT64_C(1)), ERR_NOT_FOUND);
}

/* Two transactions that lock two rows in opposite order. */
struct crossing {
	struct ctx *cx;
	int64_t first, second;
	pthread_barrier_t *both; /* have their first row */
	int runs;
};

static enum err
cross(struct ctx *c, void *arg)
{
	struct crossing *x = arg;
	enum err e;

	e = db_run(c, NULL, &row_add, INT64_C(1), x->first);
	if (e)
		return e;
	if (++x->runs == 1)
		(void)pthread_barrier_wait(x->both);
	return db_run(c, NULL, &row_add, INT64_C(1), x->second);
}

static void *
crossing_run(void *arg)
{
	struct crossing *x = arg;
	static enum err done[2];

	done[x->first - 1] = db_transaction(x->cx, cross, x);
	return &done[x->first - 1];
}

static void
a_deadlock_is_run_again(void **state)
{
	struct ctx other = testdb_ctx(conf);
	pthread_barrier_t both;
	struct crossing a = { &cx, 1, 2, &both, 0 },
			b = { &other, 2, 1, &both, 0 };
	pthread_t thread;
	struct row row;
	void *result;

	(void)state;
	put(1, "a", NULL, TIME_NONE);
	put(2, "b", NULL, TIME_NONE);
	assert_int_equal(pthread_barrier_init(&both, NULL, 2), 0);
	pthread_create(&thread, NULL, crossing_run, &a);
	assert_int_equal(*(enum err *)crossing_run(&b), ERR_OK);
	pthread_join(thread, &result);
	assert_int_equal(*(enum err *)result, ERR_OK);
	assert_true(a.runs + b.runs > 2);
	assert_int_equal(db_find(&cx, &row, &row_get, INT64_C(1)), ERR_OK);
	assert_true(row.real > 3.4 && row.real < 3.6);
	pthread_barrier_destroy(&both);
	testdb_ctx_free(&other);
}

/*
 * The server gives up on a statement whose tables change faster than it can
 * prepare it again, here of a trigger's free will: so often from now on.
 */
static void
prepare_anew(int times)
{
	testdb_sql(&cx, arena_printf(cx.arena, "SET @stale = %d", times));
}

static enum err
put_two(struct ctx *c, void *arg)
{
	enum err e = put(11, "a", NULL, TIME_NONE);

	(void)c;
	++*(int *)arg;
	return e ? e : put(12, "b", NULL, TIME_NONE);
}

static void
a_stale_statement_is_run_again(void **state)
{
	struct row row;
	int runs = 0;

	(void)state;
	testdb_sql(&cx,
	    "CREATE TRIGGER row_stale BEFORE INSERT ON row FOR EACH ROW"
	    " IF @stale > 0 THEN SET @stale = @stale - 1;"
	    " SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1615; END IF");
	prepare_anew(1);
	assert_int_equal(put(1, "a", NULL, TIME_NONE), ERR_OK);
	prepare_anew(2);
	assert_int_equal(put(2, "b", NULL, TIME_NONE), ERR_UNAVAILABLE);
	assert_true(cx.fault.retry_after_s > 0);
	prepare_anew(2);
	assert_int_equal(db_transaction(&cx, put_two, &runs), ERR_OK);
	assert_int_equal(runs, 3);
	assert_int_equal(db_find(&cx, &row, &row_get, INT64_C(11)), ERR_OK);
}

/* Ends the other connection of the server, which is cx's. */
static void
kill_connection(void)
{
	struct ctx other = testdb_ctx(conf);

	others_wait(&other, 1);
	testdb_sql(&other, "SELECT CONCAT('KILL ', id) INTO @kill"
			   "  FROM information_schema.processlist"
			   " WHERE id <> CONNECTION_ID() AND user = 'root';"
			   "EXECUTE IMMEDIATE @kill");
	others_wait(&other, 0);
	testdb_ctx_free(&other);
}

static void
a_lost_connection_is_made_anew(void **state)
{
	struct row row;

	(void)state;
	assert_int_equal(put(1, "a", NULL, TIME_NONE), ERR_OK);
	assert_int_equal(db_run(&cx, NULL, &kill_me), ERR_OK);
	kill_connection();
	assert_int_equal(db_find(&cx, &row, &row_get, INT64_C(1)), ERR_OK);
	kill_connection();
	/* the statement could not be sent: it is sent again */
	assert_int_equal(put(2, "b", NULL, TIME_NONE), ERR_OK);
}

static enum err
put_losing_once(struct ctx *c, void *arg)
{
	int *runs = arg;

	if (++*runs == 1)
		kill_connection();
	(void)c;
	return put(3, "c", NULL, TIME_NONE);
}

static void
a_transaction_that_lost_its_connection_runs_again(void **state)
{
	int runs = 0;

	(void)state;
	assert_int_equal(db_transaction(&cx, put_losing_once, &runs), ERR_OK);
	assert_int_equal(runs, 2);
}

static void
a_database_that_is_away_is_unavailable_and_comes_back(void **state)
{
	struct row row;

	(void)state;
	assert_int_equal(put(1, "a", NULL, TIME_NONE), ERR_OK);
	testdb_kill();
	assert_int_equal(
	    db_find(&cx, &row, &row_get, INT64_C(1)), ERR_UNAVAILABLE);
	assert_true(cx.fault.retry_after_s > 0);
	assert_int_equal(
	    db_transaction(&cx, put_then_fail, NULL), ERR_UNAVAILABLE);
	testdb_restart();
	assert_int_equal(db_find(&cx, &row, &row_get, INT64_C(1)), ERR_OK);
	assert_string_equal(row.text, "a");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_type_comes_back, setup),
		cmocka_unit_test_setup(null_comes_back, setup),
		cmocka_unit_test_setup(rows_grow_and_have_a_ceiling, setup),
		cmocka_unit_test_setup(a_duplicate_names_its_key, setup),
		cmocka_unit_test_setup(
		    matched_rows_are_counted_though_unchanged, setup),
		cmocka_unit_test_setup(a_wrong_statement_is_told, setup),
		cmocka_unit_test_setup(
		    few_prepared_statements_are_enough, setup),
		cmocka_unit_test_setup(
		    a_failed_transaction_leaves_nothing, setup),
		cmocka_unit_test_setup(a_deadlock_is_run_again, setup),
		cmocka_unit_test_setup(a_stale_statement_is_run_again, setup),
		cmocka_unit_test_setup(a_lost_connection_is_made_anew, setup),
		cmocka_unit_test_setup(
		    a_transaction_that_lost_its_connection_runs_again, setup),
		cmocka_unit_test_setup(
		    a_database_that_is_away_is_unavailable_and_comes_back,
		    setup),
	};
	int failed;

	conf = testdb_start();
	cx = testdb_ctx(conf);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	testdb_ctx_free(&cx);
	return failed;
}
