/*
 * vendor - what this poller knows of a vendor besides its row: how its breaker
 * stands, and when the next submission may go there.
 */
#ifndef POLLER_VENDOR_H
#define POLLER_VENDOR_H

#include "domain/breaker.h"
#include "engine.h"

struct vendor {
	struct vendor *next;
	char id[65];
	bool failing;    /* there is a row in breaker */
	bool open;       /* nothing new, but for one that tries */
	int64_t try_us;  /* open: when one may try; steady */
	int64_t send_us; /* the next submission is not before; steady */
};

/* Made at first sight; lives as long as the engine. */
struct vendor *vendor_find(struct engine *, const char *id);
/* Looks how the breakers stand. */
enum err vendor_refresh(struct engine *) MUST_CHECK;
/*
 * May one go there now?  Then the next may after gap_ms.  Otherwise *when_out.
 */
bool vendor_may_send(struct vendor *, int64_t gap_ms, int64_t *when_out);
/* It asked for a pause. */
void vendor_pause(struct vendor *, int64_t ms);
/* A call succeeded; one failed. */
void vendor_did_well(struct engine *, const char *id);
void vendor_failed(struct engine *, const char *id, enum err reason,
    const char *detail, enum breaker_weight);

#endif
