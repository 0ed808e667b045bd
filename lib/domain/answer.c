#include "config.h"

#include "domain/answer.h"

#include <string.h>

#include "base/text.h"
#include "core/conf.h"
#include "core/db.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "domain/breaker.h"
#include "domain/power.h"
#include "domain/quota.h"

#define TURNS_MAX 200 /* sent along at most, and so much text of them */
#define TURNS_BYTES ((int64_t)(2 * MIB))
/* Of a model's context, what is left for the answer unless it says so. */
#define ANSWER_SHARE 4
#define TURN_TOKENS 8   /* of a turn, besides its words */
#define DEAD_AFTER_S 60 /* a writer ends itself by chat_timeout */
#define TOKENS_FIELD "max_completion_tokens"

static const struct field question_fields[] = {
	FIELD(struct question, message, .required = true, .trim = true,
	    RANGE(1, QUESTION_MAX), .about = "what one says"),
	FIELD(struct question, conversation_id,
	    .about = "goes on with a conversation"),
	FIELD(struct question, model, RANGE(1, 100),
	    .about = "instead of the configured one"),
};
const struct shape question_shape = SHAPE(struct question, question_fields);

/* ---- the model ---- */

struct talk {
	const char *provider_id, *model_id;
};
static const struct field talk_fields[] = {
	COLUMN(struct talk, provider_id),
	COLUMN(struct talk, model_id),
};
static const struct shape talk_shape = SHAPE(struct talk, talk_fields);

DB_STMT(talk_find, "uu", &talk_shape,
    "SELECT provider_id, model_id FROM conversation"
    " WHERE id = ? AND account_id = ?");

/*
 * A conversation goes on with its model as long as that may be used.
 */
static enum err
model_plan(struct ctx *cx, const struct question *q, const struct talk *talk,
    struct model *out)
{
	struct model model;
	enum err e;

	if (q->model == NULL && talk != NULL) {
		e = model_find(cx, talk->provider_id, talk->model_id, &model);
		if (e == ERR_OK)
			e = model_check(cx, "model", &model);
		if (e == ERR_OK && text_is(model.type, "assistant")) {
			*out = model;
			return ERR_OK;
		}
		if (e == ERR_UNAVAILABLE)
			return e;
		fault_clear(cx);
	}
	return model_choose(cx, "assistant", NULL, q->model, NULL, "", out);
}

/* ---- what was said before ---- */

/* A turn's size. */
struct turn_size {
	struct uuid id; /* of the answer */
	int64_t chars, bytes;
};
static const struct field turn_size_fields[] = {
	COLUMN(struct turn_size, id),
	COLUMN(struct turn_size, chars),
	COLUMN(struct turn_size, bytes),
};
static const struct shape turn_size_shape =
    SHAPE(struct turn_size, turn_size_fields);

static const struct field turn_fields[] = {
	COLUMN(struct turn, question),
	COLUMN(struct turn, answer),
};
static const struct shape turn_shape = SHAPE(struct turn, turn_fields);

#define TURNS                                                                  \
	"  FROM message a JOIN message q ON q.id = a.question_id"              \
	" WHERE a.conversation_id = ? AND a.role = 'assistant'"                \
	"   AND a.status IN ('complete', 'partial') AND a.content <> ''"

DB_STMT(turns_measure, "ui", &turn_size_shape,
    "SELECT a.id,"
    "       CHAR_LENGTH(q.content) + CHAR_LENGTH(a.content) AS chars,"
    "       LENGTH(q.content) + LENGTH(a.content) AS bytes" TURNS
    " ORDER BY a.id DESC LIMIT ?");
DB_STMT(turns_read, "uui", &turn_shape,
    "SELECT q.content AS question, a.content AS answer" TURNS
    "   AND a.id >= ? ORDER BY a.id LIMIT ?");

/*
 * An estimate that rather says too much: four characters of ASCII are a token,
 * a character of Chinese is one.
 */
static int64_t
tokens_of(int64_t chars, int64_t bytes)
{
	return (2 * chars + 3 * (bytes - chars) + 7) / 8 + TURN_TOKENS;
}

static int64_t
tokens_of_text(const char *text)
{
	size_t bytes = strlen(text);

	return tokens_of((int64_t)utf8_length(text, bytes), (int64_t)bytes);
}

/* Whole turns, the newest first, until there is no more room. */
static enum err
turns_plan(struct ctx *cx, int64_t room, struct answer *out)
{
	struct turn_size *sizes;
	struct turn *turns;
	int64_t bytes = TURNS_BYTES;
	size_t count, fit = 0;
	enum err e;

	e = db_list(cx, &sizes, &count, TURNS_MAX, &turns_measure,
	    &out->conversation, (int64_t)TURNS_MAX);
	if (e)
		return e;
	while (fit < count) {
		room -= tokens_of(sizes[fit].chars, sizes[fit].bytes);
		bytes -= sizes[fit].bytes;
		if (room < 0 || bytes < 0)
			break;
		fit++;
	}
	if (fit == 0)
		return ERR_OK;
	e = db_list(cx, &turns, &out->turn_count, TURNS_MAX, &turns_read,
	    &out->conversation, &sizes[fit - 1].id, (int64_t)TURNS_MAX);
	if (e == ERR_OK)
		out->turns = turns;
	return e;
}

/* ---- the configuration of a model ---- */

static struct json_object *
config_parse(const char *text)
{
	return text == NULL ? NULL : json_parse_loose(text, strlen(text));
}

/*
 * Tokens that are left for what was said before.  A model's own configuration
 * goes before its provider's.
 */
static int64_t
room_plan(struct ctx *cx, struct answer *out)
{
	struct json_object *own = config_parse(out->model.config);
	struct json_object *vendors = config_parse(out->provider.config);
	int64_t context = json_int_of(json_at_either(own, vendors, "context"));
	const char *field =
	    json_text_of(json_at_either(own, vendors, "maxTokensField"));

	out->tokens_max =
	    json_int_of(json_at_either(own, vendors, "maxTokens"));
	if (out->tokens_max < 1)
		out->tokens_max = INT_NONE;
	out->tokens_field =
	    text_empty(field) ? TOKENS_FIELD : arena_strdup(cx->arena, field);
	if (context < 1)
		context = cx->conf->chat_context;
	context -= out->tokens_max != INT_NONE ? out->tokens_max
					       : context / ANSWER_SHARE;
	json_free(own);
	json_free(vendors);
	return context - tokens_of_text(out->text) -
	       tokens_of_text(out->system_prompt);
}

enum err
answer_plan(struct ctx *cx, const struct account *account,
    const struct question *q, struct answer *out)
{
	struct talk talk;
	enum err e;

	*out = (struct answer){
		.text = q->message,
		.system_prompt = cx->conf->chat_system_prompt,
		.fresh = q->conversation_id == NULL,
	};
	if (!out->fresh && !uuid_parse(q->conversation_id, &out->conversation))
		return ERR_NOT_FOUND;
	if (!out->fresh) {
		e = db_find(
		    cx, &talk, &talk_find, &out->conversation, &account->id);
		if (e)
			return e;
	}
	e = model_plan(cx, q, out->fresh ? NULL : &talk, &out->model);
	if (e)
		return e;
	e = provider_find(cx, out->model.provider_id, &out->provider);
	if (e)
		return e;
	e = provider_key(cx, &out->provider, &out->key);
	if (e)
		return e;
	e = breaker_pass(cx, out->provider.id, &out->failing);
	if (e)
		return e;
	e = turns_plan(cx, room_plan(cx, out), out);
	if (out->fresh)
		out->conversation = uuid_new();
	out->question = uuid_new();
	out->message = uuid_new();
	return e;
}

/* ---- writing it down ---- */

DB_STMT(conversation_insert, "uusss", NULL,
    "INSERT INTO conversation (id, account_id, title, provider_id, model_id,"
    "       message_count, created_at, updated_at)"
    "VALUES (?, ?, ?, ?, ?, 2, NOW(3), NOW(3))");
DB_STMT(conversation_grow, "ssuu", NULL,
    "UPDATE conversation"
    "   SET provider_id = ?, model_id = ?,"
    "       message_count = message_count + 2, updated_at = NOW(3)"
    " WHERE id = ? AND account_id = ?");
DB_STMT(question_insert, "uuus", NULL,
    "INSERT INTO message (id, conversation_id, account_id, role, content,"
    "       status, created_at, finished_at)"
    "VALUES (?, ?, ?, 'user', ?, 'complete', NOW(3), NOW(3))");
DB_STMT(answer_insert, "uuuussii", NULL,
    "INSERT INTO message (id, conversation_id, account_id, role, question_id,"
    "       content, status, provider_id, model_id, cost, created_at, dies_at)"
    "VALUES (?, ?, ?, 'assistant', ?, '', 'streaming', ?, ?, ?, NOW(3),"
    "       NOW(3) + INTERVAL ? SECOND)");

struct beginning {
	const struct account *account;
	const struct answer *answer;
};

static enum err
price_hold(struct ctx *cx, const struct beginning *b)
{
	struct power_hold hold = {
		.account = b->account,
		.task = b->answer->message,
		.items = 1,
		.price = b->answer->model.price,
		.uncounted = true,
	};
	struct quota quota;

	if (hold.price == 0)
		return ERR_OK;
	quota_today(cx, b->account, false, &quota);
	hold.day = quota.day;
	return power_hold(cx, &hold);
}

static enum err
conversation_write(struct ctx *cx, const struct beginning *b)
{
	const struct answer *a = b->answer;
	uint64_t matched;
	enum err e;

	if (a->fresh)
		return db_run(cx, NULL, &conversation_insert, &a->conversation,
		    &b->account->id, text_title(cx->arena, a->text),
		    a->model.provider_id, a->model.id);
	e = db_run(cx, &matched, &conversation_grow, a->model.provider_id,
	    a->model.id, &a->conversation, &b->account->id);
	return e == ERR_OK && matched != 1 ? ERR_NOT_FOUND : e;
}

static enum err
beginning_write(struct ctx *cx, void *arg)
{
	const struct beginning *b = arg;
	const struct answer *a = b->answer;
	enum err e = price_hold(cx, b);

	if (e == ERR_OK)
		e = conversation_write(cx, b);
	if (e == ERR_OK)
		e = db_run(cx, NULL, &question_insert, &a->question,
		    &a->conversation, &b->account->id, a->text);
	if (e)
		return e;
	return db_run(cx, NULL, &answer_insert, &a->message, &a->conversation,
	    &b->account->id, &a->question, a->model.provider_id, a->model.id,
	    a->model.price, cx->conf->chat_timeout + DEAD_AFTER_S);
}

enum err
answer_begin(
    struct ctx *cx, const struct account *account, const struct answer *answer)
{
	struct beginning b = { account, answer };
	struct answer_end never = {
		.message = answer->message,
		.content = "",
		.reason = ERR_UNAVAILABLE,
		.prompt_tokens = INT_NONE,
		.completion_tokens = INT_NONE,
	};
	enum err e = db_transaction(cx, beginning_write, &b);

	if (e != ERR_UNCERTAIN)
		return e;
	/* begun or not, it is over: nothing stays held for it */
	e = answer_end(cx, &never);
	return e ? e
		 : fault_retry(cx, ERR_UNAVAILABLE, 1,
		       "the answer may have been begun, and is ended");
}

const struct db_stmt *const answer_stmts[] = { &talk_find, &turns_measure,
	&turns_read, &conversation_insert, &conversation_grow, &question_insert,
	&answer_insert, NULL };
