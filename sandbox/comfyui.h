/*
 * comfyui - ComfyUI: graphs of nodes, queued and looked up by their id.
 */
#ifndef COMFYUI_H
#define COMFYUI_H

#include <stdbool.h>

#include "vendor.h"

struct call;
struct job;
struct json_object;

extern const struct vendor vendor_comfyui;

void comfyui_prompt(struct call *);      /* POST /prompt */
void comfyui_history(struct call *);     /* GET /history/{id} */
void comfyui_queue(struct call *);       /* GET /queue */
void comfyui_queue_edit(struct call *);  /* POST /queue */
void comfyui_interrupt(struct call *);   /* POST /interrupt */
void comfyui_view(struct call *);        /* GET /view */
void comfyui_upload(struct call *);      /* POST /upload/image */
void comfyui_object_info(struct call *); /* GET /object_info/{class} */

/*
 * Finds out what a graph makes: prompt, size, seed, count, and in job->extra
 * the id of the node that saves.  false (and answered) when it would not run.
 */
bool comfyui_graph_read(struct call *, struct json_object *, struct job *);
/* The name under which an uploaded picture is remembered. */
const char *comfyui_upload_id(struct call *, const char *name);

#define COMFYUI_UPLOADED "uploaded" /* the mark of such a picture */

#endif
