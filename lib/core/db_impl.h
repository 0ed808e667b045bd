/*
 * db_impl - what db.c (connection, transactions), db_stmt.c (statements),
 * db_bind.c (parameters) and db_fetch.c (rows) know of each other; nobody else
 * includes it.
 */
#ifndef CORE_DB_IMPL_H
#define CORE_DB_IMPL_H

#include <stdarg.h>

#include <mysql.h>

#include "core/conf.h"
#include "core/db.h"

#define DB_STMTS_MAX 512 /* statements kept on a connection; power of 2 */
#define DB_PARAMS_MAX 160

/* Tables changed faster than the server could prepare a statement again. */
#define DB_STALE_CODE 1615

#define TEXT_FIRST 256 /* bytes of a text column fetched at once */

/* my_bool of MariaDB, bool of MySQL 8 */
typedef __typeof__(*((MYSQL_BIND *)0)->is_null) db_bool;

/* Where one column of a row is fetched to. */
struct db_column {
	const struct field *field;
	db_bool is_null;
	db_bool error;
	unsigned long length;
	union {
		long long integer;
		double real;
		MYSQL_TIME time;
		unsigned char uuid[16];
		char text[TEXT_FIRST];
	} value;
};

struct db_prepared {
	const struct db_stmt *stmt;
	MYSQL_STMT *handle;
	struct db_column *columns;
	MYSQL_BIND *binds;
	unsigned column_count;
};

/* Parameters while a statement runs. */
struct db_params {
	MYSQL_BIND bind[DB_PARAMS_MAX];
	long long integer[DB_PARAMS_MAX];
	double real[DB_PARAMS_MAX];
	MYSQL_TIME time[DB_PARAMS_MAX];
	unsigned long length[DB_PARAMS_MAX];
};

struct db {
	const struct conf *conf;
	char password[CONF_DB_PASSWORD];
	MYSQL *mysql; /* NULL while not connected */
	struct db_prepared *prepared[DB_STMTS_MAX]; /* hash, open addresses */
	bool in_transaction;
	bool lost;     /* the connection broke in this unit */
	bool not_sent; /* ... before the statement was sent */
	bool again;    /* deadlock or lock timeout in this unit */
	unsigned code; /* of the last error */
	uint64_t insert_id;
	struct db_params params; /* too large for the stacks of threads */
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
/* What failed in a statement, by db_error(). */
enum err db_stmt_error(struct ctx *, const struct db_stmt *, MYSQL_STMT *);
/* Fills in the arguments by the signature. */
void db_params_bind(struct db_params *, const char *in, va_list);
/* ERR_INTERNAL when rows would not leave room for what is made of them. */
enum err db_room_check(struct ctx *, const struct db_stmt *, size_t) MUST_CHECK;
/* The next row; *more_out false at the end. */
enum err db_row_read(
    struct ctx *, struct db_prepared *, void *row, bool *more_out) MUST_CHECK;
/* Would this error be gone when the transaction runs again? */
bool db_code_is_retryable(unsigned code);

#endif
