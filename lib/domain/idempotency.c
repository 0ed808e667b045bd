/*
 * Answers kept under the key that the caller chose.
 */
#include "config.h"

#include "domain/idempotency.h"

#include "core/db.h"

#define RUN_S INT64_C(60)     /* a run without an answer is dead then */
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
DB_STMT(idempotency_find, "ibus", &entry_shape,
    "SELECT owner,"
    "       created_at <= NOW(3) - INTERVAL ? SECOND"
    "           OR (status IS NULL AND running_until <= NOW(3)) AS free,"
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

	e = db_find(cx, &was, &idempotency_find, KEEP_S, i->hash,
	    sizeof(i->hash), &i->account, i->key);
	if (e == ERR_NOT_FOUND)
		return ERR_CONFLICT;
	if (e)
		return e;
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
	for (int tries = 0; e == ERR_CONFLICT && tries < TRIES_MAX; tries++) {
		e = db_run(cx, NULL, &idempotency_insert, &i->account, i->key,
		    i->hash, sizeof(i->hash), &i->owner, RUN_S);
		if (e == ERR_CONFLICT) {
			fault_clear(cx);
			e = entry_meet(cx, i);
		}
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
	return db_run(cx, NULL, &idempotency_keep, status, body, &i->account,
	    i->key, &i->owner);
}

DB_STMT(idempotency_delete, "usu", NULL,
    "DELETE FROM idempotency"
    " WHERE account_id = ? AND idempotency_key = ? AND owner = ?");

enum err
idempotency_abandon(struct ctx *cx, const struct idempotency *i)
{
	return db_run(
	    cx, NULL, &idempotency_delete, &i->account, i->key, &i->owner);
}

const struct db_stmt *const idempotency_stmts[] = { &idempotency_insert,
	&idempotency_find, &idempotency_take, &idempotency_keep,
	&idempotency_delete, NULL };
