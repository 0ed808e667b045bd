/*
 * multipart_write - a multipart/form-data body (RFC 7578) for a vendor.
 *
 * Parts are collected first and written in one piece, so the body has its exact
 * size and is allocated once.
 */
#ifndef VENDOR_MULTIPART_WRITE_H
#define VENDOR_MULTIPART_WRITE_H

#include <stddef.h>

struct arena;

#define MULTIPART_PARTS_MAX 24
#define MULTIPART_BOUNDARY 33 /* 32 hex digits and a NUL */

struct multipart_part {
	const char *name;
	const char *file_name; /* NULL: a plain field */
	const char *type;      /* of a file */
	const void *data;
	size_t len;
};

struct multipart {
	char boundary[MULTIPART_BOUNDARY]; /* 128 random bits */
	struct multipart_part parts[MULTIPART_PARTS_MAX];
	size_t count;
};

void multipart_init(struct multipart *);
/*
 * Names, file names and types are ours: no quotes and no line breaks in them
 * (asserted).  Values are anybody's.  All of it is borrowed until
 * multipart_write().  A NULL value leaves the field out.
 */
void multipart_text(struct multipart *, const char *name, const char *value);
void multipart_file(struct multipart *, const char *name, const char *file_name,
    const char *type, const void *, size_t len);
/* The body in the arena. */
char *
multipart_write(const struct multipart *, struct arena *, size_t *len_out);
/* "multipart/form-data; boundary=..." */
char *multipart_type(const struct multipart *, struct arena *);

#endif
