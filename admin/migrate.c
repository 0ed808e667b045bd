#include "migrate.h"

#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "core/db.h"

#define APPLIED_MAX 10000

struct applied {
	int64_t version;
	const char *name;
	const char *checksum;
	struct stamp applied_at; /* none: it was begun, or broke */
};
static const struct field applied_fields[] = {
	COLUMN(struct applied, version),
	COLUMN(struct applied, name),
	COLUMN(struct applied, checksum),
	COLUMN(struct applied, applied_at),
};
static const struct shape applied_shape = SHAPE(struct applied, applied_fields);

static const char table_sql[] =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    " version INT NOT NULL COMMENT 'number of the file; 0 is the lock',"
    " name VARCHAR(100) CHARACTER SET ascii NOT NULL COMMENT 'of the file',"
    " checksum CHAR(64) CHARACTER SET ascii NOT NULL"
    "     COMMENT 'SHA-256 of its text',"
    " applied_at DATETIME(3) NULL COMMENT 'NULL while it runs',"
    " PRIMARY KEY (version)"
    ") ENGINE=InnoDB COMMENT='What gessoctl migrate has applied'";
static const char lock_sql[] = "INSERT IGNORE INTO schema_migration"
			       " VALUES (0, 'lock', '', NOW(3))";

DB_STMT(migrations_applied, "", &applied_shape,
    "SELECT version, name, checksum, applied_at FROM schema_migration"
    " WHERE version > 0 ORDER BY version");
DB_STMT(migration_lock, "", &applied_shape,
    "SELECT version, name, checksum, applied_at FROM schema_migration"
    " WHERE version = 0 FOR UPDATE");
DB_STMT(migration_begin, "iss", NULL,
    "INSERT INTO schema_migration (version, name, checksum)"
    " VALUES (?, ?, ?)");
DB_STMT(migration_end, "i", NULL,
    "UPDATE schema_migration SET applied_at = NOW(3) WHERE version = ?");
/* Not to be gone on with. */
DB_STMT(migration_broken, "i", NULL,
    "UPDATE schema_migration SET checksum = '' WHERE version = ?");

/* So many lines as one text. */
static const char *
lines_join(struct ctx *cx, const char *const *lines, size_t count)
{
	size_t len = 0;
	char *sql, *to;

	for (size_t i = 0; i < count; i++)
		len += strlen(lines[i]);
	sql = to = arena_alloc(cx->arena, len + 1);
	*to = '\0';
	for (size_t i = 0; i < count; i++)
		to = stpcpy(to, lines[i]);
	return sql;
}

/* The next statement, to the end of its last line; NULL behind the last. */
static const char *
statement_next(struct ctx *cx, const char *const **lines)
{
	const char *const *first = *lines;
	size_t count = 0;

	while (*first != NULL &&
	       (text_starts(*first, "--") || text_is(*first, "\n")))
		first++;
	if (*first == NULL)
		return NULL;
	while (first[count] != NULL && !text_ends(first[count++], ";\n"))
		;
	*lines = first + count;
	return lines_join(cx, first, count);
}

static const char *
checksum_of(struct ctx *cx, const struct migration *m)
{
	size_t count = 0;
	const char *sql;

	while (m->lines[count] != NULL)
		count++;
	sql = lines_join(cx, m->lines, count);
	return sha256_hex(cx->arena, sql, strlen(sql));
}

static const char *
state_of(struct ctx *cx, const struct applied *a, const struct migration *m)
{
	if (a == NULL)
		return "pending";
	if (m == NULL)
		return "unknown";
	if (a->checksum[0] == '\0')
		return "broken";
	if (!text_is(a->checksum, checksum_of(cx, m)))
		return "changed";
	return a->applied_at.ms == TIME_NONE ? "begun" : "applied";
}

static const struct applied *
applied_find(const struct applied *rows, size_t count, int64_t version)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].version == version)
			return &rows[i];
	return NULL;
}

/* Is it one of those that are built in? */
static bool
version_known(int64_t version)
{
	for (size_t i = 0; i < migration_count; i++)
		if (migrations[i].version == version)
			return true;
	return false;
}

static enum err
status_read(struct ctx *cx, struct migration_state **out, size_t *count_out,
    bool *behind_out)
{
	struct migration_state *states;
	struct applied *rows;
	size_t applied, count = 0;
	enum err e;

	e = db_list(cx, &rows, &applied, APPLIED_MAX, &migrations_applied);
	if (e)
		return e;
	states = ARENA_ARRAY(
	    cx->arena, migration_count + applied, struct migration_state);
	*behind_out = false;
	for (size_t i = 0; i < migration_count; i++) {
		const struct migration *m = &migrations[i];
		const struct applied *a =
		    applied_find(rows, applied, m->version);

		states[count++] = (struct migration_state){ m->version, m->name,
			state_of(cx, a, m),
			{ a == NULL ? TIME_NONE : a->applied_at.ms } };
		*behind_out =
		    *behind_out || a == NULL || a->applied_at.ms == TIME_NONE;
	}
	for (size_t i = 0; i < applied; i++)
		if (!version_known(rows[i].version))
			states[count++] =
			    (struct migration_state){ rows[i].version,
				    rows[i].name, state_of(cx, &rows[i], NULL),
				    rows[i].applied_at };
	*out = states;
	*count_out = count;
	return ERR_OK;
}

enum err
migrate_status(struct ctx *cx, struct migration_state **out, size_t *count_out,
    bool *behind_out)
{
	enum err e = db_script(cx, table_sql);

	if (e)
		return e;
	return status_read(cx, out, count_out, behind_out);
}

/*
 * One that may have been run is run again, and finds what it has done: what it
 * makes is there, what it drops is not.
 */
static enum err
statement_run(struct ctx *cx, const char *sql, bool again)
{
	enum err e = db_script(cx, sql);

	if (e == ERR_UNAVAILABLE) {
		fault_clear(cx);
		again = true;
		e = db_script(cx, sql);
	}
	if (e == ERR_OK || !again || !db_was_done(cx->db))
		return e;
	fault_clear(cx);
	return ERR_OK;
}

/* The row, without the time of its end. */
static enum err
migration_note(struct ctx *cx, const struct migration *m)
{
	const char *checksum = checksum_of(cx, m);
	int64_t version = m->version;
	enum err e =
	    db_run(cx, NULL, &migration_begin, version, m->name, checksum);

	if (e != ERR_UNCERTAIN)
		return e;
	fault_clear(cx);
	e = db_run(cx, NULL, &migration_begin, version, m->name, checksum);
	if (e != ERR_CONFLICT)
		return e;
	fault_clear(cx);
	return ERR_OK;
}

static enum err
migration_close(struct ctx *cx, const struct migration *m)
{
	enum err e = db_run(cx, NULL, &migration_end, (int64_t)m->version);

	if (e != ERR_UNCERTAIN)
		return e;
	fault_clear(cx);
	return db_run(cx, NULL, &migration_end, (int64_t)m->version);
}

static enum err
migration_fail(struct ctx *cx, const struct migration *m, enum err e)
{
	const char *why = cx->fault.detail;

	if (e == ERR_UNAVAILABLE || e == ERR_UNCERTAIN)
		return fault(cx, ERR_UNCERTAIN, NULL,
		    "migration %s was cut off: %s", m->name, why);
	(void)!db_run(cx, NULL, &migration_broken, (int64_t)m->version);
	return fault(cx, ERR_INTERNAL, NULL,
	    "migration %s broke: %s; mend the schema, then delete its row "
	    "from schema_migration",
	    m->name, why);
}

/* Begun: somebody died while it ran, who knows at which statement. */
static enum err
migration_apply(struct ctx *cx, const struct migration *m, bool begun)
{
	const char *const *lines = m->lines;
	const char *sql;
	enum err e = begun ? ERR_OK : migration_note(cx, m);

	if (e)
		return e;
	while (e == ERR_OK && (sql = statement_next(cx, &lines)) != NULL)
		e = statement_run(cx, sql, begun);
	if (e == ERR_OK)
		e = migration_close(cx, m);
	return e ? migration_fail(cx, m, e) : ERR_OK;
}

/* The work under the lock, on a second connection: DDL commits by itself. */
struct run {
	struct ctx *worker;
	size_t applied;
};

static enum err
migrate_locked(struct ctx *cx, void *arg)
{
	struct run *run = arg;
	struct migration_state *states;
	struct applied lock;
	size_t count;
	bool behind;
	enum err e;

	e = db_find(cx, &lock, &migration_lock);
	if (e)
		return e;
	e = status_read(run->worker, &states, &count, &behind);
	for (size_t i = 0; e == ERR_OK && i < count; i++)
		if (!text_is(states[i].state, "applied") &&
		    !text_is(states[i].state, "begun") &&
		    !text_is(states[i].state, "pending"))
			e = fault(run->worker, ERR_INTERNAL, NULL,
			    "migration %s is %s", states[i].name,
			    states[i].state);
	for (size_t i = 0; e == ERR_OK && i < migration_count; i++) {
		if (text_is(states[i].state, "applied"))
			continue;
		e = migration_apply(run->worker, &migrations[i],
		    text_is(states[i].state, "begun"));
		if (e == ERR_OK)
			run->applied++;
	}
	if (e)
		cx->fault = run->worker->fault;
	return e;
}

enum err
migrate_up(struct ctx *cx, size_t *applied_out)
{
	struct ctx worker = *cx;
	struct run run = { &worker, 0 };
	enum err e;

	e = db_script(cx, table_sql);
	if (e)
		return e;
	e = db_script(cx, lock_sql);
	if (e)
		return e;
	worker.db = db_new(cx->conf);
	e = db_transaction(cx, migrate_locked, &run);
	db_free(worker.db);
	*applied_out = run.applied;
	return e;
}
