/*
 * json_rule - what a field of a shape allows: checked, and told to a person.
 */
#ifndef CORE_JSON_RULE_H
#define CORE_JSON_RULE_H

#include <stdbool.h>

#include "core/ctx.h"
#include "core/shape.h"

/* Does the member of the struct at base keep to its field's rules? */
bool rule_holds(const struct field *, const void *base);
/*
 * What may stand there, in the arena: "a multiple of 8 between 256 and 2048".
 */
const char *rule_tell(struct arena *, const struct field *);

/* Bytes of the longest member's name, the NUL included. */
#define JSON_NAME_MAX 64
/* The member's name in JSON; the name itself is bounded by an assertion. */
const char *rule_json_name(const struct field *, char out[JSON_NAME_MAX]);

#endif
