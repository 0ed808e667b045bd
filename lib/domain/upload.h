/*
 * upload - pictures and films that people keep with us.
 *
 * The bytes stay as they came; what they are is decided by gesso-media alone.
 * All uploads of an account together stay below storage_quota.
 */
#ifndef DOMAIN_UPLOAD_H
#define DOMAIN_UPLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"
#include "domain/account.h"
#include "domain/media_store.h"

struct upload {
	const char *url, *thumbnail;
	int64_t width, height; /* upright */
	double duration;       /* films: seconds */
	int64_t file_size;     /* bytes */
	struct uuid id;
};
extern const struct shape upload_image_shape, upload_film_shape;

/* Is so much more within the quota?  ERR_QUOTA_EXCEEDED. */
enum err
upload_fits(struct ctx *, const struct account *, int64_t bytes) MUST_CHECK;

/* As task_seal: the last act of the transaction; may run more than once. */
typedef enum err (*upload_seal)(struct ctx *, const struct upload *, void *arg);
/*
 * Judges a draft, makes its thumbnail and keeps both; the draft is over.
 * ERR_UNSUPPORTED_MEDIA of the part "file", ERR_QUOTA_EXCEEDED,
 * ERR_UNAVAILABLE when there is no room.  Nothing is kept of what is refused.
 */
enum err upload_add(struct ctx *, const struct account *, bool film,
    struct media_draft *, upload_seal, void *arg) MUST_CHECK;
/*
 * From now on it is 404, no longer counted, and no avatar; ERR_NOT_FOUND.  A
 * task that is yet to start from it fails.
 */
enum err upload_delete(
    struct ctx *, const struct uuid *account, const struct uuid *id) MUST_CHECK;

#endif
