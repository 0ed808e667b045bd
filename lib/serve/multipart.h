/*
 * multipart - a streaming reader of multipart/form-data (RFC 7578, RFC 2046).
 *
 * Bytes are pushed in as they come, cut anywhere; parts come out through
 * functions.  Memory is constant whatever the body.  Strict: the closing
 * boundary must be seen, nothing but white space may follow it, a name may
 * come once (a list, "name[]", more often), every ceiling below holds; what is
 * not so is an error that says what it is.
 */
#ifndef SERVE_MULTIPART_H
#define SERVE_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/base.h"

#define MULTIPART_BOUNDARY_MAX 70 /* RFC 2046 5.1.1 */
#define MULTIPART_PARTS_MAX 20
#define MULTIPART_HEADER_MAX 4096 /* bytes of all headers of a part */
#define MULTIPART_HEADERS_MAX 8
#define MULTIPART_NAME_MAX 64

struct multipart;

struct multipart_part {
	const char *name;     /* of the form field */
	const char *filename; /* NULL for a text field; never to be trusted */
	const char *type;     /* as declared, or NULL; never to be trusted */
};

/*
 * What is done with parts; each returns false to stop (its own reason).
 */
struct multipart_handler {
	bool (*begin)(void *arg, const struct multipart_part *);
	bool (*data)(void *arg, const void *, size_t);
	bool (*end)(void *arg);
};

/*
 * NULL with *wrong_out when the content type has no usable boundary.  The
 * caller frees it.
 */
struct multipart *multipart_new(const char *content_type,
    const struct multipart_handler *, void *arg, const char **wrong_out);
void multipart_free(struct multipart *);
/* false: the body is malformed or a function stopped; see multipart_wrong() */
bool multipart_feed(struct multipart *, const void *, size_t) MUST_CHECK;
/* The body is over: was the closing boundary there? */
bool multipart_finish(struct multipart *) MUST_CHECK;
/* What is wrong with the body; NULL when a function stopped it. */
const char *multipart_wrong(const struct multipart *);
/* The field that is given twice, when that is what is wrong; else NULL. */
const char *multipart_again(const struct multipart *);

#endif
