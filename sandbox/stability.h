/*
 * stability - Stability AI's two generations, v1 and v2beta.
 */
#ifndef STABILITY_H
#define STABILITY_H

#include <stdbool.h>
#include <stdint.h>

#include "vendor.h"

struct call;

extern const struct vendor vendor_stability_v1;
extern const struct vendor vendor_stability_v2;

void stability_text(struct call *);     /* v1 .../text-to-image */
void stability_image(struct call *);    /* v1 .../image-to-image */
void stability_engines(struct call *);  /* GET /v1/engines/list */
void stability_balance(struct call *);  /* GET /v1/user/balance */
void stability_generate(struct call *); /* v2beta/stable-image/generate/... */

/* Is it a style_preset, or none at all? */
bool stability_style_known(const char *);
/* "SUCCESS" or "CONTENT_FILTERED", by the words. */
const char *stability_reason(const struct call *);

#endif
