/*
 * The status call, the result of a task, and cancelling.
 */
#include "domain/task.h"

#include <string.h>

#include "base/text.h"
#include "core/conf.h"
#include "core/db.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "core/json_write.h"
#include "domain/media.h"
#include "domain/media_store.h"
#include "domain/power.h"
#include "domain/task_event.h"
#include "domain/task_state.h"
#include "domain/work.h"

#define WORKS_MAX 16

/* A task as its row has it. */
struct task_view {
	struct uuid id;
	const char *kind;
	const char *state;
	int64_t progress;
	int64_t estimated_s;
	const char *reason;
	const char *error;
	int64_t refunded;
	const char *timeline;
	struct stamp created_at, submitted_at, finished_at;
};
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

static const struct field image_fields[] = {
	COLUMN(struct task_image, url),
	COLUMN(struct task_image, thumbnail),
	FIELD(struct task_image, width, .about = "pixels"),
	FIELD(struct task_image, height, .about = "pixels"),
	COLUMN(struct task_image, work_id),
	FIELD(struct task_image, seed, .nullable = true,
	    .about = "where the vendor tells"),
};
static const struct shape image_shape = SHAPE(struct task_image, image_fields);

static const struct field images_fields[] = {
	FIELD(struct task_images, images, .shape = &image_shape),
};
static const struct shape images_shape =
    SHAPE(struct task_images, images_fields);

static const struct field film_fields[] = {
	COLUMN(struct task_film, url),
	COLUMN(struct task_film, thumbnail),
	FIELD(struct task_film, duration, .about = "seconds"),
	FIELD(struct task_film, resolution,
	    .about = "480p, 720p, 1080p or 4k, as made"),
	FIELD(struct task_film, file_size, .about = "bytes"),
	COLUMN(struct task_film, work_id),
	FIELD(struct task_film, width, .about = "pixels"),
	FIELD(struct task_film, height, .about = "pixels"),
	FIELD(struct task_film, fps, .nullable = true),
};
static const struct shape film_shape = SHAPE(struct task_film, film_fields);

static const struct field video_fields[] = {
	FIELD(struct task_video, video, .shape = &film_shape),
};
static const struct shape video_shape = SHAPE(struct task_video, video_fields);

/* The contract has no stage for failed: it is over. */
static const char *const stages[] = { "queued", "submitting", "running",
	"fetching", "storing", "done", "cancelled", "uncertain", NULL };

/* The two kinds of status differ in their result only. */
/* clang-format off */
#define STATUS_FIELDS(result_shape)					\
	COLUMN(struct task_status, task_id),				\
	FIELD(struct task_status, status,				\
	    .one_of = work_statuses + 1),				\
	FIELD(struct task_status, progress,				\
	    .about = "0 to 100, never down"),				\
	FIELD(struct task_status, result, .nullable = true,		\
	    .shape = (result_shape), .about = "null until completed"),	\
	FIELD(struct task_status, error, .nullable = true,		\
	    .about = "null unless failed"),				\
	FIELD(struct task_status, stage, .one_of = stages),		\
	FIELD(struct task_status, estimated_time, .omit_null = true,	\
	    .about = "seconds, while it runs"),				\
	FIELD(struct task_status, reason, .nullable = true,		\
	    .about = "of failure, for programs"),			\
	COLUMN(struct task_status, retryable),				\
	FIELD(struct task_status, refunded,				\
	    .about = "power given back"),				\
	COLUMN(struct task_status, created_at),				\
	FIELD(struct task_status, finished_at, .nullable = true),	\
	FIELD(struct task_status, timeline, .json = "object",		\
	    .about = "stage: time")
/* clang-format on */

static const struct field image_status_fields[] = { STATUS_FIELDS(
    &images_shape) };
const struct shape image_status_shape =
    SHAPE(struct task_status, image_status_fields);
static const struct field film_status_fields[] = { STATUS_FIELDS(
    &video_shape) };
const struct shape film_status_shape = {
	.name = "struct film_status",
	.fields = film_status_fields,
	.count = COUNT(film_status_fields),
	.size = sizeof(struct task_status),
};

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

static const char *
thumbnail_of(struct ctx *cx, const struct made *m)
{
	return media_store_url(cx, &m->thumbnail, m->thumbnail_extension);
}

static const void *
images_of(struct ctx *cx, const struct made *made, size_t count)
{
	struct task_images *out = ARENA_NEW(cx->arena, struct task_images);
	struct task_image *images =
	    ARENA_ARRAY(cx->arena, count, struct task_image);

	for (size_t i = 0; i < count; i++)
		images[i] = (struct task_image){
			.url = media_store_url(
			    cx, &made[i].media, made[i].extension),
			.thumbnail = thumbnail_of(cx, &made[i]),
			.width = made[i].width,
			.height = made[i].height,
			.work_id = made[i].id,
			.seed = made[i].seed,
		};
	out->images = (struct list){ images, count };
	return out;
}

static const void *
video_of(struct ctx *cx, const struct made *made, size_t count)
{
	struct task_video *out = ARENA_NEW(cx->arena, struct task_video);
	struct task_film *film = ARENA_NEW(cx->arena, struct task_film);

	if (count == 0)
		return out;
	*film = (struct task_film){
		.url = media_store_url(cx, &made->media, made->extension),
		.thumbnail = thumbnail_of(cx, made),
		.duration = (made->duration_ms + 500) / 1000,
		.resolution = resolution_name(made),
		.file_size = made->bytes,
		.work_id = made->id,
		.width = made->width,
		.height = made->height,
		.fps = made->fps,
	};
	out->video = film;
	return out;
}

static enum err
result_find(
    struct ctx *cx, const struct uuid *task, bool film, const void **result_out)
{
	struct made *made;
	size_t count;
	enum err e;

	e = db_list(cx, &made, &count, WORKS_MAX, &task_works, task);
	if (e)
		return e;
	*result_out =
	    film ? video_of(cx, made, count) : images_of(cx, made, count);
	return ERR_OK;
}

enum err
task_result(
    struct ctx *cx, const struct uuid *task, bool film, const char **json_out)
{
	const void *result;
	enum err e = result_find(cx, task, film, &result);

	if (e)
		return e;
	*json_out = json_write(cx, film ? &video_shape : &images_shape, result);
	return ERR_OK;
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

static const char *
stage_name(enum task_state state)
{
	return task_state_name(state == TASK_FAILED ? TASK_DONE : state);
}

enum err
task_status_find(struct ctx *cx, const struct uuid *account,
    const struct uuid *id, bool film, struct task_status *out)
{
	struct task_view t;
	enum task_state state;
	const void *result = NULL;
	enum err e;

	e = db_find(cx, &t, &task_by_id, id, account);
	if (e == ERR_OK && kind_is_film(t.kind) != film)
		return ERR_NOT_FOUND;
	if (e)
		return e;
	state = task_state_parse(t.state);
	if (state == TASK_DONE) {
		e = result_find(cx, &t.id, film, &result);
		if (e)
			return e;
	}
	*out = (struct task_status){
		.task_id = t.id,
		.status = task_state_status(state),
		.progress = t.progress,
		.result = result,
		.error = t.error,
		.stage = stage_name(state),
		.estimated_time =
		    task_state_is_final(state) ? INT_NONE : t.estimated_s,
		.reason = t.reason,
		.retryable = reason_is_retryable(t.reason),
		.refunded = t.refunded,
		.created_at = t.created_at,
		.finished_at = t.finished_at,
		.timeline = { arena_printf(cx->arena, "{%s}", t.timeline) },
	};
	return ERR_OK;
}

/* The end of a task that its user no longer wants. */
struct cancelling {
	const struct uuid *account, *id;
	bool film;
};

struct held {
	const char *kind, *state;
	int64_t count, cost, hd, quota_day;
	struct uuid input_media;
	const char *parts;
};
static const struct field held_fields[] = {
	COLUMN(struct held, kind),
	COLUMN(struct held, state),
	COLUMN(struct held, count),
	COLUMN(struct held, cost),
	COLUMN(struct held, hd),
	COLUMN(struct held, quota_day),
	COLUMN(struct held, input_media),
	COLUMN(struct held, parts),
};
static const struct shape held_shape = SHAPE(struct held, held_fields);

DB_STMT(task_lock, "uu", &held_shape,
    "SELECT kind, state, count, cost, hd, quota_day, input_media, parts"
    "  FROM task"
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

/*
 * Works that no vendor has: none was begun, or their parts wait, or failed. The
 * poller writes "sent" down before it sends.
 */
static void
unsent_count(const struct held *h, int64_t *unsent_out, int64_t *day_out)
{
	struct json_object *parts;
	int64_t unsent = 0, refused = 0;

	if (task_state_parse(h->state) == TASK_QUEUED) {
		*unsent_out = *day_out = h->count;
		return;
	}
	parts = h->parts == NULL ? NULL
				 : json_parse_loose(h->parts, strlen(h->parts));
	for (size_t i = 0; i < json_count(parts); i++) {
		struct json_object *part = json_item(parts, i);
		const char *state = json_text_at(part, "state");
		const char *reason = json_text_at(part, "reason");
		int64_t count = json_int_at(part, "count");

		if (!text_is(state, "unsent") && !text_is(state, "failed"))
			continue;
		unsent += count;
		if (text_is(reason, err_reason(ERR_CONTENT_POLICY)))
			refused += count;
	}
	json_free(parts);
	*unsent_out = unsent < h->count ? unsent : h->count;
	*day_out = *unsent_out > refused ? *unsent_out - refused : 0;
}

/* Only what the vendor never got is given back. */
static enum err
cancel_settle(struct ctx *cx, const struct cancelling *c, const struct held *h,
    uint64_t *failed_out, int64_t *released_out)
{
	struct power_settle settle = {
		.account = *c->account,
		.task = *c->id,
		.day = h->quota_day,
	};
	const char *error =
	    err_sentence(ERR_CANCELLED, lang_parse(cx->conf->language));
	int64_t unsent, day;
	enum err e;

	unsent_count(h, &unsent, &day);
	settle.release =
	    power_back(h->count, h->cost, h->hd, unsent, &settle.hd_back);
	settle.capture = h->cost - settle.release;
	*(c->film ? &settle.videos_back : &settle.images_back) = day;
	*released_out = settle.release;
	e = power_settle(cx, &settle);
	if (e)
		return e;
	e = db_run(cx, NULL, &task_cancelled, err_reason(ERR_CANCELLED),
	    settle.release, error, c->id);
	if (e == ERR_OK)
		e = media_input_end(cx, &h->input_media);
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
