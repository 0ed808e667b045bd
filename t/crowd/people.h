/*
 * people - accounts with tokens, straight into the database of a site.
 */
#ifndef T_CROWD_PEOPLE_H
#define T_CROWD_PEOPLE_H

#include "base/uuid.h"
#include "core/ctx.h"

struct person {
	struct uuid id;
	char *token; /* of the heap */
};

/* A connection and an arena of one's own; ends the program without them. */
struct ctx people_ctx(const struct conf *);
void people_ctx_free(struct ctx *);
/* Ends the program when something went wrong. */
void people_must(struct ctx *, enum err, const char *what);
/* So many new ones, of the heap. */
struct person *people_new(struct ctx *, size_t count);
void people_free(struct person *, size_t count);

#endif
