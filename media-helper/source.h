/*
 * source - the bytes of a file, read where they are wanted.
 *
 * Through one window of memory whatever the file's size.  Nothing beyond the
 * end can be read, and no sum of offsets can overflow.
 */
#ifndef MEDIA_HELPER_SOURCE_H
#define MEDIA_HELPER_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOURCE_WINDOW 16384

struct source {
	int fd;               /* or */
	const uint8_t *bytes; /* the whole of it */
	uint64_t size;
	uint64_t window_at;
	size_t window_len;
	uint8_t window[SOURCE_WINDOW];
};

/* false when the descriptor can't be asked for its size. */
bool source_open_fd(struct source *, int fd);
void source_open_bytes(struct source *, const void *, size_t);
/* Exactly n bytes from at, or false. */
bool source_read(struct source *, uint64_t at, void *out, size_t n);
/* As many as there are, n at most; -1 when reading fails. */
int source_read_some(struct source *, uint64_t at, void *out, size_t n);
/* Moves *at to the next such byte; false when there is none. */
bool source_find(struct source *, uint64_t *at, uint8_t byte);
/* Big-endian and little-endian numbers of 1 to 8 bytes. */
bool source_be(struct source *, uint64_t at, size_t n, uint64_t *out);
bool source_le(struct source *, uint64_t at, size_t n, uint64_t *out);

#endif
