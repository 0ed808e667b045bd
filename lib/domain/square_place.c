#include "config.h"

#include "domain/square_place.h"

#include <pthread.h>
#include <string.h>

#include "base/base.h"
#include "base/clock.h"

#define PLACES (PAGE_DEPTH_MAX / PLACE_STEP + 1)

struct places {
	int64_t made_us; /* steady time of the first of them */
	bool known[PLACES];
	struct place at[PLACES];
};

static struct places lists[PLACE_LISTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Forgets a list whose time is over. */
static void
places_age(struct places *p)
{
	int64_t now = clock_steady_us();

	if (now - p->made_us < PLACE_LIFE_MS * INT64_C(1000))
		return;
	memset(p->known, 0, sizeof(p->known));
	p->made_us = now;
}

bool
square_place_find(
    size_t list, int64_t skip, struct place *out, int64_t *left_out)
{
	struct places *p = &lists[list];
	size_t i = (size_t)skip / PLACE_STEP;

	if (skip < PLACE_EXACT || i >= PLACES)
		return false;
	pthread_mutex_lock(&lock);
	places_age(p);
	while (i > 0 && !p->known[i])
		i--;
	if (i > 0)
		*out = p->at[i];
	pthread_mutex_unlock(&lock);
	*left_out = skip - (int64_t)i * PLACE_STEP;
	return i > 0;
}

void
square_place_keep(size_t list, int64_t skip, const struct place *place)
{
	struct places *p = &lists[list];
	size_t i = (size_t)skip / PLACE_STEP;

	if (skip < PLACE_EXACT || skip % PLACE_STEP != 0 || i >= PLACES)
		return;
	pthread_mutex_lock(&lock);
	places_age(p);
	p->known[i] = true;
	p->at[i] = *place;
	pthread_mutex_unlock(&lock);
}
