/*
 * chat_text - what the simulated assistant says, in pieces.
 */
#ifndef CHAT_TEXT_H
#define CHAT_TEXT_H

#include <stddef.h>

struct arena;

#define CHAT_REFUSAL "I'm sorry, I can't help with that."

struct chat_text {
	const char *whole;
	const char **pieces; /* which together are the whole */
	size_t count;
};

/* An answer that follows from the prompt alone. */
void chat_text_make(struct arena *, const char *prompt, struct chat_text *out);

#endif
