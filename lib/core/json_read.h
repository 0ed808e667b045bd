/*
 * json_read - JSON text to json-c values and to structs, strictly.
 *
 * Refused: trailing text, duplicate members, deeper than 32 levels, invalid
 * UTF-8, a byte-order mark, \u0000, lone surrogates, comments, NaN.  A number
 * that overflows is JSON, and no field takes it.
 */
#ifndef CORE_JSON_READ_H
#define CORE_JSON_READ_H

#include <stddef.h>

#include "base/encode.h"
#include "core/ctx.h"
#include "core/shape.h"

#define JSON_DEPTH 32

struct json_object; /* of json-c */

/*
 * Parses text.  *out belongs to the caller (json_object_put).  ERR_INVALID_JSON
 * with a detail that says where.
 */
enum err json_parse(struct ctx *, const char *, size_t len,
    struct json_object **out) MUST_CHECK;
/*
 * For what vendors send: no duplicate check, deeper nesting allowed; NULL when
 * it is no JSON.
 */
struct json_object *json_parse_loose(const char *, size_t len);

/*
 * A JSON document into a struct by its shape: unknown members are ignored,
 * null is absent.  ERR_INVALID_JSON (also when it is no object),
 * ERR_MISSING_FIELD, ERR_INVALID_FIELD with the field's name.  Texts live in
 * the ctx's arena.
 */
enum err json_read(struct ctx *, const char *, size_t len, const struct shape *,
    void *out) MUST_CHECK;
/* The same from a parsed value. */
enum err json_read_value(struct ctx *, struct json_object *,
    const struct shape *, void *out) MUST_CHECK;
/*
 * Name-value pairs (a query string, the text parts of a form) into a struct.
 * A name given twice is ERR_INVALID_FIELD; unknown names are ignored.
 */
enum err pairs_read(struct ctx *, const struct query_pair *, size_t count,
    const struct shape *, void *out) MUST_CHECK;

/* A whole number in any spelling (1024.0, 1e3); INT_NONE when it is none. */
int64_t json_int_of(struct json_object *);

/* Members of vendors' answers; NULL, INT_NONE where absent or of other type.*/
const char *json_text_at(struct json_object *, const char *member);
int64_t json_int_at(struct json_object *, const char *member);
double json_real_at(struct json_object *, const char *member); /* or NAN */
struct json_object *json_at(struct json_object *, const char *member);
/* Of the first object, or where that has none of the second. */
struct json_object *json_at_either(
    struct json_object *first, struct json_object *second, const char *member);

#endif
