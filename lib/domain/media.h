/*
 * media - the rows that name files of the store.
 *
 * A row is made after its file stands; a file without a row is garbage, a row
 * without a file is a fault.
 */
#ifndef DOMAIN_MEDIA_H
#define DOMAIN_MEDIA_H

#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

struct media_new {
	struct uuid name, account;
	const char *use_for;   /* result, upload, thumbnail, input */
	struct uuid upload_id; /* of an upload, else zero */
	const char *mime, *extension;
	int64_t bytes;
	uint8_t sha256[32];
	int64_t width, height;
	int64_t duration_ms;   /* INT_NONE for pictures */
	double fps;            /* 0 for pictures */
	struct uuid thumbnail; /* zero: none */
};
/* In the caller's transaction. */
enum err media_add(struct ctx *, const struct media_new *) MUST_CHECK;

struct media {
	struct uuid name, account;
	const char *use_for, *mime, *extension;
	int64_t bytes;
	const char *sha256; /* hex */
	int64_t width, height;
	int64_t duration_ms; /* INT_NONE for pictures */
	struct uuid thumbnail;
	struct stamp created_at;
};
/* What is served at an address; ERR_NOT_FOUND once deleted. */
enum err
media_find(struct ctx *, const struct uuid *name, struct media *out) MUST_CHECK;
/*
 * The picture at an address of ours that the account uploaded itself;
 * ERR_INVALID_FIELD, of that field, for anything else.
 */
enum err media_find_picture(struct ctx *, const struct uuid *account,
    const char *field, const char *url, struct media *out) MUST_CHECK;
/*
 * Such a picture stays until the end of the caller's transaction;
 * ERR_INVALID_FIELD, of that field, when it has been deleted since.
 */
enum err media_hold_picture(
    struct ctx *, const char *field, const struct uuid *name) MUST_CHECK;
/*
 * From now on it is 404, its thumbnail too; in the caller's transaction.  The
 * poller's housekeeping removes bytes and rows.
 */
enum err media_delete(struct ctx *, const struct uuid *name) MUST_CHECK;
/*
 * The task that started from this picture is over: what was given for it alone
 * goes, an upload stays.  Nothing for a zero name; in the caller's transaction.
 */
enum err media_input_end(struct ctx *, const struct uuid *name) MUST_CHECK;

#endif
