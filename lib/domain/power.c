#include "domain/power.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/clock.h"
#include "core/conf.h"
#include "core/db.h"
#include "domain/account.h"
#include "domain/quota.h"

static const struct field power_fields[] = {
	FIELD(struct power, total, .about = "used + remaining"),
	FIELD(struct power, used, .about = "spent, and held by running tasks"),
	FIELD(struct power, remaining, .about = "what can be spent now"),
	FIELD(struct power, gifted, .about = "given, not bought, lifetime"),
	FIELD(struct power, hd_count,
	    .about = "high-definition generations left"),
};
const struct shape power_shape = SHAPE(struct power, power_fields);

void
power_of(const struct account *account, struct power *out)
{
	out->used = account->power_held + account->power_spent;
	out->remaining = account->power_available;
	out->total = out->used + out->remaining;
	out->gifted = account->power_gifted;
	out->hd_count = account->hd_count;
}

int64_t
power_price(
    const struct power_hold *hold, int64_t hd_count, int64_t *hd_taken_out)
{
	int64_t taken = 0;

	if (hold->hd)
		taken = hd_count < hold->items ? hd_count : hold->items;
	*hd_taken_out = taken;
	if (!hold->hd)
		return hold->items * hold->price;
	return (2 * hold->items - taken) * hold->price;
}

enum err
power_may(struct ctx *cx, const struct power_hold *hold)
{
	const struct account *account = hold->account;
	int64_t made =
	    hold->film ? account->videos_today : account->images_today;
	int64_t taken;
	int64_t needed = power_price(hold, account->hd_count, &taken);

	if (!quota_counts(account, hold->day))
		made = 0;
	if (!hold->uncounted && made + hold->items > hold->limit)
		return fault_retry(cx,
		    hold->film ? ERR_DAILY_VIDEO_LIMIT : ERR_DAILY_IMAGE_LIMIT,
		    hold->day_ends_s,
		    "%" PRId64 " of %" PRId64 " are used today", made,
		    hold->limit);
	if (needed <= account->power_available)
		return ERR_OK;
	fault(cx, ERR_INSUFFICIENT_POWER, NULL,
	    "%" PRId64 " needed, %" PRId64 " left", needed,
	    account->power_available);
	cx->fault.extra = arena_printf(cx->arena,
	    "\"needed\":%" PRId64 ",\"remaining\":%" PRId64, needed,
	    account->power_available);
	return ERR_INSUFFICIENT_POWER;
}

/*
 * Assignments run from left to right, so quota_day, which the two lines before
 * it compare with, is set last.  A request that comes a little late, over
 * midnight, counts for the day that has begun, and does not bring back the one
 * before.
 */
#define TODAY "quota_day - ? IN (0, 1)"
DB_STMT(power_take, "iiiiiiiiiuiiiiiiiiii", NULL,
    "UPDATE account"
    "   SET power_available = power_available - ?,"
    "       power_held = power_held + ?,"
    "       hd_count = hd_count - ?,"
    "       images_today = IF(" TODAY ", images_today, 0) + ?,"
    "       videos_today = IF(" TODAY ", videos_today, 0) + ?,"
    "       quota_day = IF(quota_day - ? = 1, quota_day, ?)"
    " WHERE id = ?"
    "   AND power_available >= ?"
    "   AND hd_count >= ?"
    "   AND (? = 0 OR IF(" TODAY ", images_today, 0) + ? <= ?)"
    "   AND (? = 0 OR IF(" TODAY ", videos_today, 0) + ? <= ?)");

/* The balance that goes into the ledger is the one after the update. */
DB_STMT(power_log, "usssisu", NULL,
    "INSERT INTO power_transfer (account_id, task_id, kind, debit, credit,"
    "       amount, balance, note, created_at)"
    "SELECT id, ?, ?, ?, ?, ?, power_available, ?, NOW(3)"
    "  FROM account WHERE id = ?");

static enum err
transfer_log(struct ctx *cx, const struct uuid *account,
    const struct uuid *task, const char *kind, const char *debit,
    const char *credit, int64_t amount, const char *note)
{
	if (amount == 0)
		return ERR_OK;
	return db_run(cx, NULL, &power_log, task, kind, debit, credit, amount,
	    note, account);
}

/* One try with so many of hd_count; *done_out tells whether it went. */
static enum err
hold_try(
    struct ctx *cx, struct power_hold *hold, int64_t hd_count, bool *done_out)
{
	int64_t counted = hold->uncounted ? 0 : hold->items;
	int64_t images = hold->film ? 0 : counted;
	int64_t videos = hold->film ? counted : 0;
	uint64_t matched;
	int64_t taken;
	int64_t cost = power_price(hold, hd_count, &taken);
	enum err e;

	e = db_run(cx, &matched, &power_take, cost, cost, taken, hold->day,
	    images, hold->day, videos, hold->day, hold->day, &hold->account->id,
	    cost, taken, images, hold->day, images, hold->limit, videos,
	    hold->day, videos, hold->limit);
	if (e)
		return e;
	*done_out = matched == 1;
	hold->held = cost;
	hold->hd_taken = taken;
	return ERR_OK;
}

enum err
power_hold(struct ctx *cx, struct power_hold *hold)
{
	const struct account *seen = hold->account;
	struct account now;
	struct power_hold again;
	bool done;
	enum err e;

	e = hold_try(cx, hold, seen->hd_count, &done);
	if (e == ERR_OK && !done) {
		/* what the request read is old: judge by what is true now */
		e = account_find(cx, &seen->id, &now);
		if (e)
			return e;
		again = *hold;
		again.account = &now;
		e = power_may(cx, &again);
		if (e)
			return e;
		e = hold_try(cx, hold, now.hd_count, &done);
		if (e == ERR_OK && !done)
			return fault_retry(cx, ERR_UNAVAILABLE, 1,
			    "the account changes too fast");
	}
	if (e)
		return e;
	return transfer_log(cx, &seen->id, &hold->task, "hold", "available",
	    "held", hold->held, NULL);
}

/*
 * An item that was paid with a unit of hd_count has cost the price, any other
 * high-definition one twice that; the units come back first.  Without units all
 * cost the same.
 */
int64_t
power_back(int64_t items, int64_t held, int64_t hd_taken, int64_t back,
    int64_t *hd_back_out)
{
	*hd_back_out = back < hd_taken ? back : hd_taken;
	if (hd_taken == 0)
		return held / items * back;
	return held / (2 * items - hd_taken) * (2 * back - *hd_back_out);
}

DB_STMT(power_settled, "iiiiiiiiiui", NULL,
    "UPDATE account"
    "   SET power_held = power_held - ?,"
    "       power_spent = power_spent + ?,"
    "       power_available = power_available + ?,"
    "       hd_count = hd_count + ?,"
    "       images_today = IF(quota_day = ?,"
    "           GREATEST(images_today - ?, 0), images_today),"
    "       videos_today = IF(quota_day = ?,"
    "           GREATEST(videos_today - ?, 0), videos_today),"
    "       `generated` = `generated` + ?"
    " WHERE id = ? AND power_held >= ?");

enum err
power_settle(struct ctx *cx, const struct power_settle *s)
{
	uint64_t matched;
	enum err e;

	e = db_run(cx, &matched, &power_settled, s->capture + s->release,
	    s->capture, s->release, s->hd_back, s->day, s->images_back, s->day,
	    s->videos_back, s->generated, &s->account, s->capture + s->release);
	if (e)
		return e;
	if (matched != 1)
		return fault(cx, ERR_INTERNAL, NULL,
		    "less is held than is to be settled");
	e = transfer_log(cx, &s->account, &s->task, "capture", "held", "spent",
	    s->capture, NULL);
	if (e)
		return e;
	return transfer_log(cx, &s->account, &s->task, "release", "held",
	    "available", s->release, NULL);
}

DB_STMT(power_added, "iiu", NULL,
    "UPDATE account"
    "   SET power_available = power_available + ?,"
    "       power_gifted = power_gifted + ?"
    " WHERE id = ?");

enum err
power_credit(struct ctx *cx, const struct uuid *account, const char *kind,
    int64_t amount, bool gifted, const char *note)
{
	uint64_t matched;
	enum err e;

	e = db_run(cx, &matched, &power_added, amount,
	    gifted ? amount : INT64_C(0), account);
	if (e)
		return e;
	if (matched != 1)
		return fault(cx, ERR_NOT_FOUND, NULL, "no such account");
	return transfer_log(cx, account, NULL, kind, gifted ? "issued" : "sold",
	    "available", amount, note);
}

struct audit_row {
	const char *who;
	const char *what;
	int64_t has, should;
};
static const struct field audit_fields[] = {
	COLUMN(struct audit_row, who),
	COLUMN(struct audit_row, what),
	COLUMN(struct audit_row, has),
	COLUMN(struct audit_row, should),
};
static const struct shape audit_shape = SHAPE(struct audit_row, audit_fields);

#define AUDIT_MAX 1000 /* faults told at once */

/* Every cached sum against the ledger. */
DB_STMT(audit_accounts, "", &audit_shape,
    "SELECT a.email AS who, s.what AS what,"
    "       CASE s.what WHEN 'available' THEN a.power_available"
    "           WHEN 'held' THEN a.power_held"
    "           WHEN 'spent' THEN a.power_spent"
    "           ELSE a.power_gifted END AS has,"
    "       s.total AS should"
    "  FROM account a JOIN ("
    "       SELECT x.id, k.what, COALESCE(SUM("
    "           CASE WHEN k.what = 'issued'"
    "                    THEN IF(t.debit = 'issued', t.amount, 0)"
    "                WHEN t.credit = k.what THEN t.amount"
    "                WHEN t.debit = k.what THEN -t.amount"
    "                ELSE 0 END), 0) AS total"
    "         FROM account x"
    "         JOIN (SELECT 'available' AS what UNION SELECT 'held'"
    "               UNION SELECT 'spent' UNION SELECT 'issued') k"
    "         LEFT JOIN power_transfer t ON t.account_id = x.id"
    "        GROUP BY x.id, k.what) s ON s.id = a.id"
    " HAVING has <> should LIMIT 1000");

/* Every task against its hold, capture and release. */
DB_STMT(audit_tasks, "", &audit_shape,
    "SELECT LOWER(HEX(t.id)) AS who,"
    "       CONCAT('task ', t.state, ', hold ', COALESCE(h.amount, 0),"
    "           ', capture ', COALESCE(c.amount, 0),"
    "           ', release ', COALESCE(r.amount, 0)) AS what,"
    "       COALESCE(c.amount, 0) + COALESCE(r.amount, 0) AS has,"
    "       IF(t.finished_at IS NULL, 0, t.cost) AS should"
    "  FROM task t"
    "  LEFT JOIN power_transfer h ON h.task_id = t.id AND h.kind = 'hold'"
    "  LEFT JOIN power_transfer c ON c.task_id = t.id AND c.kind = 'capture'"
    "  LEFT JOIN power_transfer r ON r.task_id = t.id AND r.kind = 'release'"
    " WHERE COALESCE(h.amount, 0) <> t.cost"
    "    OR COALESCE(c.amount, 0) + COALESCE(r.amount, 0)"
    "       <> IF(t.finished_at IS NULL, 0, t.cost)"
    " LIMIT 1000");

/* The same of every answer of the assistant. */
DB_STMT(audit_messages, "", &audit_shape,
    "SELECT LOWER(HEX(m.id)) AS who,"
    "       CONCAT('message ', m.status, ', hold ', COALESCE(h.amount, 0),"
    "           ', capture ', COALESCE(c.amount, 0),"
    "           ', release ', COALESCE(r.amount, 0)) AS what,"
    "       COALESCE(c.amount, 0) + COALESCE(r.amount, 0) AS has,"
    "       IF(m.status = 'streaming', 0, m.cost) AS should"
    "  FROM message m"
    "  LEFT JOIN power_transfer h ON h.task_id = m.id AND h.kind = 'hold'"
    "  LEFT JOIN power_transfer c ON c.task_id = m.id AND c.kind = 'capture'"
    "  LEFT JOIN power_transfer r ON r.task_id = m.id AND r.kind = 'release'"
    " WHERE m.cost > 0 AND (COALESCE(h.amount, 0) <> m.cost"
    "    OR COALESCE(c.amount, 0) + COALESCE(r.amount, 0)"
    "       <> IF(m.status = 'streaming', 0, m.cost))"
    " LIMIT 1000");

static enum err
audit_one(struct ctx *cx, const struct db_stmt *stmt, struct buf *complaints,
    int64_t *faults)
{
	struct audit_row *rows;
	size_t count;
	enum err e;

	e = db_list(cx, &rows, &count, AUDIT_MAX, stmt);
	if (e)
		return e;
	for (size_t i = 0; i < count; i++)
		buf_printf(complaints,
		    "%s: %s is %" PRId64 ", the ledger says %" PRId64 "\n",
		    rows[i].who, rows[i].what, rows[i].has, rows[i].should);
	*faults += (int64_t)count;
	return ERR_OK;
}

enum err
power_audit(struct ctx *cx, struct buf *complaints, int64_t *faults_out)
{
	int64_t faults = 0;
	enum err e;

	e = audit_one(cx, &audit_accounts, complaints, &faults);
	if (e)
		return e;
	e = audit_one(cx, &audit_tasks, complaints, &faults);
	if (e)
		return e;
	e = audit_one(cx, &audit_messages, complaints, &faults);
	if (e)
		return e;
	*faults_out = faults;
	return ERR_OK;
}

const struct db_stmt *const power_stmts[] = { &power_take, &power_log,
	&power_settled, &power_added, &audit_accounts, &audit_tasks,
	&audit_messages, NULL };
