/*
 * json_write - JSON text that cannot be ill-formed.
 *
 * A writer appends to a buf; members and ends that do not fit the open object
 * are assertions.  Escaping is in the verb: jw_text escapes; there is no way to
 * write raw text but jw_json, for texts that this module made before.
 */
#ifndef CORE_JSON_WRITE_H
#define CORE_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/ctx.h"
#include "core/shape.h"

#define JW_DEPTH 32

struct jw {
	struct buf *buf;
	unsigned depth;
	char open[JW_DEPTH];  /* '{' or '[' */
	bool first[JW_DEPTH]; /* nothing written there yet */
	bool named;           /* a member's name was just written */
};

void jw_init(struct jw *, struct buf *);
void jw_object(struct jw *);
void jw_end_object(struct jw *);
void jw_array(struct jw *);
void jw_end_array(struct jw *);
void jw_name(struct jw *, const char *); /* as it is */
void jw_text(struct jw *, const char *); /* NULL writes null */
void jw_int(struct jw *, int64_t);
void jw_real(struct jw *, double);
void jw_bool(struct jw *, bool);
void jw_null(struct jw *);
void jw_uuid(struct jw *, const struct uuid *);
void jw_time(struct jw *, int64_t ms);
void jw_json(struct jw *, const char *json); /* NULL writes null */
/* One struct as an object, by its shape. */
void jw_struct(struct jw *, const struct shape *, const void *);
/* Its members only, into the object that is open. */
void jw_members(struct jw *, const struct shape *, const void *);
/* Asserts that all is closed. */
void jw_done(struct jw *);

/* A struct as JSON text in the arena. */
char *json_write(struct ctx *, const struct shape *, const void *);

#endif
