/*
 * buf - a growing byte buffer that is given its maximum at birth.
 *
 * Going over the maximum is remembered, not fatal: the content is dropped,
 * every later append does nothing, and buf_overflowed() tells.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/base.h"

struct buf {
	char *data;      /* always NUL-terminated once non-NULL */
	size_t len;      /* bytes in use, the NUL not counted */
	size_t size;     /* bytes allocated */
	size_t limit;    /* the most that len may become */
	bool overflowed; /* an append was refused */
};

void buf_init(struct buf *, size_t limit);
/* Frees the memory; the buffer may be used again after buf_init(). */
void buf_release(struct buf *);
/* Empties it, keeps the memory, forgets an overflow. */
void buf_clear(struct buf *);
/* false when the limit is reached (then and from then on). */
bool buf_add(struct buf *, const void *, size_t);
bool buf_puts(struct buf *, const char *);
bool buf_putc(struct buf *, char);
bool buf_printf(struct buf *, const char *, ...) PRINTF(2, 3);
/* Room for n more bytes at the returned place, NULL over the limit. */
char *buf_reserve(struct buf *, size_t n);
/* n of the reserved bytes were written. */
void buf_commit(struct buf *, size_t n);
bool buf_overflowed(const struct buf *);
/* The content as a string, "" when nothing was added. */
const char *buf_text(const struct buf *);

#endif
