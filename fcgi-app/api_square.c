/*
 * Handlers under /square: what people show, and what others think of it.
 */
#include "config.h"

#include "api.h"
#include "domain/square.h"
#include "reply.h"

/* The caller where there is one, else NULL. */
static const struct uuid *
viewer(const struct req *r)
{
	return r->authenticated ? req_account_id(r) : NULL;
}

/* What everybody sees may be kept for a moment; what one sees may not. */
static enum err
reply_seen(struct req *r, const struct shape *shape,
    const struct shape *anonymous, const void *data)
{
	return r->authenticated ? reply_struct(r, 200, shape, data)
				: reply_public(r, anonymous, data);
}

/* GET /square/feeds: 200, 304, 400 */
enum err
api_square_feeds(struct req *r)
{
	struct square_page page;
	enum err e = square_list(&r->cx, viewer(r), r->query, &page);

	return e ? e
		 : reply_seen(r, &square_page_shape,
		       &square_page_anonymous_shape, &page);
}

/* GET /square/{id}: 200, 304, 404 */
enum err
api_square_work(struct req *r)
{
	struct square_item item;
	struct uuid id;
	enum err e = req_id(r, 0, &id);

	if (e == ERR_OK)
		e = square_find(&r->cx, viewer(r), &id, &item);
	return e ? e
		 : reply_seen(r, &square_item_shape,
		       &square_item_anonymous_shape, &item);
}

struct like {
	bool liked;
};
static const struct field like_fields[] = {
	FIELD(struct like, liked, .def = 1, .about = "false takes it back"),
};
const struct shape like_shape = SHAPE(struct like, like_fields);

struct favorite {
	bool favorited;
};
static const struct field favorite_fields[] = {
	FIELD(struct favorite, favorited, .def = 1,
	    .about = "false takes it back"),
};
const struct shape favorite_shape = SHAPE(struct favorite, favorite_fields);

struct liked {
	bool liked;
	int64_t like_count;
};
static const struct field liked_fields[] = {
	COLUMN(struct liked, liked),
	COLUMN(struct liked, like_count),
};
const struct shape liked_shape = SHAPE(struct liked, liked_fields);

struct favorited {
	bool favorited;
	int64_t favorite_count;
};
static const struct field favorited_fields[] = {
	COLUMN(struct favorited, favorited),
	COLUMN(struct favorited, favorite_count),
};
const struct shape favorited_shape = SHAPE(struct favorited, favorited_fields);

static enum err
react(struct req *r, enum reaction reaction, bool on)
{
	struct square_counts counts;
	struct uuid id;
	enum err e = req_id(r, 0, &id);

	if (e == ERR_OK)
		e = square_react(
		    &r->cx, req_account_id(r), &id, reaction, on, &counts);
	if (e)
		return e;
	if (reaction == REACTION_LIKE)
		return reply_struct(r, 200, &liked_shape,
		    &(struct liked){ on, counts.like_count });
	return reply_struct(r, 200, &favorited_shape,
	    &(struct favorited){ on, counts.favorite_count });
}

/* POST /square/{id}/like: 200, 400, 404 */
enum err
api_square_like(struct req *r)
{
	const struct like *in = r->in;

	return react(r, REACTION_LIKE, in->liked);
}

/* DELETE /square/{id}/like: 200, 404 */
enum err
api_square_unlike(struct req *r)
{
	return react(r, REACTION_LIKE, false);
}

/* POST /square/{id}/favorite: 200, 400, 404 */
enum err
api_square_favorite(struct req *r)
{
	const struct favorite *in = r->in;

	return react(r, REACTION_FAVORITE, in->favorited);
}

/* DELETE /square/{id}/favorite: 200, 404 */
enum err
api_square_unfavorite(struct req *r)
{
	return react(r, REACTION_FAVORITE, false);
}

struct played {
	bool counted;
	int64_t play_count;
};
static const struct field played_fields[] = {
	FIELD(struct played, counted,
	    .about = "false: one's own work, or played today already"),
	COLUMN(struct played, play_count),
};
const struct shape played_shape = SHAPE(struct played, played_fields);

/* POST /square/{id}/play: 200, 404 */
enum err
api_square_play(struct req *r)
{
	struct square_counts counts;
	struct played out;
	struct uuid id;
	enum err e = req_id(r, 0, &id);

	if (e == ERR_OK)
		e = square_play(
		    &r->cx, req_account_id(r), &id, &out.counted, &counts);
	if (e)
		return e;
	out.play_count = counts.play_count;
	return reply_struct(r, 200, &played_shape, &out);
}
