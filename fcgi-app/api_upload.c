/*
 * Handlers under /upload: pictures and films that people keep with us.
 */
#include "config.h"

#include "api.h"
#include "domain/upload.h"
#include "reply.h"

/* In the transaction of the upload: the answer is kept when the file is. */
static enum err
upload_reply(struct ctx *cx, const struct upload *upload, void *arg)
{
	struct req *r = arg;
	enum err e = reply_struct(r, 200, r->route->output, upload);

	(void)cx;
	return e ? e : reply_keep(r);
}

static enum err
upload(struct req *r, bool film)
{
	if (r->file.fd < 0)
		return fault(
		    &r->cx, ERR_MISSING_FIELD, "file", "file is required");
	return upload_add(
	    &r->cx, req_account(r), film, &r->file, upload_reply, r);
}

/* POST /upload/image: 200, 400, 403, 413 */
enum err
api_upload_image(struct req *r)
{
	return upload(r, false);
}

/* POST /upload/video: 200, 400, 403, 413 */
enum err
api_upload_video(struct req *r)
{
	return upload(r, true);
}
