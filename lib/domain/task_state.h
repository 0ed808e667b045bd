/*
 * task_state - the states of a task and the edges between them.
 */
#ifndef DOMAIN_TASK_STATE_H
#define DOMAIN_TASK_STATE_H

#include <stdbool.h>

enum task_state {
	TASK_QUEUED,
	TASK_SUBMITTING, /* the call is about to be made or was made */
	TASK_RUNNING,    /* the vendor has it */
	TASK_FETCHING,   /* the vendor is done; we copy */
	TASK_STORING,    /* all bytes are here; checked and stored */
	TASK_UNCERTAIN,  /* nobody knows whether the call arrived */
	TASK_DONE,
	TASK_FAILED,
	TASK_CANCELLED,
	TASK_STATE__MAX
};

const char *task_state_name(enum task_state);   /* as in the column */
enum task_state task_state_parse(const char *); /* TASK_STATE__MAX: unknown */
bool task_state_may(enum task_state from, enum task_state to);
bool task_state_is_final(enum task_state);
/* "processing", "completed", "failed": what callers see. */
const char *task_state_status(enum task_state);

#endif
