/*
 * probe - does a vendor answer, and does it take our key?
 *
 * One cheap request that changes nothing: its list of models or its account.
 */
#ifndef VENDOR_PROBE_H
#define VENDOR_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"

struct probe {
	bool ok;
	int64_t latency_ms;
	const char *reason; /* NULL when ok; a provider_... of contract 9 */
};

/*
 * Waits 10 s at most.  key may be "".  A protocol that nobody knows is
 * ERR_INVALID_FIELD; whatever the vendor does is a finding.
 */
enum err vendor_probe(struct ctx *, const char *protocol, const char *url,
    const char *key, struct probe *out) MUST_CHECK;

#endif
