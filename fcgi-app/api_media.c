/*
 * The files of the store at their public addresses.  An address is unguessable
 * and needs no token; it ends with the work.
 */
#include "config.h"

#include "api.h"
#include "base/text.h"
#include "domain/media_store.h"
#include "reply.h"

/* GET /media/{name}: 200, 206, 304, 404, 416 */
enum err
api_media(struct req *r)
{
	const char *extension;
	struct media media;
	struct uuid name;
	enum err e;

	if (!media_name_parse(&r->cx, r->match.values[0], &name, &extension))
		return ERR_NOT_FOUND;
	e = media_find(&r->cx, &name, &media);
	if (e)
		return e;
	if (!text_is(media.extension, extension))
		return ERR_NOT_FOUND;
	return reply_file(
	    r, &(struct reply_file){
		   .path = media_store_path(&r->cx, &name, media.extension),
		   .mime = media.mime,
		   .sha256 = media.sha256,
		   .bytes = media.bytes,
		   .modified_ms = media.created_at.ms,
	       });
}
