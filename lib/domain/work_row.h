/*
 * work_row - the row that work.c and work_list.c read works into; nobody else
 * includes it.
 */
#ifndef DOMAIN_WORK_ROW_H
#define DOMAIN_WORK_ROW_H

#include "core/ctx.h"
#include "core/json_write.h"
#include "core/shape.h"

struct work {
	/* in lists */
	struct uuid id;
	const char *type, *title, *status;
	struct uuid media, thumbnail;
	const char *extension, *thumbnail_extension;
	struct stamp created_at;
	/* in a work alone */
	struct uuid task_id;
	const char *prompt, *negative_prompt;
	struct json_text params;
	const char *provider_id, *model_id;
	int64_t width, height, bytes, duration_ms;
	const char *error;
	bool published;
	int64_t like_count, favorite_count, play_count;
};

/* The columns of lists, in the order of the SELECTs. */
/* clang-format off */
#define WORK_LIST_FIELDS						\
	COLUMN(struct work, id),					\
	COLUMN(struct work, type),					\
	COLUMN(struct work, title),					\
	COLUMN(struct work, status),					\
	COLUMN(struct work, media),					\
	COLUMN(struct work, thumbnail),					\
	COLUMN(struct work, extension),					\
	COLUMN(struct work, thumbnail_extension),			\
	COLUMN(struct work, created_at)
#define WORK_LIST_COLUMNS						\
	"w.id, w.type, w.title, w.status, w.media, w.thumbnail,"	\
	" w.extension, w.thumbnail_extension, w.created_at"
/* clang-format on */

/* The members of a list's item, into the object that is open. */
void work_write_item(struct ctx *, const struct work *, struct jw *);

#endif
