/*
 * deliver - how results reach whoever ordered them, whole or as the words of
 * the prompt ask.
 */
#ifndef DELIVER_H
#define DELIVER_H

#include <stdbool.h>
#include <stdint.h>

struct call;
struct job;
struct product;

/*
 * The address of result i of a job: a file below /sandbox/files, for which no
 * key is needed, or where the words lead it.
 */
const char *deliver_url(struct call *, const struct job *, int64_t i);
/*
 * An address of the vendor's own, as the words change it: on another host,
 * without a host, into a foreign network.
 */
const char *
deliver_link(struct call *, const struct job *, const char *address);
/*
 * Answers with a redirect to the file of a job on another host, as the words
 * ask; false when they don't.
 */
bool deliver_redirected(struct call *, const struct job *, int64_t i);
/* Answers with a product, spoilt on its way as the words ask. */
void deliver_file(struct call *, const struct product *);
/* The same with the JSON that was begun with call_json(). */
void deliver_json(struct call *);
/* The same with result i of a job, behind its redirect, or 404. */
void deliver_result(struct call *, const struct job *, int64_t i);

/* GET /files/{id}/{name}, and where redirects end .../{name}/again */
void deliver_get(struct call *);

#endif
