/*
 * The end of a task: what arrived is handed over and paid, the rest is given
 * back.
 */
#include "config.h"

#include "domain/task_queue.h"

#include <string.h>

#include "core/conf.h"
#include "core/db.h"
#include "domain/media_store.h"
#include "domain/power.h"
#include "domain/task_event.h"
#include "domain/task_kind.h"
#include "domain/work.h"

#define WORKS_MAX 16

/* An end on its way. */
struct ending {
	const struct task_claim *task;
	const struct task_end *end;
	const struct task_kind *kind;
	const char *error; /* sentence of the reason, NULL: all arrived */
	/* out, anew in every run */
	struct uuid *works; /* those that arrived */
	size_t delivered; /* of them; fewer than items when some are deleted */
	int64_t failed;   /* works that did not arrive */
	int64_t released;
};

/* What did not arrive is given back. */
static void
settle_fill(const struct ending *d, struct power_settle *s)
{
	const struct task_claim *t = d->task;
	int64_t arrived = (int64_t)d->end->count;
	int64_t missing = t->count - (arrived < t->count ? arrived : t->count);

	*s = (struct power_settle){
		.account = t->account_id,
		.task = t->id,
		.day = t->quota_day,
		.generated = t->count - missing,
	};
	s->release = power_back(t->count, t->cost, t->hd, missing, &s->hd_back);
	s->capture = t->cost - s->release;
	/* only what content rules refused counts against the day */
	if (d->end->reason == ERR_CONTENT_POLICY)
		return;
	if (d->kind->film)
		s->videos_back = missing;
	else
		s->images_back = missing;
}

/* Stages of the contract have no word for failed: it is over. */
DB_STMT(end_task, "ssssiui", NULL,
    "UPDATE task"
    "   SET state = ?, reason = ?, error = ?,"
    "       timeline = CONCAT(timeline, DATE_FORMAT(NOW(3),"
    "           ',\"done\":\"%Y-%m-%dT%H:%i:%sZ\"')),"
    "       progress = IF(? = 'done', 100, progress), refunded = ?,"
    "       parts = NULL, finished_at = NOW(3), lease_owner = NULL,"
    "       lease_until = NULL"
    " WHERE id = ? AND lease_token = ? AND active = TRUE");

struct open_work {
	struct uuid id;
};
static const struct field open_work_fields[] = { COLUMN(struct open_work, id) };
static const struct shape open_work_shape =
    SHAPE(struct open_work, open_work_fields);

DB_STMT(end_works, "u", &open_work_shape,
    "SELECT id FROM work WHERE task_id = ? AND status = 'processing'"
    " ORDER BY position FOR UPDATE");
DB_STMT(end_work_done, "uussssiiiirissu", NULL,
    "UPDATE work"
    "   SET status = 'completed', media = ?, thumbnail = ?, extension = ?,"
    "       thumbnail_extension = ?, mime = ?,"
    "       params = JSON_SET(params, '$.made', JSON_EXTRACT(?, '$')),"
    "       bytes = ?, width = ?, height = ?, duration_ms = ?, fps = ?,"
    "       seed = ?, provider_id = ?, model_id = ?,"
    "       completed_at = NOW(3)"
    " WHERE id = ?");
DB_STMT(end_work_failed, "su", NULL,
    "UPDATE work SET status = 'failed', error = ? WHERE id = ?");

static enum err
media_rows(struct ctx *cx, const struct ending *d, const struct task_item *item)
{
	struct media_new media = {
		.name = item->media,
		.account = d->task->account_id,
		.use_for = "result",
		.mime = item->mime,
		.extension = item->extension,
		.bytes = item->bytes,
		.width = item->width,
		.height = item->height,
		.duration_ms = item->duration_ms,
		.fps = item->fps,
		.thumbnail = item->thumbnail,
	};
	struct media_new small = {
		.name = item->thumbnail,
		.account = d->task->account_id,
		.use_for = "thumbnail",
		.mime = item->thumbnail_mime,
		.extension = item->thumbnail_extension,
		.bytes = item->thumbnail_bytes,
		.width = item->thumbnail_width,
		.height = item->thumbnail_height,
		.duration_ms = INT_NONE,
	};
	enum err e;

	memcpy(media.sha256, item->sha256, sizeof(media.sha256));
	memcpy(small.sha256, item->thumbnail_sha256, sizeof(small.sha256));
	e = media_add(cx, &media);
	if (e)
		return e;
	return media_add(cx, &small);
}

static enum err
work_deliver(struct ctx *cx, const struct ending *d, const struct uuid *work,
    const struct task_item *item)
{
	enum err e = media_rows(cx, d, item);

	if (e)
		return e;
	return db_run(cx, NULL, &end_work_done, &item->media, &item->thumbnail,
	    item->extension, item->thumbnail_extension, item->mime,
	    item->made != NULL ? item->made : "{}", item->bytes, item->width,
	    item->height, item->duration_ms, item->fps, item->seed,
	    d->task->provider_id, d->task->model_id, work);
}

/* The first works get what arrived; those that were deleted get nothing. */
static enum err
works_settle(struct ctx *cx, struct ending *d)
{
	struct open_work *works;
	size_t count;
	enum err e;

	e = db_list(cx, &works, &count, WORKS_MAX, &end_works, &d->task->id);
	if (e)
		return e;
	d->works = ARENA_ARRAY(cx->arena, count + 1, struct uuid);
	d->delivered = 0;
	d->failed = 0;
	for (size_t i = 0; e == ERR_OK && i < count; i++) {
		if (i < d->end->count) {
			d->works[d->delivered++] = works[i].id;
			e = work_deliver(
			    cx, d, &works[i].id, &d->end->items[i]);
		} else {
			d->failed++;
			e = db_run(
			    cx, NULL, &end_work_failed, d->error, &works[i].id);
		}
	}
	return e;
}

static enum err
counts_settle(struct ctx *cx, const struct ending *d)
{
	const struct uuid *account = &d->task->account_id;
	int64_t delivered = (int64_t)d->delivered;
	enum err e;

	e = work_count_add(
	    cx, account, d->kind->type, "processing", -(delivered + d->failed));
	if (e == ERR_OK && delivered > 0)
		e = work_count_add(
		    cx, account, d->kind->type, "completed", delivered);
	if (e == ERR_OK && d->failed > 0)
		e = work_count_add(
		    cx, account, d->kind->type, "failed", d->failed);
	return e;
}

static enum err
end_tell(struct ctx *cx, const struct ending *d)
{
	const struct task_claim *t = d->task;

	if (d->end->count > 0)
		return task_event_complete(cx, &t->account_id, &t->id,
		    d->kind->film, d->works, d->delivered);
	return task_event_failed(
	    cx, &t->account_id, &t->id, d->error, d->end->reason, d->released);
}

static enum err
end_work(struct ctx *cx, void *arg)
{
	struct ending *d = arg;
	const struct task_claim *t = d->task;
	bool done = d->end->count > 0;
	const char *state = task_state_name(done ? TASK_DONE : TASK_FAILED);
	struct power_settle settle;
	uint64_t matched;
	enum err e;

	settle_fill(d, &settle);
	d->released = settle.release;
	e = db_run(cx, &matched, &end_task, state,
	    done ? NULL : err_reason(d->end->reason), done ? NULL : d->error,
	    state, settle.release, &t->id, t->lease_token);
	if (e)
		return e;
	if (matched != 1)
		return ERR_CONFLICT;
	e = works_settle(cx, d);
	/* the account before its counts, as a submission takes them */
	if (e == ERR_OK)
		e = power_settle(cx, &settle);
	if (e == ERR_OK)
		e = counts_settle(cx, d);
	if (e == ERR_OK)
		e = media_input_end(cx, &t->input_media);
	if (e == ERR_OK)
		e = end_tell(cx, d);
	return e;
}

/* No row names its files. */
static void
item_discard(struct ctx *cx, const struct task_item *item)
{
	media_store_discard(cx, &item->media, item->extension);
	media_store_discard(cx, &item->thumbnail, item->thumbnail_extension);
}

enum err
task_queue_end(struct ctx *cx, struct task_claim *t, const struct task_end *end)
{
	struct ending d = {
		.task = t,
		.end = end,
		.kind = task_kind_find(t->kind),
	};
	enum lang lang = lang_parse(cx->conf->language);
	enum err e;

	if ((int64_t)end->count < t->count)
		d.error = err_sentence(end->reason, lang);
	e = db_transaction(cx, end_work, &d);
	if (e)
		return e;
	t->state = task_state_name(end->count > 0 ? TASK_DONE : TASK_FAILED);
	for (size_t i = d.delivered; i < end->count; i++)
		item_discard(cx, &end->items[i]);
	return ERR_OK;
}

/*
 * A time that is negative, or longer than was given, is that of a clock that
 * was set.  Grouped by what is one group: with a HAVING in its place
 * MariaDB 10.11 at times refuses the statement when it is run again (error
 * 1140).
 */
DB_STMT(end_learn, "sss", NULL,
    "INSERT INTO estimate (provider_id, model_id, size_class, typical_ms,"
    "       updated_at)"
    "SELECT provider_id, model_id, size_class,"
    "       CAST(AVG(TIMESTAMPDIFF(MICROSECOND, submitted_at, finished_at))"
    "           DIV 1000 AS SIGNED), NOW(3)"
    "  FROM (SELECT provider_id, model_id, size_class, submitted_at,"
    "               finished_at FROM task"
    "         WHERE provider_id = ? AND model_id = ? AND size_class = ?"
    "           AND state = 'done'"
    "           AND finished_at BETWEEN submitted_at AND deadline_at"
    "         ORDER BY finished_at DESC LIMIT 50) recent"
    " GROUP BY provider_id, model_id, size_class"
    "    ON DUPLICATE KEY UPDATE typical_ms = VALUES(typical_ms),"
    "       updated_at = VALUES(updated_at)");

enum err
task_queue_learn(struct ctx *cx, const struct task_claim *t)
{
	return db_run(
	    cx, NULL, &end_learn, t->provider_id, t->model_id, t->size_class);
}

const struct db_stmt *const task_end_stmts[] = { &end_task, &end_works,
	&end_work_done, &end_work_failed, &end_learn, NULL };
