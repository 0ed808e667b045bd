/*
 * media_store - files on disk: temporary name, hash, fsync, rename, fsync of
 * the directory; only then a row may name them.
 *
 * A file "0123...ef.png" (32 hex of 128 random bits) lies in media_dir/01/23/.
 */
#ifndef DOMAIN_MEDIA_STORE_H
#define DOMAIN_MEDIA_STORE_H

#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

/* A file that is being written; fd is open for reading and writing. */
struct media_draft {
	int fd;         /* -1: none */
	char path[512]; /* temporary */
};

/* ERR_STORAGE_FULL when less than min_free_disk would be left. */
enum err media_store_draft(struct ctx *, struct media_draft *out) MUST_CHECK;
/* Removes the temporary file; nothing for a draft already kept. */
void media_store_drop(struct media_draft *);
/*
 * Hashes, syncs and names it.  The draft is closed.  ERR_STORAGE_FULL.
 */
enum err media_store_keep(struct ctx *, struct media_draft *,
    const char *extension, struct uuid *name_out, int64_t *bytes_out,
    uint8_t sha256_out[32]) MUST_CHECK;
/* The path in the arena. */
const char *
media_store_path(struct ctx *, const struct uuid *name, const char *extension);
/* Gone or never there is no error. */
enum err media_store_remove(
    struct ctx *, const struct uuid *name, const char *extension) MUST_CHECK;
/* The public address, made from public_url; NULL for a zero name. */
const char *
media_store_url(struct ctx *, const struct uuid *name, const char *extension);
/* "0123...ef.png" -> name and extension; false for anything else. */
bool media_name_parse(struct ctx *, const char *text, struct uuid *name_out,
    const char **extension_out);

/* What is served at an address; ERR_NOT_FOUND once deleted. */
struct media {
	struct uuid name;
	const char *mime, *extension;
	int64_t bytes;
	const char *sha256; /* hex */
	struct stamp created_at;
};
enum err
media_find(struct ctx *, const struct uuid *name, struct media *out) MUST_CHECK;

#endif
