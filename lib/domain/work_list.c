/*
 * Lists of works: filters, words, pages and cursors.
 *
 * Totals are kept in work_count; only for words rows are counted.  A page is
 * sought by id in the order of an index, or, by its number, found on the index
 * alone before the rows are read.
 */
#include "config.h"

#include "domain/work.h"

#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "core/db.h"
#include "domain/work_row.h"

#define PAGE_SIZE_MAX 100
#define DEPTH_MAX 10000 /* page times pageSize */
#define WORDS_MAX 8     /* of q; the statements have so many places */
#define NUMBER_MAX 9e15 /* whole numbers that a double holds */

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
	FIELD(struct work_query, page, .def = 1, RANGE(1, NUMBER_MAX),
	    .about = "from 1"),
	FIELD(struct work_query, page_size, .def = 20, RANGE(1, NUMBER_MAX),
	    .about = "at most 100"),
	FIELD(struct work_query, cursor, RANGE(1, 100),
	    .about = "nextCursor of the page before"),
};
const struct shape work_query_shape =
    SHAPE(struct work_query, work_query_fields);

/* What a list is asked for, ready for the statements. */
struct listing {
	const struct uuid *account;
	const char *type, *status;
	const char *words[WORDS_MAX]; /* patterns; "%" where there is none */
	size_t word_count;
	int64_t page, page_size;
	struct uuid before; /* works with smaller ids */
	bool by_number;     /* the page by its number, not from before */
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

/* ---- cursors ---- */

/* A place in a list, and which list. */
struct cursor {
	uint8_t filters[8];
	struct uuid last;
};

_Static_assert(sizeof(struct cursor) == 24, "a cursor has no holes");

static void
cursor_filters(struct ctx *cx, const struct listing *l, uint8_t out[8])
{
	uint8_t digest[32];
	char *text = arena_printf(cx->arena, "work|%s|%s", l->type, l->status);

	for (size_t i = 0; i < l->word_count; i++)
		text = arena_printf(cx->arena, "%s|%s", text, l->words[i]);
	sha256(text, strlen(text), digest);
	memcpy(out, digest, 8);
}

static const char *
cursor_write(struct ctx *cx, const struct listing *l, const struct uuid *last)
{
	struct cursor c = { .last = *last };

	cursor_filters(cx, l, c.filters);
	return base64url_encode(cx->arena, &c, sizeof(c));
}

static enum err
cursor_read(struct ctx *cx, const char *text, struct listing *l)
{
	struct cursor c;
	uint8_t filters[8];
	uint8_t *bytes;
	size_t len;

	if (!base64url_decode(cx->arena, text, strlen(text), &bytes, &len) ||
	    len != sizeof(c))
		return fault(cx, ERR_INVALID_FIELD, "cursor",
		    "cursor must be a nextCursor of this list");
	memcpy(&c, bytes, sizeof(c));
	cursor_filters(cx, l, filters);
	if (memcmp(filters, c.filters, sizeof(filters)) != 0)
		return fault(cx, ERR_INVALID_FIELD, "cursor",
		    "cursor belongs to other filters");
	l->before = c.last;
	return ERR_OK;
}

/* ---- statements ---- */

static const struct field row_fields[] = { WORK_LIST_FIELDS };
static const struct shape row_shape = SHAPE(struct work, row_fields);

/*
 * A filter that is "all" folds away before the index is chosen.
 */
#define WHERE                                                                  \
	" WHERE w.account_id = ?"                                              \
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

#define SEEK " AND w.id < ? ORDER BY w.id DESC LIMIT ?"

DB_STMT(work_seek, WHERE_SIGNATURE "ui", &row_shape,
    "SELECT " WORK_LIST_COLUMNS " FROM work w" WHERE SEEK);
DB_STMT(work_seek_words, WHERE_SIGNATURE WORDS_SIGNATURE "ui", &row_shape,
    "SELECT " WORK_LIST_COLUMNS " FROM work w" WHERE WORDS SEEK);

#define PAGE(where)                                                            \
	"SELECT " WORK_LIST_COLUMNS                                            \
	"  FROM (SELECT w.id AS page_id FROM work w" where                     \
	"         ORDER BY w.id DESC LIMIT ? OFFSET ?) page"                   \
	"  JOIN work w ON w.id = page.page_id"                                 \
	" ORDER BY w.id DESC"

DB_STMT(work_page, WHERE_SIGNATURE "ii", &row_shape, PAGE(WHERE));
DB_STMT(work_page_words, WHERE_SIGNATURE WORDS_SIGNATURE "ii", &row_shape,
    PAGE(WHERE WORDS));

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

static enum err
total_find(struct ctx *cx, const struct listing *l, int64_t *total_out)
{
	struct total t;
	enum err e;

	if (l->word_count == 0)
		e = db_find(cx, &t, &work_total, WHERE_ARGS(l));
	else
		e = db_find(
		    cx, &t, &work_total_words, WHERE_ARGS(l), WORDS_ARGS(l));
	if (e == ERR_OK)
		*total_out = t.total;
	return e;
}

/* One row more than the page, to know whether there is another page. */
static enum err
rows_find(struct ctx *cx, const struct listing *l, struct work **rows_out,
    size_t *count_out)
{
	size_t max = (size_t)l->page_size + 1;
	int64_t limit = l->page_size + 1;
	int64_t skip = (l->page - 1) * l->page_size;
	bool words = l->word_count > 0;

	if (l->by_number && words)
		return db_list(cx, rows_out, count_out, max, &work_page_words,
		    WHERE_ARGS(l), WORDS_ARGS(l), limit, skip);
	if (l->by_number)
		return db_list(cx, rows_out, count_out, max, &work_page,
		    WHERE_ARGS(l), limit, skip);
	if (words)
		return db_list(cx, rows_out, count_out, max, &work_seek_words,
		    WHERE_ARGS(l), WORDS_ARGS(l), &l->before, limit);
	return db_list(cx, rows_out, count_out, max, &work_seek, WHERE_ARGS(l),
	    &l->before, limit);
}

/* ---- the list ---- */

static enum err
listing_make(struct ctx *cx, const struct uuid *account,
    const struct work_query *q, struct listing *l)
{
	enum err e;

	*l = (struct listing){
		.account = account,
		.type = q->type,
		.status = q->status,
		.page = q->page,
		.page_size = q->page_size,
		.by_number = q->cursor == NULL && q->page > 1,
	};
	memset(&l->before, 0xff, sizeof(l->before));
	if (l->page_size > PAGE_SIZE_MAX)
		l->page_size = PAGE_SIZE_MAX;
	e = words_read(cx, q->q, l);
	if (e)
		return e;
	if (q->cursor != NULL)
		return cursor_read(cx, q->cursor, l);
	if (l->page > DEPTH_MAX / l->page_size)
		return fault(cx, ERR_USE_CURSOR, "page",
		    "page times pageSize is over %d; walk by nextCursor",
		    DEPTH_MAX);
	return ERR_OK;
}

static void
listing_write(struct ctx *cx, const struct listing *l, const struct work *rows,
    size_t count, int64_t total, struct jw *jw)
{
	size_t shown = count;
	const char *next = NULL;

	if (count > (size_t)l->page_size) {
		shown = (size_t)l->page_size;
		next = cursor_write(cx, l, &rows[shown - 1].id);
	}
	jw_object(jw);
	jw_name(jw, "list");
	jw_array(jw);
	for (size_t i = 0; i < shown; i++) {
		jw_object(jw);
		work_write_item(cx, &rows[i], jw);
		jw_end_object(jw);
	}
	jw_end_array(jw);
	jw_name(jw, "total");
	jw_int(jw, total);
	jw_name(jw, "page");
	jw_int(jw, l->page);
	jw_name(jw, "pageSize");
	jw_int(jw, l->page_size);
	jw_name(jw, "nextCursor");
	jw_text(jw, next);
	jw_end_object(jw);
}

enum err
work_write_list(struct ctx *cx, const struct uuid *account,
    const struct work_query *q, struct jw *jw)
{
	struct listing l;
	struct work *rows;
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
	listing_write(cx, &l, rows, count, total, jw);
	return ERR_OK;
}

const struct db_stmt *const work_list_stmts[] = { &work_seek, &work_seek_words,
	&work_page, &work_page_words, &work_total, &work_total_words, NULL };
