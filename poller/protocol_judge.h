/*
 * protocol_judge - replies that are no success, and documents that are none.
 *
 * The rules that hold for every vendor: a submission may be sent again only
 * when the vendor says that it did not begin; a look may fail as often as it
 * likes; money, keys and retired models are the administrator's business.
 */
#ifndef POLLER_PROTOCOL_JUDGE_H
#define POLLER_PROTOCOL_JUDGE_H

#include "protocol.h"
#include "vendor/error_read.h"
#include "vendor/refusal.h"

/* Reads a document that came with a success; its texts must be copied. */
typedef void (*judge_read_fn)(struct ctx *, const struct job *,
    const struct fetch_reply *, struct json_object *, struct verdict *);

/*
 * The reply of a submission: what is no success is judged, what is one is given
 * to read().  busy_ms: how long to wait after a 429 that does not say, unless
 * the configuration does; INT_NONE: the engine's back-off.
 */
void
judge_submission(struct ctx *, const struct job *, const struct fetch_reply *,
    int64_t busy_ms, judge_read_fn read, struct verdict *out);
/*
 * The reply of a look: what is no success is looked at again, unless the vendor
 * does not know the job (404, 410).
 */
void judge_poll(struct ctx *, const struct job *, const struct fetch_reply *,
    judge_read_fn read, struct verdict *out);

/* The verdict before anything was read: VERDICT_REFUSED, result_invalid. */
void judge_begin(struct verdict *);
/* Of this kind, with what the vendor said. */
void judge_refuse(struct ctx *, const struct job *, enum refusal,
    const char *said, struct verdict *);
/* A refusal that came inside a success. */
void judge_failed(struct ctx *, const struct job *, const struct vendor_error *,
    struct verdict *);
/* It goes on; remote_id NULL: the job's. */
void judge_running(const struct job *, const char *remote_id, int64_t progress,
    int64_t wait_ms, struct verdict *);

/*
 * A copy of an id that a vendor gave, fit to stand in an address and in a row;
 * NULL when it is not.
 */
const char *judge_id(struct ctx *, const char *given);
/* 0.42 -> 42; INT_NONE when it is no such number. */
int64_t judge_percent(double);
/* Is it of this media type?  Compared up to the ';'. */
bool judge_type_is(const struct fetch_reply *, const char *type);

/*
 * One more work, and VERDICT_READY: from an address (of whatever kind link.h
 * reads, seen from the reply's), from base64, from bytes.  NULL, and nothing
 * changes, when it is no such thing or there are too many.
 */
struct asset *judge_add_link(struct ctx *, const struct fetch_reply *,
    const char *given, bool keyed, struct verdict *);
struct asset *
judge_add_base64(struct ctx *, const char *text, struct verdict *);
struct asset *
judge_add_bytes(struct ctx *, const void *, size_t len, struct verdict *);

#endif
