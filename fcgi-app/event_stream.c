#include "config.h"

#include "event_stream.h"

#include <string.h>

#include "base/clock.h"
#include "reply.h"
#include "serve/fcgi.h"

#define BEAT_US (INT64_C(15) * 1000000) /* contract 7 */
#define BEAT ": still here\n\n"
#define LINE_MAX (2 * MIB) /* an answer in one piece, every byte escaped */

void
event_stream_init(struct event_stream *es, struct req *r,
    const struct uuid *conversation, const struct uuid *message)
{
	*es = (struct event_stream){
		.r = r,
		.conversation = *conversation,
		.message = *message,
		.sent_us = clock_steady_us(),
	};
	buf_init(&es->line, LINE_MAX);
}

void
event_stream_release(struct event_stream *es)
{
	buf_release(&es->line);
}

static void
event_open(struct event_stream *es, struct jw *jw, const char *type)
{
	buf_puts(&es->line, "data: ");
	jw_init(jw, &es->line);
	jw_object(jw);
	jw_name(jw, "type");
	jw_text(jw, type);
}

static void
event_close(struct event_stream *es, struct jw *jw)
{
	jw_end_object(jw);
	jw_done(jw);
	buf_puts(&es->line, "\n\n");
	fcgi_write(es->r->fcgi, buf_text(&es->line), es->line.len);
	buf_clear(&es->line);
	es->sent_us = 0;
}

static void
ids_write(const struct event_stream *es, struct jw *jw)
{
	jw_name(jw, "conversationId");
	jw_uuid(jw, &es->conversation);
	jw_name(jw, "messageId");
	jw_uuid(jw, &es->message);
}

void
event_stream_head(struct req *r)
{
	reply_header(r, "X-Accel-Buffering", "no"); /* for nginx */
	reply_stream(r, "text/event-stream; charset=utf-8");
}

void
event_stream_begin(struct event_stream *es)
{
	struct jw jw;

	if (es->begun)
		return;
	es->begun = true;
	event_stream_head(es->r);
	event_open(es, &jw, "start");
	ids_write(es, &jw);
	event_close(es, &jw);
}

void
event_stream_token(struct event_stream *es, const char *text)
{
	struct jw jw;

	event_stream_begin(es);
	event_open(es, &jw, "token");
	jw_name(&jw, "content");
	jw_text(&jw, text);
	event_close(es, &jw);
}

static void
usage_write(struct jw *jw, int64_t prompt, int64_t completion)
{
	jw_name(jw, "usage");
	if (prompt == INT_NONE || completion == INT_NONE) {
		jw_null(jw);
		return;
	}
	jw_object(jw);
	jw_name(jw, "promptTokens");
	jw_int(jw, prompt);
	jw_name(jw, "completionTokens");
	jw_int(jw, completion);
	jw_name(jw, "totalTokens");
	jw_int(jw, prompt + completion);
	jw_end_object(jw);
}

void
event_stream_done(
    struct event_stream *es, int64_t prompt_tokens, int64_t completion_tokens)
{
	struct jw jw;

	event_stream_begin(es);
	event_open(es, &jw, "done");
	ids_write(es, &jw);
	usage_write(&jw, prompt_tokens, completion_tokens);
	event_close(es, &jw);
}

void
event_stream_error(struct event_stream *es, enum err e)
{
	struct jw jw;

	event_stream_begin(es);
	event_open(es, &jw, "error");
	jw_name(&jw, "reason");
	jw_text(&jw, err_reason(e));
	jw_name(&jw, "message");
	jw_text(&jw, err_sentence(e, es->r->lang));
	event_close(es, &jw);
}

int64_t
event_stream_patience(const struct event_stream *es)
{
	int64_t rest = es->sent_us + BEAT_US - clock_steady_us();

	return rest > 0 ? rest / 1000 + 1 : 0;
}

void
event_stream_flush(struct event_stream *es)
{
	int64_t now = clock_steady_us();

	if (es->sent_us != 0 && now - es->sent_us < BEAT_US)
		return;
	if (es->sent_us != 0) {
		event_stream_begin(es);
		fcgi_write(es->r->fcgi, BEAT, strlen(BEAT));
	}
	(void)fcgi_flush(es->r->fcgi); /* who cares asks fcgi_gone() */
	es->sent_us = now;
}
