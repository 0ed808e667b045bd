/*
 * form - a multipart/form-data body (RFC 7578) that is wholly there.
 */
#ifndef FORM_H
#define FORM_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

#define FORM_PARTS_MAX 64

struct form_part {
	const char *name;
	const char *file_name; /* NULL: a plain field */
	const char *type;      /* Content-Type, "" for none */
	const char *data;      /* into the body; a NUL stands behind fields */
	size_t len;
};

struct form {
	struct form_part parts[FORM_PARTS_MAX];
	size_t count;
};

/*
 * Takes the body apart by the boundary of its Content-Type.  false when it is
 * no such body: a boundary missing, a part without a name, the end cut off.
 */
bool form_parse(struct arena *, const char *content_type, const char *body,
    size_t len, struct form *out);
/* The first part of a name; NULL when there is none. */
const struct form_part *form_find(const struct form *, const char *name);

#endif
