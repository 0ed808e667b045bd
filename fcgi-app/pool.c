/*
 * Connections on a stack: the one that was used last is lent first, so that as
 * few as the load needs stay open.
 */
#include "config.h"

#include "pool.h"

#include <pthread.h>
#include <time.h>

#include "base/arena.h"
#include "base/base.h"
#include "core/db.h"

struct pool {
	struct arena *arena;
	pthread_mutex_t mutex;
	pthread_cond_t given;
	struct db **free; /* a stack */
	size_t free_count;
	size_t size;
};

struct pool *
pool_new(const struct conf *conf, size_t size)
{
	struct arena *a = arena_new(64 * KIB + size * sizeof(struct db *));
	struct pool *p = ARENA_NEW(a, struct pool);
	pthread_condattr_t attr;

	p->arena = a;
	p->size = size;
	p->free = ARENA_ARRAY(a, size, struct db *);
	for (size_t i = 0; i < size; i++)
		p->free[p->free_count++] = db_new(conf);
	/* With these arguments none of them fails on Linux. */
	(void)pthread_mutex_init(&p->mutex, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&p->given, &attr);
	(void)pthread_condattr_destroy(&attr);
	return p;
}

void
pool_free(struct pool *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->free_count; i++)
		db_free(p->free[i]);
	(void)pthread_cond_destroy(&p->given);
	(void)pthread_mutex_destroy(&p->mutex);
	arena_free(p->arena);
}

struct db *
pool_take(struct pool *p, int64_t wait_s)
{
	struct timespec until;
	struct db *db = NULL;
	int rc = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)wait_s;
	(void)pthread_mutex_lock(&p->mutex);
	while (p->free_count == 0 && rc == 0)
		rc = pthread_cond_timedwait(&p->given, &p->mutex, &until);
	if (p->free_count > 0)
		db = p->free[--p->free_count];
	(void)pthread_mutex_unlock(&p->mutex);
	return db;
}

void
pool_give(struct pool *p, struct db *db)
{
	(void)pthread_mutex_lock(&p->mutex);
	p->free[p->free_count++] = db;
	(void)pthread_cond_signal(&p->given);
	(void)pthread_mutex_unlock(&p->mutex);
}
