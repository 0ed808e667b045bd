/*
 * Handlers under /generate: asking for pictures, looking after them.
 */
#include "config.h"

#include "api.h"
#include "domain/task.h"
#include "reply.h"

struct generate_query {
	bool dry_run;
};
static const struct field generate_query_fields[] = {
	FIELD(struct generate_query, dry_run,
	    .about = "only tells what it would cost"),
};
const struct shape generate_query_shape =
    SHAPE(struct generate_query, generate_query_fields);

bool
generate_is_real(const struct req *r)
{
	const struct generate_query *q = r->query;

	return !q->dry_run;
}

/* In the transaction of the task: the answer is kept when the task is. */
static enum err
receipt_reply(struct ctx *cx, const struct task_receipt *receipt, void *arg)
{
	struct req *r = arg;
	enum err e = reply_struct(r, 200, &task_receipt_shape, receipt);

	(void)cx;
	return e ? e : reply_keep(r);
}

enum err
generate_submit(struct req *r, const struct task_new *in)
{
	struct task_estimate estimate;
	enum err e;

	if (generate_is_real(r))
		return task_submit(
		    &r->cx, req_account(r), in, receipt_reply, r);
	e = task_estimate(&r->cx, req_account(r), in, &estimate);
	return e ? e : reply_struct(r, 200, &task_estimate_shape, &estimate);
}

/* From words alone. */
static enum err
generate_from_text(struct req *r, const char *kind)
{
	struct task_new in = *(const struct task_new *)r->in;

	in.kind = task_kind_find(kind);
	return generate_submit(r, &in);
}

/* POST /generate/text-to-image: 200, 400, 403, 429 */
enum err
api_text_to_image(struct req *r)
{
	return generate_from_text(r, "text_to_image");
}

/* POST /generate/text-to-video: 200, 400, 403, 429 */
enum err
api_text_to_video(struct req *r)
{
	return generate_from_text(r, "text_to_video");
}

/* From words and a picture. */
static enum err
generate_from_picture(struct req *r, const char *kind)
{
	struct task_new in = *(const struct task_new *)r->in;

	in.kind = task_kind_find(kind);
	in.image = r->file.fd >= 0 ? &r->file : NULL;
	return generate_submit(r, &in);
}

/* POST /generate/image-to-image: 200, 400, 403, 413, 429 */
enum err
api_image_to_image(struct req *r)
{
	return generate_from_picture(r, "image_to_image");
}

/* POST /generate/image-to-video: 200, 400, 403, 413, 429 */
enum err
api_image_to_video(struct req *r)
{
	return generate_from_picture(r, "image_to_video");
}

static enum err
task_status(struct req *r, bool film)
{
	struct task_status status;
	struct uuid id;
	enum err e = req_id(r, 0, &id);

	if (e == ERR_OK)
		e = task_status_find(
		    &r->cx, req_account_id(r), &id, film, &status);
	/* the row has it in the language of the site */
	if (e == ERR_OK && status.reason != NULL)
		status.error =
		    err_sentence(err_from_reason(status.reason), r->lang);
	return e ? e
		 : reply_struct(r, 200,
		       film ? &film_status_shape : &image_status_shape,
		       &status);
}

static enum err
task_stop(struct req *r, bool film)
{
	struct uuid id;
	enum err e = req_id(r, 0, &id);

	if (e)
		return e;
	e = task_cancel(&r->cx, req_account_id(r), &id, film);
	return e ? e : task_status(r, film);
}

/* GET /generate/task/{id}: 200, 404 */
enum err
api_task(struct req *r)
{
	return task_status(r, false);
}

/* GET /generate/video-task/{id}: 200, 404 */
enum err
api_video_task(struct req *r)
{
	return task_status(r, true);
}

/* POST /generate/task/{id}/cancel: 200, 400, 404 */
enum err
api_task_cancel(struct req *r)
{
	return task_stop(r, false);
}

/* POST /generate/video-task/{id}/cancel: 200, 400, 404 */
enum err
api_video_task_cancel(struct req *r)
{
	return task_stop(r, true);
}
