/*
 * shape - gives every member of a struct its default.
 */
#include "core/shape.h"

#include <string.h>

static void
field_default(const struct field *f, void *out)
{
	switch (f->type) {
	case FIELD_TEXT:
		*FIELD_AT(out, f, const char *) = f->def_text;
		break;
	case FIELD_INT:
		*FIELD_AT(out, f, int64_t) = f->def;
		break;
	case FIELD_REAL:
		*FIELD_AT(out, f, double) = f->def_real;
		break;
	case FIELD_BOOL:
		*FIELD_AT(out, f, bool) = f->def != 0;
		break;
	case FIELD_TIME:
		FIELD_AT(out, f, struct stamp)->ms = TIME_NONE;
		break;
	case FIELD_UUID:
	case FIELD_JSON:
	case FIELD_OBJECT:
	case FIELD_LIST:
		break; /* zero is none */
	}
}

void
shape_defaults(const struct shape *shape, void *out)
{
	memset(out, 0, shape->size);
	for (size_t i = 0; i < shape->count; i++)
		field_default(&shape->fields[i], out);
}
