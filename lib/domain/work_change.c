/*
 * What an owner changes: the title, and that a work is there at all.
 */
#include "config.h"

#include "domain/work.h"

#include "base/text.h"
#include "core/db.h"
#include "domain/square.h"
#include "domain/task.h"

#define TASK_WORKS_MAX 16

static const struct field work_title_fields[] = {
	FIELD(struct work_title, title, .required = true, .trim = true,
	    RANGE(1, 200), .about = "what it is called from now on"),
};
const struct shape work_title_shape =
    SHAPE(struct work_title, work_title_fields);

DB_STMT(title_update, "suu", NULL,
    "UPDATE work SET title = ? WHERE id = ? AND account_id = ?");

enum err
work_set_title(struct ctx *cx, const struct uuid *account,
    const struct uuid *id, const char *title)
{
	uint64_t matched;
	enum err e = db_run(cx, &matched, &title_update, title, id, account);

	if (e == ERR_OK && matched != 1)
		return ERR_NOT_FOUND;
	return e;
}

/* ---- deleting ---- */

struct deletion {
	const struct uuid *account, *id;
};

struct parent {
	struct uuid task;
};
static const struct field parent_fields[] = { COLUMN(struct parent, task) };
static const struct shape parent_shape = SHAPE(struct parent, parent_fields);

struct course {
	bool finished;
};
static const struct field course_fields[] = {
	COLUMN(struct course, finished),
};
static const struct shape course_shape = SHAPE(struct course, course_fields);

struct sibling {
	struct uuid id;
	const char *type, *status;
	struct uuid media, thumbnail;
	bool published, known;
};
static const struct field sibling_fields[] = {
	COLUMN(struct sibling, id),
	COLUMN(struct sibling, type),
	COLUMN(struct sibling, status),
	COLUMN(struct sibling, media),
	COLUMN(struct sibling, thumbnail),
	COLUMN(struct sibling, published),
	COLUMN(struct sibling, known),
};
static const struct shape sibling_shape = SHAPE(struct sibling, sibling_fields);

DB_STMT(parent_find, "uu", &parent_shape,
    "SELECT task_id AS task FROM work WHERE id = ? AND account_id = ?");
/* The task first, then its works: the order in which the poller takes them. */
DB_STMT(course_lock, "u", &course_shape,
    "SELECT finished_at IS NOT NULL AS finished FROM task WHERE id = ?"
    " FOR UPDATE");
DB_STMT(siblings_lock, "u", &sibling_shape,
    "SELECT id, type, status, media, thumbnail,"
    "       published_at IS NOT NULL AS published,"
    "       like_count + favorite_count + play_count > 0 AS known"
    "  FROM work WHERE task_id = ? ORDER BY id FOR UPDATE");
DB_STMT(row_delete, "u", NULL, "DELETE FROM work WHERE id = ?");
DB_STMT(files_delete, "uu", NULL,
    "UPDATE media SET deleted_at = NOW(3)"
    " WHERE name IN (?, ?) AND deleted_at IS NULL");
/* Likes and the like may be many: the poller removes them by and by. */
DB_STMT(rest_note, "u", NULL,
    "INSERT INTO work_deleted (work_id, deleted_at) VALUES (?, NOW(3))");

static enum err
row_remove(struct ctx *cx, const struct deletion *d, const struct sibling *work)
{
	enum err e = db_run(cx, NULL, &row_delete, d->id);

	if (e)
		return e;
	e = work_count_add(cx, d->account, work->type, work->status, -1);
	if (e)
		return e;
	if (work->published) {
		e = square_remove(cx, d->id, work->type);
		if (e)
			return e;
	}
	if (work->known) {
		e = db_run(cx, NULL, &rest_note, d->id);
		if (e)
			return e;
	}
	return db_run(cx, NULL, &files_delete, &work->media, &work->thumbnail);
}

/* The one to be deleted among the works of its task; NULL: it is gone. */
static struct sibling *
sibling_find(struct sibling *works, size_t count, const struct uuid *id)
{
	for (size_t i = 0; i < count; i++)
		if (uuid_equal(&works[i].id, id))
			return &works[i];
	return NULL;
}

static enum err
delete_work(struct ctx *cx, void *arg)
{
	const struct deletion *d = arg;
	struct course course = { .finished = true };
	struct sibling *works, *work;
	struct parent parent;
	size_t count;
	enum err e;

	e = db_find(cx, &parent, &parent_find, d->id, d->account);
	if (e)
		return e;
	e = db_find(cx, &course, &course_lock, &parent.task);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	e = db_list(
	    cx, &works, &count, TASK_WORKS_MAX, &siblings_lock, &parent.task);
	if (e)
		return e;
	work = sibling_find(works, count, d->id);
	if (work == NULL)
		return ERR_NOT_FOUND;
	if (!course.finished && count == 1) {
		e = task_cancel_held(
		    cx, d->account, &parent.task, text_is(work->type, "video"));
		if (e)
			return e;
		if (text_is(work->status, "processing"))
			work->status = "failed"; /* cancelling counted it so */
	}
	return row_remove(cx, d, work);
}

enum err
work_delete(struct ctx *cx, const struct uuid *account, const struct uuid *id)
{
	struct deletion d = { account, id };

	return db_transaction(cx, delete_work, &d);
}

const struct db_stmt *const work_change_stmts[] = { &title_update, &parent_find,
	&course_lock, &siblings_lock, &row_delete, &files_delete, &rest_note,
	NULL };
