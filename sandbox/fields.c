/*
 * JSON and forms alike.
 */
#include "config.h"

#include "fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "call.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "paint.h"

bool
field_given(const struct call *c, const char *name)
{
	if (c->json != NULL)
		return json_at(c->json, name) != NULL;
	return form_find(&c->form, name) != NULL;
}

const char *
field_text(const struct call *c, const char *name)
{
	const struct form_part *part;

	if (c->json != NULL)
		return json_text_at(c->json, name);
	part = form_find(&c->form, name);
	return part != NULL && part->file_name == NULL ? part->data : NULL;
}

int64_t
field_int(const struct call *c, const char *name, int64_t def)
{
	const char *text;
	int64_t n;

	if (!field_given(c, name))
		return def;
	if (c->json != NULL)
		return json_int_at(c->json, name);
	text = field_text(c, name);
	return text != NULL && text_to_int(text, &n) ? n : INT_NONE;
}

double
field_real(const struct call *c, const char *name, double def)
{
	const char *text;
	char *end;
	double value;

	if (!field_given(c, name))
		return def;
	if (c->json != NULL)
		return json_real_at(c->json, name);
	text = field_text(c, name);
	if (text_empty(text))
		return (double)NAN;
	value = strtod(text, &end);
	return *end == '\0' ? value : (double)NAN;
}

static bool
name_known(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (text_is(name, *names))
			return true;
	return false;
}

const char *
field_unknown(const struct call *c, const char *const *names)
{
	struct json_object *value;
	void *cursor = NULL;
	const char *name;

	while (json_next(c->json, &cursor, &name, &value))
		if (!name_known(name, names))
			return name;
	for (size_t i = 0; i < c->form.count; i++)
		if (!name_known(c->form.parts[i].name, names))
			return c->form.parts[i].name;
	return NULL;
}

bool
size_parse(const char *text, int64_t *width_out, int64_t *height_out)
{
	char number[8] = "";
	size_t len;

	if (text == NULL)
		return false;
	len = strcspn(text, "x:");
	if (len == 0 || len >= sizeof(number) || text[len] == '\0')
		return false;
	memcpy(number, text, len);
	return text_to_int_in(number, 1, PICTURE_SIDE_MAX, width_out) &&
	       text_to_int_in(text + len + 1, 1, PICTURE_SIDE_MAX, height_out);
}
