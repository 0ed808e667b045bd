/*
 * work - pictures and films of an account.
 */
#ifndef DOMAIN_WORK_H
#define DOMAIN_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/json_write.h"
#include "core/shape.h"

struct work_query {
	const char *type;   /* image, video, all */
	const char *status; /* all, processing, completed, failed */
	const char *q;
	bool favorite;
	int64_t page, page_size;
	const char *cursor;
};
extern const struct shape work_query_shape;

/* {list,total,page,pageSize,nextCursor} into the writer. */
enum err work_write_list(struct ctx *, const struct uuid *account,
    const struct work_query *, struct jw *) MUST_CHECK;
/* One work with all its members; ERR_NOT_FOUND. */
enum err work_write(struct ctx *, const struct uuid *account,
    const struct uuid *id, struct jw *) MUST_CHECK;

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
