/*
 * protocol - how a vendor is spoken to, as pure functions.
 *
 * One file each (protocol_NAME.c).  They make requests out of a job and read
 * replies into a verdict; they touch neither network nor database, so all of
 * them are tested with bytes alone.  The engine does the rest: it carries the
 * requests, retries what is safe, fetches and stores what was made.  It never
 * sends a submission again unless a verdict says VERDICT_NOT_ACCEPTED or the
 * request surely never left.
 *
 * A job of n works at a vendor that makes fewer a call is several parts, each
 * with a submission and a remote id of its own.
 *
 * Everything that is read of a reply and kept in a verdict lives in the ctx's
 * arena.  Only whole replies (FETCH_OK) are shown to a protocol, of whatever
 * status; what broke off is the engine's affair.
 */
#ifndef POLLER_PROTOCOL_H
#define POLLER_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"
#include "core/ctx.h"
#include "core/shape.h"
#include "vendor/fetch.h"

struct json_object; /* of json-c */

/* The picture that an image_to_... job starts from. */
struct picture {
	const void *data;
	size_t len;
	const char *mime; /* image/png, image/jpeg, image/webp */
	int64_t width, height;
};

/*
 * What a vendor will really be asked for: the nearest that it can do to what
 * the user asked (protocol_plan.h).
 */
struct plan {
	const char *size;       /* as the vendor writes it, or NULL */
	const char *resolution; /* the same: "720p", or NULL */
	int64_t width, height;  /* what that means in pixels; 0: not known */
	int64_t seconds, fps;   /* films; 0: not said */
	int64_t seed;           /* INT_NONE: not said */
	double strength;        /* as the user means it; NAN: not said */
	const char *prompt;     /* with what has no field of its own */
	const char *negative;   /* of its own field; NULL: not said */
	const char *style;      /* of its own field; NULL: not said */
	/* the size that the given picture must have; 0: any will do */
	int64_t fit_width, fit_height;
};

/* What is to be made, and at whom; all of it is borrowed. */
struct job {
	struct uuid task;
	bool film;                  /* else pictures */
	const char *upstream;       /* what the vendor calls the model */
	const char *url;            /* base, as the administrator wrote it */
	const char *key;            /* "" when there is none */
	struct json_object *config; /* of the provider, or NULL */
	struct json_object *model_config; /* goes before it, or NULL */
	const char *prompt;
	const char *negative_prompt, *style; /* NULL or "": none */
	int64_t width, height;         /* pictures; 0: the given picture's */
	int64_t seed;                  /* INT_NONE: any */
	double strength;               /* 0 keeps the picture, 1 ignores it */
	int64_t duration, fps;         /* films: seconds, frames a second */
	const char *resolution;        /* films: "720p" ... */
	const struct picture *picture; /* NULL: from text alone */
	int64_t count;                 /* works of this part */
	int64_t part;                  /* which, from 0 */
	const char *remote_id; /* of this part; NULL until it is known */
	int64_t lookups;       /* how often lookup() was answered before */
	struct plan plan;      /* of plan(), which comes before all else */
	/* what prepared() made of the picture ("in.png"), or NULL */
	const char *picture_ref;
};

enum verdict_kind {
	VERDICT_NOT_ACCEPTED, /* surely not begun: may be sent again */
	VERDICT_RUNNING,      /* of a poll also: could not tell, look again */
	VERDICT_READY,
	VERDICT_REFUSED /* it failed, for good */
};

/* Whose fault a failure is: what the vendor's circuit breaker learns. */
enum verdict_blame {
	BLAME_NONE,  /* the request's own: the vendor is well */
	BLAME_BUSY,  /* the vendor is overloaded or broken */
	BLAME_MONEY, /* no credits: the administrator must act */
	BLAME_SETUP, /* key or address wrong: the administrator must act */
	BLAME_MODEL  /* the model is gone: the administrator must act */
};

/* One work, as an address or as bytes. */
struct asset {
	const char *url;  /* absolute, or NULL */
	bool keyed;       /* the key goes along (to the vendor's place only) */
	const void *data; /* when there is no url */
	size_t len;
	int64_t seed; /* INT_NONE: not told */
};

#define VERDICT_ASSETS_MAX 10

/* The engine hands it out with INT_NONE and NULL everywhere. */
struct verdict {
	enum verdict_kind kind;
	const char *remote_id; /* once it is known */
	int64_t progress;      /* 0 to 100; INT_NONE: not told */
	int64_t wait_ms;       /* until the next look or try; INT_NONE: ours */
	struct asset assets[VERDICT_ASSETS_MAX]; /* READY */
	size_t count;
	enum err reason;    /* REFUSED: of contract 9 */
	const char *detail; /* for the administrator's log, redacted */
	enum verdict_blame blame;
};

/* A model as its vendor lists it. */
struct vendor_model {
	const char *id;
	int64_t shutdown_ms; /* TIME_NONE: not announced */
};

/*
 * Builders fill a zeroed fetch_request (borrowing from the job and the arena)
 * or say ERR_PROVIDER_MISCONFIGURED with a detail.  Readers fill a verdict.
 * What a vendor has not is NULL.
 */
struct protocol {
	const char *name;       /* as in provider.protocol */
	const char *key_header; /* "Authorization: Bearer ", for keyed assets */
	bool films, pictures;   /* what it makes */
	int64_t picture_bytes;  /* of a given picture at most; 0: any number */
	int64_t batch;          /* works that one submission may ask for */
	int64_t (*batch_of)(const struct job *); /* the same of a model */
	int64_t poll_ms; /* looks are no closer than this */

	/*
	 * Decides what will be asked for; the job's picture, if any, is still
	 * as it was given (of a picture that is not read yet the size is
	 * enough).  An error is the task's reason, with a detail.
	 * plan_write() is what the work records of it.
	 */
	enum err (*plan)(
	    struct ctx *, const struct job *, struct plan *) MUST_CHECK;
	/*
	 * A call that comes before the submission and may be repeated without
	 * harm (an upload); REFUSED, NOT_ACCEPTED or, for "go on", READY with
	 * job->picture_ref set.
	 */
	enum err (*prepare)(struct ctx *, const struct job *,
	    struct fetch_request *) MUST_CHECK;
	void (*prepared)(struct ctx *, struct job *, const struct fetch_reply *,
	    struct verdict *);
	/* Hands the part over: RUNNING with an id, or READY at once. */
	enum err (*submit)(struct ctx *, const struct job *,
	    struct fetch_request *) MUST_CHECK;
	void (*submitted)(struct ctx *, const struct job *,
	    const struct fetch_reply *, struct verdict *);
	/* How does it stand?  NULL: the submission is the whole of it. */
	enum err (*poll)(struct ctx *, const struct job *,
	    struct fetch_request *) MUST_CHECK;
	void (*polled)(struct ctx *, const struct job *,
	    const struct fetch_reply *, struct verdict *);
	/* Stops it; the reply is not looked at. */
	enum err (*cancel)(struct ctx *, const struct job *,
	    struct fetch_request *) MUST_CHECK;
	/*
	 * Finds a submission whose answer was lost, by an id that was ours
	 * (job->task and job->part): RUNNING with its remote id, NOT_ACCEPTED
	 * when it surely never arrived.  RUNNING without one: look up again,
	 * with one more in job->lookups.
	 */
	enum err (*lookup)(struct ctx *, const struct job *,
	    struct fetch_request *) MUST_CHECK;
	void (*looked_up)(struct ctx *, const struct job *,
	    const struct fetch_reply *, struct verdict *);
	/* The vendor's list of models; false when the reply is none. */
	enum err (*models)(struct ctx *, const struct job *,
	    struct fetch_request *) MUST_CHECK;
	bool (*models_read)(struct ctx *, const struct fetch_reply *,
	    struct vendor_model **out, size_t *count_out);
};

/* The protocol of a name for films or pictures; NULL: there is none. */
const struct protocol *protocol_find(const char *name, bool film);

#endif
