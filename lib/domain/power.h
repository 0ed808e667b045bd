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

/* What a submission or a message takes: all of it or nothing. */
struct power_hold {
	const struct account *account; /* as the request read it */
	struct uuid task;
	int64_t items;      /* works asked for */
	int64_t price;      /* units for each */
	bool hd;            /* high definition: see power_price() */
	bool film;          /* counts as films of the day, else as images */
	bool uncounted;     /* a message: counts as neither */
	int64_t limit;      /* works of that type a day */
	int64_t day;        /* today: days since 1970 in quota_timezone */
	int64_t day_ends_s; /* seconds left of it, for Retry-After */
	/* out */
	int64_t held; /* units */
	int64_t hd_taken;
};
/*
 * What items cost: a high-definition one takes one of hd_count first, and costs
 * double once there is none.  *hd_taken_out says how many were taken.
 */
int64_t
power_price(const struct power_hold *, int64_t hd_count, int64_t *hd_taken_out);
/*
 * One conditional UPDATE moves power and counts the day; when it matches
 * nothing the reason is told: ERR_DAILY_IMAGE_LIMIT, ERR_DAILY_VIDEO_LIMIT
 * (both with Retry-After), ERR_INSUFFICIENT_POWER with needed and remaining.
 */
enum err power_hold(struct ctx *, struct power_hold *) MUST_CHECK;
/*
 * The same judgement without taking anything, on the account as it was read.
 */
enum err power_may(struct ctx *, const struct power_hold *) MUST_CHECK;

/* How a task ends for the ledger. */
struct power_settle {
	struct uuid account, task;
	int64_t capture;                  /* units that were earned */
	int64_t release;                  /* units given back */
	int64_t hd_back;                  /* hd_count given back */
	int64_t images_back, videos_back; /* the day's count given back ... */
	int64_t day;                      /* ... when it is still this day */
	int64_t generated;                /* works delivered */
};
/*
 * What so many of a task's items give back that was held for all of them, and
 * the units of hd_count with it.
 */
int64_t power_back(int64_t items, int64_t held, int64_t hd_taken, int64_t back,
    int64_t *hd_back_out);
/*
 * Once per task: a second capture or release is ERR_CONFLICT (unique key).
 */
enum err power_settle(struct ctx *, const struct power_settle *) MUST_CHECK;
/* kind: "signup", "grant", "recharge".  gifted says how it counts. */
enum err power_credit(struct ctx *, const struct uuid *account,
    const char *kind, int64_t amount, bool gifted, const char *note) MUST_CHECK;

/* ---- the ledger as its owner sees it (power_list.c) ---- */

struct power_query {
	int64_t page, page_size;
	const char *cursor;
};
extern const struct shape power_query_shape;

struct power_transfer {
	struct uuid id;
	struct stamp created_at;
	const char *kind;
	int64_t amount;  /* units that moved */
	int64_t change;  /* of what can be spent: +, - or 0 */
	int64_t balance; /* what could be spent after it */
	struct uuid task_id;
	const char *note; /* reason of a grant, tail of a code */
};
struct power_page {
	struct list list; /* struct power_transfer */
	int64_t total, page, page_size;
	const char *next_cursor;
};
extern const struct shape power_page_shape;
/* Newest first. */
enum err power_list(struct ctx *, const struct uuid *account,
    const struct power_query *, struct power_page *out) MUST_CHECK;
/* The id of the row that power_credit() wrote last on this connection. */
enum err power_last_transfer(struct ctx *, struct uuid *id_out) MUST_CHECK;

/*
 * Re-adds the whole ledger: every cached sum, the hold of every running task
 * and message, the capture and release of every finished one.  One line a fault
 * into the buffer.
 */
enum err power_audit(
    struct ctx *, struct buf *complaints, int64_t *faults_out) MUST_CHECK;

#endif
