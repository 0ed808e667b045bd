/*
 * db - one connection to MariaDB or MySQL and its prepared statements.
 *
 * A statement is declared beside the one function that runs it:
 *
 *	DB_STMT(task_by_id, "uu", &task_shape,
 *	    "SELECT id, state FROM task WHERE id = ? AND account_id = ?");
 *
 * Parameter signature, one letter each, and what db_* take in its place:
 *	s  const char *  (NULL is NULL)		i  int64_t (INT_NONE is NULL)
 *	r  double				b  const void *, size_t
 *	u  const struct uuid * (NULL or zero is NULL)
 *	t  int64_t ms as DATETIME(3) (TIME_NONE is NULL)
 * The arguments are variadic: write INT64_C(1), not 1, for an 'i'.
 *
 * Rows are read into structs by shape; the columns must bear the names of the
 * shape's members, in their order (checked when the statement is prepared).
 * Statements are prepared at their first use on a connection and kept.
 *
 * Connections are made when needed.  A lost one is made anew at the next use
 * outside a transaction; inside, ERR_UNAVAILABLE ends the transaction.
 */
#ifndef CORE_DB_H
#define CORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

struct buf;
struct db;

struct db_stmt {
	const char *name;        /* for logs and db_check() */
	const char *in;          /* parameter signature */
	const struct shape *out; /* row shape, NULL for none */
	const char *sql;
};

#define DB_STMT(ident, sig, shape, text)                                       \
	static const struct db_stmt ident = { #ident, sig, shape, text }

struct db *db_new(const struct conf *);
void db_free(struct db *);
/* Connected, or tried now; ERR_UNAVAILABLE with Retry-After otherwise. */
enum err db_ping(struct ctx *) MUST_CHECK;

/*
 * Runs a statement that gives no rows.  *affected_out (may be NULL): rows
 * *matched* by an UPDATE's WHERE (CLIENT_FOUND_ROWS), deleted or inserted;
 * ON DUPLICATE KEY UPDATE counts 1 inserted, 2 changed.  A duplicate key is
 * ERR_CONFLICT.
 */
enum err db_run(struct ctx *, uint64_t *affected_out, const struct db_stmt *,
    ...) MUST_CHECK;
/* The first row; ERR_NOT_FOUND when there is none. */
enum err
db_find(struct ctx *, void *row_out, const struct db_stmt *, ...) MUST_CHECK;
/* All rows, at most max (more is ERR_INTERNAL): an array in the arena. */
enum err db_list(struct ctx *, void *rows_out /* T ** */, size_t *count_out,
    size_t max, const struct db_stmt *, ...) MUST_CHECK;
/* AUTO_INCREMENT value of the last db_run(). */
uint64_t db_insert_id(const struct db *);
/* The name of the unique key that made the last ERR_CONFLICT, or "". */
const char *db_conflict_key(const struct db *);

/*
 * Runs work(ctx, arg) inside a transaction and commits when it returns ERR_OK,
 * else rolls back.  A deadlock, a lock timeout or tables that change faster
 * than statements are prepared (a migration, FLUSH) run it again from the start
 * (with jitter, at most 10 times), so work must not keep state between runs
 * but through outputs that it writes anew.  A connection that breaks before
 * the commit was sent: run again once on a new connection.  One that breaks
 * during the commit: ERR_UNCERTAIN.
 */
enum err db_transaction(
    struct ctx *, enum err (*work)(struct ctx *, void *), void *arg) MUST_CHECK;
bool db_in_transaction(const struct db *);

/* A text of several statements separated by ';' lines, for migrations. */
enum err db_script(struct ctx *, const char *sql) MUST_CHECK;
/* Whether the last error was that what was to be made or dropped is so. */
bool db_was_done(const struct db *);

/*
 * All statements of the library: each domain file gathers its own at its end
 * (const struct db_stmt *const task_stmts[], NULL at the end).  Prepares every
 * one; complaints a line each.
 */
size_t db_check(
    struct ctx *, const struct db_stmt *const *stmts, struct buf *complaints);

#endif
