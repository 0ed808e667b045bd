/*
 * Answers kept under the key that the caller chose.
 */
#include "config.h"

#include "domain/idempotency.h"

#include "core/db.h"

#define RUN_S INT64_C(60)     /* a run without an answer is dead then */
#define CLOCKS_S INT64_C(10)  /* that two servers may be apart */
#define KEEP_S INT64_C(86400) /* how long an answer is given again */
#define TRIES_MAX 3

/* What stands under the key, as far as this request is concerned. */
struct entry {
	struct uuid owner;
	bool free; /* too old, or its run is dead */
	bool same; /* of the same request */
	int64_t status;
	const char *body;
};
static const struct field entry_fields[] = {
	COLUMN(struct entry, owner),
	COLUMN(struct entry, free),
	COLUMN(struct entry, same),
	COLUMN(struct entry, status),
	COLUMN(struct entry, body),
};
static const struct shape entry_shape = SHAPE(struct entry, entry_fields);

DB_STMT(idempotency_insert, "usbui", NULL,
    "INSERT INTO idempotency (account_id, idempotency_key, request_hash,"
    "       owner, running_until, created_at)"
    "VALUES (?, ?, ?, ?, NOW(3) + INTERVAL ? SECOND, NOW(3))");
/* A run that would end later than one that begins now is of a clock set back.
 */
DB_STMT(idempotency_find, "iibus", &entry_shape,
    "SELECT owner,"
    "       created_at <= NOW(3) - INTERVAL ? SECOND"
    "           OR (status IS NULL AND (running_until <= NOW(3)"
    "               OR running_until > NOW(3) + INTERVAL ? SECOND)) AS free,"
    "       request_hash = ? AS same, status, body"
    "  FROM idempotency"
    " WHERE account_id = ? AND idempotency_key = ?");
DB_STMT(idempotency_take, "buiusu", NULL,
    "UPDATE idempotency"
    "   SET request_hash = ?, owner = ?, status = NULL, body = NULL,"
    "       running_until = NOW(3) + INTERVAL ? SECOND, created_at = NOW(3)"
    " WHERE account_id = ? AND idempotency_key = ? AND owner = ?");

/* Judges what is there; ERR_CONFLICT: it changed meanwhile, look again. */
static enum err
entry_meet(struct ctx *cx, struct idempotency *i)
{
	struct entry was;
	uint64_t matched;
	enum err e;

	e = db_find(cx, &was, &idempotency_find, KEEP_S, RUN_S + CLOCKS_S,
	    i->hash, sizeof(i->hash), &i->account, i->key);
	if (e == ERR_NOT_FOUND)
		return ERR_CONFLICT;
	if (e)
		return e;
	if (uuid_equal(&was.owner, &i->owner))
		return ERR_OK; /* an uncertain try has made it */
	if (was.free) {
		e = db_run(cx, &matched, &idempotency_take, i->hash,
		    sizeof(i->hash), &i->owner, RUN_S, &i->account, i->key,
		    &was.owner);
		return e == ERR_OK && matched != 1 ? ERR_CONFLICT : e;
	}
	if (!was.same)
		return fault(cx, ERR_IDEMPOTENCY_MISMATCH, "Idempotency-Key",
		    "the key was used with another path or body");
	if (was.status == INT_NONE)
		return fault_retry(cx, ERR_IDEMPOTENCY_IN_PROGRESS, 1,
		    "the first request with this key is still running");
	i->replay = true;
	i->status = was.status;
	i->body = was.body;
	return ERR_OK;
}

enum err
idempotency_begin(struct ctx *cx, struct idempotency *i)
{
	enum err e = ERR_CONFLICT;

	i->replay = false;
	for (int tries = 0; tries < TRIES_MAX; tries++) {
		e = db_run(cx, NULL, &idempotency_insert, &i->account, i->key,
		    i->hash, sizeof(i->hash), &i->owner, RUN_S);
		if (e == ERR_CONFLICT) {
			fault_clear(cx);
			e = entry_meet(cx, i);
		}
		if (e != ERR_CONFLICT && e != ERR_UNCERTAIN)
			return e;
		fault_clear(cx);
	}
	if (e == ERR_CONFLICT)
		return fault_retry(cx, ERR_IDEMPOTENCY_IN_PROGRESS, 1,
		    "other requests with this key are running");
	return e;
}

DB_STMT(idempotency_keep, "isusu", NULL,
    "UPDATE idempotency SET status = ?, body = ?"
    " WHERE account_id = ? AND idempotency_key = ? AND owner = ?");

enum err
idempotency_finish(struct ctx *cx, const struct idempotency *i, int64_t status,
    const char *body)
{
	uint64_t matched;
	enum err e = db_run(cx, &matched, &idempotency_keep, status, body,
	    &i->account, i->key, &i->owner);

	if (e == ERR_OK && matched != 1)
		return fault_retry(cx, ERR_IDEMPOTENCY_IN_PROGRESS, 1,
		    "another request has taken the key over");
	return e;
}

DB_STMT(idempotency_delete, "usu", NULL,
    "DELETE FROM idempotency"
    " WHERE account_id = ? AND idempotency_key = ? AND owner = ?");

enum err
idempotency_abandon(struct ctx *cx, const struct idempotency *i)
{
	enum err e;

	e = db_run(
	    cx, NULL, &idempotency_delete, &i->account, i->key, &i->owner);
	if (e != ERR_UNCERTAIN)
		return e;
	fault_clear(cx);
	return db_run(
	    cx, NULL, &idempotency_delete, &i->account, i->key, &i->owner);
}

struct settling {
	const struct idempotency *of;
	bool kept;
};

struct kept {
	int64_t status;
};
static const struct field kept_fields[] = { COLUMN(struct kept, status) };
static const struct shape kept_shape = SHAPE(struct kept, kept_fields);

/* The lock is had when the transaction that keeps the answer has ended. */
DB_STMT(idempotency_lock, "usu", &kept_shape,
    "SELECT status FROM idempotency"
    " WHERE account_id = ? AND idempotency_key = ? AND owner = ? FOR UPDATE");

static enum err
settle_work(struct ctx *cx, void *arg)
{
	struct settling *s = arg;
	const struct idempotency *i = s->of;
	struct kept kept;
	enum err e;

	e = db_find(
	    cx, &kept, &idempotency_lock, &i->account, i->key, &i->owner);
	if (e)
		return e;
	s->kept = kept.status != INT_NONE;
	return s->kept ? ERR_OK
		       : db_run(cx, NULL, &idempotency_delete, &i->account,
			     i->key, &i->owner);
}

enum err
idempotency_settle(struct ctx *cx, const struct idempotency *i, bool *kept_out)
{
	struct settling s = { .of = i };
	enum err e = db_transaction(cx, settle_work, &s);

	if (e == ERR_OK)
		*kept_out = s.kept;
	return e;
}

const struct db_stmt *const idempotency_stmts[] = { &idempotency_insert,
	&idempotency_find, &idempotency_take, &idempotency_keep,
	&idempotency_delete, &idempotency_lock, NULL };
