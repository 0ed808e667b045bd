#include "config.h"

#include "domain/media_sweep.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "core/conf.h"
#include "core/db.h"
#include "domain/media_store.h"
#include "domain/media_walk.h"

#define YOUNG_S INT64_C(86400)
#define CLOCKS_S 60 /* that two may be apart */

/* A row that names a file. */
struct dead {
	struct uuid name;
	const char *extension;
	int64_t bytes;
};
static const struct field dead_fields[] = {
	COLUMN(struct dead, name),
	COLUMN(struct dead, extension),
	COLUMN(struct dead, bytes),
};
static const struct shape dead_shape = SHAPE(struct dead, dead_fields);

DB_STMT(media_dead, "i", &dead_shape,
    "SELECT name, extension, bytes FROM media"
    " WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT ?");
DB_STMT(media_forget, "u", NULL,
    "DELETE FROM media WHERE name = ? AND deleted_at IS NOT NULL");
DB_STMT(media_of_name, "u", &dead_shape,
    "SELECT name, extension, bytes FROM media WHERE name = ?");

enum err
media_sweep(struct ctx *cx, size_t max, size_t *removed_out, int64_t *freed_io)
{
	struct dead *rows;
	enum err e, stays = ERR_OK;
	size_t count;

	*removed_out = 0;
	e = db_list(cx, &rows, &count, max, &media_dead, (int64_t)max);
	if (e)
		return e;
	for (size_t i = 0; i < count; i++) {
		e = media_store_remove(cx, &rows[i].name, rows[i].extension);
		if (e) {
			stays = e;
			continue;
		}
		e = db_run(cx, NULL, &media_forget, &rows[i].name);
		if (e)
			return e;
		*freed_io += rows[i].bytes;
		++*removed_out;
	}
	return stays;
}

struct span {
	int64_t s;
	struct stamp now;
};
static const struct field span_fields[] = {
	COLUMN(struct span, s),
	COLUMN(struct span, now),
};
static const struct shape span_shape = SHAPE(struct span, span_fields);

DB_STMT(media_oldest_task, "", &span_shape,
    "SELECT COALESCE(TIMESTAMPDIFF(SECOND, MIN(created_at), NOW(3)), 0) AS s,"
    "       NOW(3) AS now"
    "  FROM task WHERE active = TRUE");

/*
 * What a task has so far lies in the store, and no row but its own, which is
 * not looked into, names it before it ends.  A clock of ours that was set to
 * the future makes every file old; only as far as the database's agrees is that
 * so.
 */
enum err
media_sweep_patience(struct ctx *cx, int64_t least_s, int64_t *young_s_out)
{
	struct span open;
	enum err e = db_find(cx, &open, &media_oldest_task);
	int64_t ahead_s;

	if (e)
		return e;
	ahead_s = (clock_ms() - open.now.ms) / 1000;
	*young_s_out =
	    open.s + CLOCKS_S > least_s ? open.s + CLOCKS_S : least_s;
	if (ahead_s > 0)
		*young_s_out += ahead_s;
	return ERR_OK;
}

struct orphans {
	struct ctx *cx;
	int64_t young_s;
	size_t removed, stuck;
	int error; /* of the last that is stuck */
	int64_t freed;
};

static enum err
orphan_judge(void *arg, struct media_stored *file)
{
	struct orphans *o = arg;
	struct dead row;
	enum err e = ERR_NOT_FOUND;

	if (file->age_s < o->young_s)
		return ERR_OK;
	if (!file->draft && !uuid_is_null(&file->name))
		e = db_find(o->cx, &row, &media_of_name, &file->name);
	if (e != ERR_NOT_FOUND)
		return e;
	fault_clear(o->cx);
	if (unlink(file->path) == 0) {
		o->removed++;
		o->freed += file->bytes;
	} else if (errno != ENOENT) {
		o->stuck++;
		o->error = errno;
	}
	return ERR_OK;
}

enum err
media_sweep_orphans(
    struct ctx *cx, const char *below, size_t *removed_out, int64_t *freed_io)
{
	struct orphans o = { .cx = cx };
	enum err e = media_sweep_patience(cx, YOUNG_S, &o.young_s);

	if (e == ERR_OK)
		e = media_walk(cx, below, orphan_judge, &o);
	*removed_out = o.removed;
	*freed_io += o.freed;
	if (e == ERR_OK && o.stuck > 0)
		e = fault(cx, ERR_INTERNAL, NULL,
		    "%zu files in '%s/%s' can't be removed: %s", o.stuck,
		    cx->conf->media_dir, below, strerror(o.error));
	return e;
}

void
media_sweep_spare(
    struct ctx *cx, const struct uuid *name, const char *extension)
{
	struct dead row;

	if (db_find(cx, &row, &media_of_name, name) == ERR_NOT_FOUND)
		media_store_discard(cx, name, extension);
	fault_clear(cx);
}

const struct db_stmt *const media_sweep_stmts[] = { &media_dead, &media_forget,
	&media_of_name, &media_oldest_task, NULL };
