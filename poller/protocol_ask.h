/*
 * protocol_ask - the parts of which the protocols' requests are made.
 */
#ifndef POLLER_PROTOCOL_ASK_H
#define POLLER_PROTOCOL_ASK_H

#include <stdint.h>

#include "base/buf.h"
#include "core/json_write.h"
#include "protocol.h"
#include "vendor/multipart_write.h"

/* How most show the key: the beginning of a header. */
#define ASK_BEARER "Authorization: Bearer "

/* How long a vendor may take that answers when the work is done. */
#define ASK_SYNCHRONOUS_MS INT64_C(600000)

/* A request without a body; key_header as in struct protocol. */
void ask(struct ctx *, const struct job *, const char *key_header,
    const char *method, const char *url, struct fetch_request *);
/*
 * The same with a bearer's key, at a path below the provider's address: version
 * is the path that the address may have at its end or not (link_base()), or
 * NULL.
 */
void ask_bearer(struct ctx *, const struct job *, const char *version,
    const char *method, const char *path, struct fetch_request *);
/* One more header, "Name: value". */
void ask_header(struct fetch_request *, const char *);

/* A JSON object as a body: begin, write its members, send. */
struct ask_json {
	struct buf buf;
	struct jw jw;
};
void ask_json_begin(struct ask_json *);
void ask_json_send(struct ctx *, struct ask_json *, struct fetch_request *);
/* Members; what is NULL or "", INT_NONE or NAN is left out. */
void ask_text(struct jw *, const char *name, const char *);
void ask_int(struct jw *, const char *name, int64_t);
void ask_real(struct jw *, const char *name, double);

/* A form as a body. */
void
ask_form_send(struct ctx *, const struct multipart *, struct fetch_request *);
/* Fields of a form; what is NULL or "", INT_NONE or NAN is left out. */
void form_text(struct multipart *, const char *name, const char *);
void form_int(struct ctx *, struct multipart *, const char *name, int64_t);
void form_real(struct ctx *, struct multipart *, const char *name, double);
/* The given picture, under a file name of its kind. */
void form_picture(
    struct ctx *, struct multipart *, const char *name, const struct picture *);
/* ".png", ".jpg" or ".webp". */
const char *picture_ending(const struct picture *);
/* The given picture in base64, and as a data address. */
const char *picture_base64(struct ctx *, const struct picture *);
const char *picture_link(struct ctx *, const struct picture *);

/* A member of the model's config, else of the provider's, else NULL. */
struct json_object *ask_config(const struct job *, const char *member);
const char *ask_config_text(const struct job *, const char *member);
double ask_config_real(const struct job *, const char *member); /* or NAN */
/* config.poll_ms, else what is usual with the vendor. */
int64_t ask_poll_ms(const struct job *, int64_t usual);
/* config.busy_ms, else the same. */
int64_t ask_busy_ms(const struct job *, int64_t usual);

#endif
