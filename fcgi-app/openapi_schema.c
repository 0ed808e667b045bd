#include "config.h"

#include "openapi_schema.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/base.h"
#include "base/text.h"
#include "core/json_rule.h"

static void
put_text(struct jw *jw, const char *name, const char *text)
{
	if (text == NULL)
		return;
	jw_name(jw, name);
	jw_text(jw, text);
}

static void
put_number(struct jw *jw, const char *name, double value)
{
	jw_name(jw, name);
	jw_real(jw, value);
}

/* JSON's word for a field and the format that says more. */
static const struct {
	const char *type, *format;
} types[] = {
	[FIELD_TEXT] = { "string", NULL },
	[FIELD_INT] = { "integer", "int64" },
	[FIELD_REAL] = { "number", "double" },
	[FIELD_BOOL] = { "boolean", NULL },
	[FIELD_UUID] = { "string", "uuid" },
	[FIELD_TIME] = { "string", "date-time" },
	[FIELD_JSON] = { NULL, NULL },
	[FIELD_OBJECT] = { "object", NULL },
	[FIELD_LIST] = { "array", NULL },
};

static void
put_type(struct jw *jw, const struct field *f, bool nullable)
{
	const char *type =
	    f->type == FIELD_JSON ? f->json : types[f->type].type;

	if (type == NULL)
		return;
	jw_name(jw, "type");
	if (!nullable) {
		jw_text(jw, type);
	} else {
		jw_array(jw);
		jw_text(jw, type);
		jw_text(jw, "null");
		jw_end_array(jw);
	}
	put_text(jw, "format", types[f->type].format);
}

/* ---- what is sent ---- */

static void
put_range(
    struct jw *jw, const struct field *f, const char *least, const char *most)
{
	if (!f->has_range)
		return;
	put_number(jw, least, f->min);
	if (!isinf(f->max))
		put_number(jw, most, f->max);
}

/* Some errors share their reason, and their status too. */
static bool
is_said_before(enum err err, int status)
{
	for (int e = ERR_OK + 1; e < (int)err; e++)
		if (text_is(err_reason((enum err)e), err_reason(err)) &&
		    (status == 0 || err_status((enum err)e) == status))
			return true;
	return false;
}

void
openapi_reasons(struct jw *jw, int status)
{
	put_text(jw, "type", "string");
	put_text(jw, "description", "a stable word for programs");
	jw_name(jw, "enum");
	jw_array(jw);
	for (int e = ERR_OK + 1; e < ERR__MAX; e++)
		if ((status == 0 || err_status((enum err)e) == status) &&
		    !is_said_before((enum err)e, status))
			jw_text(jw, err_reason((enum err)e));
	jw_end_array(jw);
}

static void
put_words(struct jw *jw, const struct field *f, bool nullable)
{
	if (f->one_of == NULL)
		return;
	jw_name(jw, "enum");
	jw_array(jw);
	for (const char *const *word = f->one_of; *word != NULL; word++)
		jw_text(jw, *word);
	if (nullable)
		jw_null(jw);
	jw_end_array(jw);
}

static void
put_default(struct jw *jw, const struct field *f)
{
	switch (f->type) {
	case FIELD_TEXT:
		put_text(jw, "default", f->def_text);
		break;
	case FIELD_INT:
		if (f->required || f->def == INT_NONE || f->def == 0)
			break;
		jw_name(jw, "default");
		jw_int(jw, f->def);
		break;
	case FIELD_REAL:
		put_number(jw, "default", f->def_real);
		break;
	case FIELD_BOOL:
		jw_name(jw, "default");
		jw_bool(jw, f->def != 0);
		break;
	default:
		break;
	}
}

void
openapi_input_field(struct jw *jw, const struct field *f, bool nullable)
{
	jw_object(jw);
	put_type(jw, f, nullable);
	switch (f->type) {
	case FIELD_TEXT:
		put_words(jw, f, nullable);
		put_range(jw, f, "minLength", "maxLength");
		break;
	case FIELD_INT:
	case FIELD_REAL:
		put_range(jw, f, "minimum", "maximum");
		if (f->multiple > 0) {
			jw_name(jw, "multipleOf");
			jw_int(jw, f->multiple);
		}
		break;
	case FIELD_LIST:
		put_range(jw, f, "minItems", "maxItems");
		jw_name(jw, "items");
		if (f->shape != NULL) {
			openapi_input(jw, f->shape);
		} else {
			jw_object(jw);
			put_text(jw, "type", "string");
			jw_end_object(jw);
		}
		break;
	default:
		break;
	}
	put_default(jw, f);
	put_text(jw, "description", f->about);
	jw_end_object(jw);
}

/* The names of those members that must be there, and one more (NULL: none). */
static void
put_required(struct jw *jw, const struct shape *shape,
    bool (*must)(const struct field *), const char *more)
{
	size_t members = shape != NULL ? shape->count : 0;
	size_t count = more != NULL ? 1 : 0;
	char name[JSON_NAME_MAX];

	for (size_t i = 0; i < members; i++)
		count += must(&shape->fields[i]) ? 1 : 0;
	if (count == 0)
		return;
	jw_name(jw, "required");
	jw_array(jw);
	for (size_t i = 0; i < members; i++)
		if (must(&shape->fields[i]))
			jw_text(jw, rule_json_name(&shape->fields[i], name));
	if (more != NULL)
		jw_text(jw, more);
	jw_end_array(jw);
}

static bool
must_be_sent(const struct field *f)
{
	return f->required;
}

/* In JSON null stands for a member that is not there, in a form nothing does.
 */
static void
put_input(struct jw *jw, const struct shape *shape, const char *file)
{
	size_t members = shape != NULL ? shape->count : 0;
	char name[JSON_NAME_MAX];

	jw_object(jw);
	put_text(jw, "type", "object");
	put_required(jw, shape, must_be_sent, members == 0 ? file : NULL);
	jw_name(jw, "properties");
	jw_object(jw);
	for (size_t i = 0; i < members; i++) {
		jw_name(jw, rule_json_name(&shape->fields[i], name));
		openapi_input_field(jw, &shape->fields[i],
		    file == NULL && !shape->fields[i].required);
	}
	if (file != NULL) {
		jw_name(jw, file);
		jw_object(jw);
		put_text(jw, "type", "string");
		put_text(jw, "format", "binary");
		jw_end_object(jw);
	}
	jw_end_object(jw);
	jw_end_object(jw);
}

void
openapi_input(struct jw *jw, const struct shape *shape)
{
	put_input(jw, shape, NULL);
}

void
openapi_form(struct jw *jw, const struct shape *shape, const char *file)
{
	put_input(jw, shape, file);
}

/* ---- what is answered ---- */

void
openapi_close(struct jw *jw)
{
	jw_name(jw, "additionalProperties");
	jw_bool(jw, false);
	jw_end_object(jw);
}

/* "struct work_page" -> "WorkPage" */
static void
schema_name(const struct shape *shape, char out[JSON_NAME_MAX])
{
	const char *name = shape->name;

	if (text_starts(name, "struct "))
		name += strlen("struct ");
	assert(strlen(name) < JSON_NAME_MAX);
	text_camel(name, out);
	if (out[0] >= 'a' && out[0] <= 'z')
		out[0] = (char)(out[0] - 'a' + 'A');
}

static void
schema_note(struct openapi_schemas *s, const struct shape *shape)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->shape[i] == shape)
			return;
	assert(s->count < OPENAPI_SCHEMAS_MAX);
	s->shape[s->count++] = shape;
}

/* "$ref", into the object that is open. */
static void
put_ref(struct jw *jw, struct openapi_schemas *s, const struct shape *shape)
{
	char name[JSON_NAME_MAX];
	char ref[JSON_NAME_MAX + 32] = "#/components/schemas/";

	schema_name(shape, name);
	memcpy(ref + strlen(ref), name, strlen(name) + 1);
	schema_note(s, shape);
	put_text(jw, "$ref", ref);
}

void
openapi_ref(struct jw *jw, struct openapi_schemas *s, const struct shape *shape)
{
	jw_object(jw);
	put_ref(jw, s, shape);
	jw_end_object(jw);
}

static void
put_null(struct jw *jw)
{
	jw_object(jw);
	put_text(jw, "type", "null");
	jw_end_object(jw);
}

static void
put_items(struct jw *jw, struct openapi_schemas *s, const struct field *f)
{
	put_type(jw, f, false);
	jw_name(jw, "items");
	if (f->shape != NULL) {
		openapi_ref(jw, s, f->shape);
	} else {
		jw_object(jw);
		put_text(jw, "type", "string");
		jw_end_object(jw);
	}
}

/* Members of that name say one of the catalogue's words. */
static void
put_reason(struct jw *jw, bool nullable)
{
	if (!nullable) {
		put_text(jw, "$ref", "#/components/schemas/Reason");
		return;
	}
	jw_name(jw, "anyOf");
	jw_array(jw);
	jw_object(jw);
	put_text(jw, "$ref", "#/components/schemas/Reason");
	jw_end_object(jw);
	put_null(jw);
	jw_end_array(jw);
}

static void
output_field(struct jw *jw, struct openapi_schemas *s, const struct field *f)
{
	jw_object(jw);
	if (f->type == FIELD_LIST) {
		put_items(jw, s, f);
	} else if (text_is(f->name, "reason")) {
		put_reason(jw, f->nullable);
	} else if (f->type != FIELD_OBJECT) {
		put_type(jw, f, f->nullable);
		put_words(jw, f, f->nullable);
	} else if (f->nullable) {
		jw_name(jw, "anyOf");
		jw_array(jw);
		openapi_ref(jw, s, f->shape);
		put_null(jw);
		jw_end_array(jw);
	} else {
		put_ref(jw, s, f->shape);
	}
	put_text(jw, "description", f->about);
	jw_end_object(jw);
}

static bool
is_always_there(const struct field *f)
{
	return !f->omit_null;
}

static void
output(struct jw *jw, struct openapi_schemas *s, const struct shape *shape)
{
	char name[JSON_NAME_MAX];

	jw_object(jw);
	put_text(jw, "type", "object");
	put_required(jw, shape, is_always_there, NULL);
	jw_name(jw, "properties");
	jw_object(jw);
	for (size_t i = 0; i < shape->count; i++) {
		jw_name(jw, rule_json_name(&shape->fields[i], name));
		output_field(jw, s, &shape->fields[i]);
	}
	jw_end_object(jw);
	openapi_close(jw);
}

void
openapi_components(struct jw *jw, struct openapi_schemas *s)
{
	char name[JSON_NAME_MAX];

	/* The list grows by what is referred to on the way. */
	for (size_t i = 0; i < s->count; i++) {
		schema_name(s->shape[i], name);
		jw_name(jw, name);
		output(jw, s, s->shape[i]);
	}
}
