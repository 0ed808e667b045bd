/*
 * pairs_read - fills structs from name-value pairs by shape.
 */
#include "core/json_read.h"

#include <string.h>

#include "core/json_member.h"
#include "core/json_rule.h"

/* The value of a name; *times_out counts how often it is there. */
static const char *
pair_find(const struct query_pair *pairs, size_t count, const char *name,
    size_t *times_out)
{
	const char *value = NULL;

	*times_out = 0;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(pairs[i].name, name) != 0)
			continue;
		value = pairs[i].value;
		(*times_out)++;
	}
	return value;
}

enum err
pairs_read(struct ctx *cx, const struct query_pair *pairs, size_t count,
    const struct shape *shape, void *out)
{
	fault_clear(cx);
	shape_defaults(shape, out);
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *f = &shape->fields[i];
		char name[JSON_NAME_MAX];
		const char *value;
		size_t times;
		member_text_fn set = member_from_text[f->type];
		enum err e;

		value =
		    pair_find(pairs, count, rule_json_name(f, name), &times);
		if (times > 1)
			return fault(cx, ERR_INVALID_FIELD, name,
			    "%s is given twice", name);
		if (value == NULL)
			e = member_absent(cx, f);
		else
			e = member_end(cx, f,
			    set != NULL ? set(cx, f, value, out)
					: ERR_INVALID_FIELD,
			    out);
		if (e)
			return e;
	}
	return ERR_OK;
}
