/*
 * json_scan - a walk over JSON text (RFC 8259) that builds nothing.
 *
 * The names of the objects that are open stand in one stack; when an object
 * ends, its names are sorted, and equal ones are neighbours.
 */
#include "core/json_scan.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/text.h"

#define NUMBER_MAX 512 /* characters of a number */
#define NAMES_FIRST 32 /* room for names at the start, doubled then */

struct name {
	const char *text;
	size_t len;
};

struct level {
	char close;   /* '}' or ']' */
	size_t names; /* where the object's names begin */
};

struct scan {
	const char *start, *at, *end;
	const struct json_rules *rules;
	const char *wrong; /* what is wrong, at .at */
	struct arena *arena;
	size_t values, objects;
	size_t depth;
	struct level level[JSON_SCAN_DEPTH_MAX];
	struct name *names;
	size_t name_count, name_room;
};

static bool
wrong(struct scan *s, const char *what)
{
	s->wrong = what;
	return false;
}

/* The next character, NUL at the end (a NUL in the text fits nowhere). */
static char
peek(const struct scan *s)
{
	return s->at < s->end ? *s->at : '\0';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void
skip_blanks(struct scan *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' ||
				     *s->at == '\n' || *s->at == '\r'))
		s->at++;
}

/* The four hex digits of an escape; -1 when they are not there. */
static int32_t
hex4(const char *at, const char *end)
{
	int32_t n = 0;

	if (end - at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = at[i];

		if (is_digit(c))
			n = n * 16 + (c - '0');
		else if (c >= 'a' && c <= 'f')
			n = n * 16 + (c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			n = n * 16 + (c - 'A' + 10);
		else
			return -1;
	}
	return n;
}

static bool
is_high_surrogate(int32_t c)
{
	return c >= 0xd800 && c <= 0xdbff;
}

static bool
is_low_surrogate(int32_t c)
{
	return c >= 0xdc00 && c <= 0xdfff;
}

/* What follows "\u"; the whole pair where it is one. */
static bool
scan_unicode(struct scan *s)
{
	int32_t c = hex4(s->at, s->end), low = -1;

	if (c < 0)
		return wrong(s, "an escape that is not four hex digits");
	if (c == 0 && s->rules->strict)
		return wrong(s, "the character \\u0000");
	if (is_high_surrogate(c) && s->end - s->at >= 10 && s->at[4] == '\\' &&
	    s->at[5] == 'u')
		low = hex4(s->at + 6, s->end);
	if (is_high_surrogate(c) && is_low_surrogate(low)) {
		s->at += 10;
		return true;
	}
	if ((is_high_surrogate(c) || is_low_surrogate(c)) && s->rules->strict)
		return wrong(s, "half of a surrogate pair");
	s->at += 4;
	return true;
}

static bool
scan_escape(struct scan *s)
{
	char c = peek(s);

	if (c == '\0' || strchr("\"\\/bfnrtu", c) == NULL)
		return wrong(s, "an escape that does not exist");
	s->at++;
	return c == 'u' ? scan_unicode(s) : true;
}

/* A string from its first quote on. */
static bool
scan_text(struct scan *s, bool *escaped_out)
{
	*escaped_out = false;
	s->at++;
	while (s->at < s->end) {
		unsigned char c = (unsigned char)*s->at;

		if (c < 0x20)
			return wrong(s, "a control character in a string");
		s->at++;
		if (c == '"')
			return true;
		if (c != '\\')
			continue;
		*escaped_out = true;
		if (!scan_escape(s))
			return false;
	}
	return wrong(s, "a string without end");
}

static size_t
skip_digits(struct scan *s)
{
	const char *from = s->at;

	while (is_digit(peek(s)))
		s->at++;
	return (size_t)(s->at - from);
}

static bool
scan_number(struct scan *s)
{
	const char *from = s->at;

	if (peek(s) == '-')
		s->at++;
	if (peek(s) == '0')
		s->at++;
	else if (skip_digits(s) == 0)
		return wrong(s, "something that is no value");
	if (is_digit(peek(s)))
		return wrong(s, "a number with a leading zero");
	if (peek(s) == '.') {
		s->at++;
		if (skip_digits(s) == 0)
			return wrong(s, "a number without digits");
	}
	if (peek(s) == 'e' || peek(s) == 'E') {
		s->at++;
		if (peek(s) == '+' || peek(s) == '-')
			s->at++;
		if (skip_digits(s) == 0)
			return wrong(s, "a number without digits");
	}
	if (s->at - from > NUMBER_MAX)
		return wrong(s, "a number that is too long");
	return true;
}

static bool
scan_word(struct scan *s, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
		return wrong(s, "something that is no value");
	s->at += len;
	return true;
}

/* A name with its escapes undone, so that "\u0061" equals "a". */
static struct name
name_decode(struct arena *arena, const char *at, size_t len)
{
	static const char letters[] = "bfnrt", means[] = "\b\f\n\r\t";
	char *text = arena_alloc(arena, len), *out = text;
	const char *end = at + len, *letter;

	while (at < end) {
		int32_t c;

		if (*at != '\\') {
			*out++ = *at++;
			continue;
		}
		at++;
		if (*at != 'u') {
			letter = strchr(letters, *at);
			*out++ = letter ? means[letter - letters] : *at;
			at++;
			continue;
		}
		c = hex4(at + 1, end);
		at += 5;
		if (is_high_surrogate(c)) {
			c = 0x10000 + ((c - 0xd800) << 10) +
			    (hex4(at + 2, end) - 0xdc00);
			at += 6;
		}
		out += utf8_encode((uint32_t)c, out);
	}
	return (struct name){ text, (size_t)(out - text) };
}

static void
name_push(struct scan *s, const char *at, size_t len, bool escaped)
{
	if (s->name_count == s->name_room) {
		size_t room = s->name_room ? 2 * s->name_room : NAMES_FIRST;
		struct name *names = ARENA_ARRAY(s->arena, room, struct name);

		if (s->name_count > 0)
			memcpy(names, s->names, s->name_count * sizeof(*names));
		s->names = names;
		s->name_room = room;
	}
	s->names[s->name_count++] =
	    escaped ? name_decode(s->arena, at, len) : (struct name){ at, len };
}

static int
name_compare(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->text, y->text, x->len);
}

/* Takes the names of an object that ends off the stack. */
static bool
names_end(struct scan *s, size_t from)
{
	size_t count = s->name_count - from;
	struct name *names;

	s->name_count = from;
	if (count < 2)
		return true;
	names = s->names + from;
	qsort(names, count, sizeof(*names), name_compare);
	for (size_t i = 1; i < count; i++)
		if (name_compare(&names[i - 1], &names[i]) == 0)
			return wrong(s, "an object with a member twice");
	return true;
}

/* A member's name and the colon behind it. */
static bool
scan_name(struct scan *s)
{
	const char *from = s->at + 1;
	bool escaped;

	if (peek(s) != '"')
		return wrong(s, "a member without a name");
	if (!scan_text(s, &escaped))
		return false;
	if (s->rules->strict)
		name_push(s, from, (size_t)(s->at - from) - 1, escaped);
	skip_blanks(s);
	if (peek(s) != ':')
		return wrong(s, "a member without a colon");
	s->at++;
	skip_blanks(s);
	return true;
}

static bool
level_open(struct scan *s, char close)
{
	if (s->depth == s->rules->depth)
		return wrong(s, "too many levels");
	if (close == '}' && ++s->objects > JSON_OBJECTS_MAX)
		return wrong(s, "too many objects");
	s->level[s->depth++] = (struct level){ close, s->name_count };
	s->at++;
	return true;
}

static bool
level_close(struct scan *s)
{
	struct level *level = &s->level[--s->depth];

	s->at++;
	if (level->close == ']' || !s->rules->strict)
		return true;
	return names_end(s, level->names);
}

/*
 * One value; of an object or array its opening only (*opened_out): what is in
 * it is for the next turn.
 */
static bool
scan_value(struct scan *s, bool *opened_out)
{
	bool escaped;

	*opened_out = false;
	if (++s->values > JSON_VALUES_MAX)
		return wrong(s, "too many values");
	switch (peek(s)) {
	case '{':
		*opened_out = true;
		return level_open(s, '}');
	case '[':
		*opened_out = true;
		return level_open(s, ']');
	case '"':
		return scan_text(s, &escaped);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	default:
		return scan_number(s);
	}
}

/*
 * From behind a value to the next one of the levels that are open; *more_out
 * is false when the last level ended.
 */
static bool
scan_next(struct scan *s, bool opened, bool *more_out)
{
	skip_blanks(s);
	while (s->depth > 0) {
		char close = s->level[s->depth - 1].close;

		if (peek(s) == close) {
			if (!level_close(s))
				return false;
			opened = false;
			skip_blanks(s);
			continue;
		}
		if (!opened) {
			if (peek(s) != ',')
				return wrong(s, "a comma that is missing");
			s->at++;
			skip_blanks(s);
		}
		*more_out = true;
		return close == '}' ? scan_name(s) : true;
	}
	*more_out = false;
	return true;
}

static bool
scan_document(struct scan *s)
{
	bool more = true, opened;

	if (!utf8_valid(s->start, (size_t)(s->end - s->start)))
		return wrong(s, "text that is not UTF-8");
	skip_blanks(s);
	while (more) {
		if (!scan_value(s, &opened) || !scan_next(s, opened, &more))
			return false;
	}
	return s->at == s->end ? true : wrong(s, "text after the document");
}

const char *
json_scan(struct arena *arena, const char *text, size_t len,
    const struct json_rules *rules, size_t *at_out)
{
	struct scan s = { .start = text,
		.at = text,
		.end = text + len,
		.rules = rules,
		.arena = arena };
	size_t mark = arena != NULL ? arena_mark(arena) : 0;

	assert(rules->depth <= JSON_SCAN_DEPTH_MAX);
	assert(arena != NULL || !rules->strict);
	scan_document(&s);
	if (arena != NULL)
		arena_rewind(arena, mark);
	*at_out = (size_t)(s.at - text);
	return s.wrong;
}
