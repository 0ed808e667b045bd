/*
 * json_member - what JSON and name-value pairs have in common when they fill a
 * member of a struct.
 */
#ifndef CORE_JSON_MEMBER_H
#define CORE_JSON_MEMBER_H

#include "core/ctx.h"
#include "core/shape.h"

/*
 * Puts a text at the member's place in the struct at base.  ERR_INVALID_FIELD
 * without a fault when it is of the wrong form; an id of the wrong form is
 * ERR_NOT_FOUND, like one that does not exist.
 */
typedef enum err (*member_text_fn)(
    struct ctx *, const struct field *, const char *, void *base);

/* By field type; NULL where a text can't fill the member. */
extern const member_text_fn member_from_text[];

/*
 * To be called with the outcome of reading a member: holds it against its
 * rules and names the field in the fault.
 */
enum err member_end(
    struct ctx *, const struct field *, enum err, const void *base) MUST_CHECK;
/* To be called for a member that is not there. */
enum err member_absent(struct ctx *, const struct field *) MUST_CHECK;

#endif
