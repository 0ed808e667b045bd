#include "domain/task.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "core/conf.h"
#include "core/db.h"
#include "core/json_write.h"
#include "domain/media_store.h"
#include "domain/power.h"
#include "domain/provider.h"
#include "domain/quota.h"
#include "domain/task_event.h"
#include "domain/task_picture.h"
#include "domain/task_state.h"
#include "domain/work.h"

#define ESTIMATE_IMAGE_S 30 /* before there is any experience */
#define ESTIMATE_VIDEO_S 120

static const struct field receipt_fields[] = {
	COLUMN(struct task_receipt, task_id),
	COLUMN(struct task_receipt, status),
	FIELD(struct task_receipt, estimated_time, .about = "seconds"),
	FIELD(struct task_receipt, cost, .about = "power held for it"),
	FIELD(struct task_receipt, works, .about = "ids of the works"),
};
const struct shape task_receipt_shape =
    SHAPE(struct task_receipt, receipt_fields);

static const struct field estimate_fields[] = {
	COLUMN(struct task_estimate, cost),
	COLUMN(struct task_estimate, remaining),
	COLUMN(struct task_estimate, allowed),
	FIELD(struct task_estimate, reason, .omit_null = true),
	FIELD(struct task_estimate, estimated_time, .about = "seconds"),
};
const struct shape task_estimate_shape =
    SHAPE(struct task_estimate, estimate_fields);

/* A submission on its way: what was asked, chosen and priced. */
struct submission {
	const struct account *account;
	const struct task_new *in;
	struct task_picture picture;
	struct model model;
	struct power_hold hold;
	struct uuid task;
	struct uuid works[TASK_IMAGES_MAX];
	const char *size_class;
	int64_t estimated_s;
	const char *params, *title;
	task_seal seal;
	void *seal_arg;
};

/* From experience and the queue, else the seed's figures; whole seconds. */
static int64_t
estimate_s(const struct model *model, bool film)
{
	int64_t rounds;

	if (model->typical_ms == INT_NONE)
		return film ? ESTIMATE_VIDEO_S : ESTIMATE_IMAGE_S;
	rounds = 1 + model->queued /
			 (model->concurrency > 0 ? model->concurrency : 1);
	return (model->typical_ms * rounds + 999) / 1000;
}

static void
hold_fill(struct ctx *cx, struct submission *s)
{
	const struct task_new *in = s->in;
	struct quota quota;

	quota_today(cx, s->account, in->kind->film, &quota);
	s->hold = (struct power_hold){
		.account = s->account,
		.task = s->task,
		.items = task_kind_items(in->kind, in),
		.price = task_kind_price(in->kind, in, s->model.price),
		.hd = task_kind_is_hd(in->kind, in),
		.film = in->kind->film,
		.limit = quota.limit,
		.day = quota.day,
		.day_ends_s = quota.reset_s,
	};
}

/*
 * The seed's default for films is a vendor that a site need not have; then the
 * configured one is meant.
 */
static enum err
submission_model(struct ctx *cx, struct submission *s)
{
	const struct task_new *in = s->in;
	const char *usual = in->kind->default_model;
	enum err e;

	e = model_choose(cx, in->kind->type, in->provider, in->model, usual,
	    s->size_class, &s->model);
	if (e == ERR_UNKNOWN_MODEL && in->provider == NULL &&
	    in->model == NULL && usual != NULL)
		return model_choose(cx, in->kind->type, NULL, NULL, NULL,
		    s->size_class, &s->model);
	return e;
}

/* Looks at the picture, chooses the model and prices the work. */
static enum err
submission_plan(struct ctx *cx, const struct account *account,
    const struct task_new *in, struct submission *s)
{
	enum err e;

	*s = (struct submission){ .account = account, .in = in };
	e = task_picture_look(cx, account, in, &s->picture);
	if (e)
		return e;
	s->size_class = task_kind_size(cx, in->kind, in);
	e = submission_model(cx, s);
	if (e)
		return e;
	s->task = uuid_new();
	hold_fill(cx, s);
	for (int64_t i = 0; i < s->hold.items; i++)
		s->works[i] = uuid_new();
	s->estimated_s = estimate_s(&s->model, in->kind->film);
	s->params = json_write(cx, in->kind->kept, in);
	s->title = text_title(cx->arena, in->prompt);
	return ERR_OK;
}

/* The day is the one that the hold was counted on, which may have begun since.
 */
DB_STMT(task_insert, "uusssssuiiiusii", NULL,
    "INSERT INTO task (id, account_id, kind, state, provider_id, model_id,"
    "       prompt, params, input_media, count, cost, hd, quota_day,"
    "       size_class, estimated_s, timeline, next_at, created_at,"
    "       deadline_at)"
    "VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?,"
    "       (SELECT quota_day FROM account WHERE id = ?), ?, ?,"
    "       DATE_FORMAT(NOW(3), '\"queued\":\"%Y-%m-%dT%H:%i:%sZ\"'),"
    "       NOW(3), NOW(3), NOW(3) + INTERVAL ? SECOND)");

DB_STMT(work_insert, "uuuisssssssii", NULL,
    "INSERT INTO work (id, account_id, task_id, position, type, title,"
    "       prompt, negative_prompt, params, provider_id, model_id, width,"
    "       height, created_at)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NOW(3))");

static enum err
works_insert(struct ctx *cx, const struct submission *s)
{
	const struct task_new *in = s->in;

	for (int64_t i = 0; i < s->hold.items; i++) {
		enum err e = db_run(cx, NULL, &work_insert, &s->works[i],
		    &s->account->id, &s->task, i, in->kind->type, s->title,
		    in->prompt, in->negative_prompt, s->params,
		    s->model.provider_id, s->model.id,
		    in->kind->film ? INT_NONE : in->width,
		    in->kind->film ? INT_NONE : in->height);

		if (e)
			return e;
	}
	return work_count_add(
	    cx, &s->account->id, in->kind->type, "processing", s->hold.items);
}

static void
receipt_fill(
    struct ctx *cx, const struct submission *s, struct task_receipt *out)
{
	size_t count = (size_t)s->hold.items;
	const char **ids = ARENA_ARRAY(cx->arena, count, const char *);

	for (size_t i = 0; i < count; i++)
		ids[i] = uuid_format(
		    &s->works[i], arena_alloc(cx->arena, UUID_TEXT));
	*out = (struct task_receipt){
		.task_id = s->task,
		.status = task_state_status(TASK_QUEUED),
		.estimated_time = s->estimated_s,
		.cost = s->hold.held,
		.works = { ids, count },
	};
}

static enum err
submission_write(struct ctx *cx, void *arg)
{
	struct submission *s = arg;
	const struct task_new *in = s->in;
	int64_t deadline = s->model.deadline_s;
	struct task_receipt receipt;
	enum err e;

	if (deadline == INT_NONE)
		deadline = in->kind->film ? cx->conf->deadline_video
					  : cx->conf->deadline_image;
	e = power_hold(cx, &s->hold);
	if (e == ERR_OK)
		e = task_picture_write(cx, &s->picture);
	if (e)
		return e;
	e = db_run(cx, NULL, &task_insert, &s->task, &s->account->id,
	    in->kind->name, s->model.provider_id, s->model.id, in->prompt,
	    s->params, &s->picture.name, s->hold.items, s->hold.held,
	    s->hold.hd_taken, &s->account->id, s->size_class, s->estimated_s,
	    deadline);
	if (e)
		return e;
	e = works_insert(cx, s);
	if (e)
		return e;
	e = task_event_progress(cx, &s->account->id, &s->task, 0);
	if (e)
		return e;
	receipt_fill(cx, s, &receipt);
	return s->seal(cx, &receipt, s->seal_arg);
}

enum err
task_submit(struct ctx *cx, const struct account *account,
    const struct task_new *in, task_seal seal, void *arg)
{
	struct submission s;
	enum err e;

	e = submission_plan(cx, account, in, &s);
	if (e)
		return e;
	s.seal = seal;
	s.seal_arg = arg;
	e = power_may(cx, &s.hold);
	if (e)
		return e;
	/* what could not be stored in the end is not begun */
	e = media_store_refuse(cx, media_store_room(cx));
	if (e)
		return e;
	e = task_picture_keep(cx, &s.picture);
	if (e == ERR_OK)
		e = db_transaction(cx, submission_write, &s);
	if (e != ERR_OK && e != ERR_UNCERTAIN)
		task_picture_drop(cx, &s.picture);
	return e;
}

enum err
task_estimate(struct ctx *cx, const struct account *account,
    const struct task_new *in, struct task_estimate *out)
{
	struct submission s;
	int64_t taken;
	enum err e;

	e = submission_plan(cx, account, in, &s);
	if (e)
		return e;
	*out = (struct task_estimate){
		.cost = power_price(&s.hold, account->hd_count, &taken),
		.remaining = account->power_available,
		.allowed = true,
		.estimated_time = s.estimated_s,
	};
	e = power_may(cx, &s.hold);
	if (e) {
		out->allowed = false;
		out->reason = err_reason(e);
		fault_clear(cx);
	}
	return ERR_OK;
}

const struct db_stmt *const task_stmts[] = { &task_insert, &work_insert, NULL };
