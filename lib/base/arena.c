#include "base/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"

#define BLOCK_SIZE (16 * KIB)
#define ALIGNMENT ((size_t)16)

/* Blocks form a list, newest first; the oldest is kept at a reset. */
struct block {
	struct block *older;
	size_t size; /* of data */
	size_t used;
	size_t before; /* bytes in all older blocks when this one began */
	_Alignas(16) unsigned char data[];
};

struct arena {
	struct block *newest;
	size_t ceiling;
};

static struct block *
block_new(struct block *older, size_t size)
{
	struct block *block = malloc(sizeof(*block) + size);

	if (block == NULL)
		die(EX_OSERR, "out of memory");
	block->older = older;
	block->size = size;
	block->used = 0;
	block->before = older == NULL ? 0 : older->before + older->used;
	return block;
}

struct arena *
arena_new(size_t ceiling)
{
	struct arena *arena = malloc(sizeof(*arena));

	if (arena == NULL)
		die(EX_OSERR, "out of memory");
	arena->newest = block_new(NULL, BLOCK_SIZE);
	arena->ceiling = ceiling;
	return arena;
}

void
arena_free(struct arena *arena)
{
	if (arena == NULL)
		return;
	arena_rewind(arena, 0);
	free(arena->newest);
	free(arena);
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	struct block *block = arena->newest;
	size_t room = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	void *memory;

	if (room < size || arena_used(arena) + room > arena->ceiling)
		die(EX_SOFTWARE, "a unit of work needs more than %zu bytes",
		    arena->ceiling);
	if (room > block->size - block->used) {
		block = block_new(block, room > BLOCK_SIZE ? room : BLOCK_SIZE);
		arena->newest = block;
	}
	memory = block->data + block->used;
	block->used += room;
	return memset(memory, 0, size);
}

void *
arena_calloc(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		die(EX_SOFTWARE, "%zu elements of %zu bytes", count, size);
	return arena_alloc(arena, bytes);
}

char *
arena_copy(struct arena *arena, const void *bytes, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	if (len > 0)
		memcpy(copy, bytes, len);
	return copy;
}

char *
arena_strdup(struct arena *arena, const char *text)
{
	return text == NULL ? NULL : arena_copy(arena, text, strlen(text));
}

char *
arena_vprintf(struct arena *arena, const char *fmt, va_list ap)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	assert(len >= 0);
	text = arena_alloc(arena, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	return text;
}

char *
arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = arena_vprintf(arena, fmt, ap);
	va_end(ap);
	return text;
}

size_t
arena_used(const struct arena *arena)
{
	return arena->newest->before + arena->newest->used;
}

size_t
arena_left(const struct arena *arena)
{
	return arena->ceiling - arena_used(arena);
}

size_t
arena_mark(const struct arena *arena)
{
	return arena_used(arena);
}

void
arena_rewind(struct arena *arena, size_t mark)
{
	struct block *block = arena->newest;

	assert(mark <= arena_used(arena));
	while (block->before >= mark && block->older != NULL) {
		arena->newest = block->older;
		free(block);
		block = arena->newest;
	}
	block->used = mark - block->before;
}

void
arena_reset(struct arena *arena)
{
	arena_rewind(arena, 0);
}
