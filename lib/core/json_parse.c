/*
 * json_parse - text to json-c values, and a look at their members.
 */
#include "core/json_read.h"

#include <json-c/json.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "core/json_scan.h"
#include "core/json_tree.h"

#define LOOSE_DEPTH 128

/* After the scan json-c has nothing left to refuse but a lack of memory. */
static struct json_object *
tokens_parse(const char *text, size_t len, int depth)
{
	struct json_tokener *tok = json_tokener_new_ex(depth + 1);
	struct json_object *value = NULL;

	if (tok == NULL || len > INT_MAX)
		goto out;
	json_tokener_set_flags(
	    tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	value = json_tokener_parse_ex(tok, text, (int)len);
	/* A number at the very end waits for what may follow. */
	if (json_tokener_get_error(tok) == json_tokener_continue)
		value = json_tokener_parse_ex(tok, "", 1);
	if (json_tokener_get_error(tok) != json_tokener_success) {
		json_object_put(value);
		value = NULL;
	}
out:
	if (tok != NULL)
		json_tokener_free(tok);
	return value;
}

static bool
is_null_document(const char *text, size_t len)
{
	while (len > 0 && strchr(" \t\r\n", *text) != NULL) {
		text++;
		len--;
	}
	return len >= 4 && memcmp(text, "null", 4) == 0;
}

enum err
json_parse(
    struct ctx *cx, const char *text, size_t len, struct json_object **out)
{
	static const struct json_rules rules = { JSON_DEPTH, true };
	const char *wrong;
	struct json_object *value;
	size_t at;

	wrong = json_scan(cx->arena, text, len, &rules, &at);
	if (wrong != NULL)
		return fault(cx, ERR_INVALID_JSON, NULL,
		    "the JSON text has %s at byte %zu", wrong, at);
	value = tokens_parse(text, len, JSON_DEPTH);
	if (value == NULL && !is_null_document(text, len))
		return fault(
		    cx, ERR_INVALID_JSON, NULL, "the JSON text can't be read");
	*out = value;
	return ERR_OK;
}

struct json_object *
json_parse_loose(const char *text, size_t len)
{
	static const struct json_rules rules = { LOOSE_DEPTH, false };
	size_t at;

	if (json_scan(NULL, text, len, &rules, &at) != NULL)
		return NULL;
	return tokens_parse(text, len, LOOSE_DEPTH);
}

int64_t
json_int_of(struct json_object *value)
{
	const double limit = 9007199254740992.0; /* 2^53: exact in a double */
	int64_t n;
	double d;

	if (json_object_is_type(value, json_type_int)) {
		n = json_object_get_int64(value);
		/* json-c puts what is too large at the bound. */
		return n == INT64_MAX ? INT_NONE : n;
	}
	if (!json_object_is_type(value, json_type_double))
		return INT_NONE;
	d = json_object_get_double(value);
	if (!(d > -limit && d < limit) || trunc(d) != d)
		return INT_NONE;
	return (int64_t)d;
}

struct json_object *
json_at(struct json_object *object, const char *member)
{
	struct json_object *value = NULL;

	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, member, &value);
	return value;
}

struct json_object *
json_at_either(
    struct json_object *first, struct json_object *second, const char *member)
{
	struct json_object *value = json_at(first, member);

	return value != NULL ? value : json_at(second, member);
}

const char *
json_text_at(struct json_object *object, const char *member)
{
	return json_text_of(json_at(object, member));
}

int64_t
json_int_at(struct json_object *object, const char *member)
{
	return json_int_of(json_at(object, member));
}

double
json_real_at(struct json_object *object, const char *member)
{
	struct json_object *value = json_at(object, member);

	if (!json_object_is_type(value, json_type_int) &&
	    !json_object_is_type(value, json_type_double))
		return NAN;
	return json_object_get_double(value);
}
