/*
 * task_picture - the picture that a task starts from: sent with the request,
 * or an own upload that the request names.
 *
 * What was sent for a task alone is kept until the task ends.
 */
#ifndef DOMAIN_TASK_PICTURE_H
#define DOMAIN_TASK_PICTURE_H

#include "core/ctx.h"
#include "domain/media_store.h"
#include "domain/task.h"

struct task_picture {
	struct uuid name;          /* media.name; zero: not kept yet */
	struct media_draft *draft; /* what was sent, or NULL */
	struct media_new row;      /* of what was sent */
};

/*
 * Looks at the picture of a task that needs one; nothing is kept.
 * ERR_MISSING_FIELD, ERR_INVALID_FIELD, ERR_UNSUPPORTED_MEDIA.
 */
enum err task_picture_look(struct ctx *, const struct account *,
    const struct task_new *, struct task_picture *out) MUST_CHECK;
/* What was sent becomes a file of the store: name is known then. */
enum err task_picture_keep(struct ctx *, struct task_picture *) MUST_CHECK;
/* Its row, in the transaction of the task. */
enum err
task_picture_write(struct ctx *, const struct task_picture *) MUST_CHECK;
/* There will be no task: what was kept for it goes. */
void task_picture_drop(struct ctx *, const struct task_picture *);

#endif
