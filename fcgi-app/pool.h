/*
 * pool - the database connections of a process, lent to one request at a time.
 */
#ifndef FCGI_APP_POOL_H
#define FCGI_APP_POOL_H

#include <stddef.h>
#include <stdint.h>

struct conf;
struct db;
struct pool;

/* size connections, each made when it is first used. */
struct pool *pool_new(const struct conf *, size_t size);
/* All connections are back by then.  pool_free(NULL) does nothing. */
void pool_free(struct pool *);
/* NULL when none became free within wait_s seconds. */
struct db *pool_take(struct pool *, int64_t wait_s);
void pool_give(struct pool *, struct db *);

#endif
