/*
 * arena - memory that lives and dies with one unit of work.
 *
 * A request, a poller step, a notifier tick each own one; nothing in between
 * is freed.  Allocation never returns NULL: what enters is bounded first, so
 * reaching the ceiling is a mistake of ours and ends the process, which its
 * master replaces.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/base.h"

struct arena;

/* A new arena that will hold at most ceiling bytes. */
struct arena *arena_new(size_t ceiling);
/* Gives everything back.  arena_free(NULL) does nothing. */
void arena_free(struct arena *);
/* Zeroed, aligned for any type, never NULL. */
void *arena_alloc(struct arena *, size_t);
/* count elements of size bytes; the product is checked. */
void *arena_calloc(struct arena *, size_t count, size_t size);
/* A copy of len bytes with a NUL behind them. */
char *arena_copy(struct arena *, const void *, size_t len);
/* A copy of a string; NULL stays NULL. */
char *arena_strdup(struct arena *, const char *);
char *arena_printf(struct arena *, const char *, ...) PRINTF(2, 3);
char *arena_vprintf(struct arena *, const char *, va_list) PRINTF(2, 0);
/* The place reached; arena_rewind() gives back all that came after it. */
size_t arena_mark(const struct arena *);
void arena_rewind(struct arena *, size_t mark);
/* The end of the unit of work: everything is given back but one block. */
void arena_reset(struct arena *);
/* Bytes that it will still hold. */
size_t arena_left(const struct arena *);
/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *);

#define ARENA_NEW(a, T) ((T *)arena_alloc((a), sizeof(T)))
#define ARENA_ARRAY(a, n, T) ((T *)arena_calloc((a), (n), sizeof(T)))

#endif
