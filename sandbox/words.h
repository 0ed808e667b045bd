/*
 * words - what a prompt asks the sandbox to do to it.
 */
#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

enum word {
#define WORD(symbol, word, sentence) WORD_##symbol,
#include "words.def"
#undef WORD
	WORD__MAX
};

struct words {
	uint64_t set;     /* a bit a word */
	int64_t delay_ms; /* of "delay-1500"; -1: not said */
};

/* All words of a prompt; NULL has none. */
struct words words_find(const char *prompt);
bool words_have(const struct words *, enum word);
/* The prompt without them and what joined them to it ("a kite, refuse"). */
const char *words_rest(struct arena *, const char *prompt);

#endif
