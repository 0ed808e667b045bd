/*
 * protocol_plan - from what was asked to what a vendor can do.
 *
 * A model's configuration goes before the tables of its protocol: "sizes"
 * (["1280x720", ...]) and "durations" ([4, 8, 12]).
 */
#ifndef POLLER_PROTOCOL_PLAN_H
#define POLLER_PROTOCOL_PLAN_H

#include "protocol.h"
#include "vendor/nearest.h"

/* A plan that promises nothing yet but the prompt as it is. */
void plan_begin(const struct job *, struct plan *);
/* The frame or picture that a vendor would make who can do all. */
void plan_wish(const struct job *, int64_t *width, int64_t *height);
/* The closest of config.sizes, else of the table. */
void plan_size(struct ctx *, const struct job *, const struct nearest_size *,
    size_t count, struct plan *);
/* The closest of config.sizes, else as asked with its sides on a grid. */
void
plan_size_free(struct ctx *, const struct job *, int64_t grid, struct plan *);
/* The closest of config.durations, else of the table (count 0: as asked). */
void plan_seconds(struct ctx *, const struct job *, const int64_t *,
    size_t count, struct plan *);
/* The given picture, if there is one, must have the plan's size. */
void plan_fit(const struct job *, struct plan *);
/*
 * The seed; parts of one task would be the same picture, so each adds its
 * number.
 */
void plan_seed(const struct job *, struct plan *);
/* One for a job that was given none: the same whenever it is asked. */
int64_t plan_any_seed(const struct job *);

/*
 * The fields of a job by the names that a configuration uses (contract 12), for
 * vendors where the administrator says what goes where.
 */
struct plan_field {
	const char *name;
	const char *text; /* else a number */
	int64_t number;   /* INT_NONE: else a fraction */
	double real;      /* NAN: there is no value */
};
#define PLAN_FIELDS 12
void plan_fields(const struct job *, struct plan_field[PLAN_FIELDS]);
/* Sets a member of an object, when the field has a value. */
void plan_field_set(
    const struct plan_field *, struct json_object *into, const char *member);

/* What was asked for, as a JSON object in the arena: work.made. */
const char *plan_write(struct ctx *, const struct job *);

#endif
