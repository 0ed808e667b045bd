/*
 * Rows: fixed-size columns have their buffers in the prepared statement; texts
 * are read to a first buffer and, when longer, straight to the arena.
 */
#include "config.h"

#include <string.h>

#include "core/db_impl.h"

static int64_t
time_from_mysql(const MYSQL_TIME *t)
{
	struct civil c = { (int)t->year, (int)t->month, (int)t->day,
		(int)t->hour, (int)t->minute, (int)t->second,
		(int)(t->second_part / 1000) };

	return time_from_civil(&c);
}

/* What is made of the rows needs room, too. */
#define SPARE ((size_t)64 * KIB)

enum err
db_room_check(struct ctx *cx, const struct db_stmt *stmt, size_t size)
{
	size_t left = arena_left(cx->arena);

	if (left >= SPARE && size <= left - SPARE)
		return ERR_OK;
	return fault(cx, ERR_INTERNAL, NULL, "%s: rows take too much memory",
	    stmt->name);
}

/* A text column; what did not fit the first buffer is fetched whole. */
static enum err
column_text(
    struct ctx *cx, struct db_prepared *p, unsigned i, const char **text_out)
{
	struct db_column *column = &p->columns[i];
	MYSQL_BIND bind = { 0 };
	enum err e = db_room_check(cx, p->stmt, column->length);
	char *text;

	if (e)
		return e;
	if (column->length <= sizeof(column->value.text)) {
		*text_out =
		    arena_copy(cx->arena, column->value.text, column->length);
		return ERR_OK;
	}
	text = arena_alloc(cx->arena, column->length + 1);
	bind.buffer_type = MYSQL_TYPE_STRING;
	bind.buffer = text;
	bind.buffer_length = column->length;
	bind.length = &column->length;
	bind.is_null = &column->is_null;
	bind.error = &column->error;
	if (mysql_stmt_fetch_column(p->handle, &bind, i, 0) != 0)
		return db_stmt_error(cx, p->stmt, p->handle);
	*text_out = text;
	return ERR_OK;
}

static enum err
column_read(struct ctx *cx, struct db_prepared *p, unsigned i, void *row)
{
	struct db_column *column = &p->columns[i];
	const struct field *f = column->field;
	bool null = column->is_null != 0;
	enum err e = ERR_OK;

	switch (f->type) {
	case FIELD_INT:
		*FIELD_AT(row, f, int64_t) =
		    null ? INT_NONE : column->value.integer;
		break;
	case FIELD_BOOL:
		*FIELD_AT(row, f, bool) = !null && column->value.integer != 0;
		break;
	case FIELD_REAL:
		*FIELD_AT(row, f, double) = null ? 0 : column->value.real;
		break;
	case FIELD_TIME:
		FIELD_AT(row, f, struct stamp)->ms =
		    null ? TIME_NONE : time_from_mysql(&column->value.time);
		break;
	case FIELD_UUID:
		if (null)
			memset(FIELD_AT(row, f, struct uuid), 0, 16);
		else
			memcpy(FIELD_AT(row, f, struct uuid),
			    column->value.uuid, 16);
		break;
	case FIELD_TEXT:
	case FIELD_JSON:
		*FIELD_AT(row, f, const char *) = NULL;
		if (!null)
			e = column_text(
			    cx, p, i, FIELD_AT(row, f, const char *));
		break;
	case FIELD_OBJECT:
	case FIELD_LIST:
		break;
	}
	return e;
}

/* The next row; *more_out false at the end. */
enum err
db_row_read(struct ctx *cx, struct db_prepared *p, void *row, bool *more_out)
{
	int rc = mysql_stmt_fetch(p->handle);
	enum err e;

	*more_out = false;
	if (rc == MYSQL_NO_DATA)
		return ERR_OK;
	if (rc != 0 && rc != MYSQL_DATA_TRUNCATED)
		return db_stmt_error(cx, p->stmt, p->handle);
	for (unsigned i = 0; i < p->column_count; i++) {
		e = column_read(cx, p, i, row);
		if (e)
			return e;
	}
	*more_out = true;
	return ERR_OK;
}
