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
#include "domain/media.h"

#define MEDIA_EXTENSION_MAX 7

/* A file that is being written; fd is open for reading and writing. */
struct media_draft {
	int fd;         /* -1: none */
	char path[512]; /* temporary, in media_dir/tmp */
};

/* ERR_STORAGE_FULL when less than min_free_disk is left. */
enum err media_store_room(struct ctx *) MUST_CHECK;
/*
 * ERR_STORAGE_FULL when there is no room.  The caller ends the
 * draft with media_store_keep(), media_store_drop() or media_store_leave().
 */
enum err media_store_draft(struct ctx *, struct media_draft *out) MUST_CHECK;
/*
 * What a draft is called, to go on with it after its process has died; and the
 * same draft again.  ERR_NOT_FOUND.
 */
const char *media_draft_name(const struct media_draft *);
enum err media_store_reopen(
    struct ctx *, const char *name, struct media_draft *out) MUST_CHECK;
/* Appends; ERR_STORAGE_FULL. */
enum err media_store_write(
    struct ctx *, struct media_draft *, const void *, size_t) MUST_CHECK;
/* What is in it so far. */
enum err media_store_hash(struct ctx *, const struct media_draft *,
    int64_t *bytes_out, uint8_t sha256_out[32]) MUST_CHECK;
/* Removes the temporary file; nothing for a draft already kept. */
void media_store_drop(struct media_draft *);
/* Lets go of it, for media_store_reopen(); what nobody wants is swept. */
void media_store_leave(struct media_draft *);
/*
 * Hashes, syncs and names it.  The draft is over, kept or not.
 * ERR_STORAGE_FULL.
 */
enum err media_store_keep(struct ctx *, struct media_draft *,
    const char *extension, struct uuid *name_out, int64_t *bytes_out,
    uint8_t sha256_out[32]) MUST_CHECK;
/*
 * The same, but the draft stays, for whoever goes on with it if we die before
 * anybody knows of the name; in the end it is dropped.  It is over only when it
 * could not be named, and not for ERR_UNAVAILABLE, which may pass.
 */
enum err media_store_name(struct ctx *, struct media_draft *,
    const char *extension, struct uuid *name_out, int64_t *bytes_out,
    uint8_t sha256_out[32]) MUST_CHECK;
/* ERR_STORAGE_FULL when the errno of a write tells of a full disk. */
enum err media_store_failed(struct ctx *, const char *what);
/*
 * For those who can't wait for room: ERR_STORAGE_FULL is ERR_UNAVAILABLE with a
 * time, anything else stays as it is.
 */
enum err media_store_refuse(struct ctx *, enum err);
/* The path in the arena. */
const char *
media_store_path(struct ctx *, const struct uuid *name, const char *extension);
/* Open for reading, -1 with a fault: ERR_NOT_FOUND. */
enum err media_store_open(struct ctx *, const struct uuid *name,
    const char *extension, int *fd_out) MUST_CHECK;
/* Gone or never there is no error. */
enum err media_store_remove(
    struct ctx *, const struct uuid *name, const char *extension) MUST_CHECK;
/* The same, of a file that got no row; the fault on its way up stays. */
void media_store_discard(
    struct ctx *, const struct uuid *name, const char *extension);
/* The public address, made from public_url; NULL for a zero name. */
const char *
media_store_url(struct ctx *, const struct uuid *name, const char *extension);
/* "0123...ef.png" -> name and extension; false for anything else. */
bool media_name_parse(struct ctx *, const char *text, struct uuid *name_out,
    const char **extension_out);
/* The same from a whole address that media_store_url() made. */
bool media_url_parse(struct ctx *, const char *url, struct uuid *name_out,
    const char **extension_out);

#endif
