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

static const char *const types[] = { "all", "image", "video", NULL };
static const char *const statuses[] = { "all", "processing", "completed",
	"failed", NULL };

static const struct field work_query_fields[] = {
	FIELD(struct work_query, type, .def_text = "all", .one_of = types,
	    .about = "what kind"),
	FIELD(struct work_query, status, .def_text = "all", .one_of = statuses,
	    .about = "how far"),
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
	FIELD(struct work_page, total, .required = true),
	FIELD(struct work_page, page, .required = true),
	FIELD(struct work_page, page_size, .required = true),
	FIELD(struct work_page, next_cursor, .about = "null at the end"),
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

static const struct field row_fields[] = { WORK_ROW_FIELDS };
static const struct shape row_shape = SHAPE(struct work_row, row_fields);

/*
 * A filter that is "all" folds away before the index is chosen.
 */
#define FILTER                                                                 \
	"   AND (? = 'all' OR w.type = ?) AND (? = 'all' OR w.status = ?)"
#define WHERE " WHERE w.account_id = ?" FILTER
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

#define SEEK " AND w.id < ? ORDER BY w.id DESC LIMIT ?"

DB_STMT(work_seek, WHERE_SIGNATURE "ui", &row_shape,
    "SELECT " WORK_ROW_COLUMNS " FROM work w" WHERE SEEK);
DB_STMT(work_seek_words, WHERE_SIGNATURE WORDS_SIGNATURE "ui", &row_shape,
    "SELECT " WORK_ROW_COLUMNS " FROM work w" WHERE WORDS SEEK);

/* The ids of a page first, then its rows. */
#define PAGE(ids)                                                              \
	"SELECT " WORK_ROW_COLUMNS "  FROM (" ids " LIMIT ? OFFSET ?) page"    \
	"  JOIN work w ON w.id = page.page_id"                                 \
	" ORDER BY w.id DESC"

DB_STMT(work_page, WHERE_SIGNATURE "ii", &row_shape,
    PAGE("SELECT w.id AS page_id FROM work w" WHERE " ORDER BY w.id DESC"));
DB_STMT(work_page_words, WHERE_SIGNATURE WORDS_SIGNATURE "ii", &row_shape,
    PAGE("SELECT w.id AS page_id FROM work w" WHERE WORDS
	 " ORDER BY w.id DESC"));

/* Own works, and what others still show. */
#define FAVORITES                                                              \
	"  FROM work_favorite f JOIN work w ON w.id = f.work_id"               \
	" WHERE f.account_id = ?" FILTER WORDS                                 \
	"   AND (w.account_id = f.account_id OR w.published_at IS NOT NULL)"

DB_STMT(favorite_seek, WHERE_SIGNATURE WORDS_SIGNATURE "ui", &row_shape,
    "SELECT " WORK_ROW_COLUMNS FAVORITES
    " AND f.work_id < ? ORDER BY f.work_id DESC LIMIT ?");
DB_STMT(favorite_page, WHERE_SIGNATURE WORDS_SIGNATURE "ii", &row_shape,
    PAGE("SELECT f.work_id AS page_id" FAVORITES " ORDER BY f.work_id DESC"));

struct total {
	int64_t total;
};
static const struct field total_fields[] = { COLUMN(struct total, total) };
static const struct shape total_shape = SHAPE(struct total, total_fields);

DB_STMT(work_total, WHERE_SIGNATURE, &total_shape,
    "SELECT COALESCE(CAST(SUM(w.total) AS SIGNED), 0) AS total"
    "  FROM work_count w" WHERE);
DB_STMT(work_total_words, WHERE_SIGNATURE WORDS_SIGNATURE, &total_shape,
    "SELECT COUNT(*) AS total FROM work w" WHERE WORDS);
DB_STMT(favorite_total, WHERE_SIGNATURE WORDS_SIGNATURE, &total_shape,
    "SELECT COUNT(*) AS total" FAVORITES);

static enum err
total_find(struct ctx *cx, const struct listing *l, int64_t *total_out)
{
	struct total t;
	enum err e;

	if (!l->favorite && l->word_count == 0)
		e = db_find(cx, &t, &work_total, WHERE_ARGS(l));
	else
		e = db_find(cx, &t,
		    l->favorite ? &favorite_total : &work_total_words,
		    WHERE_ARGS(l), WORDS_ARGS(l));
	if (e == ERR_OK)
		*total_out = t.total;
	return e;
}

/* One row more than the page, to know whether there is another page. */
static enum err
rows_find(struct ctx *cx, const struct listing *l, struct work_row **rows_out,
    size_t *count_out)
{
	int64_t limit = l->page.size + 1;
	size_t max = (size_t)limit;
	int64_t skip = page_skip(&l->page);
	bool plain = !l->favorite && l->word_count == 0;

	if (l->page.by_number && plain)
		return db_list(cx, rows_out, count_out, max, &work_page,
		    WHERE_ARGS(l), limit, skip);
	if (l->page.by_number)
		return db_list(cx, rows_out, count_out, max,
		    l->favorite ? &favorite_page : &work_page_words,
		    WHERE_ARGS(l), WORDS_ARGS(l), limit, skip);
	if (plain)
		return db_list(cx, rows_out, count_out, max, &work_seek,
		    WHERE_ARGS(l), &l->page.after.id, limit);
	return db_list(cx, rows_out, count_out, max,
	    l->favorite ? &favorite_seek : &work_seek_words, WHERE_ARGS(l),
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
    const struct work_row *rows, size_t count, struct work_page *out)
{
	bool more;
	size_t shown = page_shown(&l->page, count, &more);
	struct work_item *items =
	    ARENA_ARRAY(cx->arena, shown, struct work_item);

	for (size_t i = 0; i < shown; i++)
		work_item_fill(cx, &rows[i], &items[i]);
	out->list = (struct list){ items, shown };
	out->page = l->page.number;
	out->page_size = l->page.size;
	out->next_cursor = NULL;
	if (more)
		out->next_cursor = page_cursor(
		    cx, &l->page, &(struct place){ .id = rows[shown - 1].id });
}

enum err
work_list(struct ctx *cx, const struct uuid *account,
    const struct work_query *q, struct work_page *out)
{
	struct listing l;
	struct work_row *rows;
	size_t count;
	int64_t total;
	enum err e;

	e = listing_make(cx, account, q, &l);
	if (e)
		return e;
	e = total_find(cx, &l, &total);
	if (e)
		return e;
	e = rows_find(cx, &l, &rows, &count);
	if (e)
		return e;
	work_page_fill(cx, &l, rows, count, out);
	out->total = total;
	return ERR_OK;
}

const struct db_stmt *const work_list_stmts[] = { &work_seek, &work_seek_words,
	&work_page, &work_page_words, &favorite_seek, &favorite_page,
	&work_total, &work_total_words, &favorite_total, NULL };
