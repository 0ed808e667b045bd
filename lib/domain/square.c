/*
 * Publishing: the work's own columns, its row on the square, the kept total,
 * all in one transaction that holds the work's row.
 */
#include "config.h"

#include "domain/square.h"

#include "base/text.h"
#include "core/db.h"
#include "domain/square_row.h"

static const struct field square_new_fields[] = {
	FIELD(struct square_new, description, .trim = true, RANGE(0, 2000),
	    .about = "what the author says of it"),
	FIELD(struct square_new, show_prompt,
	    .about = "whether others see the prompt"),
};
const struct shape square_new_shape =
    SHAPE(struct square_new, square_new_fields);

/* A work that is being published or taken off. */
struct publication {
	const struct uuid *account, *work;
	const struct square_new *said;
};

struct own {
	const char *type, *status;
	bool published;
};
static const struct field own_fields[] = {
	COLUMN(struct own, type),
	COLUMN(struct own, status),
	COLUMN(struct own, published),
};
static const struct shape own_shape = SHAPE(struct own, own_fields);

DB_STMT(own_lock, "uu", &own_shape,
    "SELECT type, status, published_at IS NOT NULL AS published FROM work"
    " WHERE id = ? AND account_id = ? FOR UPDATE");
DB_STMT(work_publish, "siu", NULL,
    "UPDATE work SET description = ?, show_prompt = ?,"
    "       published_at = COALESCE(published_at, NOW(3))"
    " WHERE id = ?");
DB_STMT(work_unpublish, "u", NULL,
    "UPDATE work SET description = NULL, show_prompt = FALSE,"
    "       published_at = NULL"
    " WHERE id = ?");

DB_STMT(square_insert, "u", NULL,
    "INSERT INTO square (work_id, type, latest, hot)"
    "SELECT p.id, p.type, p.latest, p.latest + p.earned"
    "  FROM (SELECT w.id, w.type, " SQUARE_EARNED " AS earned,"
    "               TIMESTAMPDIFF(MICROSECOND, '1970-01-01',"
    "                   w.published_at) DIV 1000 AS latest"
    "          FROM work w WHERE w.id = ?) p");
DB_STMT(square_delete, "u", NULL, "DELETE FROM square WHERE work_id = ?");
DB_STMT(square_counted, "is", NULL,
    "UPDATE square_count SET total = total + ? WHERE type = ?");

static enum err
publish_work(struct ctx *cx, void *arg)
{
	const struct publication *p = arg;
	const struct square_new *said = p->said;
	struct own own;
	enum err e;

	e = db_find(cx, &own, &own_lock, p->work, p->account);
	if (e)
		return e;
	if (!text_is(own.status, "completed"))
		return fault(
		    cx, ERR_NOT_READY, NULL, "the work is %s", own.status);
	e = db_run(cx, NULL, &work_publish,
	    text_empty(said->description) ? NULL : said->description,
	    (int64_t)said->show_prompt, p->work);
	if (e != ERR_OK || own.published)
		return e;
	e = db_run(cx, NULL, &square_insert, p->work);
	if (e)
		return e;
	return db_run(cx, NULL, &square_counted, INT64_C(1), own.type);
}

enum err
square_publish(struct ctx *cx, const struct uuid *account,
    const struct uuid *work, const struct square_new *said)
{
	struct publication p = { account, work, said };

	return db_transaction(cx, publish_work, &p);
}

enum err
square_remove(struct ctx *cx, const struct uuid *work, const char *type)
{
	uint64_t gone;
	enum err e = db_run(cx, &gone, &square_delete, work);

	if (e)
		return e;
	return db_run(cx, NULL, &square_counted, -(int64_t)gone, type);
}

static enum err
unpublish_work(struct ctx *cx, void *arg)
{
	const struct publication *p = arg;
	struct own own;
	enum err e;

	e = db_find(cx, &own, &own_lock, p->work, p->account);
	if (e != ERR_OK || !own.published)
		return e;
	e = db_run(cx, NULL, &work_unpublish, p->work);
	if (e)
		return e;
	return square_remove(cx, p->work, own.type);
}

enum err
square_unpublish(
    struct ctx *cx, const struct uuid *account, const struct uuid *work)
{
	struct publication p = { account, work, NULL };

	return db_transaction(cx, unpublish_work, &p);
}

const struct db_stmt *const square_stmts[] = { &own_lock, &work_publish,
	&work_unpublish, &square_insert, &square_delete, &square_counted,
	NULL };
