#include "vendor/redact.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/buf.h"
#include "base/text.h"

static const char MASK[] = "[key]";

/* Shorter ones are words: an empty or a one-letter key would eat the text. */
#define KEY_MIN 4

/*
 * How keys and tokens begin, and how many characters must follow: OpenAI and
 * Stability, Runway, Replicate, Google, then headers and queries.
 */
static const struct key_form {
	const char *prefix;
	size_t min;
} forms[] = {
	{ "sk-", 8 },
	{ "key_", 16 },
	{ "r8_", 8 },
	{ "AIza", 20 },
	{ "Bearer ", 4 },
	{ "Basic ", 4 },
	{ "key=", 4 },
	{ "token=", 4 },
	{ "X-Amz-Signature=", 4 },
};

static bool
is_key_char(char c)
{
	return isalnum((unsigned char)c) ||
	       (c != '\0' && strchr("-_.~+/=*", c) != NULL);
}

/*
 * Bytes at text that are a secret, 0 when none begins there.  Within a word
 * only the key itself is one: "risk-averse" is none.
 */
static size_t
secret_length(
    const char *text, size_t len, const char *key, size_t key_len, bool in_word)
{
	size_t n, end;

	if (key_len >= KEY_MIN && len >= key_len &&
	    memcmp(text, key, key_len) == 0)
		return key_len;
	for (size_t i = 0; !in_word && i < COUNT(forms); i++) {
		n = strlen(forms[i].prefix);
		if (len < n || strncasecmp(text, forms[i].prefix, n) != 0)
			continue;
		for (end = n; end < len && is_key_char(text[end]); end++)
			continue;
		if (end - n >= forms[i].min)
			return end;
	}
	return 0;
}

/* One character as it may stand in a log; its size in the source. */
static size_t
char_put(struct buf *out, const char *text, size_t len)
{
	unsigned char c = (unsigned char)text[0];

	if (c < 0x20 || c == 0x7f) {
		buf_putc(out, ' ');
		return 1;
	}
	for (size_t size = 1; size <= 4 && size <= len; size++)
		if (utf8_valid(text, size)) {
			buf_add(out, text, size);
			return size;
		}
	buf_putc(out, '?');
	return 1;
}

char *
redact(struct arena *arena, const char *text, size_t len, const char *key)
{
	size_t key_len = key == NULL ? 0 : strlen(key), size;
	bool in_word = false;
	struct buf out;
	char *copy;

	buf_init(&out, REDACT_MAX);
	/* Room for the mask, which is longer than any character. */
	for (size_t i = 0; i < len && out.len + sizeof(MASK) <= REDACT_MAX;
	     i += size) {
		size = secret_length(text + i, len - i, key, key_len, in_word);
		if (size > 0)
			buf_puts(&out, MASK);
		else
			size = char_put(&out, text + i, len - i);
		in_word = isalnum((unsigned char)text[i + size - 1]) != 0;
	}
	copy = arena_strdup(arena, buf_text(&out));
	buf_release(&out);
	return copy;
}
