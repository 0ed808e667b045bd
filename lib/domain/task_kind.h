/*
 * task_kind - the four things that can be asked for, and how they differ.
 */
#ifndef DOMAIN_TASK_KIND_H
#define DOMAIN_TASK_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

struct task_new;

struct task_kind {
	const char *name; /* as in the column: text_to_image ... */
	const char *type; /* of works and models: image or video */
	bool film;
	bool from_image;           /* needs a picture to start from */
	const char *default_model; /* NULL: the configured one decides */
	const struct shape *input; /* what callers send */
	const struct shape *kept;  /* of it, what task.params keeps */
};

/* Of a name in the column; never NULL for a name that stands there. */
const struct task_kind *task_kind_find(const char *name);
/* A rough measure of the work, for estimates: "large", "720p 5s". */
const char *
task_kind_size(struct ctx *, const struct task_kind *, const struct task_new *);
/* Does it take one of hd_count first, and cost double without? */
bool task_kind_is_hd(const struct task_kind *, const struct task_new *);
/* Works that are made, and what one of them costs at the model's price. */
int64_t task_kind_items(const struct task_kind *, const struct task_new *);
int64_t task_kind_price(
    const struct task_kind *, const struct task_new *, int64_t model_price);

#endif
