/*
 * The limits of a day.
 */
#include "config.h"

#include "domain/quota.h"

#include "base/clock.h"
#include "core/conf.h"

static const struct field quota_fields[] = {
	FIELD(struct quota, limit, .about = "how many at most"),
	COLUMN(struct quota, used),
	COLUMN(struct quota, remaining),
	FIELD(struct quota, reset_at, .about = "when it starts anew"),
};
const struct shape quota_shape = SHAPE(struct quota, quota_fields);

static int64_t
quota_limit(const struct conf *conf, bool vip, bool film)
{
	if (film)
		return vip ? conf->limit_vip_videos_per_day
			   : conf->limit_free_videos_per_day;
	return vip ? conf->limit_vip_images_per_day
		   : conf->limit_free_images_per_day;
}

/* Further ahead than a day is a clock that was wrong. */
bool
quota_counts(const struct account *account, int64_t day)
{
	return account->quota_day == day || account->quota_day == day + 1;
}

void
quota_today(
    struct ctx *cx, const struct account *account, bool film, struct quota *out)
{
	int64_t now = clock_ms(), ends;

	out->limit = quota_limit(cx->conf, account_is_vip(account), film);
	out->day = time_zone_day(cx->conf->quota_timezone, now, &ends);
	out->used = film ? account->videos_today : account->images_today;
	if (!quota_counts(account, out->day))
		out->used = 0;
	out->remaining = out->limit > out->used ? out->limit - out->used : 0;
	out->reset_at.ms = ends;
	out->reset_s = (ends - now + 999) / 1000;
}
