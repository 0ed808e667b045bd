/*
 * call - one request to a simulated vendor: what was sent, what is answered,
 * and the line of the journal that tells of it.
 */
#ifndef CALL_H
#define CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/ctx.h"
#include "core/json_write.h"
#include "form.h"
#include "serve/router.h"
#include "vendor.h"
#include "words.h"

struct fcgi;
struct json_object;

#define BODY_MAX (64 * MIB)

/* What the program was started with. */
struct sandbox {
	const char *public_url; /* of /sandbox, as the callers see it */
	const char *state_dir;
	int64_t delay_ms; /* that a picture takes */
	int journal;      /* descriptor; -1: none is kept */
};

struct call;

struct route {
	struct route_key key;
	const struct vendor *vendor; /* NULL: needs no key */
	void (*handle)(struct call *);
};

extern const struct route routes[];
extern const size_t route_count;

/* A picture that came along. */
struct call_picture {
	int64_t width, height;
	const char *sha256; /* hex; NULL: there was none */
};

struct call {
	const struct sandbox *box;
	struct ctx cx; /* the arena of the call; no database */
	struct fcgi *fcgi;
	const struct route *route;
	const struct vendor *vendor;
	struct route_match match;
	const char *method;
	const char *key; /* that was sent, "" for none */
	struct buf body;
	struct json_object *json; /* NULL: no JSON body */
	struct form form;         /* empty: no form */
	const char *prompt;       /* of a submission; see call_order() */
	struct words words;       /* of the prompt */
	struct call_picture picture;
	const char *id;  /* of what was made or is asked for */
	bool accepted;   /* the vendor works on it, and bills it */
	bool noted;      /* the journal has it */
	struct buf head; /* headers of the answer */
	struct buf text; /* JSON of the answer */
	struct jw json_out;
};

/* Serves one request from its first to its last byte. */
void call_serve(struct call *, struct fcgi *);

/* The header of a request ("HTTP_ACCEPT"), "" when absent. */
const char *call_header(const struct call *, const char *name);
/* A parameter of the query, NULL when absent. */
const char *call_query(struct call *, const char *name);

/* A header of the answer. */
void call_head(struct call *, const char *name, const char *value);
/* The whole answer. */
void call_reply(
    struct call *, int status, const char *type, const void *, size_t len);
/* An answer without a body. */
void call_empty(struct call *, int status);
/* A JSON answer: begin, write members, end. */
struct jw *call_json(struct call *);
void call_json_end(struct call *, int status);
/* Headers of an answer whose body follows in pieces. */
void call_begin(struct call *, int status, const char *type, int64_t length);

/* Writes the line of the journal now rather than at the end. */
void call_note(struct call *, int status);
/* Waits; false when the caller has gone meanwhile. */
bool call_wait(struct call *, int64_t ms);

#endif
