/*
 * protocol_google - what Veo and Omni have in common: one API, one key, one way
 * to fetch a film.
 *
 * https://ai.google.dev/gemini-api/docs/video
 */
#ifndef POLLER_PROTOCOL_GOOGLE_H
#define POLLER_PROTOCOL_GOOGLE_H

#include "protocol.h"

#define GOOGLE_KEY "x-goog-api-key: "
#define GOOGLE_POLL_MS 10000 /* as the documents ask */

/* A request to a path below the base ("/v1beta" is added where it lacks). */
void google_ask(struct ctx *, const struct job *, const char *method,
    const char *path, struct fetch_request *);
/* Lying or standing, and the lines that come closest of those it has. */
void
google_frame(const struct job *, const char *const *resolutions, struct plan *);

#endif
