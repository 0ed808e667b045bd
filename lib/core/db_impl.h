/*
 * db_impl - what db.c (connection, transactions) and db_stmt.c (statements)
 * know of each other; nobody else includes it.
 */
#ifndef CORE_DB_IMPL_H
#define CORE_DB_IMPL_H

#include <mysql.h>

#include "core/db.h"

#define DB_STMTS_MAX 512 /* statements kept on a connection; power of 2 */
#define DB_PARAMS_MAX 160

struct db_prepared;

struct db {
	const struct conf *conf;
	char password[256];
	MYSQL *mysql; /* NULL while not connected */
	struct db_prepared *prepared[DB_STMTS_MAX]; /* hash, open addresses */
	bool in_transaction;
	bool lost;     /* the connection broke in this unit */
	bool not_sent; /* ... before the statement was sent */
	bool again;    /* deadlock or lock timeout in this unit */
	uint64_t insert_id;
	char conflict_key[64];
};

/* Connects when there is no connection. */
enum err db_connect(struct ctx *) MUST_CHECK;
void db_disconnect(struct db *);
/* What an error number means; sets lost, again and conflict_key. */
enum err
db_error(struct ctx *, const char *what, unsigned code, const char *text);
/* Closes every prepared statement. */
void db_stmt_forget(struct db *);
/* Would this error be gone when the transaction runs again? */
bool db_code_is_retryable(unsigned code);

#endif
