#include "domain/task_state.h"

#include "base/base.h"
#include "base/text.h"

#define BIT(state) (1U << (state))
#define ENDS (BIT(TASK_DONE) | BIT(TASK_FAILED) | BIT(TASK_CANCELLED))

struct state {
	const char *name;
	const char *status; /* what callers see */
	unsigned next;      /* the states that may follow */
};

/*
 * A refused submission goes back to queued, and so does an uncertain one that
 * is found never to have arrived; a late result of one is still fetched.
 */
static const struct state states[TASK_STATE__MAX] = {
	[TASK_QUEUED] = { "queued", "processing",
	    BIT(TASK_SUBMITTING) | BIT(TASK_FAILED) | BIT(TASK_CANCELLED) },
	[TASK_SUBMITTING] = { "submitting", "processing",
	    BIT(TASK_QUEUED) | BIT(TASK_RUNNING) | BIT(TASK_FETCHING) |
		BIT(TASK_STORING) | BIT(TASK_UNCERTAIN) | ENDS },
	[TASK_RUNNING] = { "running", "processing",
	    BIT(TASK_FETCHING) | BIT(TASK_STORING) | ENDS },
	[TASK_FETCHING] = { "fetching", "processing",
	    BIT(TASK_RUNNING) | BIT(TASK_STORING) | ENDS },
	[TASK_STORING] = { "storing", "processing", BIT(TASK_FETCHING) | ENDS },
	[TASK_UNCERTAIN] = { "uncertain", "processing",
	    BIT(TASK_QUEUED) | BIT(TASK_RUNNING) | BIT(TASK_FETCHING) |
		BIT(TASK_STORING) | ENDS },
	[TASK_DONE] = { "done", "completed", 0 },
	[TASK_FAILED] = { "failed", "failed", 0 },
	[TASK_CANCELLED] = { "cancelled", "failed", 0 },
};

const char *
task_state_name(enum task_state state)
{
	return states[state].name;
}

enum task_state
task_state_parse(const char *name)
{
	for (size_t i = 0; i < COUNT(states); i++)
		if (text_is(states[i].name, name))
			return (enum task_state)i;
	return TASK_STATE__MAX;
}

bool
task_state_may(enum task_state from, enum task_state to)
{
	return (states[from].next & BIT(to)) != 0;
}

bool
task_state_is_final(enum task_state state)
{
	return states[state].next == 0;
}

const char *
task_state_status(enum task_state state)
{
	return states[state].status;
}
