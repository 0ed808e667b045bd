/*
 * part - what is known of one submission of a task, and how it is remembered.
 *
 * A task of n works is one part, or several where a vendor makes fewer works a
 * call.  The parts are kept as JSON in task.parts, so that whoever takes over
 * the task goes on where the last holder was seen.
 */
#ifndef POLLER_PART_H
#define POLLER_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/media_helper.h"
#include "domain/media_store.h"
#include "domain/task_queue.h"
#include "protocol.h"

#define PARTS_MAX 16

enum part_state {
	PART_UNSENT,  /* nothing has left for the vendor, or it said so */
	PART_SENT,    /* the call is about to be made or under way */
	PART_UNKNOWN, /* it was made, and its answer is lost */
	PART_RUNNING, /* the vendor works on it */
	PART_READY,   /* made; the works are on their way to the store */
	PART_STORED,  /* the files stand in the store */
	PART_FAILED,
	PART_STATE__MAX
};

/* One work on its way into the store. */
struct delivery {
	enum {
		DELIVERY_AFAR, /* at the vendor: url */
		DELIVERY_HERE, /* in the draft */
		DELIVERY_KEPT, /* in the store: item */
		DELIVERY_FAILED
	} state;
	const char *url;
	bool keyed; /* the key goes along */
	int64_t seed;
	struct media_draft file, thumbnail;
	struct call *call;     /* fetches it */
	struct media_job *job; /* looks at it */
	int tries;
	int64_t due_us;  /* not to be tried before */
	enum err reason; /* FAILED */
	struct task_item item;
};

struct part {
	enum part_state state;
	int64_t count;               /* works asked for */
	const char *remote_id;       /* NULL: not known */
	struct delivery *deliveries; /* READY, STORED; delivery_count of them */
	size_t delivery_count;
	enum err reason; /* FAILED */
	/* not remembered */
	struct call *call; /* under way with the vendor */
	bool prepared;     /* prepare() has been done with */
	const char *picture_ref;
	unsigned asked_as; /* flight's vendor_turn at its last call */
	int tries;
	int64_t due_us;   /* not to be touched before */
	int64_t progress; /* as the vendor tells; INT_NONE: it does not */
	bool asked_again; /* for links that did not work */
	int64_t lookups;  /* that were answered, and told nothing yet */
};

/* As JSON in the arena. */
const char *parts_write(struct ctx *, const struct part *, size_t count);
/*
 * The same read back; *count_out 0 when there are none.  A call that was under
 * way is PART_UNKNOWN now.  ERR_INTERNAL for what parts_write() did not write.
 */
enum err parts_read(struct ctx *, const char *json, struct part **out,
    size_t *count_out) MUST_CHECK;
/* New ones for so many works, batch of them at most in each. */
struct part *
parts_new(struct ctx *, int64_t works, int64_t batch, size_t *count_out);

#endif
