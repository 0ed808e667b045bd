/*
 * product - the result of a job as a file, or what the words of its prompt make
 * of it.
 */
#ifndef PRODUCT_H
#define PRODUCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "still.h"

struct call;
struct job;

struct product {
	const char *type; /* media type, as declared */
	const uint8_t *data;
	size_t len;
};

/* What follows is false when it can't be made. */

/* Picture i of a job. */
bool product_image(
    struct call *, const struct job *, int64_t i, struct product *out);
/* The film of a job. */
bool product_film(struct call *, const struct job *, struct product *out);
/* Its first frame as a picture. */
bool product_still(
    struct call *, const struct job *, enum still_format, struct product *out);
/* Result i, whatever the job makes. */
bool
product_make(struct call *, const struct job *, int64_t i, struct product *out);

/* A product as base64, or as the words of the call spoil that. */
const char *product_base64(struct call *, const struct product *);

#endif
