/*
 * work_row - the columns that lists and single works have in common; only
 * work.c and work_list.c include it.
 */
#ifndef DOMAIN_WORK_ROW_H
#define DOMAIN_WORK_ROW_H

#include "domain/work.h"

/* A row as lists read it. */
struct work_row {
	struct uuid id;
	const char *type, *title, *status;
	struct uuid media, thumbnail;
	const char *extension, *thumbnail_extension;
	struct stamp created_at;
};

/* Its columns, in the order of the SELECTs; T has them as its member row. */
/* clang-format off */
#define WORK_ROW_FIELDS							\
	COLUMN(struct work_row, id),					\
	COLUMN(struct work_row, type),					\
	COLUMN(struct work_row, title),					\
	COLUMN(struct work_row, status),				\
	COLUMN(struct work_row, media),					\
	COLUMN(struct work_row, thumbnail),				\
	COLUMN(struct work_row, extension),				\
	COLUMN(struct work_row, thumbnail_extension),			\
	COLUMN(struct work_row, created_at)
#define WORK_ROW_COLUMNS						\
	"w.id, w.type, w.title, w.status, w.media, w.thumbnail,"	\
	" w.extension, w.thumbnail_extension, w.created_at"

/* The members of a list's item, for shapes of structs that begin with one. */
#define WORK_ITEM_FIELDS						\
	COLUMN(struct work_item, id),					\
	FIELD(struct work_item, type, .one_of = work_types + 1),	\
	COLUMN(struct work_item, title),				\
	FIELD(struct work_item, thumbnail, .nullable = true,		\
	    .about = "address of the small picture"),			\
	FIELD(struct work_item, status, .one_of = work_statuses + 1),	\
	COLUMN(struct work_item, created_at),				\
	FIELD(struct work_item, file_url, .nullable = true,		\
	    .about = "address of the file")
/* clang-format on */

/* As it is shown. */
void
work_item_fill(struct ctx *, const struct work_row *, struct work_item *out);

#endif
