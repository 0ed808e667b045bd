/*
 * POST /assistant/chat: asks a model and passes on what it says.
 *
 * The database is asked before and after; while the model speaks no connection
 * and no lock is kept.
 */
#include "config.h"

#include "api.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "core/conf.h"
#include "domain/answer.h"
#include "domain/answer_file.h"
#include "domain/breaker.h"
#include "domain/seat.h"
#include "event_stream.h"
#include "serve/fcgi.h"
#include "vendor/chat.h"
#include "vendor/wire.h"

_Static_assert(CHAT_TEXT_MAX <= ANSWER_MAX, "what is read can be stored");

#define IN_MAX (4 * MIB) /* of a vendor's stream, before it is read */
/* Tries to store an answer, a second apart. */
#define STORE_TRIES 5
/* Between two looks whether it was deleted, while the model is silent. */
#define LOOK_MS 250

/* An answer on its way. */
struct talk {
	struct req *r;
	const struct answer *answer;
	struct event_stream out;
	struct chat chat;
	struct buf text; /* what was said so far */
	int seat;        /* while the model speaks */
	int file;        /* the same, for others to read along; -1: none */
	bool mute;       /* ... which can't be written to at the moment */
	int64_t until_us;
	bool left;       /* nobody listens any more */
	bool dead;       /* the vendor can't be reached */
	int64_t retry_s; /* what the vendor asked for, 0: nothing */
};

static void
talk_piece(void *arg, const char *text, size_t len)
{
	struct talk *t = arg;

	buf_add(&t->text, text, len);
	/* its lock is kept: without a writer somebody would end the answer */
	if (t->file >= 0) {
		bool added =
		    answer_file_add(t->file, buf_text(&t->text), t->text.len);

		if (!added && !t->mute)
			log_warn("nobody can read along: %s", strerror(errno));
		t->mute = !added;
	}
	event_stream_token(&t->out, text);
}

/* How long nothing need be looked at but the model and its client. */
static int64_t
talk_patience(const struct talk *t)
{
	int64_t ms = event_stream_patience(&t->out);

	return t->file >= 0 && ms > LOOK_MS ? LOOK_MS : ms;
}

/* Has the last one gone who heard it, or was it deleted? */
static bool
talk_is_left(const struct talk *t)
{
	if (t->file >= 0 && answer_file_removed(t->file))
		return true;
	return fcgi_gone(t->r->fcgi) &&
	       (t->file < 0 || !answer_file_watched(t->file));
}

/* Until the model has finished, nobody listens, or it takes too long. */
static void
talk_listen(struct talk *t, struct wire_call *call)
{
	static const struct fetch_reply enough = { .outcome = FETCH_STOPPED,
		.status = 200,
		.body = "",
		.detail = "it is enough" };
	static const struct fetch_reply late = { .outcome = FETCH_STOPPED,
		.status = 200,
		.body = "",
		.impatient = true,
		.detail = "it took longer than chat_timeout" };
	const struct fetch_reply *reply = NULL;
	struct buf in;
	bool over = false;

	buf_init(&in, IN_MAX);
	while (reply == NULL) {
		fcgi_wait(t->r->fcgi, wire_fd(call), talk_patience(t));
		over = wire_read(call, &in, &reply);
		if (!chat_read(&t->chat, buf_text(&in), in.len))
			reply = &enough;
		buf_clear(&in);
		event_stream_flush(&t->out);
		if (over || reply != NULL)
			break;
		t->left = talk_is_left(t);
		if (t->left || clock_steady_us() > t->until_us)
			reply = &late;
	}
	t->dead = reply->outcome == FETCH_NOT_SENT;
	chat_end(&t->chat, reply);
	if (t->chat.reason != ERR_OK && reply->retry_after_ms > 0)
		t->retry_s = (reply->retry_after_ms + 999) / 1000;
	buf_release(&in);
}

static const struct chat_turn *
turns_make(struct arena *a, const struct answer *answer, size_t *count_out)
{
	struct chat_turn *turns =
	    ARENA_ARRAY(a, 2 * answer->turn_count + 2, struct chat_turn);
	size_t n = 0;

	if (!text_empty(answer->system_prompt))
		turns[n++] =
		    (struct chat_turn){ "system", answer->system_prompt };
	for (size_t i = 0; i < answer->turn_count; i++) {
		turns[n++] =
		    (struct chat_turn){ "user", answer->turns[i].question };
		turns[n++] =
		    (struct chat_turn){ "assistant", answer->turns[i].answer };
	}
	turns[n++] = (struct chat_turn){ "user", answer->text };
	*count_out = n;
	return turns;
}

/*
 * One call to the vendor, never a second.  The seat is given back at its end:
 * whoever has heard that, or sees it in the database, may ask again at once.
 */
static void
talk_run(struct talk *t)
{
	const struct answer *answer = t->answer;
	struct arena *a = t->r->cx.arena;
	struct chat_ask ask = {
		.url = answer->provider.url,
		.key = answer->key,
		.model = answer->model.upstream,
		.tokens_max = answer->tokens_max,
		.tokens_field = answer->tokens_field,
	};
	struct fetch_request request;
	struct wire_call *call;

	ask.turns = turns_make(a, answer, &ask.count);
	chat_request(a, &ask, &request);
	chat_begin(&t->chat, a, answer->key, talk_piece, t);
	call = wire_call(t->r->wire, a, &request);
	if (call == NULL) {
		t->chat.reason = ERR_UNAVAILABLE;
		t->chat.detail = arena_strdup(a, strerror(errno));
	} else {
		talk_listen(t, call);
		wire_end(call);
	}
	chat_release(&t->chat);
	close(t->seat);
	/* of a vendor that said nothing no result is there to be wrong */
	if (t->chat.reason == ERR_RESULT_INVALID && !t->out.begun)
		t->chat.reason = ERR_PROVIDER_UNAVAILABLE;
	if (t->left)
		t->chat.reason = ERR_CANCELLED;
}

/*
 * What the vendor's breaker learns: whether it can be reached at all.  What it
 * says of a question, or that it says nothing, is the question's affair.
 */
static void
talk_learn(struct talk *t)
{
	struct ctx *cx = &t->r->cx;
	const char *id = t->answer->provider.id;
	bool opened = false;
	enum err e = ERR_OK;

	if (t->dead)
		e = breaker_fail(cx, id, ERR_PROVIDER_UNAVAILABLE,
		    t->chat.detail, BREAKER_COUNTS, &opened);
	else if (t->answer->failing && !t->left &&
		 t->chat.reason != ERR_PROVIDER_TIMEOUT)
		e = breaker_succeed(cx, id);
	if (e)
		log_warn("a breaker learns nothing: %s", err_name(e));
	if (opened)
		log_event(LOG_LEVEL_ERROR, "vendor is given a rest", "provider",
		    id, "detail", t->chat.detail, (char *)NULL);
	fault_clear(cx);
}

/*
 * The answer stands in the database, or in its file for the sweeper, who can't
 * know that it is whole.
 */
static void
talk_store(struct talk *t)
{
	const struct timespec pause = { .tv_sec = 1 };
	struct ctx *cx = &t->r->cx;
	struct answer_end end = {
		.message = t->answer->message,
		.content = buf_text(&t->text),
		.reason = t->chat.reason,
		.stopped = t->left,
		.prompt_tokens = t->chat.prompt_tokens,
		.completion_tokens = t->chat.completion_tokens,
	};
	enum err e = ERR_UNAVAILABLE;

	for (int i = 0; e != ERR_OK && i < STORE_TRIES; i++) {
		if (i > 0)
			(void)nanosleep(&pause, NULL);
		e = req_db_take(t->r);
		if (e == ERR_OK)
			e = answer_end(cx, &end);
	}
	if (e == ERR_OK)
		talk_learn(t);
	req_db_give(t->r);
	if (e == ERR_OK) {
		answer_file_remove(cx->conf, &end.message);
		return;
	}
	log_error("an answer could not be stored: %s",
	    cx->fault.detail != NULL ? cx->fault.detail : err_name(e));
	if (t->chat.reason == ERR_OK)
		t->chat.reason = ERR_UNAVAILABLE;
}

/* Says how it ended; the error of a model that said nothing is the reply. */
static enum err
talk_close(struct talk *t)
{
	struct ctx *cx = &t->r->cx;
	enum err e = t->chat.reason;
	char id[UUID_TEXT];

	if (t->left && fcgi_gone(t->r->fcgi))
		return ERR_OK; /* nobody hears it, and all is well */
	if (e == ERR_OK) {
		event_stream_done(
		    &t->out, t->chat.prompt_tokens, t->chat.completion_tokens);
	} else {
		fault(cx, e, NULL, "%s",
		    err_status(e) >= 500 ? t->chat.detail
					 : err_sentence(e, t->r->lang));
		cx->fault.retry_after_s = t->retry_s;
		cx->fault.extra =
		    arena_printf(cx->arena, "\"conversationId\":\"%s\"",
			uuid_format(&t->answer->conversation, id));
		if (!t->out.begun)
			return e;
		event_stream_error(&t->out, e);
	}
	event_stream_flush(&t->out);
	return e;
}

static enum err
talk_all(struct req *r, const struct answer *answer, int seat)
{
	struct talk t = {
		.r = r,
		.answer = answer,
		.seat = seat,
		.until_us =
		    clock_steady_us() + r->cx.conf->chat_timeout * 1000000,
	};
	enum err e;

	t.file = answer_file_make(r->cx.conf, &answer->message);
	if (t.file < 0)
		log_warn("nobody can read along: %s", strerror(errno));
	e = answer_begin(&r->cx, req_account(r), answer);
	req_db_give(r);
	if (e) {
		close(seat);
		answer_file_remove(r->cx.conf, &answer->message);
	} else {
		buf_init(&t.text, ANSWER_MAX);
		event_stream_init(
		    &t.out, r, &answer->conversation, &answer->message);
		talk_run(&t);
		talk_store(&t);
		e = talk_close(&t);
		event_stream_release(&t.out);
		buf_release(&t.text);
	}
	if (t.file >= 0)
		close(t.file);
	return e;
}

enum err
chat_check(struct req *r)
{
	if (r->wire != NULL)
		return ERR_OK;
	return fault(&r->cx, ERR_UNAVAILABLE, NULL,
	    "the web server must hand this to gesso-chat.fcgi");
}

/* POST /assistant/chat: 200, 400, 403, 404, 429, 503 */
enum err
api_chat(struct req *r)
{
	struct answer answer;
	int seat;
	enum err e;

	e = chat_check(r);
	if (e)
		return e;
	e = answer_plan(&r->cx, req_account(r), r->in, &answer);
	if (e)
		return e;
	e = seat_take(&r->cx, req_account_id(r), SEAT_WRITE, &seat);
	if (e)
		return e;
	return talk_all(r, &answer, seat);
}
