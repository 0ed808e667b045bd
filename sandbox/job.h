/*
 * job - a task of a vendor that works while its callers come and ask.
 *
 * Nothing runs: how far a job is follows from the time since it was begun, so
 * it goes on through restarts.
 */
#ifndef JOB_H
#define JOB_H

#include <stdbool.h>

#include "store.h"

struct call;

enum phase {
	PHASE_QUEUED,
	PHASE_THROTTLED, /* accepted, without a place to run */
	PHASE_RUNNING,
	PHASE_DONE,
	PHASE_FAILED,
	PHASE_REFUSED, /* by content rules, afterwards */
	PHASE_CANCELLED,
	PHASE__MAX
};

struct progress {
	enum phase phase;
	double share; /* 0 to 1 */
};

/* How many times as long as a picture a film takes. */
#define JOB_FILM_TIMES 4

/*
 * Keeps a job (without its time) and counts it as accepted.  false when there
 * is nothing left to answer.
 */
bool job_begin(struct call *, struct job *);
/*
 * A poll: the job of an id and how far it is.  false when it is answered
 * already, because there is no such job or because polls fail.
 */
bool
job_poll(struct call *, const char *id, struct job *out, struct progress *);
/* The same without failing polls, for files. */
bool
job_find(struct call *, const char *id, struct job *out, struct progress *);
/* It goes no further. */
void job_cancel(struct call *, const struct job *);

#endif
