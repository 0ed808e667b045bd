/*
 * exam - what gessoctl doctor looks at, and what it finds.
 *
 * A check is a function that reports one finding or more: that all is well,
 * or what is wrong and how to mend it.
 */
#ifndef ADMIN_EXAM_H
#define ADMIN_EXAM_H

#include "cli.h"
#include "core/conf.h"

#define EXAM_FINDINGS_MAX 64

enum verdict {
	EXAM_OK,
	EXAM_WARN,
	EXAM_FAIL
};

struct finding {
	const char *verdict; /* OK, WARN, FAIL */
	const char *check;
	const char *detail;
	const char *cure; /* NULL when all is well */
};

struct exam {
	struct cli *cli;
	struct ctx *cx;
	const struct conf *conf;
	struct finding findings[EXAM_FINDINGS_MAX];
	size_t count;
	enum verdict worst;
};

/* All is well with a check; the detail says what was seen. */
void
exam_ok(struct exam *, const char *check, const char *fmt, ...) PRINTF(3, 4);
/* Something is wrong: how bad, what to do, what was seen. */
void exam_wrong(struct exam *, enum verdict, const char *check,
    const char *cure, const char *fmt, ...) PRINTF(5, 6);
/* The detail of the fault at hand, which is forgotten. */
const char *exam_fault(struct exam *, enum err);

/* The parts, each in a file of its own. */
void doctor_files(struct exam *);
void doctor_seal(struct exam *);
/* False when the database is of no use to the next two. */
bool doctor_db(struct exam *);
void doctor_live(struct exam *);
void doctor_site(struct exam *);

#endif
