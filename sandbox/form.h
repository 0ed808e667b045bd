/*
 * form - a multipart/form-data body (RFC 7578) that is wholly there.
 */
#ifndef FORM_H
#define FORM_H

#include "serve/multipart.h"

struct arena;

#define FORM_PARTS_MAX MULTIPART_PARTS_MAX

struct form_part {
	const char *name;
	const char *file_name; /* NULL: a plain field */
	const char *type;      /* Content-Type, "" for none */
	const char *data;      /* a NUL stands behind it */
	size_t len;
};

struct form {
	struct form_part parts[FORM_PARTS_MAX];
	size_t count;
};

/*
 * Takes the body apart by the boundary of its Content-Type.  false when it is
 * no such body (multipart.h is strict).
 */
bool form_parse(struct arena *, const char *content_type, const char *body,
    size_t len, struct form *out);
/* The first part of a name; NULL when there is none. */
const struct form_part *form_find(const struct form *, const char *name);

#endif
