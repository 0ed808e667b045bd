/*
 * error_read - what a vendor says when it says no, whatever its shape.
 *
 * Seen in the wild: {"error":{...}}, {"error":"text"}, [{"error":{...}}],
 * {"object":"error","message":...}, {"detail":...}, {"message":...},
 * {"name":...,"errors":[...]} and what is no JSON at all (a proxy's page).
 */
#ifndef VENDOR_ERROR_READ_H
#define VENDOR_ERROR_READ_H

#include <stddef.h>
#include <stdint.h>

#include "core/shape.h"

struct arena;
struct json_object; /* of json-c */

/* All texts are in the arena and never NULL; "" is "did not say". */
struct vendor_error {
	const char *code; /* its word: "model_not_found", "NOT_FOUND" */
	/* its kind: "insufficient_quota"; "daily_quota" for Google's */
	const char *type;
	const char *param;   /* the field it does not like */
	const char *message; /* what it says; not yet redacted */
	int64_t retry_ms;    /* google.rpc.RetryInfo, INT_NONE: none */
};

/* From a body; always gives something. */
void error_read(
    struct arena *, const char *body, size_t len, struct vendor_error *out);
/* From a parsed document or from a member that holds an error; NULL is fine. */
void error_read_value(
    struct arena *, struct json_object *, struct vendor_error *out);

#endif
