/*
 * Lists of works: filters, words, favorites.
 *
 * Totals are kept in work_count; only for words and favorites rows are counted.
 * A page is sought by id in the order of an index, or, by its number, found on
 * the index alone before the rows are read.
 */
#include "config.h"

#include "domain/work.h"

#include <string.h>

#include "base/text.h"
#include "core/db.h"
#include "domain/page.h"
#include "domain/work_row.h"

#define WORDS_MAX 8 /* of q; the statements have so many places */

const char *const work_types[] = { "all", "image", "video", NULL };
const char *const work_statuses[] = { "all", "processing", "completed",
	"failed", NULL };

static const struct field work_query_fields[] = {
	FIELD(struct work_query, type, .def_text = "all", .one_of = work_types,
	    .about = "what kind"),
	FIELD(struct work_query, status, .def_text = "all",
	    .one_of = work_statuses, .about = "how far"),
	FIELD(struct work_query, q, RANGE(0, 200),
	    .about = "words that title or prompt must have, all of them"),
	FIELD(struct work_query, favorite,
	    .about = "what one has favored, works of others too"),
	PAGE_FIELDS(struct work_query),
};
const struct shape work_query_shape =
    SHAPE(struct work_query, work_query_fields);

static const struct field work_item_fields[] = { WORK_ITEM_FIELDS };
const struct shape work_item_shape = SHAPE(struct work_item, work_item_fields);

static const struct field work_page_fields[] = {
	FIELD(struct work_page, list, .shape = &work_item_shape),
	COLUMN(struct work_page, total),
	COLUMN(struct work_page, page),
	COLUMN(struct work_page, page_size),
	FIELD(struct work_page, next_cursor, .nullable = true,
	    .about = "null at the end"),
};
const struct shape work_page_shape = SHAPE(struct work_page, work_page_fields);

/* What a list is asked for, ready for the statements. */
struct listing {
	const struct uuid *account;
	const char *type, *status;
	bool favorite;
	const char *words[WORDS_MAX]; /* patterns; "%" where there is none */
	size_t word_count;
	struct page page;
};

/* ---- words ---- */

static bool
is_blank(uint32_t c)
{
	return c <= ' ' || c == 0xa0 || (c >= 0x2000 && c <= 0x200b) ||
	       c == 0x3000;
}

/* "50%_a" -> "%50\%\_a%" */
static const char *
word_pattern(struct arena *a, const char *word, size_t len)
{
	char *pattern = arena_alloc(a, 2 * len + 3);
	char *at = pattern;

	*at++ = '%';
	for (size_t i = 0; i < len; i++) {
		if (word[i] == '%' || word[i] == '_' || word[i] == '\\')
			*at++ = '\\';
		*at++ = word[i];
	}
	*at++ = '%';
	*at = '\0';
	return pattern;
}

/* The bytes of the next word at or after *text, which moves there. */
static size_t
word_next(const char **text)
{
	const char *end;
	size_t size;

	while (**text != '\0' &&
	       is_blank(utf8_decode(*text, strlen(*text), &size)))
		*text += size;
	for (end = *text; *end != '\0'; end += size)
		if (is_blank(utf8_decode(end, strlen(end), &size)))
			break;
	return (size_t)(end - *text);
}

static enum err
words_read(struct ctx *cx, const char *q, struct listing *l)
{
	size_t len;

	for (size_t i = 0; i < WORDS_MAX; i++)
		l->words[i] = "%";
	if (q == NULL)
		return ERR_OK;
	for (; (len = word_next(&q)) > 0; q += len) {
		if (l->word_count == WORDS_MAX)
			return fault(cx, ERR_INVALID_FIELD, "q",
			    "q may have %d words", WORDS_MAX);
		l->words[l->word_count++] = word_pattern(cx->arena, q, len);
	}
	return ERR_OK;
}

/* ---- statements ---- */

struct listed {
	struct work_row row;
	int64_t total;
};
static const struct field listed_fields[] = {
	WORK_ROW_FIELDS,
	COLUMN(struct listed, total),
};
static const struct shape listed_shape = SHAPE(struct listed, listed_fields);
static const struct field row_fields[] = { WORK_ROW_FIELDS };
static const struct shape row_shape = SHAPE(struct work_row, row_fields);

/*
 * Each pair of filters has an index of its own, and that must be said: left
 * alone, the optimizer likes to walk the whole table by its primary key,
 * "newest first", until it has met enough works of somebody who made none for a
 * year. The total comes along with the rows, in the same round trip.
 */
#define EVERY(t, column) " AND ? = 'all'"
#define ONLY(t, column) " AND " t "." column " = ?"
#define LISTED(type, status)                                                   \
	"SELECT " WORK_ROW_COLUMNS                                             \
	", (SELECT CAST(SUM(c.total) AS SIGNED) FROM work_count c"             \
	"    WHERE c.account_id = ?" type("c", "type")                         \
	    status("c", "status") ") AS total"
#define FROM_INDEX(key, type, status)                                          \
	"  FROM work w FORCE INDEX (" key                                      \
	") WHERE w.account_id = ?" type("w", "type") status("w", "status")
#define SEEK " AND w.id < ? ORDER BY w.id DESC LIMIT ?"
/* The ids of a page first, on the index alone, then its rows. */
#define PAGE(ids)                                                              \
	" FROM (" ids " ORDER BY page_id DESC LIMIT ? OFFSET ?) page"          \
	" STRAIGHT_JOIN work w ON w.id = page.page_id ORDER BY w.id DESC"

#define PLAIN_SIGNATURE "ussuss"
#define PLAIN_ARGS(l)                                                          \
	(l)->account, (l)->type, (l)->status, (l)->account, (l)->type,         \
	    (l)->status
#define STATEMENTS(name, key, type, status)                                    \
	DB_STMT(seek_##name, PLAIN_SIGNATURE "ui", &listed_shape,              \
	    LISTED(type, status) FROM_INDEX(key, type, status) SEEK);          \
	DB_STMT(page_##name, PLAIN_SIGNATURE "ii", &listed_shape,              \
	    LISTED(type, status)                                               \
		PAGE("SELECT w.id AS page_id" FROM_INDEX(key, type, status)))

STATEMENTS(every, "work_account", EVERY, EVERY);
STATEMENTS(type, "work_account_type", ONLY, EVERY);
STATEMENTS(status, "work_account_status", EVERY, ONLY);
STATEMENTS(type_status, "work_account_type_status", ONLY, ONLY);

/* By whether there is a filter of the type, and of the status. */
static const struct db_stmt *const seeks[2][2] = {
	{ &seek_every, &seek_status },
	{ &seek_type, &seek_type_status },
};
static const struct db_stmt *const pages[2][2] = {
	{ &page_every, &page_status },
	{ &page_type, &page_type_status },
};

/* With words, and for favorites, rows are looked at one by one anyway. */
#define FILTER                                                                 \
	"   AND (? = 'all' OR w.type = ?) AND (? = 'all' OR w.status = ?)"
#define WHERE_SIGNATURE "ussss"
#define WHERE_ARGS(l)                                                          \
	(l)->account, (l)->type, (l)->type, (l)->status, (l)->status

#define WORD " AND (w.title LIKE ? OR w.prompt LIKE ?)"
#define WORDS WORD WORD WORD WORD WORD WORD WORD WORD
#define WORDS_SIGNATURE "ssssssssssssssss"
#define WORDS_ARGS(l)                                                          \
	(l)->words[0], (l)->words[0], (l)->words[1], (l)->words[1],            \
	    (l)->words[2], (l)->words[2], (l)->words[3], (l)->words[3],        \
	    (l)->words[4], (l)->words[4], (l)->words[5], (l)->words[5],        \
	    (l)->words[6], (l)->words[6], (l)->words[7], (l)->words[7]

_Static_assert(WORDS_MAX == 8, "as many as in WORDS");

#define WITH_WORDS                                                             \
	"  FROM work w FORCE INDEX (work_account)"                             \
	" WHERE w.account_id = ?" FILTER WORDS

/* Own works, and what others still show. */
#define FAVORITES                                                              \
	"  FROM work_favorite f FORCE INDEX (work_favorite_account)"           \
	"  STRAIGHT_JOIN work w ON w.id = f.work_id"                           \
	" WHERE f.account_id = ?" FILTER WORDS                                 \
	"   AND (w.account_id = f.account_id OR w.published_at IS NOT NULL)"

DB_STMT(words_seek, WHERE_SIGNATURE WORDS_SIGNATURE "ui", &row_shape,
    "SELECT " WORK_ROW_COLUMNS WITH_WORDS SEEK);
DB_STMT(words_page, WHERE_SIGNATURE WORDS_SIGNATURE "ii", &row_shape,
    "SELECT " WORK_ROW_COLUMNS PAGE("SELECT w.id AS page_id" WITH_WORDS));
DB_STMT(favorite_seek, WHERE_SIGNATURE WORDS_SIGNATURE "ui", &row_shape,
    "SELECT " WORK_ROW_COLUMNS FAVORITES
    " AND f.work_id < ? ORDER BY f.work_id DESC LIMIT ?");
DB_STMT(favorite_page, WHERE_SIGNATURE WORDS_SIGNATURE "ii", &row_shape,
    "SELECT " WORK_ROW_COLUMNS PAGE("SELECT f.work_id AS page_id" FAVORITES));

DB_STMT(work_total, WHERE_SIGNATURE, &page_total_shape,
    "SELECT COALESCE(CAST(SUM(w.total) AS SIGNED), 0) AS total"
    "  FROM work_count w WHERE w.account_id = ?" FILTER);
DB_STMT(words_total, WHERE_SIGNATURE WORDS_SIGNATURE, &page_total_shape,
    "SELECT COUNT(*) AS total" WITH_WORDS);
DB_STMT(favorite_total, WHERE_SIGNATURE WORDS_SIGNATURE, &page_total_shape,
    "SELECT COUNT(*) AS total" FAVORITES);

/* What was found: one row more than the page, if there is another page. */
struct found {
	struct work_row *rows;
	size_t count;
	int64_t total;
};

/* Totals are kept; only an empty page has none beside it. */
static enum err
plain_find(struct ctx *cx, const struct listing *l, struct found *out)
{
	bool type = !text_is(l->type, "all"),
	     status = !text_is(l->status, "all");
	int64_t limit = l->page.size + 1;
	struct listed *listed;
	struct page_total t;
	enum err e;

	if (l->page.by_number)
		e = db_list(cx, &listed, &out->count, (size_t)limit,
		    pages[type][status], PLAIN_ARGS(l), limit,
		    page_skip(&l->page));
	else
		e = db_list(cx, &listed, &out->count, (size_t)limit,
		    seeks[type][status], PLAIN_ARGS(l), &l->page.after.id,
		    limit);
	if (e)
		return e;
	out->rows = ARENA_ARRAY(cx->arena, out->count, struct work_row);
	for (size_t i = 0; i < out->count; i++)
		out->rows[i] = listed[i].row;
	if (out->count > 0) {
		out->total = listed[0].total;
		return ERR_OK;
	}
	e = db_find(cx, &t, &work_total, WHERE_ARGS(l));
	if (e == ERR_OK)
		out->total = t.total;
	return e;
}

/* With words, and of favorites: rows are counted. */
static enum err
counted_find(struct ctx *cx, const struct listing *l, struct found *out)
{
	int64_t limit = l->page.size + 1;
	struct page_total t;
	enum err e;

	e = db_find(cx, &t, l->favorite ? &favorite_total : &words_total,
	    WHERE_ARGS(l), WORDS_ARGS(l));
	if (e)
		return e;
	out->total = t.total;
	if (l->page.by_number)
		return db_list(cx, &out->rows, &out->count, (size_t)limit,
		    l->favorite ? &favorite_page : &words_page, WHERE_ARGS(l),
		    WORDS_ARGS(l), limit, page_skip(&l->page));
	return db_list(cx, &out->rows, &out->count, (size_t)limit,
	    l->favorite ? &favorite_seek : &words_seek, WHERE_ARGS(l),
	    WORDS_ARGS(l), &l->page.after.id, limit);
}

/* ---- the list ---- */

static enum err
listing_make(struct ctx *cx, const struct uuid *account,
    const struct work_query *q, struct listing *l)
{
	char *filters = arena_printf(
	    cx->arena, "work|%s|%s|%d", q->type, q->status, (int)q->favorite);
	enum err e;

	*l = (struct listing){
		.account = account,
		.type = q->type,
		.status = q->status,
		.favorite = q->favorite,
	};
	e = words_read(cx, q->q, l);
	if (e)
		return e;
	for (size_t i = 0; i < l->word_count; i++)
		filters =
		    arena_printf(cx->arena, "%s|%s", filters, l->words[i]);
	return page_make(
	    cx, q->page, q->page_size, q->cursor, filters, &l->page);
}

static void
work_page_fill(struct ctx *cx, const struct listing *l,
    const struct found *found, struct work_page *out)
{
	bool more;
	size_t shown = page_shown(&l->page, found->count, &more);
	struct work_item *items =
	    ARENA_ARRAY(cx->arena, shown, struct work_item);

	for (size_t i = 0; i < shown; i++)
		work_item_fill(cx, &found->rows[i], &items[i]);
	*out = (struct work_page){
		.list = { items, shown },
		.total = found->total,
		.page = l->page.number,
		.page_size = l->page.size,
	};
	if (more)
		out->next_cursor = page_cursor(cx, &l->page,
		    &(struct place){ .id = found->rows[shown - 1].id });
}

enum err
work_list(struct ctx *cx, const struct uuid *account,
    const struct work_query *q, struct work_page *out)
{
	struct found found;
	struct listing l;
	enum err e;

	e = listing_make(cx, account, q, &l);
	if (e)
		return e;
	if (l.favorite || l.word_count > 0)
		e = counted_find(cx, &l, &found);
	else
		e = plain_find(cx, &l, &found);
	if (e == ERR_OK)
		work_page_fill(cx, &l, &found, out);
	return e;
}

const struct db_stmt *const work_list_stmts[] = { &seek_every, &seek_type,
	&seek_status, &seek_type_status, &page_every, &page_type, &page_status,
	&page_type_status, &words_seek, &words_page, &favorite_seek,
	&favorite_page, &work_total, &words_total, &favorite_total, NULL };
