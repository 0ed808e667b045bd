/*
 * Statements: prepared once per connection, run, and run again where that is
 * safe.
 */
#include "core/db.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <mysql.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "core/db_impl.h"

#define TOO_MANY_CODE 1461 /* max_prepared_stmt_count is reached */

static void
prepared_free(struct db_prepared *p)
{
	if (p == NULL)
		return;
	if (p->handle != NULL)
		mysql_stmt_close(p->handle);
	free(p->columns);
	free(p->binds);
	free(p);
}

void
db_stmt_forget(struct db *db)
{
	for (size_t i = 0; i < COUNT(db->prepared); i++) {
		prepared_free(db->prepared[i]);
		db->prepared[i] = NULL;
	}
}

static void
bind_column(MYSQL_BIND *bind, struct db_column *column)
{
	bind->is_null = &column->is_null;
	bind->error = &column->error;
	bind->length = &column->length;
	bind->buffer = &column->value;
	switch (column->field->type) {
	case FIELD_INT:
	case FIELD_BOOL:
		bind->buffer_type = MYSQL_TYPE_LONGLONG;
		break;
	case FIELD_REAL:
		bind->buffer_type = MYSQL_TYPE_DOUBLE;
		break;
	case FIELD_TIME:
		bind->buffer_type = MYSQL_TYPE_DATETIME;
		break;
	case FIELD_UUID:
		bind->buffer_type = MYSQL_TYPE_BLOB;
		bind->buffer_length = sizeof(column->value.uuid);
		break;
	case FIELD_TEXT:
	case FIELD_JSON:
		bind->buffer_type = MYSQL_TYPE_STRING;
		bind->buffer_length = sizeof(column->value.text);
		break;
	case FIELD_OBJECT:
	case FIELD_LIST:
		assert(false); /* a row has no such column */
		break;
	}
}

/* The columns must be the shape's members, by name and in order. */
static enum err
columns_check(struct ctx *cx, const struct db_stmt *stmt, MYSQL_RES *meta)
{
	unsigned count = meta == NULL ? 0 : mysql_num_fields(meta);
	size_t wanted = stmt->out == NULL ? 0 : stmt->out->count;

	if (count != wanted)
		return fault(cx, ERR_INTERNAL, NULL,
		    "%s: %u columns, the shape has %zu", stmt->name, count,
		    wanted);
	for (unsigned i = 0; i < count; i++) {
		const char *name = mysql_fetch_field_direct(meta, i)->name;

		if (!text_is(name, stmt->out->fields[i].name))
			return fault(cx, ERR_INTERNAL, NULL,
			    "%s: column %u is '%s', not '%s'", stmt->name, i,
			    name, stmt->out->fields[i].name);
	}
	return ERR_OK;
}

static void
columns_make(struct db_prepared *p)
{
	const struct shape *shape = p->stmt->out;

	p->column_count = (unsigned)shape->count;
	p->columns = calloc(shape->count, sizeof(*p->columns));
	p->binds = calloc(shape->count, sizeof(*p->binds));
	if (p->columns == NULL || p->binds == NULL)
		die(71, "out of memory");
	for (size_t i = 0; i < shape->count; i++) {
		p->columns[i].field = &shape->fields[i];
		bind_column(&p->binds[i], &p->columns[i]);
	}
}

/* What breaks between two rows is known to the connection alone. */
enum err
db_stmt_error(struct ctx *cx, const struct db_stmt *stmt, MYSQL_STMT *handle)
{
	MYSQL *mysql = cx->db->mysql;

	if (mysql_stmt_errno(handle) == 0 && mysql_errno(mysql) != 0)
		return db_error(
		    cx, stmt->name, mysql_errno(mysql), mysql_error(mysql));
	return db_error(
	    cx, stmt->name, mysql_stmt_errno(handle), mysql_stmt_error(handle));
}

static enum err
prepare(struct ctx *cx, struct db_prepared *p)
{
	const struct db_stmt *stmt = p->stmt;
	MYSQL_RES *meta;
	enum err e;

	p->handle = mysql_stmt_init(cx->db->mysql);
	if (p->handle == NULL)
		die(71, "out of memory");
	if (mysql_stmt_prepare(p->handle, stmt->sql, strlen(stmt->sql)) != 0)
		return db_stmt_error(cx, stmt, p->handle);
	if (mysql_stmt_param_count(p->handle) != strlen(stmt->in))
		return fault(cx, ERR_INTERNAL, NULL,
		    "%s: %lu parameters, the signature has %zu", stmt->name,
		    mysql_stmt_param_count(p->handle), strlen(stmt->in));
	assert(strlen(stmt->in) <= DB_PARAMS_MAX);
	meta = mysql_stmt_result_metadata(p->handle);
	e = columns_check(cx, stmt, meta);
	if (meta != NULL)
		mysql_free_result(meta);
	if (e == ERR_OK && stmt->out != NULL)
		columns_make(p);
	return e;
}

/* The prepared form of a statement on this connection. */
static enum err
prepared_get(
    struct ctx *cx, const struct db_stmt *stmt, struct db_prepared **out)
{
	struct db *db = cx->db;
	size_t i = ((uintptr_t)stmt / sizeof(*stmt)) % DB_STMTS_MAX;
	struct db_prepared *p;
	enum err e;

	for (size_t seen = 0; db->prepared[i] != NULL; seen++) {
		if (db->prepared[i]->stmt == stmt) {
			*out = db->prepared[i];
			return ERR_OK;
		}
		assert(seen < DB_STMTS_MAX - 1);
		i = (i + 1) % DB_STMTS_MAX;
	}
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		die(71, "out of memory");
	p->stmt = stmt;
	e = prepare(cx, p);
	if (e) {
		prepared_free(p);
		return e;
	}
	db->prepared[i] = p;
	*out = p;
	return ERR_OK;
}

/*
 * The server keeps so many for all connections (1461): ours make room, and are
 * prepared again as they are needed.
 */
static enum err
prepared_get_or_make_room(
    struct ctx *cx, const struct db_stmt *stmt, struct db_prepared **out)
{
	enum err e = prepared_get(cx, stmt, out);

	if (e != ERR_INTERNAL || cx->db->code != TOO_MANY_CODE)
		return e;
	fault_clear(cx);
	db_stmt_forget(cx->db);
	return prepared_get(cx, stmt, out);
}

/* What failed in running it; what is stale is prepared anew. */
static enum err
run_error(struct ctx *cx, const struct db_stmt *stmt, MYSQL_STMT *handle)
{
	enum err e = db_stmt_error(cx, stmt, handle);

	if (cx->db->code == DB_STALE_CODE)
		db_stmt_forget(cx->db);
	return e;
}

/* One execution on the connection as it is. */
static enum err
execute_once(struct ctx *cx, const struct db_stmt *stmt,
    struct db_params *params, struct db_prepared **out)
{
	struct db_prepared *p;
	enum err e;

	e = db_connect(cx);
	if (e == ERR_OK)
		e = prepared_get_or_make_room(cx, stmt, &p);
	if (e) {
		cx->db->not_sent = true;
		return e;
	}
	if (stmt->in[0] != '\0' &&
	    mysql_stmt_bind_param(p->handle, params->bind) != 0)
		return db_stmt_error(cx, stmt, p->handle);
	if (mysql_stmt_execute(p->handle) != 0)
		return run_error(cx, stmt, p->handle);
	if (stmt->out != NULL &&
	    mysql_stmt_bind_result(p->handle, p->binds) != 0)
		return db_stmt_error(cx, stmt, p->handle);
	*out = p;
	return ERR_OK;
}

/* A statement that may have been carried out, or not: only reading is safe. */
static enum err
lost_judge(struct ctx *cx, const struct db_stmt *stmt, enum err e)
{
	struct db *db = cx->db;

	db_disconnect(db);
	db->lost = false;
	if (db->not_sent || stmt->out != NULL)
		return e;
	return fault(
	    cx, ERR_UNCERTAIN, NULL, "%s: the connection broke", stmt->name);
}

/*
 * Outside a transaction a lost connection is made anew and the statement run
 * once more: always for one that only reads, else when it was surely not sent.
 * What a deadlock or a stale statement did is rolled back: it is run again.
 */
static enum err
execute(struct ctx *cx, const struct db_stmt *stmt, va_list ap,
    struct db_prepared **out)
{
	struct db *db = cx->db;
	struct db_params *params = &db->params;
	enum err e;

	db_params_bind(params, stmt->in, ap);
	db->not_sent = false;
	e = execute_once(cx, stmt, params, out);
	if (e != ERR_UNAVAILABLE || db->in_transaction)
		return e;
	if (db->lost) {
		bool reached = db->mysql != NULL;

		e = lost_judge(cx, stmt, e);
		if (e != ERR_UNAVAILABLE || !reached)
			return e;
	}
	db->again = false;
	db->not_sent = false;
	fault_clear(cx);
	e = execute_once(cx, stmt, params, out);
	return db->lost ? lost_judge(cx, stmt, e) : e;
}

enum err
db_run(struct ctx *cx, uint64_t *affected_out, const struct db_stmt *stmt, ...)
{
	struct db_prepared *p = NULL;
	va_list ap;
	enum err e;

	assert(stmt->out == NULL);
	va_start(ap, stmt);
	e = execute(cx, stmt, ap, &p);
	va_end(ap);
	if (e)
		return e;
	cx->db->insert_id = mysql_stmt_insert_id(p->handle);
	if (affected_out != NULL)
		*affected_out = mysql_stmt_affected_rows(p->handle);
	return ERR_OK;
}

/* After a failed or finished fetch; a dead connection is put away. */
static void
fetch_end(struct db *db, struct db_prepared *p)
{
	mysql_stmt_free_result(p->handle);
	if (db->lost && !db->in_transaction) {
		db_disconnect(db);
		db->lost = false;
	}
}

enum err
db_find(struct ctx *cx, void *row_out, const struct db_stmt *stmt, ...)
{
	struct db_prepared *p = NULL;
	bool more;
	va_list ap;
	enum err e;

	assert(stmt->out != NULL);
	va_start(ap, stmt);
	e = execute(cx, stmt, ap, &p);
	va_end(ap);
	if (e)
		return e;
	e = db_row_read(cx, p, row_out, &more);
	if (e == ERR_OK && !more)
		e = ERR_NOT_FOUND;
	fetch_end(cx->db, p);
	return e;
}

/* Reads rows into an array in the arena that grows by doubling. */
static enum err
rows_read(struct ctx *cx, struct db_prepared *p, size_t max, void **rows_out,
    size_t *count_out)
{
	size_t size = p->stmt->out->size;
	size_t room = 0, count = 0;
	char *rows = NULL;
	bool more;
	enum err e;

	for (;;) {
		if (count == room) {
			size_t bigger = room == 0 ? 16 : room * 2;
			char *moved;

			e = db_room_check(cx, p->stmt, bigger * size);
			if (e)
				return e;
			moved = arena_calloc(cx->arena, bigger, size);
			if (count > 0)
				memcpy(moved, rows, count * size);
			rows = moved;
			room = bigger;
		}
		e = db_row_read(cx, p, rows + count * size, &more);
		if (e)
			return e;
		if (!more)
			break;
		if (++count > max)
			return fault(cx, ERR_INTERNAL, NULL,
			    "%s: more than %zu rows", p->stmt->name, max);
	}
	*rows_out = rows;
	*count_out = count;
	return ERR_OK;
}

enum err
db_list(struct ctx *cx, void *rows_out, size_t *count_out, size_t max,
    const struct db_stmt *stmt, ...)
{
	struct db_prepared *p = NULL;
	void *rows = NULL;
	size_t count = 0;
	va_list ap;
	enum err e;

	assert(stmt->out != NULL);
	va_start(ap, stmt);
	e = execute(cx, stmt, ap, &p);
	va_end(ap);
	if (e)
		return e;
	e = rows_read(cx, p, max, &rows, &count);
	fetch_end(cx->db, p);
	if (e)
		return e;
	memcpy(rows_out, &rows, sizeof(rows));
	*count_out = count;
	return ERR_OK;
}

size_t
db_check(
    struct ctx *cx, const struct db_stmt *const *stmts, struct buf *complaints)
{
	struct db_prepared *p;
	size_t wrong = 0;

	for (size_t i = 0; stmts[i] != NULL; i++) {
		enum err e = db_connect(cx);

		if (e == ERR_OK)
			e = prepared_get(cx, stmts[i], &p);
		if (e == ERR_OK)
			continue;
		wrong++;
		buf_printf(complaints, "%s: %s\n", stmts[i]->name,
		    cx->fault.detail == NULL ? err_name(e) : cx->fault.detail);
		fault_clear(cx);
	}
	return wrong;
}
