/*
 * One work: shown whole, handed out, counted.  Lists are in work_list.c.
 */
#include "config.h"

#include "domain/work.h"

#include "base/text.h"
#include "core/db.h"
#include "domain/media_store.h"
#include "domain/work_row.h"

struct detail_row {
	struct work_row row;
	struct uuid task_id;
	const char *prompt, *negative_prompt;
	struct json_text params;
	const char *provider_id, *model_id;
	int64_t width, height, bytes, duration_ms;
	const char *error;
	struct stamp published_at;
	const char *description;
	bool show_prompt;
	int64_t like_count, favorite_count, play_count;
};
static const struct field detail_row_fields[] = {
	WORK_ROW_FIELDS,
	COLUMN(struct detail_row, task_id),
	COLUMN(struct detail_row, prompt),
	COLUMN(struct detail_row, negative_prompt),
	COLUMN(struct detail_row, params),
	COLUMN(struct detail_row, provider_id),
	COLUMN(struct detail_row, model_id),
	COLUMN(struct detail_row, width),
	COLUMN(struct detail_row, height),
	COLUMN(struct detail_row, bytes),
	COLUMN(struct detail_row, duration_ms),
	COLUMN(struct detail_row, error),
	COLUMN(struct detail_row, published_at),
	COLUMN(struct detail_row, description),
	COLUMN(struct detail_row, show_prompt),
	COLUMN(struct detail_row, like_count),
	COLUMN(struct detail_row, favorite_count),
	COLUMN(struct detail_row, play_count),
};
static const struct shape detail_row_shape =
    SHAPE(struct detail_row, detail_row_fields);

_Static_assert(offsetof(struct detail_row, row) == 0 &&
		   offsetof(struct work_detail, item) == 0,
    "the fields of the shorter struct serve the longer one");

static const struct field detail_fields[] = {
	WORK_ITEM_FIELDS,
	COLUMN(struct work_detail, prompt),
	FIELD(struct work_detail, negative_prompt, .nullable = true),
	FIELD(struct work_detail, params, .json = "object",
	    .about = "what was asked for, and what was really made"),
	COLUMN(struct work_detail, provider),
	COLUMN(struct work_detail, model),
	FIELD(struct work_detail, width, .nullable = true, .about = "pixels"),
	FIELD(struct work_detail, height, .nullable = true, .about = "pixels"),
	FIELD(struct work_detail, duration, .nullable = true,
	    .about = "seconds, of films"),
	FIELD(
	    struct work_detail, file_size, .nullable = true, .about = "bytes"),
	COLUMN(struct work_detail, task_id),
	FIELD(struct work_detail, published, .about = "on the square"),
	FIELD(struct work_detail, published_at, .nullable = true),
	FIELD(struct work_detail, description, .nullable = true,
	    .about = "on the square"),
	FIELD(struct work_detail, show_prompt, .about = "on the square"),
	COLUMN(struct work_detail, like_count),
	COLUMN(struct work_detail, favorite_count),
	COLUMN(struct work_detail, play_count),
	FIELD(struct work_detail, error, .nullable = true,
	    .about = "why it failed"),
};
const struct shape work_detail_shape = SHAPE(struct work_detail, detail_fields);

DB_STMT(work_by_id, "uu", &detail_row_shape,
    "SELECT " WORK_ROW_COLUMNS ","
    "       w.task_id, w.prompt, w.negative_prompt, w.params, w.provider_id,"
    "       w.model_id, w.width, w.height, w.bytes, w.duration_ms, w.error,"
    "       w.published_at, w.description, w.show_prompt, w.like_count,"
    "       w.favorite_count, w.play_count"
    "  FROM work w WHERE w.id = ? AND w.account_id = ?");

void
work_item_fill(
    struct ctx *cx, const struct work_row *row, struct work_item *out)
{
	*out = (struct work_item){
		.id = row->id,
		.type = row->type,
		.title = row->title,
		.thumbnail = media_store_url(
		    cx, &row->thumbnail, row->thumbnail_extension),
		.status = row->status,
		.created_at = row->created_at,
		.file_url = media_store_url(cx, &row->media, row->extension),
	};
}

static int64_t
whole_seconds(int64_t ms)
{
	return ms == INT_NONE ? INT_NONE : (ms + 500) / 1000;
}

enum err
work_find(struct ctx *cx, const struct uuid *account, const struct uuid *id,
    struct work_detail *out)
{
	struct detail_row w;
	enum err e = db_find(cx, &w, &work_by_id, id, account);

	if (e)
		return e;
	*out = (struct work_detail){
		.params = w.params,
		.prompt = w.prompt,
		.negative_prompt = w.negative_prompt,
		.provider = w.provider_id,
		.model = w.model_id,
		.width = w.width,
		.height = w.height,
		.duration = whole_seconds(w.duration_ms),
		.file_size = w.bytes,
		.task_id = w.task_id,
		.published = w.published_at.ms != TIME_NONE,
		.published_at = w.published_at,
		.description = w.description,
		.show_prompt = w.show_prompt,
		.like_count = w.like_count,
		.favorite_count = w.favorite_count,
		.play_count = w.play_count,
		.error = w.error,
	};
	work_item_fill(cx, &w.row, &out->item);
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
