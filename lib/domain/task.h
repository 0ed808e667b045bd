/*
 * task - what people ask for: submitting, looking, cancelling.
 *
 * A submission is one short transaction: hold, task, works, event.  What the
 * poller does to tasks is in task_queue.h.
 */
#ifndef DOMAIN_TASK_H
#define DOMAIN_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/json_write.h"
#include "core/shape.h"
#include "domain/account.h"
#include "domain/task_kind.h"

#define TASK_IMAGES_MAX 4 /* numImages */

/* The fields of all four generate calls; each shape takes its own. */
struct task_new {
	const struct task_kind *kind;
	const char *prompt;
	const char *negative_prompt;
	const char *style;
	int64_t width, height; /* images */
	int64_t num_images;
	int64_t seed;          /* INT_NONE: any */
	double strength;       /* image_to_image */
	int64_t duration, fps; /* films */
	const char *resolution;
	const char *provider;
	const char *model;
	const char *image_url;   /* an own upload instead of the part */
	struct uuid input_media; /* media.name of the picture */
};
/* In task_kind.c. */
extern const struct shape text_to_image_shape;
extern const struct shape image_to_image_shape;
extern const struct shape text_to_video_shape;
extern const struct shape image_to_video_shape;

struct task_receipt {
	struct uuid task_id;
	const char *status;     /* "processing" */
	int64_t estimated_time; /* seconds */
	int64_t cost;
	struct list works; /* texts: ids */
};
extern const struct shape task_receipt_shape;

/* Answer of ?dryRun=true. */
struct task_estimate {
	int64_t cost, remaining;
	bool allowed;
	const char *reason;
	int64_t estimated_time;
};
extern const struct shape task_estimate_shape;

/*
 * Checks, prices and writes a task in one transaction, whose last act is
 * seal(): what it writes holds exactly when the task does.  It may run more
 * than once.
 */
typedef enum err (*task_seal)(
    struct ctx *, const struct task_receipt *, void *arg);
enum err task_submit(struct ctx *, const struct account *,
    const struct task_new *, task_seal, void *arg) MUST_CHECK;
/* Checks and prices only. */
enum err task_estimate(struct ctx *, const struct account *,
    const struct task_new *, struct task_estimate *out) MUST_CHECK;

/* A task as the status call needs it. */
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
/*
 * The reply of GET /generate/task/:id (film: of /generate/video-task/:id) as
 * an object into the writer.  ERR_NOT_FOUND for others' tasks, for the other
 * type, and when all its works are deleted.
 */
enum err task_write_status(struct ctx *, const struct uuid *account,
    const struct uuid *id, bool film, struct jw *) MUST_CHECK;
/*
 * "result" of a task from its works: {"images":[...]} or {"video":{...}}.
 * Inside a transaction it sees the rows just written.
 */
enum err task_result(struct ctx *, const struct uuid *task, bool film,
    const char **json_out) MUST_CHECK;
/*
 * Stops a task of the account: unsent work is refunded at once, a running one
 * is asked to stop.  ERR_ALREADY_FINISHED, ERR_NOT_FOUND; again: ERR_OK.
 */
enum err task_cancel(struct ctx *, const struct uuid *account,
    const struct uuid *id, bool film) MUST_CHECK;
/* The same in the caller's transaction. */
enum err task_cancel_held(struct ctx *, const struct uuid *account,
    const struct uuid *id, bool film) MUST_CHECK;

#endif
