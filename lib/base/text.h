/*
 * text - UTF-8, numbers that say no, trimming and comparing.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Is this well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms)? */
bool utf8_valid(const char *, size_t len);
/* Unicode code points in well-formed UTF-8. */
size_t utf8_length(const char *, size_t len);
/* Bytes that the first max code points take. */
size_t utf8_prefix(const char *, size_t len, size_t max);
/*
 * The code point at s (well-formed, len > 0); its size in *size_out.
 */
uint32_t utf8_decode(const char *s, size_t len, size_t *size_out);
/* Writes a code point to out (4 bytes at most); returns its size. */
size_t utf8_encode(uint32_t, char *out);

/* A decimal integer, nothing before or after; false when it is not one. */
bool text_to_int(const char *, int64_t *out);
/* The same with a range. */
bool text_to_int_in(const char *, int64_t min, int64_t max, int64_t *out);
/* "90", "90s", "15m", "24h", "7d" -> seconds. */
bool text_to_seconds(const char *, int64_t *out);
/* "512", "64K", "20M", "1G" -> bytes. */
bool text_to_bytes(const char *, int64_t *out);
/* "yes"/"no", "true"/"false", "on"/"off", "1"/"0". */
bool text_to_bool(const char *, bool *out);

/*
 * Without white space (Unicode's White_Space too) at both ends: a copy in the
 * arena.
 */
char *text_trim(struct arena *, const char *);
/* The first words of a text, on one line: at most 60 code points. */
char *text_title(struct arena *, const char *);
/* ASCII and Latin-1/Greek/Cyrillic lower case by towlower() of the C.UTF-8
 * locale; a copy in the arena. */
char *text_lower(struct arena *, const char *);
bool text_is(const char *, const char *); /* equal, NULLs allowed */
bool text_starts(const char *, const char *prefix);
bool text_ends(const char *, const char *suffix);
/* NULL or empty. */
bool text_empty(const char *);
/* The text, or "" when it is no ASCII: for what only ASCII can equal. */
const char *text_ascii(const char *);
/*
 * Next piece of a list separated by sep, trimmed of blanks, copied to the
 * arena; *rest moves on; NULL at the end.  Empty pieces are skipped.
 */
char *text_split(struct arena *, const char **rest, char sep);
/*
 * The edit distance of two words (Damerau-Levenshtein), for "did you mean".
 */
size_t text_distance(const char *, const char *);
/* "image_provider" -> "imageProvider"; out has room for strlen(in) + 1. */
void text_camel(const char *in, char *out);

#endif
