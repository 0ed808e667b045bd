/*
 * openai - the routes of the OpenAI protocol, which others speak, too.
 */
#ifndef OPENAI_H
#define OPENAI_H

struct call;

void openai_image_generate(struct call *); /* POST /images/generations */
void openai_image_edit(struct call *);     /* POST /images/edits */
void openai_video_create(struct call *);   /* POST /videos */
void openai_video_get(struct call *);      /* GET /videos/{id} */
void openai_video_content(struct call *);  /* GET /videos/{id}/content */
void openai_video_delete(struct call *);   /* DELETE /videos/{id} */
void openai_chat(struct call *);           /* POST /chat/completions */
void openai_model_list(struct call *);     /* GET /models */

#endif
