/*
 * google - Google's Gemini API: Veo's operations and Omni's interactions.
 */
#ifndef GOOGLE_H
#define GOOGLE_H

#include "vendor.h"

struct call;

extern const struct vendor vendor_google;

void google_model_list(struct call *);         /* GET /models */
void google_veo_start(struct call *);          /* :predictLongRunning */
void google_veo_get(struct call *);            /* GET an operation */
void google_file_get(struct call *);           /* GET /files/{id}:download */
void google_interaction_start(struct call *);  /* POST /interactions */
void google_interaction_get(struct call *);    /* GET /interactions/{id} */
void google_interaction_cancel(struct call *); /* POST .../cancel */

#endif
