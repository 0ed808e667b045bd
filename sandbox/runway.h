/*
 * runway - Runway's tasks.
 */
#ifndef RUNWAY_H
#define RUNWAY_H

#include "vendor.h"

struct call;

extern const struct vendor vendor_runway;

void runway_text_to_video(struct call *);
void runway_image_to_video(struct call *);
void runway_text_to_image(struct call *);
void runway_task_get(struct call *);
void runway_task_delete(struct call *);
void runway_organization(struct call *);

#endif
