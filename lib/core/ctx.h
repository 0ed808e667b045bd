/*
 * ctx - what every function of the library is given: the unit of work.
 */
#ifndef CORE_CTX_H
#define CORE_CTX_H

#include <stdint.h>

#include "base/arena.h"
#include "core/err.h"

struct conf;
struct db;

/* The detail of the error that is on its way up. */
struct fault {
	enum err err;
	const char *field;     /* JSON member, form part, parameter, or NULL */
	const char *detail;    /* for the caller; ERR_INTERNAL's for the log */
	int64_t retry_after_s; /* 0: none */
	const char *extra;     /* JSON members to add: "\"needed\":4" or NULL */
};

struct ctx {
	struct arena *arena; /* of the unit of work */
	struct db *db;
	const struct conf *conf;
	const char *trace; /* request or task id, for logs and replies */
	struct fault fault;
};

/* Remembers the detail and returns its second argument. */
enum err fault(struct ctx *, enum err, const char *field, const char *fmt, ...)
    PRINTF(4, 5);
/* The same with a time after which the caller may try again. */
enum err fault_retry(struct ctx *, enum err, int64_t retry_after_s,
    const char *fmt, ...) PRINTF(4, 5);
/* Forgets an error that was dealt with. */
void fault_clear(struct ctx *);

#endif
