/*
 * power - money: a ledger of transfers and the cached sums in account.
 *
 * available --hold--> held --capture--> spent
 *                          --release--> available
 * issued --signup, grant--> available;  sold --recharge--> available
 *
 * total = used + remaining, where used = held + spent.  Every function here
 * runs inside the caller's transaction.
 */
#ifndef DOMAIN_POWER_H
#define DOMAIN_POWER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

struct account;
struct buf;

/* GET /user/compute-power */
struct power {
	int64_t total, used, remaining, gifted, hd_count;
};
extern const struct shape power_shape;
void power_of(const struct account *, struct power *out);

/* What a submission takes: all of it or nothing. */
struct power_hold {
	struct uuid account, task;
	int64_t cost;		/* units, when no hd_count is used */
	int64_t cost_hd;	/* units when the plan has hd left, -1: not hd */
	int64_t hd;		/* hd_count it takes then */
	int64_t images, videos;	/* for the day's limit */
	int64_t image_limit, video_limit;
	int64_t day;		/* today, days since 1970 in quota_timezone */
	/* out */
	int64_t held;		/* what was really held */
	int64_t hd_taken;
};
/*
 * One conditional UPDATE moves power and counts the day; 0 rows matched is
 * told apart afterwards: ERR_DAILY_IMAGE_LIMIT, ERR_DAILY_VIDEO_LIMIT (both
 * with Retry-After), ERR_INSUFFICIENT_POWER with needed and remaining.
 */
enum err power_hold(struct ctx *, struct power_hold *) MUST_CHECK;

/* How a task ends for the ledger. */
struct power_settle {
	struct uuid account, task;
	int64_t capture;	/* units that were earned */
	int64_t release;	/* units given back */
	int64_t hd_back;	/* hd_count given back */
	int64_t images_back, videos_back; /* the day's count given back ... */
	int64_t day;		/* ... when it is still this day */
	int64_t generated;	/* works delivered */
};
/*
 * Once per task: a second capture or release is ERR_CONFLICT (unique key).
 */
enum err power_settle(struct ctx *, const struct power_settle *) MUST_CHECK;
/* kind: "signup", "grant", "recharge".  gifted says how it counts. */
enum err power_credit(struct ctx *, const struct uuid *account,
    const char *kind, int64_t amount, bool gifted, const char *note)
    MUST_CHECK;

/*
 * Re-adds the whole ledger: every cached sum, every running task's hold, every
 * finished task's capture and release.  One line a fault into the buffer.
 */
enum err power_audit(struct ctx *, struct buf *complaints,
    int64_t *faults_out) MUST_CHECK;

#endif
