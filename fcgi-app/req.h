/*
 * req - one request on its way through the pipeline, and the row of the table
 * that says what it may be.
 *
 * Everything in it lives in the request's arena and goes with it.
 */
#ifndef FCGI_APP_REQ_H
#define FCGI_APP_REQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/ctx.h"
#include "core/json_write.h"
#include "core/shape.h"
#include "domain/budget.h"
#include "domain/idempotency.h"
#include "domain/media_store.h"
#include "domain/session.h"
#include "serve/router.h"

struct fcgi;
struct pool;
struct req;
struct wire;

/* Who may call. */
enum who {
	WHO_USER,    /* with a token */
	WHO_ADMIN,   /* with an administrator's token */
	WHO_ANYBODY, /* without a token, too; a bad one is still refused */
	WHO_VIEWER,  /* WHO_ANYBODY while square_public, else WHO_USER */
	WHO_OPEN     /* nobody looks for a token: files */
};

/* Whether a call without a token is counted; one with a token always is. */
enum spend {
	SPEND_CALL, /* per address */
	SPEND_NONE
};

/* What stands in the body. */
enum body {
	BODY_NONE,          /* nothing that anybody reads */
	BODY_JSON,          /* an object of the row's shape */
	BODY_JSON_OPTIONAL, /* the same, or no body at all */
	BODY_IMAGE_FORM,    /* a form with a picture */
	BODY_VIDEO_FORM     /* a form with a film */
};

/* One row of the API. */
struct route {
	struct route_key key; /* method and path; first, for the router */
	/*
	 * Translates: input to one call of the domain, its result to a reply.
	 * ERR_OK with the reply made (or none: 200 and {}).
	 */
	enum err (*handle)(struct req *);
	enum who who;
	enum spend spend;
	enum body body;
	/* JSON: r->in is filled by it; forms: the text parts. */
	const struct shape *input;
	/* The query string: r->query is filled by it.  NULL: not read. */
	const struct shape *query;
	const char *file; /* forms: the part that goes into r->file */
	bool stays;       /* forms: the file counts against the quota */
	/* Takes an Idempotency-Key when this says so; NULL: never. */
	bool (*once)(const struct req *);
	/* For the description only: */
	int status;                      /* of success, 0: 200 */
	const struct shape *output;      /* of "data" */
	const struct shape *output_else; /* what it may be instead */
	const char *content; /* instead of the envelope, or beside it */
	const char *about;   /* a sentence */
};

/* A table of routes under one path. */
struct route_table {
	const struct route *rows;
	size_t count;
};
/*
 * All are in routes.c: below base_path, below the path of the files, and below
 * the path of the site.
 */
extern const struct route_table api_routes;
extern const struct route_table file_routes;
extern const struct route_table local_routes;

enum reply_kind {
	REPLY_DATA,  /* the envelope, with "data" from the writer */
	REPLY_TEXT,  /* ready-made bytes in out */
	REPLY_EMPTY, /* no body: 204, 304, files sent by the web server */
	REPLY_STREAM /* the handler writes to r->fcgi, the head is sent */
};

struct reply {
	enum reply_kind kind;
	int status; /* 0: not made yet */
	const char *content_type;
	const char *cache_control;
	struct buf head; /* further header lines, each with its CRLF */
	struct buf out;  /* the body */
	struct jw jw;
	bool kept; /* stored under the Idempotency-Key */
};

struct req {
	struct ctx cx;
	struct fcgi *fcgi;
	struct pool *pool;
	struct wire *wire;         /* NULL in a program that streams nothing */
	const struct route *route; /* NULL until found */
	struct route_match match;
	const char *method, *uri;
	const char *address; /* of the caller, for limits */
	enum lang lang;
	int64_t started_us;
	const char *step; /* the step that is running or ended it */
	const char
	    *timing; /* of the steps so far, for Server-Timing; or NULL */

	bool authenticated;
	struct session session; /* when authenticated */
	bool counted;
	struct budget budget; /* when counted and authenticated */
	enum err budget_err;  /* said once the role is known */

	int64_t body_limit;      /* bytes */
	struct buf body;         /* JSON text */
	const void *in;          /* by route->input */
	const void *query;       /* by route->query */
	struct media_draft file; /* of a form; goes with the request */
	uint8_t hash[32];        /* of what the body says */
	struct idempotency id;   /* .key NULL: none */
	struct reply reply;
};

/* The caller; only where the route asks for a token. */
const struct account *req_account(const struct req *);
const struct uuid *req_account_id(const struct req *);
/*
 * The n-th "{id}" of the path.  ERR_NOT_FOUND when it is of another form, like
 * an id that does not exist.
 */
enum err req_id(struct req *, size_t n, struct uuid *out) MUST_CHECK;
/* A header by its CGI name ("HTTP_RANGE"), NULL when absent or empty. */
const char *req_header(const struct req *, const char *name);
/*
 * Bytes of the body: 0 at its end.  ERR_BODY_TOO_LARGE over the limit,
 * ERR_INVALID_JSON when fewer came than were announced.
 */
struct body_reader {
	int64_t announced; /* -1: unknown */
	int64_t taken;
};
enum err req_body(struct req *, struct body_reader *, void *, size_t,
    size_t *got_out) MUST_CHECK;
/* Starts a reader. */
void req_body_begin(struct req *, struct body_reader *);

/*
 * A database connection for this request: the pipeline takes one before it
 * asks who calls, and gives it back in the end.  A handler that streams for
 * long gives it back before and takes one again after.  ERR_UNAVAILABLE when
 * none becomes free within db_timeout.
 */
enum err req_db_take(struct req *) MUST_CHECK;
void req_db_give(struct req *);

#endif
