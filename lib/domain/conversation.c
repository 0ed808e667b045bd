#include "config.h"

#include "domain/conversation.h"

#include <string.h>

#include "base/base.h"
#include "core/db.h"
#include "domain/answer_file.h"
#include "domain/page.h"
#include "domain/power.h"

#define MESSAGES_MAX 200
/*
 * Of text, but one at least.  A control character takes six bytes in JSON, and
 * all of it must have room in a reply.
 */
#define MESSAGES_BYTES ((int64_t)(2 * MIB))
#define STREAMS_MAX 1000

/* ---- the list ---- */

static const struct field query_fields[] = {
	PAGE_FIELDS(struct conversation_query),
};
const struct shape conversation_query_shape =
    SHAPE(struct conversation_query, query_fields);

static const struct field conversation_fields[] = {
	COLUMN(struct conversation, id),
	FIELD(struct conversation, title,
	    .about = "first words of the first message, or own"),
	FIELD(struct conversation, model, .about = "that answered last"),
	COLUMN(struct conversation, created_at),
	FIELD(struct conversation, updated_at, .about = "last message"),
	COLUMN(struct conversation, message_count),
};
static const struct shape conversation_shape =
    SHAPE(struct conversation, conversation_fields);

static const struct field page_fields[] = {
	FIELD(struct conversation_page, list, .shape = &conversation_shape),
	COLUMN(struct conversation_page, total),
	COLUMN(struct conversation_page, page),
	COLUMN(struct conversation_page, page_size),
	FIELD(struct conversation_page, next_cursor, .nullable = true,
	    .about = "null at the end"),
};
const struct shape conversation_page_shape =
    SHAPE(struct conversation_page, page_fields);

#define CONVERSATION                                                           \
	"SELECT id, title, model_id AS model, created_at, updated_at,"         \
	"       message_count FROM conversation"

DB_STMT(conversation_seek, "uttui", &conversation_shape,
    CONVERSATION " WHERE account_id = ?"
		 "   AND (updated_at < ? OR (updated_at = ? AND id < ?))"
		 " ORDER BY updated_at DESC, id DESC LIMIT ?");
DB_STMT(conversation_at_page, "uii", &conversation_shape,
    CONVERSATION " WHERE account_id = ?"
		 " ORDER BY updated_at DESC, id DESC LIMIT ? OFFSET ?");
DB_STMT(conversation_one, "uu", &conversation_shape,
    CONVERSATION " WHERE id = ? AND account_id = ?");

DB_STMT(conversation_total, "u", &page_total_shape,
    "SELECT COUNT(*) AS total FROM conversation WHERE account_id = ?");

enum err
conversation_list(struct ctx *cx, const struct uuid *account,
    const struct conversation_query *q, struct conversation_page *out)
{
	struct conversation *rows;
	struct page_total total;
	struct page page;
	size_t count;
	bool more;
	enum err e;

	e = page_make(
	    cx, q->page, q->page_size, q->cursor, "conversations", &page);
	if (e)
		return e;
	e = db_find(cx, &total, &conversation_total, account);
	if (e)
		return e;
	if (q->cursor == NULL)
		e = db_list(cx, &rows, &count, (size_t)page.size + 1,
		    &conversation_at_page, account, page.size + 1,
		    page_skip(&page));
	else
		e = db_list(cx, &rows, &count, (size_t)page.size + 1,
		    &conversation_seek, account, page.after.key, page.after.key,
		    &page.after.id, page.size + 1);
	if (e)
		return e;
	out->list.items = rows;
	out->list.count = page_shown(&page, count, &more);
	out->total = total.total;
	out->page = page.number;
	out->page_size = page.size;
	out->next_cursor = NULL;
	if (more) {
		const struct conversation *last = &rows[out->list.count - 1];

		out->next_cursor = page_cursor(cx, &page,
		    &(struct place){ last->updated_at.ms, last->id });
	}
	return ERR_OK;
}

/* ---- one ---- */

static const struct field message_query_fields[] = {
	FIELD(struct message_query, before, RANGE(1, 100),
	    .about = "the messages before this one"),
};
const struct shape message_query_shape =
    SHAPE(struct message_query, message_query_fields);

static const char *const roles[] = { "user", "assistant", NULL };
static const char *const message_statuses[] = { "streaming", "complete",
	"partial", "failed", NULL };

static const struct field message_fields[] = {
	COLUMN(struct message, id),
	FIELD(struct message, role, .one_of = roles),
	COLUMN(struct message, content),
	FIELD(struct message, status, .one_of = message_statuses),
	FIELD(struct message, reason, .omit_null = true,
	    .about = "why it is not complete"),
	COLUMN(struct message, created_at),
};
static const struct shape message_shape = SHAPE(struct message, message_fields);

static const struct field detail_fields[] = {
	COLUMN(struct conversation_detail, id),
	COLUMN(struct conversation_detail, title),
	COLUMN(struct conversation_detail, model),
	COLUMN(struct conversation_detail, created_at),
	COLUMN(struct conversation_detail, updated_at),
	COLUMN(struct conversation_detail, message_count),
	FIELD(struct conversation_detail, messages, .shape = &message_shape,
	    .about = "the last ones, in their order"),
	FIELD(struct conversation_detail, earlier,
	    .about = "there are more: ask with before"),
};
const struct shape conversation_detail_shape =
    SHAPE(struct conversation_detail, detail_fields);

struct message_size {
	struct uuid id;
	int64_t bytes;
};
static const struct field size_fields[] = {
	COLUMN(struct message_size, id),
	COLUMN(struct message_size, bytes),
};
static const struct shape size_shape = SHAPE(struct message_size, size_fields);

DB_STMT(message_sizes, "uui", &size_shape,
    "SELECT id, LENGTH(content) AS bytes FROM message"
    " WHERE conversation_id = ? AND id < ? ORDER BY id DESC LIMIT ?");
DB_STMT(message_rows, "uuui", &message_shape,
    "SELECT id, role, content, status, reason, created_at FROM message"
    " WHERE conversation_id = ? AND id >= ? AND id < ? ORDER BY id LIMIT ?");

static enum err
messages_read(struct ctx *cx, const struct uuid *id, const struct uuid *before,
    struct conversation_detail *out)
{
	struct message_size *sizes;
	struct message *rows;
	size_t count, shown = 0;
	int64_t bytes = 0;
	enum err e;

	e = db_list(cx, &sizes, &count, MESSAGES_MAX + 1, &message_sizes, id,
	    before, (int64_t)MESSAGES_MAX + 1);
	if (e)
		return e;
	while (shown < count && shown < MESSAGES_MAX &&
	       (shown == 0 || bytes + sizes[shown].bytes <= MESSAGES_BYTES))
		bytes += sizes[shown++].bytes;
	out->earlier = shown < count;
	out->messages = (struct list){ 0 };
	if (shown == 0)
		return ERR_OK;
	e = db_list(cx, &rows, &count, MESSAGES_MAX, &message_rows, id,
	    &sizes[shown - 1].id, before, (int64_t)MESSAGES_MAX);
	if (e == ERR_OK)
		out->messages = (struct list){ rows, count };
	return e;
}

enum err
conversation_find(struct ctx *cx, const struct uuid *account,
    const struct uuid *id, const struct message_query *q,
    struct conversation_detail *out)
{
	struct conversation row;
	struct uuid before;
	enum err e;

	memset(&before, 0xff, sizeof(before));
	if (q->before != NULL && !uuid_parse(q->before, &before))
		return fault(cx, ERR_INVALID_FIELD, "before",
		    "before must be the id of a message");
	e = db_find(cx, &row, &conversation_one, id, account);
	if (e)
		return e;
	*out = (struct conversation_detail){
		.id = row.id,
		.title = row.title,
		.model = row.model,
		.created_at = row.created_at,
		.updated_at = row.updated_at,
		.message_count = row.message_count,
	};
	return messages_read(cx, id, &before, out);
}

/* ---- changing it ---- */

static const struct field title_fields[] = {
	FIELD(struct conversation_title, title, .required = true, .trim = true,
	    RANGE(1, 200)),
};
const struct shape conversation_title_shape =
    SHAPE(struct conversation_title, title_fields);

DB_STMT(title_update, "suu", NULL,
    "UPDATE conversation SET title = ? WHERE id = ? AND account_id = ?");

enum err
conversation_set_title(struct ctx *cx, const struct uuid *account,
    const struct uuid *id, const char *title)
{
	uint64_t matched;
	enum err e = db_run(cx, &matched, &title_update, title, id, account);

	return e == ERR_OK && matched != 1 ? ERR_NOT_FOUND : e;
}

struct stream {
	struct uuid id;
	int64_t cost;
};
static const struct field stream_fields[] = {
	COLUMN(struct stream, id),
	COLUMN(struct stream, cost),
};
static const struct shape stream_shape = SHAPE(struct stream, stream_fields);

DB_STMT(streams_lock, "u", &stream_shape,
    "SELECT id, cost FROM message"
    " WHERE conversation_id = ? AND status = 'streaming' FOR UPDATE");
DB_STMT(messages_delete, "u", NULL,
    "DELETE FROM message WHERE conversation_id = ?");
DB_STMT(conversation_remove, "uu", NULL,
    "DELETE FROM conversation WHERE id = ? AND account_id = ?");

struct deletion {
	const struct uuid *account, *id;
	/* out: what was being written */
	const struct stream *streams;
	size_t count;
};

static enum err
streams_settle(struct ctx *cx, struct deletion *d)
{
	struct stream *streams;
	size_t count;
	enum err e =
	    db_list(cx, &streams, &count, STREAMS_MAX, &streams_lock, d->id);

	if (e)
		return e;
	d->streams = streams;
	d->count = count;
	for (size_t i = 0; e == ERR_OK && i < count; i++)
		if (streams[i].cost > 0)
			e = power_settle(cx, &(struct power_settle){
						 .account = *d->account,
						 .task = streams[i].id,
						 .capture = streams[i].cost,
					     });
	return e;
}

static enum err
deletion_run(struct ctx *cx, void *arg)
{
	struct deletion *d = arg;
	uint64_t matched;
	enum err e;

	e = db_run(cx, &matched, &conversation_remove, d->id, d->account);
	if (e)
		return e;
	if (matched != 1)
		return ERR_NOT_FOUND;
	e = streams_settle(cx, d);
	return e ? e : db_run(cx, NULL, &messages_delete, d->id);
}

enum err
conversation_delete(
    struct ctx *cx, const struct uuid *account, const struct uuid *id)
{
	struct deletion d = { .account = account, .id = id };
	enum err e = db_transaction(cx, deletion_run, &d);

	for (size_t i = 0; e == ERR_OK && i < d.count; i++)
		answer_file_delete(cx->conf, &d.streams[i].id);
	return e;
}

const struct db_stmt *const conversation_stmts[] = { &conversation_seek,
	&conversation_at_page, &conversation_one, &conversation_total,
	&message_sizes, &message_rows, &title_update, &streams_lock,
	&messages_delete, &conversation_remove, NULL };
