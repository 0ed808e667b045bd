/*
 * Handlers under /user: who one is and what one has.
 */
#include "config.h"

#include "api.h"
#include "base/text.h"
#include "domain/media.h"
#include "domain/media_store.h"
#include "domain/power.h"
#include "domain/quota.h"
#include "reply.h"

struct profile {
	struct uuid id;
	const char *username, *avatar;
	int64_t compute_power, vip_level, total_generated;
	const char *email, *role;
	struct stamp created_at;
};
static const char *const roles[] = { "user", "admin", NULL };

static const struct field profile_fields[] = {
	COLUMN(struct profile, id),
	COLUMN(struct profile, username),
	FIELD(struct profile, avatar, .about = "address, empty for none"),
	FIELD(struct profile, compute_power, .about = "what can be spent now"),
	COLUMN(struct profile, vip_level),
	FIELD(struct profile, total_generated, .about = "delivered works"),
	COLUMN(struct profile, email),
	FIELD(struct profile, role, .one_of = roles),
	COLUMN(struct profile, created_at),
};
const struct shape profile_shape = SHAPE(struct profile, profile_fields);

static enum err
profile_reply(struct req *r, const struct account *a)
{
	const char *avatar =
	    media_store_url(&r->cx, &a->avatar, a->avatar_extension);
	struct profile out = {
		.id = a->id,
		.username = a->username,
		.avatar = avatar == NULL ? "" : avatar,
		.compute_power = a->power_available,
		.vip_level = a->vip_level,
		.total_generated = a->generated,
		.email = a->email,
		.role = a->role,
		.created_at = a->created_at,
	};

	return reply_struct(r, 200, &profile_shape, &out);
}

/* GET /user/profile: 200 */
enum err
api_profile(struct req *r)
{
	return profile_reply(r, req_account(r));
}

struct profile_change {
	const char *username, *avatar;
};
static const struct field profile_change_fields[] = {
	FIELD(struct profile_change, username, RANGE(3, 32),
	    .about = "another name"),
	FIELD(struct profile_change, avatar, RANGE(0, 500),
	    .about = "address of an own upload; empty takes it away"),
};
const struct shape profile_change_shape =
    SHAPE(struct profile_change, profile_change_fields);

/* PUT /user/profile: 200, 400 */
enum err
api_profile_change(struct req *r)
{
	const struct profile_change *in = r->in;
	struct account_change change = { .username = in->username };
	const struct account *now = &r->session.account;
	const char *shown =
	    media_store_url(&r->cx, &now->avatar, now->avatar_extension);
	struct media avatar = { .name = { { 0 } } };
	/* a form gives back what it was shown */
	bool other = in->avatar != NULL && !text_is(in->avatar, shown);
	enum err e;

	if (other)
		change.avatar = &avatar.name;
	if (other && !text_empty(in->avatar)) {
		e = media_find_picture(
		    &r->cx, req_account_id(r), "avatar", in->avatar, &avatar);
		if (e)
			return e;
	}
	e = account_change(&r->cx, &r->session.account, &change);
	return e ? e : profile_reply(r, &r->session.account);
}

struct password_change {
	const char *old_password, *new_password;
};
static const struct field password_change_fields[] = {
	FIELD(struct password_change, old_password, .required = true,
	    RANGE(1, PASSWORD_LENGTH_MAX)),
	FIELD(struct password_change, new_password, .required = true,
	    RANGE(PASSWORD_LENGTH_MIN, PASSWORD_LENGTH_MAX)),
};
const struct shape password_change_shape =
    SHAPE(struct password_change, password_change_fields);

/* PUT /user/password: 200 with a new token, 400, 429 */
enum err
api_password_change(struct req *r)
{
	const struct password_change *in = r->in;
	enum err e;

	e = account_change_password(&r->cx, &r->session.account,
	    in->old_password, in->new_password, r->address);
	return e ? e : token_reply(r, &r->session.account);
}

struct limits {
	const void *images, *videos, *calls;
};
static const struct field limits_fields[] = {
	FIELD(struct limits, images, .shape = &quota_shape, .about = "a day"),
	FIELD(struct limits, videos, .shape = &quota_shape, .about = "a day"),
	FIELD(struct limits, calls, .shape = &quota_shape, .about = "an hour"),
};
const struct shape limits_shape = SHAPE(struct limits, limits_fields);

/* GET /user/limits: 200 */
enum err
api_limits(struct req *r)
{
	const struct budget *b = &r->budget;
	struct quota images, videos;
	struct quota calls = {
		.limit = b->limit,
		.used = b->limit - b->remaining,
		.remaining = b->remaining,
		.reset_at = { b->reset_ms },
	};
	struct limits out = { &images, &videos, &calls };

	quota_today(&r->cx, req_account(r), false, &images);
	quota_today(&r->cx, req_account(r), true, &videos);
	return reply_struct(r, 200, &limits_shape, &out);
}

/* GET /user/compute-power: 200 */
enum err
api_power(struct req *r)
{
	struct power out;

	power_of(req_account(r), &out);
	return reply_struct(r, 200, &power_shape, &out);
}
