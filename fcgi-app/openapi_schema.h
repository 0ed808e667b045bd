/*
 * openapi_schema - shapes as JSON Schema (2020-12), as OpenAPI 3.1 takes it.
 *
 * Shapes of replies become components under the name of their struct; those of
 * bodies and queries are written where they stand.
 */
#ifndef FCGI_APP_OPENAPI_SCHEMA_H
#define FCGI_APP_OPENAPI_SCHEMA_H

#include "core/json_write.h"
#include "core/shape.h"

#define OPENAPI_SCHEMAS_MAX 128

/* The shapes that were referred to, each once. */
struct openapi_schemas {
	const struct shape *shape[OPENAPI_SCHEMAS_MAX];
	size_t count;
};

/* {"$ref":"#/components/schemas/WorkPage"}, and remembers the shape. */
void openapi_ref(struct jw *, struct openapi_schemas *, const struct shape *);
/* What is sent: each member's rules. */
void openapi_input(struct jw *, const struct shape *);
/*
 * The same of a form: texts by a shape (NULL: none) and the part that holds the
 * file; without texts nothing can stand instead of it.
 */
void openapi_form(struct jw *, const struct shape *, const char *file);
/* The schema of one member of it. */
void openapi_input_field(struct jw *, const struct field *, bool nullable);
/* The words that errors of a status say (0: of any), into the open object. */
void openapi_reasons(struct jw *, int status);
/* The end of an object that describes all members that there are. */
void openapi_close(struct jw *);
/*
 * Every shape remembered and those that they refer to, as members of the object
 * that is open.
 */
void openapi_components(struct jw *, struct openapi_schemas *);

#endif
