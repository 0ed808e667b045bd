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
#include "core/shape.h"
#include "domain/account.h"
#include "domain/task_kind.h"

struct media_draft;

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
	const char *image_url;     /* an own upload instead of the part */
	struct media_draft *image; /* the part, NULL for none */
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

/* One delivered picture, and all of a task. */
struct task_image {
	const char *url, *thumbnail;
	int64_t width, height;
	struct uuid work_id;
	int64_t seed; /* INT_NONE: not told */
};
struct task_images {
	struct list images; /* struct task_image */
};
/* A delivered film. */
struct task_film {
	const char *url, *thumbnail;
	int64_t duration; /* seconds */
	const char *resolution;
	int64_t file_size; /* bytes */
	struct uuid work_id;
	int64_t width, height;
	double fps;
};
struct task_video {
	const void *video; /* struct task_film, NULL: none is left */
};

/* The reply of GET /generate/task/:id and of /generate/video-task/:id. */
struct task_status {
	struct uuid task_id;
	const char *status; /* as callers see it */
	int64_t progress;
	const void *result; /* task_images or task_video, NULL until done */
	const char *error;
	const char *stage;
	int64_t estimated_time; /* seconds; INT_NONE once it is over */
	const char *reason;
	bool retryable;
	int64_t refunded;
	struct stamp created_at, finished_at;
	struct json_text timeline;
};
extern const struct shape image_status_shape, film_status_shape;
/*
 * film: of a video task.  ERR_NOT_FOUND for others' tasks, for the other type,
 * and when all its works are deleted.
 */
enum err task_status_find(struct ctx *, const struct uuid *account,
    const struct uuid *id, bool film, struct task_status *out) MUST_CHECK;
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
