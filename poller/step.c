#include "step.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "domain/clock_step.h"
#include "flight.h"

#define FRESH_MS 15000 /* between two looks that can be compared */

bool
step_seen(struct engine *e, int64_t now_ms)
{
	int64_t steady_ms = clock_steady_us() / 1000;
	int64_t lead_ms = now_ms - steady_ms;
	int64_t step_ms = lead_ms - e->lead_ms;
	bool fresh = steady_ms < e->seen_ms + FRESH_MS;
	bool first = e->seen_ms == 0, mine = false;
	enum err err = ERR_OK;

	e->seen_ms = steady_ms;
	e->lead_ms = lead_ms;
	if (first || step_ms < CLOCK_STEP_LEAST_MS)
		return false;
	for (struct flight *f = e->flights; f != NULL; f = f->next)
		f->held_us = 0;
	if (fresh)
		err = clock_step_forward(&e->cx, step_ms, &mine);
	if (err)
		engine_db_failed(e, "mending what waits", err);
	log_warn(
	    "the database's clock was set forward by %" PRId64 " ms", step_ms);
	return true;
}

void
step_look(struct engine *e)
{
	int64_t now_ms, back_ms = 0;
	enum err err = clock_step_look(&e->cx, &now_ms, &back_ms);

	if (err) {
		engine_db_failed(e, "asking for the time", err);
		return;
	}
	if (back_ms > 0)
		log_warn("the database's clock was set back by some %" PRId64
			 " ms",
		    back_ms);
	(void)step_seen(e, now_ms);
}
