/*
 * The status call, the result of a task, and cancelling.
 */
#include "domain/task.h"

#include <string.h>

#include "base/text.h"
#include "core/conf.h"
#include "core/db.h"
#include "domain/media_store.h"
#include "domain/power.h"
#include "domain/task_event.h"
#include "domain/task_state.h"
#include "domain/work.h"

#define WORKS_MAX 16

static const struct field view_fields[] = {
	COLUMN(struct task_view, id),
	COLUMN(struct task_view, kind),
	COLUMN(struct task_view, state),
	COLUMN(struct task_view, progress),
	COLUMN(struct task_view, estimated_s),
	COLUMN(struct task_view, reason),
	COLUMN(struct task_view, error),
	COLUMN(struct task_view, refunded),
	COLUMN(struct task_view, timeline),
	COLUMN(struct task_view, created_at),
	COLUMN(struct task_view, submitted_at),
	COLUMN(struct task_view, finished_at),
};
static const struct shape view_shape = SHAPE(struct task_view, view_fields);

/* Only while one of its works is still there. */
DB_STMT(task_by_id, "uu", &view_shape,
    "SELECT t.id, t.kind, t.state, t.progress, t.estimated_s, t.reason,"
    "       t.error, t.refunded, t.timeline, t.created_at, t.submitted_at,"
    "       t.finished_at"
    "  FROM task t"
    " WHERE t.id = ? AND t.account_id = ?"
    "   AND EXISTS (SELECT 1 FROM work w WHERE w.task_id = t.id)");

/* A delivered work of a task. */
struct made {
	struct uuid id;
	struct uuid media, thumbnail;
	const char *extension, *thumbnail_extension;
	int64_t width, height, bytes, duration_ms, seed;
	double fps;
};
static const struct field made_fields[] = {
	COLUMN(struct made, id),
	COLUMN(struct made, media),
	COLUMN(struct made, thumbnail),
	COLUMN(struct made, extension),
	COLUMN(struct made, thumbnail_extension),
	COLUMN(struct made, width),
	COLUMN(struct made, height),
	COLUMN(struct made, bytes),
	COLUMN(struct made, duration_ms),
	COLUMN(struct made, seed),
	COLUMN(struct made, fps),
};
static const struct shape made_shape = SHAPE(struct made, made_fields);

DB_STMT(task_works, "u", &made_shape,
    "SELECT id, media, thumbnail, extension, thumbnail_extension, width,"
    "       height, bytes, duration_ms, seed, fps"
    "  FROM work WHERE task_id = ? AND status = 'completed'"
    " ORDER BY position");

static bool
kind_is_film(const char *kind)
{
	return text_ends(kind, "_video");
}

static void
write_addresses(struct ctx *cx, const struct made *m, struct jw *jw)
{
	jw_name(jw, "url");
	jw_text(jw, media_store_url(cx, &m->media, m->extension));
	jw_name(jw, "thumbnail");
	jw_text(jw, media_store_url(cx, &m->thumbnail, m->thumbnail_extension));
}

static void
write_number(struct jw *jw, const char *name, int64_t value)
{
	jw_name(jw, name);
	if (value == INT_NONE)
		jw_null(jw);
	else
		jw_int(jw, value);
}

static void
write_image(struct ctx *cx, const struct made *m, struct jw *jw)
{
	jw_object(jw);
	write_addresses(cx, m, jw);
	write_number(jw, "width", m->width);
	write_number(jw, "height", m->height);
	jw_name(jw, "workId");
	jw_uuid(jw, &m->id);
	write_number(jw, "seed", m->seed);
	jw_end_object(jw);
}

/* The name of what was really made, by the shorter side. */
static const char *
resolution_name(const struct made *m)
{
	int64_t side = m->width < m->height ? m->width : m->height;

	return side <= 480    ? "480p"
	       : side <= 720  ? "720p"
	       : side <= 1088 ? "1080p"
			      : "4k";
}

static void
write_film(struct ctx *cx, const struct made *m, struct jw *jw)
{
	jw_object(jw);
	write_addresses(cx, m, jw);
	write_number(jw, "duration", (m->duration_ms + 500) / 1000);
	jw_name(jw, "resolution");
	jw_text(jw, resolution_name(m));
	write_number(jw, "fileSize", m->bytes);
	jw_name(jw, "workId");
	jw_uuid(jw, &m->id);
	write_number(jw, "width", m->width);
	write_number(jw, "height", m->height);
	jw_name(jw, "fps");
	jw_real(jw, m->fps);
	jw_end_object(jw);
}

static enum err
write_result(struct ctx *cx, const struct uuid *task, bool film, struct jw *jw)
{
	struct made *made;
	size_t count;
	enum err e;

	e = db_list(cx, &made, &count, WORKS_MAX, &task_works, task);
	if (e)
		return e;
	jw_object(jw);
	if (film) {
		jw_name(jw, "video");
		if (count > 0)
			write_film(cx, &made[0], jw);
		else
			jw_null(jw);
	} else {
		jw_name(jw, "images");
		jw_array(jw);
		for (size_t i = 0; i < count; i++)
			write_image(cx, &made[i], jw);
		jw_end_array(jw);
	}
	jw_end_object(jw);
	return ERR_OK;
}

#define RESULT_MAX (64 * KIB)

enum err
task_result(
    struct ctx *cx, const struct uuid *task, bool film, const char **json_out)
{
	struct buf buf;
	struct jw jw;
	enum err e;

	buf_init(&buf, RESULT_MAX);
	jw_init(&jw, &buf);
	e = write_result(cx, task, film, &jw);
	if (e == ERR_OK)
		*json_out = arena_strdup(cx->arena, buf_text(&buf));
	buf_release(&buf);
	return e;
}

/* May the caller hope that another try goes better? */
static bool
reason_is_retryable(const char *reason)
{
	static const enum err hopeful[] = { ERR_PROVIDER_UNAVAILABLE,
		ERR_PROVIDER_TIMEOUT, ERR_DEADLINE, ERR_STORAGE_FULL,
		ERR_RESULT_INVALID };

	for (size_t i = 0; i < COUNT(hopeful); i++)
		if (text_is(reason, err_reason(hopeful[i])))
			return true;
	return false;
}

/* The stages of the contract have no word for failed: it is over. */
static const char *
stage_name(enum task_state state)
{
	return task_state_name(state == TASK_FAILED ? TASK_DONE : state);
}

static void
write_rest(struct ctx *cx, const struct task_view *t, enum task_state state,
    struct jw *jw)
{
	jw_name(jw, "error");
	jw_text(jw, t->error);
	jw_name(jw, "stage");
	jw_text(jw, stage_name(state));
	if (!task_state_is_final(state)) {
		jw_name(jw, "estimatedTime");
		jw_int(jw, t->estimated_s);
	}
	jw_name(jw, "reason");
	jw_text(jw, t->reason);
	jw_name(jw, "retryable");
	jw_bool(jw, reason_is_retryable(t->reason));
	jw_name(jw, "refunded");
	jw_int(jw, t->refunded);
	jw_name(jw, "createdAt");
	jw_time(jw, t->created_at.ms);
	jw_name(jw, "finishedAt");
	jw_time(jw, t->finished_at.ms);
	jw_name(jw, "timeline");
	jw_json(jw, arena_printf(cx->arena, "{%s}", t->timeline));
}

static enum err
task_find(struct ctx *cx, const struct uuid *account, const struct uuid *id,
    bool film, struct task_view *out)
{
	enum err e = db_find(cx, out, &task_by_id, id, account);

	if (e == ERR_OK && kind_is_film(out->kind) != film)
		return ERR_NOT_FOUND;
	return e;
}

enum err
task_write_status(struct ctx *cx, const struct uuid *account,
    const struct uuid *id, bool film, struct jw *jw)
{
	enum task_state state;
	struct task_view t;
	enum err e;

	e = task_find(cx, account, id, film, &t);
	if (e)
		return e;
	state = task_state_parse(t.state);
	jw_object(jw);
	jw_name(jw, "taskId");
	jw_uuid(jw, &t.id);
	jw_name(jw, "status");
	jw_text(jw, task_state_status(state));
	jw_name(jw, "progress");
	jw_int(jw, t.progress);
	jw_name(jw, "result");
	if (state == TASK_DONE)
		e = write_result(cx, &t.id, film, jw);
	else
		jw_null(jw);
	write_rest(cx, &t, state, jw);
	jw_end_object(jw);
	return e;
}

/* The end of a task that its user no longer wants. */
struct cancelling {
	const struct uuid *account, *id;
	bool film;
};

struct held {
	const char *kind, *state;
	int64_t count, cost, hd, quota_day;
};
static const struct field held_fields[] = {
	COLUMN(struct held, kind),
	COLUMN(struct held, state),
	COLUMN(struct held, count),
	COLUMN(struct held, cost),
	COLUMN(struct held, hd),
	COLUMN(struct held, quota_day),
};
static const struct shape held_shape = SHAPE(struct held, held_fields);

DB_STMT(task_lock, "uu", &held_shape,
    "SELECT kind, state, count, cost, hd, quota_day FROM task"
    " WHERE id = ? AND account_id = ? FOR UPDATE");

/* The fencing token moves on: whoever holds the task finds its lease lost. */
DB_STMT(task_cancelled, "sisu", NULL,
    "UPDATE task"
    "   SET state = 'cancelled', reason = ?, refunded = ?, error = ?,"
    "       finished_at = NOW(3), lease_owner = NULL, lease_until = NULL,"
    "       lease_token = lease_token + 1,"
    "       timeline = CONCAT(timeline, DATE_FORMAT(NOW(3),"
    "           ',\"cancelled\":\"%Y-%m-%dT%H:%i:%sZ\"'))"
    " WHERE id = ?");
DB_STMT(task_works_fail, "su", NULL,
    "UPDATE work SET status = 'failed', error = ?"
    " WHERE task_id = ? AND status = 'processing'");

/* Only what the vendor never got is given back. */
static enum err
cancel_settle(struct ctx *cx, const struct cancelling *c, const struct held *h,
    uint64_t *failed_out, int64_t *released_out)
{
	bool unsent = task_state_parse(h->state) == TASK_QUEUED;
	struct power_settle settle = {
		.account = *c->account,
		.task = *c->id,
		.capture = unsent ? 0 : h->cost,
		.release = unsent ? h->cost : 0,
		.hd_back = unsent ? h->hd : 0,
		.day = h->quota_day,
	};
	const char *error =
	    err_sentence(ERR_CANCELLED, lang_parse(cx->conf->language));
	enum err e;

	if (unsent && c->film)
		settle.videos_back = h->count;
	else if (unsent)
		settle.images_back = h->count;
	*released_out = settle.release;
	e = power_settle(cx, &settle);
	if (e)
		return e;
	e = db_run(cx, NULL, &task_cancelled, err_reason(ERR_CANCELLED),
	    settle.release, error, c->id);
	if (e)
		return e;
	return db_run(cx, failed_out, &task_works_fail, error, c->id);
}

static enum err
cancel_tell(struct ctx *cx, const struct cancelling *c, int64_t failed,
    int64_t released)
{
	const char *type = c->film ? "video" : "image";
	enum err e;

	e = work_count_add(cx, c->account, type, "processing", -failed);
	if (e)
		return e;
	e = work_count_add(cx, c->account, type, "failed", failed);
	if (e)
		return e;
	return task_event_failed(cx, c->account, c->id,
	    err_sentence(ERR_CANCELLED, lang_parse(cx->conf->language)),
	    ERR_CANCELLED, released);
}

static enum err
cancel_work(struct ctx *cx, void *arg)
{
	const struct cancelling *c = arg;
	uint64_t failed;
	int64_t released;
	struct held h;
	enum err e;

	e = db_find(cx, &h, &task_lock, c->id, c->account);
	if (e)
		return e;
	if (kind_is_film(h.kind) != c->film)
		return ERR_NOT_FOUND;
	if (text_is(h.state, task_state_name(TASK_CANCELLED)))
		return ERR_OK;
	if (task_state_is_final(task_state_parse(h.state)))
		return fault(
		    cx, ERR_ALREADY_FINISHED, NULL, "the task is %s", h.state);
	e = cancel_settle(cx, c, &h, &failed, &released);
	if (e)
		return e;
	return cancel_tell(cx, c, (int64_t)failed, released);
}

enum err
task_cancel_held(struct ctx *cx, const struct uuid *account,
    const struct uuid *id, bool film)
{
	struct cancelling c = { account, id, film };

	return cancel_work(cx, &c);
}

enum err
task_cancel(struct ctx *cx, const struct uuid *account, const struct uuid *id,
    bool film)
{
	struct cancelling c = { account, id, film };

	return db_transaction(cx, cancel_work, &c);
}

const struct db_stmt *const task_view_stmts[] = { &task_by_id, &task_works,
	&task_lock, &task_cancelled, &task_works_fail, NULL };
