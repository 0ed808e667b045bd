/*
 * The end of an answer: as it should be, by the caller, or by nobody.
 */
#include "config.h"

#include "domain/answer.h"

#include "base/text.h"
#include "core/db.h"
#include "domain/answer_file.h"
#include "domain/power.h"

struct held {
	struct uuid account;
	int64_t cost;
};
static const struct field held_fields[] = {
	COLUMN(struct held, account),
	COLUMN(struct held, cost),
};
static const struct shape held_shape = SHAPE(struct held, held_fields);

DB_STMT(held_lock, "u", &held_shape,
    "SELECT account_id AS account, cost FROM message"
    " WHERE id = ? AND status = 'streaming' FOR UPDATE");
DB_STMT(message_finish, "sssiiu", NULL,
    "UPDATE message"
    "   SET status = ?, reason = ?, content = ?, prompt_tokens = ?,"
    "       completion_tokens = ?, finished_at = NOW(3), dies_at = NULL"
    " WHERE id = ?");
DB_STMT(conversation_touch, "u", NULL,
    "UPDATE conversation c JOIN message m ON m.conversation_id = c.id"
    "   SET c.updated_at = NOW(3) WHERE m.id = ?");

static enum err
price_settle(
    struct ctx *cx, const struct held *held, const struct answer_end *end)
{
	bool earned = end->reason == ERR_OK || end->stopped;

	if (held->cost == 0)
		return ERR_OK;
	return power_settle(cx, &(struct power_settle){
				    .account = held->account,
				    .task = end->message,
				    .capture = earned ? held->cost : 0,
				    .release = earned ? 0 : held->cost,
				});
}

static enum err
end_write(struct ctx *cx, void *arg)
{
	const struct answer_end *end = arg;
	const char *status = end->reason == ERR_OK      ? "complete"
			     : text_empty(end->content) ? "failed"
							: "partial";
	struct held held;
	enum err e = db_find(cx, &held, &held_lock, &end->message);

	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e == ERR_OK)
		e = db_run(cx, NULL, &message_finish, status,
		    end->reason == ERR_OK ? NULL : err_reason(end->reason),
		    end->content, end->prompt_tokens, end->completion_tokens,
		    &end->message);
	if (e == ERR_OK)
		e = price_settle(cx, &held, end);
	if (e == ERR_OK)
		e = db_run(cx, NULL, &conversation_touch, &end->message);
	return e;
}

enum err
answer_end(struct ctx *cx, const struct answer_end *end)
{
	struct answer_end copy = *end;

	return db_transaction(cx, end_write, &copy);
}

/* ---- picking it up ---- */

static const struct field state_fields[] = {
	COLUMN(struct answer_state, status),
	COLUMN(struct answer_state, reason),
	COLUMN(struct answer_state, content),
	COLUMN(struct answer_state, prompt_tokens),
	COLUMN(struct answer_state, completion_tokens),
};
static const struct shape state_shape =
    SHAPE(struct answer_state, state_fields);

DB_STMT(state_find, "uuu", &state_shape,
    "SELECT status, reason, content, prompt_tokens, completion_tokens"
    "  FROM message WHERE id = ? AND conversation_id = ? AND account_id = ?"
    "   AND role = 'assistant'");

enum err
answer_find(struct ctx *cx, const struct uuid *account,
    const struct uuid *conversation, const struct uuid *message,
    struct answer_state *out)
{
	return db_find(cx, out, &state_find, message, conversation, account);
}

/* ---- writers that died ---- */

struct orphan {
	struct uuid id;
};
static const struct field orphan_fields[] = { COLUMN(struct orphan, id) };
static const struct shape orphan_shape = SHAPE(struct orphan, orphan_fields);

DB_STMT(orphans_find, "i", &orphan_shape,
    "SELECT id FROM message WHERE dies_at < NOW(3) ORDER BY dies_at LIMIT ?");

static enum err
orphan_end(struct ctx *cx, const struct uuid *message, const char *text)
{
	struct answer_end end = {
		.message = *message,
		.content = text,
		.reason = ERR_INTERNAL,
		.prompt_tokens = INT_NONE,
		.completion_tokens = INT_NONE,
	};

	return answer_end(cx, &end);
}

/* Files first, for they have the text. */
static enum err
files_sweep(struct ctx *cx, size_t max, size_t *count)
{
	struct answer_files *cursor = NULL;
	struct uuid message;
	const char *text;
	enum err e = ERR_OK;

	while (answer_file_dead(cx, &cursor, &message, &text)) {
		if (e != ERR_OK || *count == max)
			continue; /* to the end: it closes the directory */
		e = orphan_end(cx, &message, text);
		if (e)
			continue;
		answer_file_remove(cx->conf, &message);
		++*count;
	}
	return e;
}

enum err
answer_sweep(struct ctx *cx, size_t max, size_t *count_out)
{
	struct orphan *orphans;
	size_t count = 0, orphan_count;
	enum err e = files_sweep(cx, max, &count);

	if (e)
		return e;
	e = db_list(
	    cx, &orphans, &orphan_count, max, &orphans_find, (int64_t)max);
	if (e)
		return e;
	for (size_t i = 0; i < orphan_count && count < max; i++) {
		e = orphan_end(cx, &orphans[i].id, "");
		if (e)
			return e;
		count++;
	}
	*count_out = count;
	return ERR_OK;
}

const struct db_stmt *const answer_end_stmts[] = { &held_lock, &message_finish,
	&conversation_touch, &state_find, &orphans_find, NULL };
