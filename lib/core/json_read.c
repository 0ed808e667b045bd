/*
 * json_read - fills structs from JSON by shape.
 *
 * A reader a type turns a value into the member; whether its rules hold is
 * asked in one place afterwards.
 */
#include "core/json_read.h"

#include <json-c/json.h>
#include <string.h>

#include "core/json_member.h"
#include "core/json_rule.h"

/*
 * Puts a value at the member's place in the struct; ERR_INVALID_FIELD without a
 * fault when it is of the wrong type.
 */
typedef enum err (*value_fn)(
    struct ctx *, const struct field *, struct json_object *, void *out);

/* For the types that JSON has no form of its own for. */
static enum err
value_string(
    struct ctx *cx, const struct field *f, struct json_object *value, void *out)
{
	const char *text;

	if (!json_object_is_type(value, json_type_string))
		return ERR_INVALID_FIELD;
	text = json_object_get_string(value);
	if (strlen(text) != (size_t)json_object_get_string_len(value))
		return ERR_INVALID_FIELD;
	return member_from_text[f->type](cx, f, text, out);
}

static enum err
value_int(
    struct ctx *cx, const struct field *f, struct json_object *value, void *out)
{
	int64_t n = json_int_of(value);

	(void)cx;
	if (n == INT_NONE)
		return ERR_INVALID_FIELD;
	*FIELD_AT(out, f, int64_t) = n;
	return ERR_OK;
}

static enum err
value_real(
    struct ctx *cx, const struct field *f, struct json_object *value, void *out)
{
	(void)cx;
	if (!json_object_is_type(value, json_type_int) &&
	    !json_object_is_type(value, json_type_double))
		return ERR_INVALID_FIELD;
	*FIELD_AT(out, f, double) = json_object_get_double(value) + 0.0;
	return ERR_OK;
}

static enum err
value_bool(
    struct ctx *cx, const struct field *f, struct json_object *value, void *out)
{
	(void)cx;
	if (!json_object_is_type(value, json_type_boolean))
		return ERR_INVALID_FIELD;
	*FIELD_AT(out, f, bool) = json_object_get_boolean(value);
	return ERR_OK;
}

static enum err
value_json(
    struct ctx *cx, const struct field *f, struct json_object *value, void *out)
{
	const char *text = json_object_to_json_string_ext(
	    value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (text == NULL)
		return fault(cx, ERR_INTERNAL, NULL, "no memory for JSON");
	FIELD_AT(out, f, struct json_text)->text =
	    arena_strdup(cx->arena, text);
	return ERR_OK;
}

/* A fault inside an object or array gets the way to it before its name. */
static enum err
fault_inside(struct ctx *cx, enum err e, const char *way)
{
	if (cx->fault.field != NULL)
		cx->fault.field =
		    arena_printf(cx->arena, "%s.%s", way, cx->fault.field);
	return e;
}

static enum err
value_object(
    struct ctx *cx, const struct field *f, struct json_object *value, void *out)
{
	void *inner = arena_alloc(cx->arena, f->shape->size);
	char name[JSON_NAME_MAX];
	enum err e;

	if (!json_object_is_type(value, json_type_object))
		return ERR_INVALID_FIELD;
	e = json_read_value(cx, value, f->shape, inner);
	if (e)
		return fault_inside(cx, e, rule_json_name(f, name));
	*FIELD_AT(out, f, const void *) = inner;
	return ERR_OK;
}

static enum err
texts_read(
    struct ctx *cx, struct json_object *array, size_t count, const char **texts)
{
	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		if (!json_object_is_type(item, json_type_string))
			return ERR_INVALID_FIELD;
		texts[i] =
		    arena_strdup(cx->arena, json_object_get_string(item));
		if (strlen(texts[i]) !=
		    (size_t)json_object_get_string_len(item))
			return ERR_INVALID_FIELD;
	}
	return ERR_OK;
}

static enum err
structs_read(struct ctx *cx, const struct field *f, struct json_object *array,
    size_t count, char *items)
{
	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);
		char name[JSON_NAME_MAX];
		enum err e;

		if (!json_object_is_type(item, json_type_object))
			return ERR_INVALID_FIELD;
		e = json_read_value(
		    cx, item, f->shape, items + i * f->shape->size);
		if (e)
			return fault_inside(cx, e,
			    arena_printf(cx->arena, "%s[%zu]",
				rule_json_name(f, name), i));
	}
	return ERR_OK;
}

static enum err
value_list(
    struct ctx *cx, const struct field *f, struct json_object *value, void *out)
{
	size_t count, size;
	struct list list = { 0 };
	void *items;
	enum err e;

	if (!json_object_is_type(value, json_type_array))
		return ERR_INVALID_FIELD;
	list.count = count = json_object_array_length(value);
	*FIELD_AT(out, f, struct list) = list;
	if (!rule_holds(f, out))
		return ERR_INVALID_FIELD; /* before memory is spent on it */
	size = f->shape != NULL ? f->shape->size : sizeof(const char *);
	list.items = items = arena_calloc(cx->arena, count, size);
	e = f->shape != NULL ? structs_read(cx, f, value, count, items)
			     : texts_read(cx, value, count, items);
	*FIELD_AT(out, f, struct list) = list;
	return e;
}

static const value_fn from_value[] = {
	[FIELD_TEXT] = value_string,
	[FIELD_INT] = value_int,
	[FIELD_REAL] = value_real,
	[FIELD_BOOL] = value_bool,
	[FIELD_UUID] = value_string,
	[FIELD_TIME] = value_string,
	[FIELD_JSON] = value_json,
	[FIELD_OBJECT] = value_object,
	[FIELD_LIST] = value_list,
};

enum err
json_read_value(struct ctx *cx, struct json_object *object,
    const struct shape *shape, void *out)
{
	if (!json_object_is_type(object, json_type_object))
		return fault(cx, ERR_INVALID_JSON, NULL,
		    "the JSON text must be an object");
	fault_clear(cx);
	shape_defaults(shape, out);
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *f = &shape->fields[i];
		char name[JSON_NAME_MAX];
		struct json_object *value = NULL;
		enum err e;

		json_object_object_get_ex(
		    object, rule_json_name(f, name), &value);
		e = value == NULL
			? member_absent(cx, f)
			: member_end(cx, f,
			      from_value[f->type](cx, f, value, out), out);
		if (e)
			return e;
	}
	return ERR_OK;
}

enum err
json_read(struct ctx *cx, const char *text, size_t len,
    const struct shape *shape, void *out)
{
	struct json_object *object;
	enum err e = json_parse(cx, text, len, &object);

	if (e)
		return e;
	e = json_read_value(cx, object, shape, out);
	json_object_put(object);
	return e;
}
