/*
 * Handlers under /works: one's own pictures and films.
 */
#include "config.h"

#include "api.h"
#include "base/clock.h"
#include "base/text.h"
#include "core/conf.h"
#include "domain/media_store.h"
#include "domain/square.h"
#include "domain/work.h"
#include "reply.h"

#define NAME_MAX_CHARS 60
/* How long a link is promised; ours are good as long as the work is there. */
#define LINK_MS (24 * INT64_C(3600000))

/* GET /works: 200, 400 */
enum err
api_works(struct req *r)
{
	struct work_page page;
	enum err e = work_list(&r->cx, req_account_id(r), r->query, &page);

	return e ? e : reply_struct(r, 200, &work_page_shape, &page);
}

/* The reply is the work as its owner sees it. */
static enum err
reply_work(struct req *r, const struct uuid *id)
{
	struct work_detail work;
	enum err e = work_find(&r->cx, req_account_id(r), id, &work);

	return e ? e : reply_struct(r, 200, &work_detail_shape, &work);
}

/* GET /works/{id}: 200, 404 */
enum err
api_work(struct req *r)
{
	struct uuid id;
	enum err e = req_id(r, 0, &id);

	return e ? e : reply_work(r, &id);
}

/* PUT /works/{id}: 200, 400, 404 */
enum err
api_work_title(struct req *r)
{
	const struct work_title *in = r->in;
	struct uuid id;
	enum err e = req_id(r, 0, &id);

	if (e == ERR_OK)
		e = work_set_title(&r->cx, req_account_id(r), &id, in->title);
	return e ? e : reply_work(r, &id);
}

/* DELETE /works/{id}: 200, 404 */
enum err
api_work_delete(struct req *r)
{
	struct uuid id;
	enum err e = req_id(r, 0, &id);

	return e ? e : work_delete(&r->cx, req_account_id(r), &id);
}

/* POST /works/{id}/publish: 200, 400, 404 */
enum err
api_work_publish(struct req *r)
{
	struct uuid id;
	enum err e = req_id(r, 0, &id);

	if (e == ERR_OK)
		e = square_publish(&r->cx, req_account_id(r), &id, r->in);
	return e ? e : reply_work(r, &id);
}

/* DELETE /works/{id}/publish: 200, 404 */
enum err
api_work_unpublish(struct req *r)
{
	struct uuid id;
	enum err e = req_id(r, 0, &id);

	if (e == ERR_OK)
		e = square_unpublish(&r->cx, req_account_id(r), &id);
	return e ? e : reply_work(r, &id);
}

struct download_query {
	bool link;
};
static const struct field download_query_fields[] = {
	FIELD(struct download_query, link,
	    .about = "tells the address instead of sending the bytes"),
};
const struct shape download_query_shape =
    SHAPE(struct download_query, download_query_fields);

/* Letters and digits of the title, hyphens between: "a-red-kite.png". */
static const char *
download_name(struct req *r, const struct work_file *f)
{
	char name[NAME_MAX_CHARS + 1];
	size_t len = 0;

	for (const char *c = f->title; *c != '\0' && len < NAME_MAX_CHARS;
	     c++) {
		bool plain = (*c >= '0' && *c <= '9') ||
			     (*c >= 'a' && *c <= 'z') ||
			     (*c >= 'A' && *c <= 'Z');

		if (plain)
			name[len++] = *c;
		else if (len > 0 && name[len - 1] != '-')
			name[len++] = '-';
	}
	while (len > 0 && name[len - 1] == '-')
		len--;
	name[len] = '\0';
	return arena_printf(r->cx.arena, "%s.%s",
	    len > 0                          ? name
	    : text_starts(f->mime, "video/") ? "film"
					     : "picture",
	    f->extension);
}

struct download_link {
	const char *url;
	struct stamp expires_at;
};
static const struct field download_link_fields[] = {
	COLUMN(struct download_link, url),
	COLUMN(struct download_link, expires_at),
};
const struct shape download_link_shape =
    SHAPE(struct download_link, download_link_fields);

/* GET /works/{id}/download: 200, 206, 304, 400, 404, 416 */
enum err
api_work_download(struct req *r)
{
	const struct download_query *q = r->query;
	struct work_file f;
	struct uuid id;
	enum err e;

	e = req_id(r, 0, &id);
	if (e)
		return e;
	e = work_file(&r->cx, req_account_id(r), &id, &f);
	if (e)
		return e;
	if (q->link) {
		struct download_link link = {
			media_store_url(&r->cx, &f.media, f.extension),
			{ clock_ms() + LINK_MS },
		};

		return reply_struct(r, 200, &download_link_shape, &link);
	}
	return reply_file(
	    r, &(struct reply_file){
		   .path = media_store_path(&r->cx, &f.media, f.extension),
		   .mime = f.mime,
		   .sha256 = f.sha256,
		   .download_name = download_name(r, &f),
		   .bytes = f.bytes,
		   .modified_ms = f.created_at.ms,
	       });
}
