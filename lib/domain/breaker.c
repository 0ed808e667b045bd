#include "config.h"

#include "domain/breaker.h"

#include "base/text.h"
#include "core/db.h"

#define FAILURES_MAX INT64_C(5)   /* tasks in a row that met what may pass */
#define REST_S INT64_C(1)         /* the first time, then twice as long ... */
#define REST_MAX_S INT64_C(60)    /* ... up to this, where it may pass, ... */
#define REST_ADMIN_S INT64_C(300) /* ... and where it won't by itself */
#define TRIAL_S INT64_C(15)       /* a try without an outcome is forgotten */
#define BREAKERS_MAX 1000

static const struct field breaker_fields[] = {
	COLUMN(struct breaker, provider_id),
	COLUMN(struct breaker, state),
	COLUMN(struct breaker, failures),
	COLUMN(struct breaker, reason),
	COLUMN(struct breaker, detail),
	COLUMN(struct breaker, changed_at),
	COLUMN(struct breaker, retry_at),
	COLUMN(struct breaker, rest_ms),
};
const struct shape breaker_shape = SHAPE(struct breaker, breaker_fields);

/* No rest is that long: the database's clock was set back since. */
#define TOO_FAR "retry_at > NOW(3) + INTERVAL 310 SECOND"

#define BREAKER                                                                \
	"SELECT provider_id, state, failures, reason, detail, changed_at,"     \
	"       retry_at, IF(" TOO_FAR ", 0,"                                  \
	"           GREATEST(0, TIMESTAMPDIFF(MICROSECOND, NOW(3),"            \
	"               retry_at) DIV 1000)) AS rest_ms"                       \
	"  FROM breaker "

DB_STMT(
    breaker_all, "i", &breaker_shape, BREAKER "ORDER BY provider_id LIMIT ?");
DB_STMT(breaker_of, "s", &breaker_shape, BREAKER "WHERE provider_id = ?");

enum err
breaker_list(struct ctx *cx, struct breaker **out, size_t *count_out)
{
	return db_list(cx, out, count_out, BREAKERS_MAX, &breaker_all,
	    (int64_t)BREAKERS_MAX);
}

/*
 * Assignments run from left to right: what looks at the state and at the count
 * of failures stands before or behind their change on purpose.
 */
DB_STMT(breaker_failure, "siss", NULL,
    "INSERT INTO breaker (provider_id, state, failures, reason, detail,"
    "       changed_at, retry_at)"
    "VALUES (?, 'closed', ?, ?, ?, NOW(3), NOW(3))"
    "    ON DUPLICATE KEY UPDATE failures = failures + VALUES(failures),"
    "       reason = VALUES(reason), detail = VALUES(detail)");
DB_STMT(breaker_open, "iisii", NULL,
    "UPDATE breaker"
    "   SET retry_at = NOW(3) + INTERVAL LEAST(?, ? << LEAST(opened, 10))"
    "           SECOND,"
    "       opened = opened + 1, state = 'open', changed_at = NOW(3)"
    " WHERE provider_id = ?"
    "   AND (state = 'half_open'"
    "        OR (state = 'closed' AND (? OR failures >= ?)))");

struct failing {
	const char *provider, *detail;
	enum err reason;
	enum breaker_weight weight;
	bool opened;
};

static enum err
fail_work(struct ctx *cx, void *arg)
{
	struct failing *f = arg;
	bool at_once = f->weight == BREAKER_AT_ONCE;
	uint64_t matched;
	enum err e = db_run(cx, NULL, &breaker_failure, f->provider,
	    (int64_t)(f->weight != BREAKER_AGAIN), err_reason(f->reason),
	    f->detail);

	if (e)
		return e;
	e = db_run(cx, &matched, &breaker_open,
	    at_once ? REST_ADMIN_S : REST_MAX_S, REST_S, f->provider,
	    (int64_t)at_once, FAILURES_MAX);
	f->opened = matched == 1;
	return e;
}

enum err
breaker_fail(struct ctx *cx, const char *provider, enum err reason,
    const char *detail, enum breaker_weight weight, bool *opened_out)
{
	struct failing f = { provider, detail, reason, weight, false };
	enum err e = db_transaction(cx, fail_work, &f);

	if (e == ERR_OK)
		*opened_out = f.opened;
	return e;
}

DB_STMT(breaker_close, "s", NULL, "DELETE FROM breaker WHERE provider_id = ?");

enum err
breaker_succeed(struct ctx *cx, const char *provider)
{
	return db_run(cx, NULL, &breaker_close, provider);
}

DB_STMT(breaker_half_open, "is", NULL,
    "UPDATE breaker SET state = 'half_open',"
    "       retry_at = NOW(3) + INTERVAL ? SECOND"
    " WHERE provider_id = ? AND state <> 'closed'"
    "   AND (retry_at <= NOW(3) OR " TOO_FAR ")");

enum err
breaker_try(struct ctx *cx, const char *provider, bool *mine_out)
{
	uint64_t matched;
	enum err e =
	    db_run(cx, &matched, &breaker_half_open, TRIAL_S, provider);

	if (e == ERR_OK)
		*mine_out = matched == 1;
	return e;
}

enum err
breaker_pass(struct ctx *cx, const char *provider, bool *failing_out)
{
	struct breaker b;
	bool mine = true;
	enum err e = db_find(cx, &b, &breaker_of, provider);

	*failing_out = e == ERR_OK;
	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	if (!text_is(b.state, "closed"))
		e = breaker_try(cx, provider, &mine);
	if (e == ERR_OK && !mine)
		e = fault_retry(cx, ERR_PROVIDER_UNAVAILABLE,
		    b.rest_ms / 1000 + 1, "'%s' is given a rest: %s", provider,
		    b.reason);
	return e;
}

const struct db_stmt *const breaker_stmts[] = { &breaker_all, &breaker_of,
	&breaker_failure, &breaker_open, &breaker_close, &breaker_half_open,
	NULL };
