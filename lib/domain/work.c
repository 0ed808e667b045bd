/*
 * One work: shown whole, handed out, counted.  Lists are in work_list.c.
 */
#include "config.h"

#include "domain/work.h"

#include "base/text.h"
#include "core/db.h"
#include "domain/media_store.h"
#include "domain/work_row.h"

static const struct field work_fields[] = {
	WORK_LIST_FIELDS,
	COLUMN(struct work, task_id),
	COLUMN(struct work, prompt),
	COLUMN(struct work, negative_prompt),
	COLUMN(struct work, params),
	COLUMN(struct work, provider_id),
	COLUMN(struct work, model_id),
	COLUMN(struct work, width),
	COLUMN(struct work, height),
	COLUMN(struct work, bytes),
	COLUMN(struct work, duration_ms),
	COLUMN(struct work, error),
	COLUMN(struct work, published),
	COLUMN(struct work, like_count),
	COLUMN(struct work, favorite_count),
	COLUMN(struct work, play_count),
};
static const struct shape work_shape = SHAPE(struct work, work_fields);

DB_STMT(work_by_id, "uu", &work_shape,
    "SELECT " WORK_LIST_COLUMNS ","
    "       w.task_id, w.prompt, w.negative_prompt, w.params, w.provider_id,"
    "       w.model_id, w.width, w.height, w.bytes, w.duration_ms, w.error,"
    "       w.published_at IS NOT NULL AS published, w.like_count,"
    "       w.favorite_count, w.play_count"
    "  FROM work w WHERE w.id = ? AND w.account_id = ?");

static void
write_text(struct jw *jw, const char *name, const char *value)
{
	jw_name(jw, name);
	jw_text(jw, value);
}

static void
write_int(struct jw *jw, const char *name, int64_t value)
{
	jw_name(jw, name);
	jw_int(jw, value);
}

void
work_write_item(struct ctx *cx, const struct work *w, struct jw *jw)
{
	jw_name(jw, "id");
	jw_uuid(jw, &w->id);
	write_text(jw, "type", w->type);
	write_text(jw, "title", w->title);
	write_text(jw, "thumbnail",
	    media_store_url(cx, &w->thumbnail, w->thumbnail_extension));
	write_text(jw, "status", w->status);
	jw_name(jw, "createdAt");
	jw_time(jw, w->created_at.ms);
	write_text(jw, "fileUrl", media_store_url(cx, &w->media, w->extension));
}

static int64_t
whole_seconds(int64_t ms)
{
	return ms == INT_NONE ? INT_NONE : (ms + 500) / 1000;
}

enum err
work_write(struct ctx *cx, const struct uuid *account, const struct uuid *id,
    struct jw *jw)
{
	struct work w;
	enum err e = db_find(cx, &w, &work_by_id, id, account);

	if (e)
		return e;
	jw_object(jw);
	work_write_item(cx, &w, jw);
	write_text(jw, "prompt", w.prompt);
	write_text(jw, "negativePrompt", w.negative_prompt);
	jw_name(jw, "params");
	jw_json(jw, w.params.text);
	write_text(jw, "provider", w.provider_id);
	write_text(jw, "model", w.model_id);
	write_int(jw, "width", w.width);
	write_int(jw, "height", w.height);
	write_int(jw, "duration", whole_seconds(w.duration_ms));
	write_int(jw, "fileSize", w.bytes);
	jw_name(jw, "taskId");
	jw_uuid(jw, &w.task_id);
	jw_name(jw, "published");
	jw_bool(jw, w.published);
	write_int(jw, "likeCount", w.like_count);
	write_int(jw, "favoriteCount", w.favorite_count);
	write_int(jw, "playCount", w.play_count);
	write_text(jw, "error", w.error);
	jw_end_object(jw);
	return ERR_OK;
}

static const struct field file_fields[] = {
	COLUMN(struct work_file, media),
	COLUMN(struct work_file, extension),
	COLUMN(struct work_file, mime),
	COLUMN(struct work_file, title),
	COLUMN(struct work_file, sha256),
	COLUMN(struct work_file, bytes),
	COLUMN(struct work_file, created_at),
};
static const struct shape file_shape = SHAPE(struct work_file, file_fields);

DB_STMT(work_file_by_id, "uu", &file_shape,
    "SELECT w.media, w.extension, w.mime, w.title,"
    "       LOWER(HEX(m.sha256)) AS sha256, m.bytes, m.created_at"
    "  FROM work w LEFT JOIN media m ON m.name = w.media"
    " WHERE w.id = ? AND w.account_id = ?");

enum err
work_file(struct ctx *cx, const struct uuid *account, const struct uuid *id,
    struct work_file *out)
{
	struct work_file file;
	enum err e = db_find(cx, &file, &work_file_by_id, id, account);

	if (e)
		return e;
	if (uuid_is_null(&file.media))
		return fault(
		    cx, ERR_NOT_READY, NULL, "the work has no file yet");
	if (file.sha256 == NULL)
		return ERR_NOT_FOUND; /* the row of its file is gone */
	*out = file;
	return ERR_OK;
}

DB_STMT(work_counted, "ussi", NULL,
    "INSERT INTO work_count (account_id, type, status, total)"
    "VALUES (?, ?, ?, ?)"
    "    ON DUPLICATE KEY UPDATE total = total + VALUES(total)");

enum err
work_count_add(struct ctx *cx, const struct uuid *account, const char *type,
    const char *status, int64_t n)
{
	if (n == 0)
		return ERR_OK;
	return db_run(cx, NULL, &work_counted, account, type, status, n);
}

const struct db_stmt *const work_stmts[] = { &work_by_id, &work_file_by_id,
	&work_counted, NULL };
