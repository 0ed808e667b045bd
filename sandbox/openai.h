/*
 * openai - the routes of the OpenAI protocol, which others speak, too.
 */
#ifndef OPENAI_H
#define OPENAI_H

struct call;

void openai_image_generate(struct call *); /* POST /images/generations */
void openai_image_edit(struct call *);     /* POST /images/edits */

#endif
