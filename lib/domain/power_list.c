/*
 * The ledger as its owner sees it.
 */
#include "config.h"

#include "domain/power.h"

#include "core/db.h"
#include "domain/page.h"

static const struct field query_fields[] = {
	PAGE_FIELDS(struct power_query),
};
const struct shape power_query_shape = SHAPE(struct power_query, query_fields);

static const char *const kinds[] = { "signup", "grant", "recharge", "hold",
	"capture", "release", NULL };

static const struct field transfer_fields[] = {
	COLUMN(struct power_transfer, id),
	COLUMN(struct power_transfer, created_at),
	FIELD(struct power_transfer, kind, .one_of = kinds),
	FIELD(struct power_transfer, amount, .about = "units that moved"),
	FIELD(struct power_transfer, change,
	    .about = "what that did to what can be spent"),
	FIELD(struct power_transfer, balance,
	    .about = "what could be spent after it"),
	FIELD(struct power_transfer, task_id, .nullable = true),
	FIELD(struct power_transfer, note, .nullable = true,
	    .about = "reason of a grant, end of a code"),
};
static const struct shape transfer_shape =
    SHAPE(struct power_transfer, transfer_fields);

static const struct field page_fields[] = {
	FIELD(struct power_page, list, .shape = &transfer_shape),
	COLUMN(struct power_page, total),
	COLUMN(struct power_page, page),
	COLUMN(struct power_page, page_size),
	FIELD(struct power_page, next_cursor, .nullable = true,
	    .about = "null at the end"),
};
const struct shape power_page_shape = SHAPE(struct power_page, page_fields);

struct transfer_row {
	int64_t number;
	struct stamp created_at;
	const char *kind;
	int64_t amount, change, balance;
	struct uuid task_id;
	const char *note;
};
static const struct field row_fields[] = {
	COLUMN(struct transfer_row, number),
	COLUMN(struct transfer_row, created_at),
	COLUMN(struct transfer_row, kind),
	COLUMN(struct transfer_row, amount),
	COLUMN(struct transfer_row, change),
	COLUMN(struct transfer_row, balance),
	COLUMN(struct transfer_row, task_id),
	COLUMN(struct transfer_row, note),
};
static const struct shape row_shape = SHAPE(struct transfer_row, row_fields);

#define TRANSFER                                                               \
	"SELECT id AS number, created_at, kind, amount,"                       \
	"       CASE 'available' WHEN credit THEN amount WHEN debit THEN"      \
	"           -amount ELSE 0 END AS `change`, balance, task_id, note"    \
	"  FROM power_transfer"

DB_STMT(transfer_seek, "uii", &row_shape,
    TRANSFER " WHERE account_id = ? AND id < ? ORDER BY id DESC LIMIT ?");
DB_STMT(transfer_page, "uii", &row_shape,
    TRANSFER " WHERE account_id = ? ORDER BY id DESC LIMIT ? OFFSET ?");
DB_STMT(transfer_one, "i", &row_shape, TRANSFER " WHERE id = ?");

DB_STMT(transfer_total, "u", &page_total_shape,
    "SELECT COUNT(*) AS total FROM power_transfer WHERE account_id = ?");

/*
 * The number of a row as an id like all others: its time and version 7
 * (RFC 9562 5.7) before the number, which makes it unique.
 */
static struct uuid
transfer_id(const struct transfer_row *row)
{
	struct uuid id = { { 0 } };
	uint64_t ms = (uint64_t)row->created_at.ms;
	uint64_t number = (uint64_t)row->number;

	for (size_t i = 0; i < 6; i++)
		id.b[i] = (uint8_t)(ms >> (40 - 8 * i));
	id.b[6] = 0x70;
	id.b[8] = 0x80;
	for (size_t i = 0; i < 7; i++)
		id.b[9 + i] = (uint8_t)(number >> (48 - 8 * i));
	return id;
}

enum err
power_last_transfer(struct ctx *cx, struct uuid *id_out)
{
	struct transfer_row row;
	enum err e =
	    db_find(cx, &row, &transfer_one, (int64_t)db_insert_id(cx->db));

	if (e == ERR_OK)
		*id_out = transfer_id(&row);
	return e;
}

static void
page_fill(struct ctx *cx, const struct page *page,
    const struct transfer_row *rows, size_t count, struct power_page *out)
{
	bool more;
	size_t shown = page_shown(page, count, &more);
	struct power_transfer *items =
	    ARENA_ARRAY(cx->arena, shown, struct power_transfer);

	for (size_t i = 0; i < shown; i++)
		items[i] = (struct power_transfer){
			.id = transfer_id(&rows[i]),
			.created_at = rows[i].created_at,
			.kind = rows[i].kind,
			.amount = rows[i].amount,
			.change = rows[i].change,
			.balance = rows[i].balance,
			.task_id = rows[i].task_id,
			.note = rows[i].note,
		};
	out->list = (struct list){ items, shown };
	out->page = page->number;
	out->page_size = page->size;
	out->next_cursor = NULL;
	if (more)
		out->next_cursor = page_cursor(
		    cx, page, &(struct place){ .key = rows[shown - 1].number });
}

enum err
power_list(struct ctx *cx, const struct uuid *account,
    const struct power_query *q, struct power_page *out)
{
	struct transfer_row *rows;
	struct page_total total;
	struct page page;
	size_t count;
	enum err e;

	e = page_make(cx, q->page, q->page_size, q->cursor, "power", &page);
	if (e)
		return e;
	e = db_find(cx, &total, &transfer_total, account);
	if (e)
		return e;
	if (page.by_number)
		e = db_list(cx, &rows, &count, (size_t)page.size + 1,
		    &transfer_page, account, page.size + 1, page_skip(&page));
	else
		e = db_list(cx, &rows, &count, (size_t)page.size + 1,
		    &transfer_seek, account, page.after.key, page.size + 1);
	if (e)
		return e;
	page_fill(cx, &page, rows, count, out);
	out->total = total.total;
	return ERR_OK;
}

const struct db_stmt *const power_list_stmts[] = { &transfer_seek,
	&transfer_page, &transfer_one, &transfer_total, NULL };
