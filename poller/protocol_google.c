#include "protocol_google.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/text.h"
#include "protocol_ask.h"
#include "protocol_plan.h"
#include "vendor/link.h"

void
google_ask(struct ctx *cx, const struct job *job, const char *method,
    const char *path, struct fetch_request *out)
{
	ask(cx, job, GOOGLE_KEY, method,
	    arena_printf(cx->arena, "%s%s",
		link_base(cx->arena, job->url, "/v1beta"), path),
	    out);
}

void
google_frame(
    const struct job *job, const char *const *resolutions, struct plan *plan)
{
	static const struct nearest_size shapes[] = {
		{ "16:9", 16, 9 },
		{ "9:16", 9, 16 },
	};
	int64_t width, height, lines, best = INT64_MAX;

	plan_wish(job, &width, &height);
	plan->size = nearest_size(shapes, COUNT(shapes), width, height)->word;
	lines = width < height ? width : height;
	for (; *resolutions != NULL; resolutions++) {
		int64_t wide, high;

		nearest_frame(*resolutions, 16, 9, &wide, &high);
		if (llabs(high - lines) >= best)
			continue;
		best = llabs(high - lines);
		plan->resolution = *resolutions;
		plan->width = text_is(plan->size, "16:9") ? wide : high;
		plan->height = text_is(plan->size, "16:9") ? high : wide;
	}
}
