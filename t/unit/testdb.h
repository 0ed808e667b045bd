/*
 * testdb - a MariaDB of one's own for a unit test: made in a temporary
 * directory, with the schema of db/migrations, ended with the program.
 */
#ifndef T_UNIT_TESTDB_H
#define T_UNIT_TESTDB_H

#include <stdint.h>

#include "core/ctx.h"

/*
 * Starts it and returns a configuration that leads there; ends the test with a
 * TAP "skip all" when there is no mariadbd on this machine.
 */
struct conf *testdb_start(void);
/* A context with an arena and a connection of its own. */
struct ctx testdb_ctx(const struct conf *);
void testdb_ctx_free(struct ctx *);
/* Runs statements or fails the test. */
void testdb_sql(struct ctx *, const char *sql);
/* The database's clock as this connection sees it; 0: as it is. */
void testdb_ahead(struct ctx *, int64_t s);
/* SIGKILL to the server; returns when it is gone. */
void testdb_kill(void);
/* Starts it again after testdb_kill(), on the same data. */
void testdb_restart(void);

#endif
