/*
 * automatic1111 - the web API of AUTOMATIC1111's Stable Diffusion web UI.
 */
#ifndef AUTOMATIC1111_H
#define AUTOMATIC1111_H

#include "vendor.h"

struct call;

extern const struct vendor vendor_automatic1111;

void automatic1111_text(struct call *);      /* POST /sdapi/v1/txt2img */
void automatic1111_image(struct call *);     /* POST /sdapi/v1/img2img */
void automatic1111_progress(struct call *);  /* GET /sdapi/v1/progress */
void automatic1111_interrupt(struct call *); /* POST /sdapi/v1/interrupt */
void automatic1111_models(struct call *);    /* GET /sdapi/v1/sd-models */

#endif
