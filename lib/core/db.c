#include "config.h"

#include "core/db.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mysql.h>

#include "base/encode.h"
#include "base/log.h"
#include "base/text.h"
#include "core/conf.h"
#include "core/db_impl.h"

#define TRIES_MAX 10 /* of a transaction that meets a deadlock */
#define CONNECT_TIMEOUT_S 3
#define RETRY_AFTER_S 5 /* told to callers while the database is away */

/*
 * Error numbers, the same for MariaDB and MySQL where both have them.
 * Client: 2001-2055; server: https://mariadb.com/kb/en/mariadb-error-codes/
 */
static const unsigned lost_codes[] = { 2001, 2002, 2003, 2005, 2006, 2012, 2013,
	2014, 2055, 4031, 1927, 1053, 1040, 1203, 1226, 1290, 1836, 1129, 1317,
	1047, 1045, 1049, 1130 };
static const unsigned retry_codes[] = { 1213, 1205, 1020, 1180, DB_STALE_CODE };
/* a table, column, key or row is there; a table, column or key is not */
static const unsigned done_codes[] = { 1050, 1060, 1061, 1062, 1051, 1091 };

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void
library_init(void)
{
	if (mysql_library_init(0, NULL, NULL) != 0)
		die(70, "cannot start the database client library");
}

static bool
code_in(unsigned code, const unsigned *codes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (codes[i] == code)
			return true;
	return false;
}

bool
db_code_is_retryable(unsigned code)
{
	return code_in(code, retry_codes, COUNT(retry_codes));
}

bool
db_was_done(const struct db *db)
{
	return code_in(db->code, done_codes, COUNT(done_codes));
}

struct db *
db_new(const struct conf *conf)
{
	struct db *db;

	pthread_once(&library_once, library_init);
	db = calloc(1, sizeof(*db));
	if (db == NULL)
		die(71, "out of memory");
	db->conf = conf;
	if (!conf_db_password(conf, db->password))
		die(78, "cannot read db_password_file '%s'",
		    conf->db_password_file);
	return db;
}

void
db_free(struct db *db)
{
	if (db == NULL)
		return;
	db_disconnect(db);
	explicit_bzero(db->password, sizeof(db->password));
	free(db);
}

void
db_disconnect(struct db *db)
{
	db_stmt_forget(db);
	if (db->mysql != NULL)
		mysql_close(db->mysql);
	db->mysql = NULL;
}

/* "... for key 'account.account_email'" -> "account_email" */
static void
conflict_key_read(struct db *db, const char *text)
{
	const char *key = strstr(text, "for key '");
	const char *dot;
	size_t len;

	db->conflict_key[0] = '\0';
	if (key == NULL)
		return;
	key += strlen("for key '");
	len = strcspn(key, "'");
	dot = memchr(key, '.', len);
	if (dot != NULL) {
		len -= (size_t)(dot + 1 - key);
		key = dot + 1;
	}
	if (len >= sizeof(db->conflict_key))
		len = sizeof(db->conflict_key) - 1;
	memcpy(db->conflict_key, key, len);
	db->conflict_key[len] = '\0';
}

enum err
db_error(struct ctx *cx, const char *what, unsigned code, const char *text)
{
	struct db *db = cx->db;

	db->code = code;
	if (code == 1062 || code == 1586) {
		conflict_key_read(db, text);
		return fault(cx, ERR_CONFLICT, NULL, "%s: %s", what, text);
	}
	if (db_code_is_retryable(code)) {
		db->again = true;
		return fault_retry(
		    cx, ERR_UNAVAILABLE, 1, "%s: %u %s", what, code, text);
	}
	if (code_in(code, lost_codes, COUNT(lost_codes))) {
		db->lost = true;
		db->not_sent = code != 2013 && code != 2055;
		return fault_retry(cx, ERR_UNAVAILABLE, RETRY_AFTER_S,
		    "%s: %u %s", what, code, text);
	}
	return fault(cx, ERR_INTERNAL, NULL, "%s: %u %s", what, code, text);
}

static void
set_options(struct db *db)
{
	unsigned connect_s = CONNECT_TIMEOUT_S;
	unsigned io_s = (unsigned)db->conf->db_timeout;
	unsigned protocol = MYSQL_PROTOCOL_TCP;

	/* or "localhost" would mean a socket that nobody named */
	if (text_empty(db->conf->db_socket) && !text_empty(db->conf->db_host))
		mysql_options(db->mysql, MYSQL_OPT_PROTOCOL, &protocol);
	mysql_options(db->mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
	mysql_options(db->mysql, MYSQL_OPT_READ_TIMEOUT, &io_s);
	mysql_options(db->mysql, MYSQL_OPT_WRITE_TIMEOUT, &io_s);
	mysql_options(db->mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_options(db->mysql, MYSQL_INIT_COMMAND,
	    "SET sql_mode = 'ONLY_FULL_GROUP_BY,STRICT_ALL_TABLES,"
	    "NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
	    "NO_ENGINE_SUBSTITUTION', time_zone = '+00:00'");
	mysql_options(db->mysql, MYSQL_INIT_COMMAND,
	    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
}

enum err
db_connect(struct ctx *cx)
{
	struct db *db = cx->db;
	const struct conf *conf = db->conf;
	const char *socket = conf->db_socket;
	const char *host = conf->db_host;
	enum err e;

	if (db->mysql != NULL)
		return ERR_OK;
	db->mysql = mysql_init(NULL);
	if (db->mysql == NULL)
		die(71, "out of memory");
	set_options(db);
	if (mysql_real_connect(db->mysql, text_empty(host) ? NULL : host,
		conf->db_user, db->password, conf->db_name,
		(unsigned)conf->db_port, text_empty(socket) ? NULL : socket,
		CLIENT_FOUND_ROWS) != NULL) {
		db->lost = false;
		return ERR_OK;
	}
	e = db_error(
	    cx, "connect", mysql_errno(db->mysql), mysql_error(db->mysql));
	db_disconnect(db);
	return e;
}

enum err
db_ping(struct ctx *cx)
{
	struct db *db = cx->db;
	enum err e;

	e = db_connect(cx);
	if (e)
		return e;
	if (mysql_ping(db->mysql) == 0)
		return ERR_OK;
	db_disconnect(db);
	return db_connect(cx);
}

uint64_t
db_insert_id(const struct db *db)
{
	return db->insert_id;
}

const char *
db_conflict_key(const struct db *db)
{
	return db->conflict_key;
}

bool
db_in_transaction(const struct db *db)
{
	return db->in_transaction;
}

static enum err
db_plain(struct ctx *cx, const char *sql)
{
	struct db *db = cx->db;

	if (mysql_real_query(db->mysql, sql, strlen(sql)) == 0)
		return ERR_OK;
	return db_error(
	    cx, sql, mysql_errno(db->mysql), mysql_error(db->mysql));
}

/* A connection that died unnoticed is found here: made anew once. */
static enum err
begin(struct ctx *cx)
{
	enum err e;

	e = db_connect(cx);
	if (e)
		return e;
	e = db_plain(cx, "START TRANSACTION");
	if (e != ERR_UNAVAILABLE || !cx->db->lost)
		return e;
	db_disconnect(cx->db);
	e = db_connect(cx);
	if (e)
		return e;
	return db_plain(cx, "START TRANSACTION");
}

static enum err
commit(struct ctx *cx)
{
	enum err e = db_plain(cx, "COMMIT");

	if (e == ERR_UNAVAILABLE && cx->db->lost && !cx->db->not_sent)
		return fault(cx, ERR_UNCERTAIN, NULL,
		    "the connection broke during the commit");
	return e;
}

/* One run of the work; rolled back unless it was committed. */
static enum err
transaction_try(
    struct ctx *cx, enum err (*work)(struct ctx *, void *), void *arg)
{
	struct db *db = cx->db;
	enum err e;

	db->lost = false;
	db->again = false;
	e = begin(cx);
	if (e)
		return e;
	db->lost = false;
	db->in_transaction = true;
	e = work(cx, arg);
	if (e == ERR_OK && !db->lost && !db->again)
		e = commit(cx);
	else if (e == ERR_OK)
		e = fault_retry(cx, ERR_UNAVAILABLE, 1,
		    "a failed statement was overlooked");
	db->in_transaction = false;
	if (e != ERR_OK && !db->lost && mysql_rollback(db->mysql) != 0)
		db->lost = true;
	if (db->lost)
		db_disconnect(db);
	return e;
}

/* 1-2 ms at first, doubling to some 100: whoever collided comes apart. */
static void
pause_before(int tries)
{
	uint32_t base_us = 1000U << (tries > 7 ? 7 : tries);
	uint32_t us = base_us + random_below(base_us);
	struct timespec t = { us / 1000000, (long)(us % 1000000) * 1000 };

	nanosleep(&t, NULL);
}

enum err
db_transaction(
    struct ctx *cx, enum err (*work)(struct ctx *, void *), void *arg)
{
	struct db *db = cx->db;
	bool reconnected = false;
	enum err e;

	assert(!db->in_transaction);
	for (int tries = 1;; tries++) {
		e = transaction_try(cx, work, arg);
		if (e == ERR_OK || e == ERR_UNCERTAIN || tries >= TRIES_MAX)
			return e;
		if (db->lost) {
			if (reconnected)
				return e;
			reconnected = true;
		} else if (!db->again) {
			return e;
		}
		fault_clear(cx);
		pause_before(tries);
	}
}

/* Gives the results of a multi-statement query away, sees every error. */
static enum err
script_results(struct ctx *cx)
{
	MYSQL *mysql = cx->db->mysql;
	int more;

	do {
		MYSQL_RES *rows = mysql_store_result(mysql);

		if (rows != NULL)
			mysql_free_result(rows);
		else if (mysql_errno(mysql) != 0)
			break;
		more = mysql_next_result(mysql);
	} while (more == 0);
	if (mysql_errno(mysql) != 0)
		return db_error(
		    cx, "script", mysql_errno(mysql), mysql_error(mysql));
	return ERR_OK;
}

enum err
db_script(struct ctx *cx, const char *sql)
{
	struct db *db = cx->db;
	enum err e;

	e = db_connect(cx);
	if (e)
		return e;
	mysql_set_server_option(db->mysql, MYSQL_OPTION_MULTI_STATEMENTS_ON);
	if (mysql_real_query(db->mysql, sql, strlen(sql)) != 0)
		e = db_error(cx, "script", mysql_errno(db->mysql),
		    mysql_error(db->mysql));
	else
		e = script_results(cx);
	if (db->lost)
		db_disconnect(db);
	else
		mysql_set_server_option(
		    db->mysql, MYSQL_OPTION_MULTI_STATEMENTS_OFF);
	return e;
}
