/*
 * The steering words of a prompt.
 */
#include "config.h"

#include "words.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/text.h"

#define DELAY_WORD "delay-"
#define DELAY_MAX_MS 600000

static const char *const words[] = {
#define WORD(symbol, word, sentence) [WORD_##symbol] = word,
#include "words.def"
#undef WORD
};

static_assert(WORD__MAX <= 64, "a word is a bit of a 64-bit set");

static const char part_of_word[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

/* "delay-1500" -> 1500; -1 for another word. */
static int64_t
delay_parse(const char *word, size_t len)
{
	size_t prefix = strlen(DELAY_WORD);
	char digits[16] = "";
	int64_t ms;

	if (len <= prefix || len - prefix >= sizeof(digits) ||
	    strncasecmp(word, DELAY_WORD, prefix) != 0)
		return -1;
	memcpy(digits, word + prefix, len - prefix);
	return text_to_int_in(digits, 0, DELAY_MAX_MS, &ms) ? ms : -1;
}

/* Whether it is one of ours. */
static bool
word_take(struct words *w, const char *word, size_t len)
{
	int64_t ms = delay_parse(word, len);

	if (ms >= 0)
		w->delay_ms = ms;
	for (size_t i = 0; i < COUNT(words); i++) {
		if (strlen(words[i]) != len ||
		    strncasecmp(words[i], word, len) != 0)
			continue;
		w->set |= UINT64_C(1) << i;
		return true;
	}
	return ms >= 0;
}

struct words
words_find(const char *prompt)
{
	struct words w = { 0, -1 };
	size_t len;

	if (prompt == NULL)
		return w;
	while (*prompt != '\0') {
		len = strspn(prompt, part_of_word);
		if (len > 0)
			(void)word_take(&w, prompt, len);
		else
			len = 1;
		prompt += len;
	}
	return w;
}

bool
words_have(const struct words *w, enum word word)
{
	return (w->set >> word & 1) != 0;
}

const char *
words_rest(struct arena *a, const char *prompt)
{
	char *rest = arena_strdup(a, prompt);
	struct words w = { 0, -1 };
	size_t at = 0;

	while (*prompt != '\0') {
		size_t len = strspn(prompt, part_of_word);

		if (len > 0 && word_take(&w, prompt, len)) {
			while (at > 0 && strchr(" ,;", rest[at - 1]) != NULL)
				at--;
		} else {
			len += len == 0;
			memcpy(rest + at, prompt, len);
			at += len;
		}
		prompt += len;
	}
	rest[at] = '\0';
	return rest;
}
