/*
 * key_file - secret keys in a file, one "id hex" a line, '#' comments.
 *
 * The first key is the one in use; the others still open what they made.
 */
#ifndef CORE_KEY_FILE_H
#define CORE_KEY_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "core/ctx.h"

#define KEY_FILE_KEYS_MAX 4
#define KEY_ID_MAX 16 /* letters, digits, '-', '_' */
#define KEY_BYTES_MAX 64

struct key {
	char id[KEY_ID_MAX + 1];
	uint8_t bytes[KEY_BYTES_MAX];
	size_t len;
};

struct keys {
	struct key key[KEY_FILE_KEYS_MAX];
	size_t count; /* 1 at least */
};

/*
 * Keys of at least min and at most max bytes.  ERR_INTERNAL with a detail when
 * the file can't be read, others may read it, it holds no key, or a line of it
 * is no key; the detail never shows a part of a line.
 */
enum err key_file_read(struct ctx *, const char *path, size_t min, size_t max,
    struct keys *out) MUST_CHECK;

/* The key of an id, NULL when there is none. */
const struct key *keys_find(const struct keys *, const char *id);

#endif
