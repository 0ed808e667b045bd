#include "sweep.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "domain/housekeeping.h"
#include "step.h"

#define ROUND_S INT64_C(15) /* between two rounds, of all pollers together */
#define LOOK_US 5000000     /* between two looks whether one is due */
#define STEP_US 100000      /* between two batches of a round */

static void
round_over(struct engine *e, bool over)
{
	struct housekeeping *h = e->house;

	if (h->removed > 0)
		log_info("housekeeping: %" PRId64 " rows and files removed, "
			 "%" PRId64 " bytes freed",
		    h->removed, h->freed);
	/* what a database that is away kept from being done comes first */
	*h = (struct housekeeping){ .chore = over ? 0 : h->chore };
	e->house_open = false;
	e->sweep_us = clock_steady_us() + LOOK_US;
}

/*
 * A chore whose statement fails is no reason to leave the others; two in a row
 * are: the database is away.
 */
static bool
step(struct engine *e)
{
	bool over = false, away;
	enum err err = housekeeping_step(&e->cx, e->house, &over);

	if (err)
		engine_db_failed(e, "housekeeping", err);
	away = e->db_away && e->house->failed > 1;
	if (over || away)
		round_over(e, over);
	return !over && !away;
}

/* Where to go on is known also when it is not our turn. */
static enum err
begin(struct engine *e)
{
	int64_t place;
	bool mine = false;
	enum err err;

	step_look(e);
	err = chore_take(&e->cx, "housekeeping", ROUND_S, &mine, &place);

	e->sweep_us = clock_steady_us() + LOOK_US;
	if (err) {
		engine_db_failed(e, "housekeeping", err);
		return err;
	}
	e->house->place = place;
	if (mine) {
		e->house_open = true;
		e->sweep_us = 0;
	}
	return ERR_OK;
}

void
sweep_turn(struct engine *e)
{
	if (clock_steady_us() < e->sweep_us)
		return;
	if (!e->house_open)
		(void)!begin(e);
	else if (step(e))
		e->sweep_us = clock_steady_us() + STEP_US;
}

void
sweep_all(struct engine *e)
{
	if (!e->house_open && begin(e) != ERR_OK)
		return;
	e->house_open = true;
	while (step(e))
		arena_reset(e->cx.arena);
}
