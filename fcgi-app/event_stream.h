/*
 * event_stream - an answer of the assistant as server-sent events.
 *
 * Begins with "start" when there is something to say; until then an error is an
 * ordinary reply.  Silence is broken by a comment, which is also how the web
 * server learns that its client has gone.
 */
#ifndef FCGI_APP_EVENT_STREAM_H
#define FCGI_APP_EVENT_STREAM_H

#include "req.h"

struct event_stream {
	struct req *r;
	struct uuid conversation, message;
	bool begun;
	int64_t sent_us; /* when something was said last, or it was made */
	struct buf line;
};

void event_stream_init(struct event_stream *, struct req *,
    const struct uuid *conversation, const struct uuid *message);
void event_stream_release(struct event_stream *);

/* Sends the head of the reply, as event_stream_begin() does. */
void event_stream_head(struct req *);
/* Sends the head and "start", once. */
void event_stream_begin(struct event_stream *);
/* A piece of the answer, NUL-terminated. */
void event_stream_token(struct event_stream *, const char *text);
/* The end; numbers of tokens, INT_NONE: not told. */
void event_stream_done(
    struct event_stream *, int64_t prompt_tokens, int64_t completion_tokens);
void event_stream_error(struct event_stream *, enum err);
/* Sends what was written; a comment when nothing was for too long. */
void event_stream_flush(struct event_stream *);
/* Milliseconds until there must be a comment. */
int64_t event_stream_patience(const struct event_stream *);

#endif
