/*
 * GET /assistant/conversations/{id}/messages/{messageId}/stream: an answer
 * whose stream broke, from where it broke.
 *
 * While it is written its text stands in a file of this machine, whichever
 * process writes it; on another machine, or afterwards, it comes out of the
 * database when it is whole.
 */
#include "config.h"

#include "api.h"

#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "domain/answer.h"
#include "domain/answer_file.h"
#include "domain/seat.h"
#include "event_stream.h"
#include "serve/fcgi.h"

#define LOOK_MS 40  /* between two looks at the file */
#define ASK_MS 1000 /* between two at the database */
#define SWEEP_MAX 8 /* dead writers looked for, ours among them */
#define PART (8 * KIB)

struct follow_query {
	int64_t from;
};
static const struct field follow_query_fields[] = {
	FIELD(struct follow_query, from, RANGE(0, 1000000),
	    .about = "characters of the answer that are known already"),
};
const struct shape follow_query_shape =
    SHAPE(struct follow_query, follow_query_fields);

struct follow {
	struct req *r;
	const struct uuid *conversation, *message;
	struct event_stream out;
	struct answer_state state;
	size_t skip; /* characters still to be left out */
	size_t read; /* bytes of the answer so far, told or left out */
	char part[PART + 1];
	size_t part_len; /* bytes of a character that is not whole yet */
};

/* The next bytes of the answer: whole characters. */
static void
follow_tell(struct follow *f, const char *text, size_t len)
{
	size_t known = utf8_prefix(text, len, f->skip);

	f->skip -= utf8_length(text, known);
	f->read += len;
	if (known < len)
		event_stream_token(&f->out,
		    arena_copy(f->r->cx.arena, text + known, len - known));
}

/* How much of the part is whole characters. */
static size_t
part_whole(const struct follow *f)
{
	size_t len = f->part_len;

	while (len > 0 && f->part_len - len < 4 && !utf8_valid(f->part, len))
		len--;
	return len;
}

/* What the file has more than before. */
static void
file_tell(struct follow *f, int fd)
{
	size_t mark = arena_mark(f->r->cx.arena);

	for (;;) {
		size_t whole;
		ssize_t got = file_read_full(
		    fd, f->part + f->part_len, PART - f->part_len);

		/* a part of what was asked for may have been read before */
		if (got < 0)
			(void)lseek(
			    fd, (off_t)(f->read + f->part_len), SEEK_SET);
		if (got <= 0)
			return;
		f->part_len += (size_t)got;
		whole = part_whole(f);
		follow_tell(f, f->part, whole);
		arena_rewind(f->r->cx.arena, mark);
		memmove(f->part, f->part + whole, f->part_len - whole);
		f->part_len -= whole;
	}
}

static enum err
state_ask(struct follow *f)
{
	enum err e = req_db_take(f->r);

	if (e == ERR_OK)
		e = answer_find(&f->r->cx, req_account_id(f->r),
		    f->conversation, f->message, &f->state);
	return e;
}

static bool
follow_waits(const struct follow *f)
{
	return text_is(f->state.status, "streaming") && !fcgi_gone(f->r->fcgi);
}

static void
follow_pause(struct follow *f, int64_t ms)
{
	int64_t beat = event_stream_patience(&f->out);

	event_stream_flush(&f->out);
	fcgi_wait(f->r->fcgi, -1, beat < ms ? beat : ms);
}

/* Reads along until the writer has gone, then asks what became of it. */
static enum err
file_follow(struct follow *f, int fd)
{
	size_t ended;
	enum err e;

	req_db_give(f->r);
	do {
		bool written = answer_file_written(fd);

		file_tell(f, fd);
		if (!written)
			break;
		follow_pause(f, LOOK_MS);
	} while (!fcgi_gone(f->r->fcgi));
	e = state_ask(f);
	if (e == ERR_OK && follow_waits(f) && !answer_file_written(fd)) {
		/* the writer has died */
		e = answer_sweep(&f->r->cx, SWEEP_MAX, &ended);
		if (e == ERR_OK)
			e = state_ask(f);
	}
	return e;
}

/* It is written elsewhere: waits for its end. */
static enum err
database_follow(struct follow *f)
{
	size_t mark = arena_mark(f->r->cx.arena);
	enum err e = ERR_OK;

	while (e == ERR_OK && follow_waits(f)) {
		req_db_give(f->r);
		follow_pause(f, ASK_MS);
		arena_rewind(f->r->cx.arena, mark);
		e = state_ask(f);
	}
	return e;
}

static enum err
follow_run(struct follow *f)
{
	int fd = -1;
	enum err e = ERR_OK;

	event_stream_begin(&f->out);
	if (text_is(f->state.status, "streaming"))
		fd = answer_file_follow(f->r->cx.conf, f->message);
	if (fd >= 0) {
		e = file_follow(f, fd);
		close(fd);
	}
	if (e == ERR_OK)
		e = database_follow(f);
	req_db_give(f->r);
	return e;
}

/* What is still to be told of an answer that has ended, and how it did. */
static void
follow_end(struct follow *f)
{
	const struct answer_state *s = &f->state;
	size_t len = strlen(s->content);

	if (len > f->read)
		follow_tell(f, s->content + f->read, len - f->read);
	if (s->reason == NULL || text_is(s->reason, err_reason(ERR_CANCELLED)))
		event_stream_done(
		    &f->out, s->prompt_tokens, s->completion_tokens);
	else
		event_stream_error(&f->out, err_from_reason(s->reason));
}

/* GET .../stream: 200, 400, 404, 429, 503 */
enum err
api_chat_follow(struct req *r)
{
	const struct follow_query *q = r->query;
	struct follow *f = ARENA_NEW(r->cx.arena, struct follow);
	struct uuid conversation, message;
	int seat;
	enum err e;

	e = chat_check(r);
	if (e == ERR_OK)
		e = req_id(r, 0, &conversation);
	if (e == ERR_OK)
		e = req_id(r, 1, &message);
	if (e)
		return e;
	f->r = r;
	f->conversation = &conversation;
	f->message = &message;
	f->skip = (size_t)q->from;
	e = state_ask(f);
	if (e)
		return e;
	if (text_is(r->method, "HEAD")) {
		event_stream_head(r);
		return ERR_OK;
	}
	e = seat_take(&r->cx, req_account_id(r), SEAT_FOLLOW, &seat);
	if (e)
		return e;
	event_stream_init(&f->out, r, &conversation, &message);
	e = follow_run(f);
	close(seat); /* before its end is told */
	if (e)
		event_stream_error(&f->out, e);
	else
		follow_end(f);
	event_stream_flush(&f->out);
	event_stream_release(&f->out);
	return e;
}
