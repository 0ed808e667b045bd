/*
 * The life of a task, by the clock.
 */
#include "config.h"

#include "job.h"

#include "base/clock.h"
#include "base/text.h"
#include "call.h"
#include "steer.h"

#define QUEUED_SHARE 0.15
#define THROTTLED_SHARE 0.40
#define ENDLESS_SHARE 0.90 /* how far what never ends comes */
#define POLLS_FAILING 2
#define CANCELLED "cancelled"

/* Where the words lead at the end. */
static enum phase
phase_end(const struct words *w)
{
	if (words_have(w, WORD_CANCELLED))
		return PHASE_CANCELLED;
	if (words_have(w, WORD_REFUSE) || words_have(w, WORD_FILTERED))
		return PHASE_REFUSED;
	if (words_have(w, WORD_FAIL))
		return PHASE_FAILED;
	return PHASE_DONE;
}

static struct progress
progress_of(struct call *c, const struct job *job)
{
	int64_t passed = clock_ms() - job->created_ms;
	bool endless = words_have(&c->words, WORD_NEVERENDS);
	struct progress p = { PHASE_RUNNING, 1 };

	if (job->work_ms > 0)
		p.share = (double)passed / (double)job->work_ms;
	if (endless && p.share > ENDLESS_SHARE)
		p.share = ENDLESS_SHARE;
	if (store_marked(c, job->id, CANCELLED))
		p.phase = PHASE_CANCELLED;
	else if (p.share >= 1)
		p.phase = phase_end(&c->words);
	else if (words_have(&c->words, WORD_THROTTLED) &&
		 p.share < THROTTLED_SHARE)
		p.phase = PHASE_THROTTLED;
	else if (p.share < QUEUED_SHARE)
		p.phase = PHASE_QUEUED;
	if (p.share > 1)
		p.share = 1;
	return p;
}

bool
job_begin(struct call *c, struct job *job)
{
	job->vendor = c->vendor->name;
	job->prompt = c->prompt;
	if (job->count == 0)
		job->count = 1;
	job->work_ms = steer_work_ms(c);
	if (text_is(job->kind, "video") && c->words.delay_ms < 0)
		job->work_ms *= JOB_FILM_TIMES;
	if (!store_put(c, job)) {
		vendor_complain(c, TROUBLE_BROKEN, NULL, NULL);
		return false;
	}
	return !steer_accept(c, job->id);
}

bool
job_find(
    struct call *c, const char *id, struct job *out, struct progress *progress)
{
	c->id = id;
	if (!store_get(c, id, out)) {
		vendor_complain(c, TROUBLE_NOT_FOUND, NULL, NULL);
		return false;
	}
	c->words = words_find(out->prompt);
	*progress = progress_of(c, out);
	return true;
}

bool
job_poll(
    struct call *c, const char *id, struct job *out, struct progress *progress)
{
	if (!job_find(c, id, out, progress))
		return false;
	if (words_have(&c->words, WORD_POLLFAIL) &&
	    store_count(c, "poll", id) <= POLLS_FAILING) {
		vendor_complain(c, TROUBLE_BROKEN, NULL, NULL);
		return false;
	}
	return true;
}

void
job_cancel(struct call *c, const struct job *job)
{
	(void)store_mark(c, job->id, CANCELLED);
}
