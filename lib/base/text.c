#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "base/arena.h"

#define DISTANCE_MAX 64 /* longer words are not compared */
#define TITLE_MAX 60    /* code points */

/* The length that a first byte announces; 0 for one that can't be first. */
static size_t
sequence_length(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	if (c >= 0xf0 && c <= 0xf4)
		return 4;
	return 0;
}

/* What the second byte may be, so that no form is overlong or surrogate. */
static bool
second_is_valid(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second <= 0x9f;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second <= 0x8f;
	default:
		return true;
	}
}

bool
utf8_valid(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;

	for (size_t i = 0; i < len;) {
		size_t n = sequence_length(s[i]);

		if (n == 0 || n > len - i)
			return false;
		if (n > 1 && !second_is_valid(s[i], s[i + 1]))
			return false;
		for (size_t k = 1; k < n; k++)
			if ((s[i + k] & 0xc0) != 0x80)
				return false;
		i += n;
	}
	return true;
}

size_t
utf8_length(const char *s, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

size_t
utf8_prefix(const char *s, size_t len, size_t max)
{
	size_t i = 0;

	for (size_t count = 0; i < len; i++) {
		bool first = ((unsigned char)s[i] & 0xc0) != 0x80;

		if (first && count++ == max)
			break;
	}
	return i;
}

uint32_t
utf8_decode(const char *text, size_t len, size_t *size_out)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = sequence_length(s[0]);
	uint32_t c = s[0];

	if (n == 0 || n > len)
		n = 1;
	if (n > 1)
		c &= 0x7fU >> n;
	for (size_t k = 1; k < n; k++)
		c = c << 6 | (s[k] & 0x3f);
	*size_out = n;
	return c;
}

size_t
utf8_encode(uint32_t c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

bool
text_to_int(const char *text, int64_t *out)
{
	const char *digits = text[0] == '-' ? text + 1 : text;
	long long value;
	char *end;

	if (digits[0] < '0' || digits[0] > '9')
		return false;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0')
		return false;
	*out = value;
	return true;
}

bool
text_to_int_in(const char *text, int64_t min, int64_t max, int64_t *out)
{
	int64_t value;

	if (!text_to_int(text, &value) || value < min || value > max)
		return false;
	*out = value;
	return true;
}

/* A number and one of the unit letters; factor[0] counts without a letter. */
static bool
number_with_unit(
    const char *text, const char *letters, const int64_t *factor, int64_t *out)
{
	size_t digits = strspn(text, "0123456789");
	const char *letter = NULL;
	char number[20];
	int64_t value;

	if (digits == 0 || digits >= sizeof(number))
		return false;
	if (text[digits] != '\0') {
		letter = strchr(letters, text[digits]);
		if (letter == NULL || text[digits + 1] != '\0')
			return false;
	}
	memcpy(number, text, digits);
	number[digits] = '\0';
	if (!text_to_int(number, &value))
		return false;
	return !__builtin_mul_overflow(
	    value, letter == NULL ? 1 : factor[letter - letters], out);
}

bool
text_to_seconds(const char *text, int64_t *out)
{
	static const int64_t factor[] = { 1, 60, 3600, 86400 };

	return number_with_unit(text, "smhd", factor, out);
}

bool
text_to_bytes(const char *text, int64_t *out)
{
	static const int64_t factor[] = { 1024, 1048576, 1073741824 };

	return number_with_unit(text, "KMG", factor, out);
}

bool
text_to_bool(const char *text, bool *out)
{
	static const char *const words[] = { "no", "yes", "false", "true",
		"off", "on", "0", "1" };

	for (size_t i = 0; i < COUNT(words); i++)
		if (text_is(text, words[i])) {
			*out = i % 2 == 1;
			return true;
		}
	return false;
}

/* Unicode's White_Space property. */
static bool
is_space(uint32_t c)
{
	return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 ||
	       c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
	       c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
	       c == 0x3000;
}

char *
text_trim(struct arena *arena, const char *text)
{
	size_t len = strlen(text), start = 0, end, size;

	while (start < len &&
	       is_space(utf8_decode(text + start, len - start, &size)))
		start += size;
	end = start;
	for (size_t i = start; i < len; i += size)
		if (!is_space(utf8_decode(text + i, len - i, &size)))
			end = i + size;
	return arena_copy(arena, text + start, end - start);
}

static locale_t utf8_locale;

static void
locale_make(void)
{
	utf8_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

char *
text_title(struct arena *arena, const char *text)
{
	size_t all = strlen(text);
	size_t len = utf8_prefix(text, all, TITLE_MAX);
	char *title = arena_copy(arena, text, len);
	char *blank;

	for (char *c = title; *c != '\0'; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	blank = strrchr(title, ' ');
	if (len < all && text[len] != ' ' && blank != NULL &&
	    (size_t)(blank - title) > len / 2)
		*blank = '\0';
	return title;
}

char *
text_lower(struct arena *arena, const char *text)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	size_t len = strlen(text), used = 0, size;
	char *out = arena_alloc(arena, len * 2 + 1);

	pthread_once(&once, locale_make);
	for (size_t i = 0; i < len; i += size) {
		uint32_t c = utf8_decode(text + i, len - i, &size);

		if (c < 0x80)
			c = c >= 'A' && c <= 'Z' ? c + 32 : c;
		else if (utf8_locale != (locale_t)0)
			c = (uint32_t)towlower_l((wint_t)c, utf8_locale);
		used += utf8_encode(c, out + used);
	}
	return out;
}

bool
text_is(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

bool
text_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool
text_ends(const char *text, const char *suffix)
{
	size_t len = strlen(text), tail = strlen(suffix);

	return len >= tail && strcmp(text + len - tail, suffix) == 0;
}

bool
text_empty(const char *text)
{
	return text == NULL || text[0] == '\0';
}

const char *
text_ascii(const char *text)
{
	for (const char *c = text; c != NULL && *c != '\0'; c++)
		if ((unsigned char)*c > 0x7f)
			return "";
	return text;
}

char *
text_split(struct arena *arena, const char **rest, char sep)
{
	while (*rest != NULL) {
		const char *end = strchr(*rest, sep);
		size_t len =
		    end == NULL ? strlen(*rest) : (size_t)(end - *rest);
		char *piece = arena_copy(arena, *rest, len);

		*rest = end == NULL ? NULL : end + 1;
		piece = text_trim(arena, piece);
		if (piece[0] != '\0')
			return piece;
	}
	return NULL;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t
text_distance(const char *a, const char *b)
{
	size_t rows[3][DISTANCE_MAX + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > DISTANCE_MAX || m > DISTANCE_MAX)
		return n + m;
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3];
		size_t *twice = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;

			row[j] = least(above[j - 1] + cost,
			    least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = least(row[j], twice[j - 2] + 1);
		}
	}
	return rows[n % 3][m];
}

void
text_camel(const char *in, char *out)
{
	for (; *in != '\0'; in++) {
		if (in[0] == '_' && in[1] >= 'a' && in[1] <= 'z')
			*out++ = (char)(*++in - 'a' + 'A');
		else
			*out++ = *in;
	}
	*out = '\0';
}
