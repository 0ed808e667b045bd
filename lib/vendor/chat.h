/*
 * chat - chat completions as OpenAI streams them, and many servers with it.
 *
 * https://platform.openai.com/docs/api-reference/chat.  Makes the request and
 * reads the stream: pieces of text, how it finished, how many tokens it took,
 * an error in its middle, an end without [DONE].  What a model thinks aloud
 * (reasoning_content) and what it leaves empty is no text.
 */
#ifndef VENDOR_CHAT_H
#define VENDOR_CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"
#include "vendor/fetch.h"
#include "vendor/refusal.h"
#include "vendor/sse.h"

/* The most that is taken of one answer, in bytes of its text. */
#define CHAT_TEXT_MAX (256 * KIB)

struct chat_turn {
	const char *role; /* system, user, assistant */
	const char *content;
};

struct chat_ask {
	const char *url; /* the base, as an administrator wrote it */
	const char *key; /* "": none */
	const char *model;
	const struct chat_turn *turns; /* oldest first */
	size_t count;
	int64_t tokens_max;       /* of the answer; INT_NONE: not said */
	const char *tokens_field; /* what the vendor calls that */
};

/* All of it lives in the arena. */
void chat_request(
    struct arena *, const struct chat_ask *, struct fetch_request *out);

/* A piece of the answer, NUL-terminated and well-formed. */
typedef void (*chat_piece)(void *arg, const char *text, size_t len);

struct chat {
	struct arena *arena; /* of what went wrong */
	const char *key;
	chat_piece piece;
	void *arg;
	/* so far */
	size_t len;                               /* bytes of text */
	int64_t prompt_tokens, completion_tokens; /* INT_NONE: not told */
	bool finished; /* the model said so, or [DONE] came */
	bool stop;     /* nothing more is wanted of the vendor */
	/* what went wrong */
	enum refusal refusal; /* when the vendor said no */
	bool refused;
	enum err reason;    /* contract 9; ERR_OK: nothing */
	const char *detail; /* for a log, redacted; NULL: nothing */
	struct sse sse;
};

/* key: to be kept out of details. */
void chat_begin(
    struct chat *, struct arena *, const char *key, chat_piece, void *arg);
void chat_release(struct chat *);
/* Bytes of a stream that came with a success; false: hang up. */
bool chat_read(struct chat *, const char *, size_t);
/*
 * The call is over: judges how.  reason and detail are set, ERR_OK for an
 * answer that is whole.
 */
void chat_end(struct chat *, const struct fetch_reply *);

#endif
