/*
 * reply - everything that leaves: the envelope, its headers, files.
 *
 * A handler makes a reply by one of these functions; the pipeline sends it, and
 * makes the one for an error, so that every outcome looks the same.
 */
#ifndef FCGI_APP_REPLY_H
#define FCGI_APP_REPLY_H

#include <stdint.h>

#include "req.h"

/* For the pipeline: before a request, and after the process's last one. */
void reply_begin(struct req *);
void reply_release(struct req *);

/* "data" is what is written to the returned writer: one value. */
struct jw *reply_open(struct req *, int status);
/* "data" is a struct by its shape. */
enum err reply_struct(
    struct req *, int status, const struct shape *, const void *) MUST_CHECK;
/*
 * The same with 200 for everybody alike: caches may keep it for a moment and
 * ask again by its ETag (304).
 */
enum err
reply_public(struct req *, const struct shape *, const void *) MUST_CHECK;
/* A bare document of another kind, without envelope. */
void reply_text(struct req *, int status, const char *content_type,
    const char *text, size_t len);
/* No body. */
void reply_empty(struct req *, int status);
/* The envelope of an error, from the context's fault. */
void reply_error(struct req *, enum err);
/*
 * An answer that was stored before.
 */
void reply_again(struct req *, int status, const char *body);
/*
 * Sends the head at once; the handler writes the body to r->fcgi and flushes
 * as it likes.  Errors from then on are its own affair.
 */
void reply_stream(struct req *, const char *content_type);

/* A header line; no control characters. */
void
reply_header(struct req *, const char *name, const char *fmt, ...) PRINTF(3, 4);

/* A file of the store, as it is or as a download under a name. */
struct reply_file {
	const char *path; /* absolute */
	const char *mime;
	const char *sha256;        /* hex; the ETag */
	const char *download_name; /* NULL: shown, not saved */
	int64_t bytes;
	int64_t modified_ms;
};
/* Sent by the web server (X-Sendfile) or, with sendfile = none, by us. */
enum err reply_file(struct req *, const struct reply_file *) MUST_CHECK;

/*
 * Stores the reply made so far under the Idempotency-Key, if there is one.
 * Inside the transaction of the act it holds exactly when the act does.
 */
enum err reply_keep(struct req *) MUST_CHECK;

/*
 * For the pipeline: closes the envelope.  ERR_INTERNAL: it is larger than a
 * reply may be, and an error is to be sent instead.
 */
enum err reply_close(struct req *) MUST_CHECK;
/* For the pipeline: sends everything. */
void reply_send(struct req *);

#endif
