/*
 * The feeds and a single published work, as others see them.
 *
 * A page is sought in the index of its order; what is shown is then read by
 * primary keys, the viewer's likes and favorites with it.
 */
#include "config.h"

#include "domain/square.h"

#include "base/text.h"
#include "core/db.h"
#include "domain/media_store.h"
#include "domain/page.h"
#include "domain/square_place.h"
#include "domain/work.h"

static const char *const sorts[] = { "hot", "latest", NULL };

static const struct field square_query_fields[] = {
	FIELD(struct square_query, type, .def_text = "all",
	    .one_of = work_types, .about = "what kind"),
	FIELD(struct square_query, sort, .def_text = "hot", .one_of = sorts,
	    .about = "what comes first"),
	PAGE_FIELDS(struct square_query),
};
const struct shape square_query_shape =
    SHAPE(struct square_query, square_query_fields);

static const struct field author_fields[] = {
	COLUMN(struct square_author, id),
	COLUMN(struct square_author, username),
	FIELD(struct square_author, avatar, .about = "address, empty for none"),
};
static const struct shape author_shape =
    SHAPE(struct square_author, author_fields);

/* The last two are for viewers with a token. */
static const struct field item_fields[] = {
	COLUMN(struct square_item, id),
	FIELD(struct square_item, type, .one_of = work_types + 1),
	COLUMN(struct square_item, title),
	FIELD(struct square_item, url, .about = "address of the file"),
	FIELD(struct square_item, thumbnail,
	    .about = "address of the small picture"),
	FIELD(struct square_item, description, .about = "empty for none"),
	FIELD(struct square_item, prompt, .nullable = true,
	    .about = "null unless its author shows it"),
	COLUMN(struct square_item, play_count),
	COLUMN(struct square_item, like_count),
	COLUMN(struct square_item, favorite_count),
	FIELD(struct square_item, author, .shape = &author_shape),
	FIELD(struct square_item, width, .nullable = true, .about = "pixels"),
	FIELD(struct square_item, height, .nullable = true, .about = "pixels"),
	FIELD(struct square_item, duration, .nullable = true,
	    .about = "seconds, of films"),
	COLUMN(struct square_item, created_at),
	COLUMN(struct square_item, published_at),
	FIELD(struct square_item, liked, .omit_null = true,
	    .about = "by the caller; with a token only"),
	FIELD(struct square_item, favorited, .omit_null = true,
	    .about = "by the caller; with a token only"),
};
const struct shape square_item_shape = SHAPE(struct square_item, item_fields);
const struct shape square_item_anonymous_shape = {
	.name = "struct square_item",
	.fields = item_fields,
	.count = COUNT(item_fields) - 2,
	.size = sizeof(struct square_item),
};

/* clang-format off */
#define SQUARE_PAGE_FIELDS(item)					\
	FIELD(struct square_page, list, .shape = (item)),		\
	COLUMN(struct square_page, total),				\
	COLUMN(struct square_page, page),				\
	COLUMN(struct square_page, page_size),				\
	FIELD(struct square_page, next_cursor, .nullable = true,	\
	    .about = "null at the end")
/* clang-format on */
static const struct field page_fields[] = { SQUARE_PAGE_FIELDS(
    &square_item_shape) };
static const struct field page_anonymous_fields[] = { SQUARE_PAGE_FIELDS(
    &square_item_anonymous_shape) };
const struct shape square_page_shape = SHAPE(struct square_page, page_fields);
const struct shape square_page_anonymous_shape =
    SHAPE(struct square_page, page_anonymous_fields);

/* ---- rows ---- */

struct feed_row {
	struct uuid id;
	const char *type, *title;
	struct uuid media, thumbnail;
	const char *extension, *thumbnail_extension;
	const char *description, *prompt;
	int64_t play_count, like_count, favorite_count;
	int64_t width, height, duration_ms;
	struct stamp created_at, published_at;
	struct uuid author;
	const char *username;
	struct uuid avatar;
	const char *avatar_extension;
	int64_t place_key, total;
	bool liked, favorited;
};
static const struct field feed_row_fields[] = {
	COLUMN(struct feed_row, id),
	COLUMN(struct feed_row, type),
	COLUMN(struct feed_row, title),
	COLUMN(struct feed_row, media),
	COLUMN(struct feed_row, thumbnail),
	COLUMN(struct feed_row, extension),
	COLUMN(struct feed_row, thumbnail_extension),
	COLUMN(struct feed_row, description),
	COLUMN(struct feed_row, prompt),
	COLUMN(struct feed_row, play_count),
	COLUMN(struct feed_row, like_count),
	COLUMN(struct feed_row, favorite_count),
	COLUMN(struct feed_row, width),
	COLUMN(struct feed_row, height),
	COLUMN(struct feed_row, duration_ms),
	COLUMN(struct feed_row, created_at),
	COLUMN(struct feed_row, published_at),
	COLUMN(struct feed_row, author),
	COLUMN(struct feed_row, username),
	COLUMN(struct feed_row, avatar),
	COLUMN(struct feed_row, avatar_extension),
	COLUMN(struct feed_row, place_key),
	COLUMN(struct feed_row, total),
	COLUMN(struct feed_row, liked),
	COLUMN(struct feed_row, favorited),
};
static const struct shape feed_row_shape =
    SHAPE(struct feed_row, feed_row_fields);

#define FEED_SELECT(key)                                                       \
	"SELECT STRAIGHT_JOIN w.id, w.type, w.title, w.media, w.thumbnail,"    \
	"       w.extension, w.thumbnail_extension, w.description,"            \
	"       IF(w.show_prompt, w.prompt, NULL) AS prompt, w.play_count,"    \
	"       w.like_count, w.favorite_count, w.width, w.height,"            \
	"       w.duration_ms, w.created_at, w.published_at,"                  \
	"       a.id AS author, a.username, t.name AS avatar,"                 \
	"       t.extension AS avatar_extension, s." key " AS place_key,"
#define TOTAL                                                                  \
	"(SELECT CAST(SUM(c.total) AS SIGNED) FROM square_count c"             \
	"  WHERE ? = 'all' OR c.type = ?) AS total"

/*
 * The keys are named, and so is the order of the join: an optimizer that finds
 * one of the tables small would read it whole into a join buffer, which loses
 * the order, and then sort all of the square.
 */
#define BY_KEY " FORCE INDEX (PRIMARY)"
#define FEED_JOIN                                                              \
	"  JOIN work w" BY_KEY " ON w.id = s.work_id"                          \
	"  JOIN account a" BY_KEY " ON a.id = w.account_id"                    \
	"  LEFT JOIN media m" BY_KEY " ON m.name = a.avatar"                   \
	"  LEFT JOIN media t" BY_KEY " ON t.name = m.thumbnail"                \
	"       AND t.deleted_at IS NULL"

/* What the viewer thinks, who is two parameters, NULL for nobody. */
#define NOBODY(from)                                                           \
	", ? IS NOT NULL AS liked, ? IS NOT NULL AS favorited" from FEED_JOIN
#define LIKES                                                                  \
	"  LEFT JOIN work_like l" BY_KEY                                       \
	"       ON l.work_id = s.work_id AND l.account_id = ?"                 \
	"  LEFT JOIN work_favorite f" BY_KEY                                   \
	"       ON f.work_id = s.work_id AND f.account_id = ?"
#define VIEWER(from)                                                           \
	", l.work_id IS NOT NULL AS liked,"                                    \
	"  f.work_id IS NOT NULL AS favorited" from FEED_JOIN LIKES

/* Behind a place, in the order of an index. */
#define FROM_INDEX(index) "  FROM square s FORCE INDEX (" index ")"
#define EVERY " AND ? = 'all'"
#define ONLY " AND s.type = ?"
#define BEHIND(key, type)                                                      \
	" WHERE s." key " <= ? AND (s." key " < ? OR s.work_id < ?)" type      \
	" ORDER BY s." key " DESC, s.work_id DESC LIMIT ?"
#define BEHIND_SIGNATURE "iiusi"
#define BEHIND_ARGS(place, type)                                               \
	(place)->key, (place)->key, &(place)->id, (type)

static const struct field place_fields[] = {
	COLUMN(struct place, key),
	COLUMN(struct place, id),
};
static const struct shape place_shape = SHAPE(struct place, place_fields);

/* A list of the square: for viewers, for nobody, and a place in it. */
#define FEED(name, who, key, index, type)                                      \
	DB_STMT(name, "ssuu" BEHIND_SIGNATURE, &feed_row_shape,                \
	    FEED_SELECT(key) TOTAL who(FROM_INDEX(index)) BEHIND(key, type))
#define STATEMENTS(name, key, index, type)                                     \
	FEED(name##_viewer, VIEWER, key, index, type);                         \
	FEED(name##_nobody, NOBODY, key, index, type);                         \
	DB_STMT(name##_place, BEHIND_SIGNATURE "i", &place_shape,              \
	    "SELECT s." key " AS `key`, s.work_id AS id" FROM_INDEX(index)     \
		BEHIND(key, type) " OFFSET ?")

STATEMENTS(hot, "hot", "square_hot", EVERY);
STATEMENTS(latest, "latest", "square_latest", EVERY);
STATEMENTS(type_hot, "hot", "square_type_hot", ONLY);
STATEMENTS(type_latest, "latest", "square_type_latest", ONLY);

/* By whether one type is asked for, and whether the latest. */
static const struct list_stmts {
	const struct db_stmt *viewer, *nobody, *place;
} lists[2][2] = {
	{ { &hot_viewer, &hot_nobody, &hot_place },
	    { &latest_viewer, &latest_nobody, &latest_place } },
	{ { &type_hot_viewer, &type_hot_nobody, &type_hot_place },
	    { &type_latest_viewer, &type_latest_nobody, &type_latest_place } },
};

DB_STMT(feed_one, "uuu", &feed_row_shape,
    FEED_SELECT("latest") " 1 AS total" VIEWER("  FROM square s")
    " WHERE s.work_id = ?");

DB_STMT(square_total, "ss", &page_total_shape, "SELECT " TOTAL);

static const struct list_stmts *
list_find(const struct square_query *q)
{
	return &lists[!text_is(q->type, "all")][text_is(q->sort, "latest")];
}

static const char *
text_or_empty(const char *text)
{
	return text == NULL ? "" : text;
}

static void
item_fill(struct ctx *cx, const struct feed_row *row, struct square_item *out)
{
	struct square_author *author =
	    ARENA_NEW(cx->arena, struct square_author);

	*author = (struct square_author){
		.id = row->author,
		.username = row->username,
		.avatar = text_or_empty(
		    media_store_url(cx, &row->avatar, row->avatar_extension)),
	};
	*out = (struct square_item){
		.id = row->id,
		.type = row->type,
		.title = row->title,
		.url = text_or_empty(
		    media_store_url(cx, &row->media, row->extension)),
		.thumbnail = text_or_empty(media_store_url(
		    cx, &row->thumbnail, row->thumbnail_extension)),
		.description = text_or_empty(row->description),
		.prompt = row->prompt,
		.play_count = row->play_count,
		.like_count = row->like_count,
		.favorite_count = row->favorite_count,
		.author = author,
		.width = row->width,
		.height = row->height,
		.duration = row->duration_ms == INT_NONE
				? INT_NONE
				: (row->duration_ms + 500) / 1000,
		.created_at = row->created_at,
		.published_at = row->published_at,
		.liked = row->liked,
		.favorited = row->favorited,
	};
}

/* ---- the list ---- */

/* A list of the square: its number among those that are remembered. */
static size_t
list_number(const struct square_query *q)
{
	size_t type = text_is(q->type, "image")   ? 1
		      : text_is(q->type, "video") ? 2
						  : 0;

	return 2 * type + (text_is(q->sort, "hot") ? 0 : 1);
}

/*
 * Moves page->after to the row before a page that was asked for by its number;
 * ERR_NOT_FOUND when the list is shorter.
 */
static enum err
page_seek(struct ctx *cx, const struct square_query *q, struct page *page)
{
	size_t list = list_number(q);
	int64_t skip = page_skip(page), left = skip;
	struct place from = page->after;
	enum err e;

	if (skip == 0)
		return ERR_OK;
	if (!square_place_find(list, skip, &from, &left))
		left = skip;
	if (left > 0) {
		e = db_find(cx, &page->after, list_find(q)->place,
		    BEHIND_ARGS(&from, q->type), INT64_C(1), left - 1);
		if (e)
			return e;
		square_place_keep(list, skip, &page->after);
		return ERR_OK;
	}
	page->after = from;
	return ERR_OK;
}

/* The total comes along with the rows; only an empty page has none beside it.
 */
static enum err
rows_find(struct ctx *cx, const struct uuid *viewer,
    const struct square_query *q, struct page *page, struct feed_row **rows_out,
    size_t *count_out, int64_t *total_out)
{
	const struct list_stmts *list = list_find(q);
	struct page_total total;
	enum err e = page_seek(cx, q, page);

	*count_out = 0;
	if (e == ERR_NOT_FOUND)
		fault_clear(cx);
	else if (e)
		return e;
	else
		e = db_list(cx, rows_out, count_out, (size_t)page->size + 1,
		    viewer != NULL ? list->viewer : list->nobody, q->type,
		    q->type, viewer, viewer, BEHIND_ARGS(&page->after, q->type),
		    page->size + 1);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	if (*count_out > 0) {
		*total_out = (*rows_out)[0].total;
		return ERR_OK;
	}
	e = db_find(cx, &total, &square_total, q->type, q->type);
	if (e == ERR_OK)
		*total_out = total.total;
	return e;
}

enum err
square_list(struct ctx *cx, const struct uuid *viewer,
    const struct square_query *q, struct square_page *out)
{
	struct square_item *items;
	struct feed_row *rows = NULL;
	struct page page;
	size_t count, shown;
	int64_t total;
	bool more;
	enum err e;

	e = page_make(cx, q->page, q->page_size, q->cursor,
	    arena_printf(cx->arena, "square|%s|%s", q->type, q->sort), &page);
	if (e)
		return e;
	e = rows_find(cx, viewer, q, &page, &rows, &count, &total);
	if (e)
		return e;
	shown = page_shown(&page, count, &more);
	items = ARENA_ARRAY(cx->arena, shown, struct square_item);
	for (size_t i = 0; i < shown; i++)
		item_fill(cx, &rows[i], &items[i]);
	*out = (struct square_page){
		.list = { items, shown },
		.total = total,
		.page = page.number,
		.page_size = page.size,
	};
	if (more)
		out->next_cursor = page_cursor(cx, &page,
		    &(struct place){
			.key = rows[shown - 1].place_key,
			.id = rows[shown - 1].id,
		    });
	return ERR_OK;
}

enum err
square_find(struct ctx *cx, const struct uuid *viewer, const struct uuid *work,
    struct square_item *out)
{
	struct feed_row row;
	enum err e = db_find(cx, &row, &feed_one, viewer, viewer, work);

	if (e == ERR_OK)
		item_fill(cx, &row, out);
	return e;
}

const struct db_stmt *const square_feed_stmts[] = { &hot_viewer, &hot_nobody,
	&hot_place, &latest_viewer, &latest_nobody, &latest_place,
	&type_hot_viewer, &type_hot_nobody, &type_hot_place,
	&type_latest_viewer, &type_latest_nobody, &type_latest_place, &feed_one,
	&square_total, NULL };
