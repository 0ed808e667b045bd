/*
 * work - pictures and films of an account.
 */
#ifndef DOMAIN_WORK_H
#define DOMAIN_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

struct work_query {
	const char *type;   /* image, video, all */
	const char *status; /* all, processing, completed, failed */
	const char *q;
	bool favorite; /* what the account has favored, others' works too */
	int64_t page, page_size;
	const char *cursor;
};
extern const struct shape work_query_shape;
/* "all", and behind it the words there are. */
extern const char *const work_types[], *const work_statuses[];

/* A work in a list; addresses are NULL until there is a file. */
struct work_item {
	struct uuid id;
	const char *type, *title, *thumbnail, *status;
	struct stamp created_at;
	const char *file_url;
};
extern const struct shape work_item_shape;

/* A page of works. */
struct work_page {
	struct list list; /* struct work_item */
	int64_t total, page, page_size;
	const char *next_cursor;
};
extern const struct shape work_page_shape;

/* Newest first.  ERR_INVALID_FIELD, ERR_USE_CURSOR. */
enum err work_list(struct ctx *, const struct uuid *account,
    const struct work_query *, struct work_page *out) MUST_CHECK;

/* One work with all that its owner may know. */
struct work_detail {
	struct work_item item;
	struct json_text params;
	const char *prompt, *negative_prompt, *provider, *model;
	int64_t width, height, duration, file_size; /* INT_NONE: unknown */
	struct uuid task_id;
	bool published;
	struct stamp published_at;
	const char *description;
	bool show_prompt;
	int64_t like_count, favorite_count, play_count;
	const char *error;
};
extern const struct shape work_detail_shape;

/* ERR_NOT_FOUND. */
enum err work_find(struct ctx *, const struct uuid *account,
    const struct uuid *id, struct work_detail *out) MUST_CHECK;

/* PUT /works/:id */
struct work_title {
	const char *title;
};
extern const struct shape work_title_shape;

/* ERR_NOT_FOUND. */
enum err work_set_title(struct ctx *, const struct uuid *account,
    const struct uuid *id, const char *title) MUST_CHECK;
/*
 * Gone at once from every list and total; its bytes are marked for the poller
 * to remove.  With the last work of a task that still runs the task is
 * cancelled.  ERR_NOT_FOUND, also when it is done again.
 */
enum err work_delete(
    struct ctx *, const struct uuid *account, const struct uuid *id) MUST_CHECK;

/* What a download needs. */
struct work_file {
	struct uuid media;
	const char *extension, *mime, *title;
	const char *sha256; /* hex */
	int64_t bytes;
	struct stamp created_at;
};
/* ERR_NOT_FOUND, ERR_NOT_READY. */
enum err work_file(struct ctx *, const struct uuid *account,
    const struct uuid *id, struct work_file *out) MUST_CHECK;

/* kept totals, in the caller's transaction: n works like that more. */
enum err work_count_add(struct ctx *, const struct uuid *account,
    const char *type, const char *status, int64_t n) MUST_CHECK;

#endif
