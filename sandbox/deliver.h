/*
 * deliver - the results of jobs: drawn, encoded and handed over, or spoilt as
 * the words of the prompt ask.
 */
#ifndef DELIVER_H
#define DELIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct job;

struct product {
	const char *type; /* media type, as declared */
	const uint8_t *data;
	size_t len;
};

/* Picture i of a job; spoilt by its words.  false when it can't be made. */
bool deliver_image(
    struct call *, const struct job *, int64_t i, struct product *out);
/* The same as base64, with the words that spoil that. */
const char *deliver_base64(struct call *, const struct product *);
/*
 * The address of result i of a job, somewhere under /sandbox/files, or where
 * the words lead it.
 */
const char *deliver_url(struct call *, const struct job *, int64_t i);
/* Answers with a product, spoilt on its way as the words ask. */
void deliver_file(struct call *, const struct product *);
/* The same with the JSON that was begun with call_json(). */
void deliver_json(struct call *);

/* GET /files/{id}/{name} and /files/{id}/{name}/again */
void deliver_get(struct call *);

#endif
