/*
 * encode - bytes and text over libsodium, percent and query decoding.
 */
#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

char *hex_encode(struct arena *, const void *, size_t);
char *base64_encode(struct arena *, const void *, size_t);
/*
 * Standard alphabet; line breaks and missing padding are forgiven (vendors
 * send both), anything else is refused.
 */
bool base64_decode(
    struct arena *, const char *, size_t, uint8_t **out, size_t *len_out);
/* URL alphabet, no padding (RFC 4648 5). */
char *base64url_encode(struct arena *, const void *, size_t);
/* Strict: padding, white space and non-zero unused bits are refused. */
bool base64url_decode(
    struct arena *, const char *, size_t, uint8_t **out, size_t *len_out);

/* %41 -> A.  false on a broken escape or a NUL. */
bool percent_decode(struct arena *, const char *, size_t, char **out);
/* Everything but unreserved characters (RFC 3986 2.3) is escaped. */
char *percent_encode(struct arena *, const char *);

struct query_pair {
	const char *name;
	const char *value;
};
/*
 * "a=1&b=x+y" -> pairs in the arena, at most max.  '+' is a blank.  false on
 * a broken escape, invalid UTF-8 or too many pairs.
 */
bool query_parse(struct arena *, const char *, size_t max,
    struct query_pair **pairs_out, size_t *count_out);

void sha256(const void *, size_t, uint8_t out[32]);
/* SHA-256 as 64 hex characters in the arena. */
char *sha256_hex(struct arena *, const void *, size_t);
/* 32 digits that differ for other bytes: three times as quick, for tags. */
char *tag_hex(struct arena *, const void *, size_t);
/* Unguessable bytes. */
void random_fill(void *, size_t);
/* A number below bound, evenly spread. */
uint32_t random_below(uint32_t bound);
/* Equal in constant time. */
bool secret_equal(const void *, const void *, size_t);

#endif
