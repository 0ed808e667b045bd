/*
 * uuid - UUIDv7 (RFC 9562 5.7): 48 bits of milliseconds, then random bits.
 *
 * Ids made by one process grow strictly, so that "newest first" is "id
 * descending" for what one process made.
 */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include <stdbool.h>
#include <stdint.h>

#define UUID_TEXT 37 /* 36 characters and a NUL */

struct uuid {
	uint8_t b[16];
};

struct uuid uuid_new(void); /* version 7, of now */
/* Lower-case hex with hyphens; returns out. */
char *uuid_format(const struct uuid *, char out[UUID_TEXT]);
/* Only the form that uuid_format() writes is taken. */
bool uuid_parse(const char *, struct uuid *out);
bool uuid_is_null(const struct uuid *); /* all zero: "none" */
bool uuid_equal(const struct uuid *, const struct uuid *);
int64_t uuid_time_ms(const struct uuid *); /* when it was made */

#endif
