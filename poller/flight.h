/*
 * flight - one task in hand: its claim, its job, its parts.
 */
#ifndef POLLER_FLIGHT_H
#define POLLER_FLIGHT_H

#include "domain/task_queue.h"
#include "engine.h"
#include "part.h"
#include "protocol.h"

struct flight {
	struct engine *engine;
	struct flight *next, **link; /* in the engine's list */
	struct arena *arena;         /* holds this and all that it points to */
	char trace[64];              /* "task=...", for the log */
	struct task_claim *claim;
	const struct protocol *protocol; /* NULL: there is none */
	struct job job;                  /* without part, count, remote id */
	struct vendor_seen *seen;        /* what the job's vendor was read as */
	unsigned vendor_turn;            /* grows when it is something else */
	bool new_work;                   /* may something be sent? else: why */
	enum err refusal;     /* not new_work: how unsent parts end */
	const char *fallback; /* "provider/model", or NULL */
	struct part *parts;
	size_t part_count;
	int64_t claimed_us, deadline_us; /* steady */
	int64_t started_us; /* when the vendor got it; 0: not yet */
	/* what the database does not know yet */
	bool dirty;
	bool submitted, failed_attempt; /* of the step to be written */
	int64_t progress; /* of the step to be written; 0: as is */
	bool unsure;      /* its commit may have been done */
	int64_t pulse_us; /* next sign of life */
	int64_t held_us;  /* until then it is surely ours */
	int64_t due_us;   /* next look at it; 0: now */
	size_t calls;     /* under way, of whatever kind */
	bool over;        /* to be dropped once calls is 0 */
	bool unwanted;    /* its task has ended: nobody comes for its files */
	bool blamed;      /* its vendor's breaker has counted it */
};

/*
 * Takes a task in hand that was asked for at that moment; the flight is in the
 * engine's list.
 */
struct flight *
flight_new(struct engine *, const struct task_claim *, int64_t asked_us);
/* Out of the list; stops its calls and forgets its files. */
void flight_free(struct flight *);
/* The database has just said that it is ours; asked at that moment. */
void flight_held(struct flight *, int64_t asked_us);
/* It was lost while its answer was awaited, and is ours again. */
bool flight_reclaim(struct flight *);
/* Has it ended or been lost?  It goes when its last call is over. */
void flight_drop(struct flight *);
/* The same when it is ours no more; unwanted says whether it has ended. */
void flight_lost(struct flight *);
/*
 * Reads again what the vendor is, before it is called: another address or key
 * counts from the next call on.  What was begun with a vendor that is gone, or
 * speaks another protocol now, goes on as it was.
 */
void flight_refresh(struct flight *);
/* Does whatever is due. */
void flight_advance(struct flight *);
/*
 * Tells the database what has changed; false while it does not know, or when
 * the flight is over.  Nothing may be sent before.
 */
bool flight_save(struct flight *);
/* Gives the task back, not to be touched for delay_ms. */
void flight_release(struct flight *, int64_t delay_ms);
/* The job as one of its parts sees it. */
struct job flight_job(const struct flight *, const struct part *);
/* 1 to 95: by the vendor's word, else by the time that it usually takes. */
int64_t flight_progress(const struct flight *, int64_t now_us);
/* Something with a vendor's words in it, for the administrator. */
void flight_log(const struct flight *, const char *what, enum err reason,
    const char *detail);

#endif
