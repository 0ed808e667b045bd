/*
 * steer - what the words of a prompt do to a submission, the same for every
 * vendor.
 */
#ifndef STEER_H
#define STEER_H

#include <stdbool.h>
#include <stdint.h>

struct call;

/*
 * To be called by a handler once the request is known to be right, with its
 * prompt: the call is a submission from here on.  true when the words have
 * answered it.
 */
bool steer_order(struct call *, const char *prompt);
/*
 * To be called when the vendor begins to work, with the id of the work: notes
 * it as accepted.  true when the answer is lost on its way: the handler
 * finishes what it has begun and does not answer.
 */
bool steer_accept(struct call *, const char *id);
/* How long a picture takes, by the words. */
int64_t steer_work_ms(const struct call *);
/*
 * Waits out the work of a synchronous vendor; false when the caller has gone.
 */
bool steer_work(struct call *);

#endif
