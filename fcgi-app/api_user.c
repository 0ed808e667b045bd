/*
 * Handlers under /user: who one is and what one has.
 */
#include "config.h"

#include "api.h"
#include "domain/media_store.h"
#include "domain/power.h"
#include "reply.h"

struct profile {
	struct uuid id;
	const char *username, *avatar;
	int64_t compute_power, vip_level, total_generated;
	const char *email, *role;
	struct stamp created_at;
};
static const struct field profile_fields[] = {
	COLUMN(struct profile, id),
	COLUMN(struct profile, username),
	FIELD(struct profile, avatar, .about = "address, empty for none"),
	FIELD(struct profile, compute_power, .about = "what can be spent now"),
	COLUMN(struct profile, vip_level),
	FIELD(struct profile, total_generated, .about = "delivered works"),
	COLUMN(struct profile, email),
	COLUMN(struct profile, role),
	COLUMN(struct profile, created_at),
};
const struct shape profile_shape = SHAPE(struct profile, profile_fields);

/* GET /user/profile: 200 */
enum err
api_profile(struct req *r)
{
	const struct account *a = req_account(r);
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

/* GET /user/compute-power: 200 */
enum err
api_power(struct req *r)
{
	struct power out;

	power_of(req_account(r), &out);
	return reply_struct(r, 200, &power_shape, &out);
}
