/*
 * Tickets: kept by their hash, taken by deleting the row.
 */
#include "config.h"

#include "domain/ticket.h"

#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "core/db.h"

#define TICKET_BYTES 16
#define TICKET_S INT64_C(30)
#define SWEEP_MAX INT64_C(100) /* dead ones that a new one takes along */

static const struct field ticket_fields[] = {
	FIELD(struct ticket, ticket, .about = "for /ws?ticket=, once"),
	COLUMN(struct ticket, expires_at),
};
const struct shape ticket_shape = SHAPE(struct ticket, ticket_fields);

DB_STMT(ticket_sweep, "i", NULL,
    "DELETE FROM ws_ticket WHERE dies_at < NOW(3) ORDER BY dies_at LIMIT ?");
DB_STMT(ticket_insert, "buuiti", NULL,
    "INSERT INTO ws_ticket (hash, account_id, jti, token_epoch,"
    "       token_expires_at, dies_at)"
    "VALUES (?, ?, ?, ?, ?, NOW(3) + INTERVAL ? SECOND)");

enum err
ticket_open(struct ctx *cx, const struct session *session, struct ticket *out)
{
	const struct claims *claims = &session->claims;
	uint8_t bytes[TICKET_BYTES], hash[32];
	enum err e;

	random_fill(bytes, sizeof(bytes));
	out->ticket = base64url_encode(cx->arena, bytes, sizeof(bytes));
	out->expires_at.ms = clock_ms() + TICKET_S * 1000;
	sha256(out->ticket, strlen(out->ticket), hash);
	e = db_run(cx, NULL, &ticket_sweep, SWEEP_MAX);
	if (e)
		return e;
	return db_run(cx, NULL, &ticket_insert, hash, sizeof(hash),
	    &claims->sub, &claims->jti, claims->epoch, claims->exp * 1000,
	    TICKET_S);
}

struct ticket_row {
	struct uuid account_id, jti;
	int64_t token_epoch;
	struct stamp token_expires_at;
};
static const struct field row_fields[] = {
	COLUMN(struct ticket_row, account_id),
	COLUMN(struct ticket_row, jti),
	COLUMN(struct ticket_row, token_epoch),
	COLUMN(struct ticket_row, token_expires_at),
};
static const struct shape row_shape = SHAPE(struct ticket_row, row_fields);

DB_STMT(ticket_find, "b", &row_shape,
    "SELECT account_id, jti, token_epoch, token_expires_at FROM ws_ticket"
    " WHERE hash = ? AND dies_at > NOW(3)");
DB_STMT(ticket_take, "b", NULL, "DELETE FROM ws_ticket WHERE hash = ?");

enum err
ticket_redeem(struct ctx *cx, const char *ticket, struct session *out)
{
	struct ticket_row row;
	uint8_t hash[32];
	uint64_t taken = 0;
	enum err e;

	sha256(ticket, strlen(ticket), hash);
	e = db_find(cx, &row, &ticket_find, hash, sizeof(hash));
	if (e == ERR_OK)
		e = db_run(cx, &taken, &ticket_take, hash, sizeof(hash));
	if (e == ERR_NOT_FOUND || (e == ERR_OK && taken != 1))
		return fault(cx, ERR_UNAUTHENTICATED, NULL,
		    "there is no such ticket, or no more");
	if (e)
		return e;
	out->claims = (struct claims){
		.sub = row.account_id,
		.jti = row.jti,
		.exp = row.token_expires_at.ms / 1000,
		.epoch = row.token_epoch,
	};
	if (row.token_expires_at.ms <= clock_ms())
		return ERR_TOKEN_EXPIRED;
	return session_still(cx, out);
}

const struct db_stmt *const ticket_stmts[] = { &ticket_sweep, &ticket_insert,
	&ticket_find, &ticket_take, NULL };
