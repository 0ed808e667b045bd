#include "sweep.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "domain/housekeeping.h"

#define ROUND_S INT64_C(15) /* between two rounds, of all pollers together */
#define LOOK_US 5000000     /* between two looks whether one is due */
#define STEP_US 100000      /* between two batches of a round */

static void
round_over(struct engine *e)
{
	struct housekeeping *h = e->house;

	if (h->removed > 0)
		log_info("housekeeping: %" PRId64 " rows and files removed, "
			 "%" PRId64 " bytes freed",
		    h->removed, h->freed);
	*h = (struct housekeeping){ .chore = 0 };
	e->house_open = false;
	e->sweep_us = clock_steady_us() + LOOK_US;
}

static bool
step(struct engine *e)
{
	bool over = false;
	enum err err = housekeeping_step(&e->cx, e->house, &over);

	if (err) {
		engine_db_failed(e, "housekeeping", err);
		over = over || e->db_away;
	}
	if (over)
		round_over(e);
	return !over;
}

static void
begin(struct engine *e)
{
	int64_t place;
	bool mine = false;
	enum err err =
	    chore_take(&e->cx, "housekeeping", ROUND_S, &mine, &place);

	e->sweep_us = clock_steady_us() + LOOK_US;
	if (err) {
		engine_db_failed(e, "housekeeping", err);
		return;
	}
	if (!mine)
		return;
	*e->house = (struct housekeeping){ .place = place };
	e->house_open = true;
	e->sweep_us = 0;
}

void
sweep_turn(struct engine *e)
{
	if (clock_steady_us() < e->sweep_us)
		return;
	if (!e->house_open)
		begin(e);
	else if (step(e))
		e->sweep_us = clock_steady_us() + STEP_US;
}

void
sweep_all(struct engine *e)
{
	e->house_open = true;
	while (step(e))
		arena_reset(e->cx.arena);
}
