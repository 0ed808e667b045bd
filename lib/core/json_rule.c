/*
 * json_rule - the rules of a field, held against a value or put into words.
 */
#include "core/json_rule.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/text.h"

static bool
in_range(const struct field *f, double value)
{
	return !f->has_range || (value >= f->min && value <= f->max);
}

static bool
is_one_of(const char *const *words, const char *text)
{
	for (; *words != NULL; words++)
		if (strcmp(*words, text) == 0)
			return true;
	return false;
}

static bool
text_holds(const struct field *f, const char *text)
{
	if (text == NULL)
		return true;
	if (f->one_of != NULL && !is_one_of(f->one_of, text))
		return false;
	return !f->has_range ||
	       in_range(f, (double)utf8_length(text, strlen(text)));
}

static bool
int_holds(const struct field *f, int64_t value)
{
	if (value == INT_NONE)
		return true;
	if (f->multiple > 0 && value % f->multiple != 0)
		return false;
	return in_range(f, (double)value);
}

bool
rule_holds(const struct field *f, const void *base)
{
	switch (f->type) {
	case FIELD_TEXT:
		return text_holds(f, *FIELD_AT_CONST(base, f, const char *));
	case FIELD_INT:
		return int_holds(f, *FIELD_AT_CONST(base, f, int64_t));
	case FIELD_REAL:
		return in_range(f, *FIELD_AT_CONST(base, f, double));
	case FIELD_LIST:
		return in_range(
		    f, (double)FIELD_AT_CONST(base, f, struct list)->count);
	default:
		return true;
	}
}

/* " between 1 and 4", or " of at least 1 " where the upper bound is open. */
static const char *
tell_range(struct arena *arena, const struct field *f, const char *noun)
{
	if (!f->has_range)
		return noun;
	if (isinf(f->max))
		return arena_printf(
		    arena, "%s of at least %.15g", noun, f->min);
	return arena_printf(
	    arena, "%s between %.15g and %.15g", noun, f->min, f->max);
}

static const char *
tell_int(struct arena *arena, const struct field *f)
{
	const char *noun = "a whole number";

	if (f->multiple > 0)
		noun = arena_printf(
		    arena, "a multiple of %lld", (long long)f->multiple);
	return tell_range(arena, f, noun);
}

static const char *
tell_words(struct arena *arena, const char *const *words)
{
	const char *told = "one of", *comma = " ";

	for (; *words != NULL; words++, comma = ", ")
		told = arena_printf(arena, "%s%s%s", told, comma, *words);
	return told;
}

/* "a text of 1 to 200 characters", "an array of 1 to 100 items". */
static const char *
tell_count(struct arena *arena, const struct field *f, const char *noun,
    const char *unit)
{
	if (!f->has_range)
		return noun;
	if (isinf(f->max))
		return arena_printf(
		    arena, "%s of at least %.0f %s", noun, f->min, unit);
	if (f->min < 1)
		return arena_printf(
		    arena, "%s of at most %.0f %s", noun, f->max, unit);
	return arena_printf(
	    arena, "%s of %.0f to %.0f %s", noun, f->min, f->max, unit);
}

const char *
rule_tell(struct arena *arena, const struct field *f)
{
	switch (f->type) {
	case FIELD_TEXT:
		if (f->one_of != NULL)
			return tell_words(arena, f->one_of);
		return tell_count(arena, f, "a text", "characters");
	case FIELD_INT:
		return tell_int(arena, f);
	case FIELD_REAL:
		return tell_range(arena, f, "a number");
	case FIELD_BOOL:
		return "true or false";
	case FIELD_UUID:
		return "an id";
	case FIELD_TIME:
		return "a time such as 2024-01-26T00:00:00Z";
	case FIELD_OBJECT:
		return "an object";
	case FIELD_LIST:
		return tell_count(arena, f, "an array", "items");
	case FIELD_JSON:
		break;
	}
	return "a JSON value";
}

const char *
rule_json_name(const struct field *f, char out[JSON_NAME_MAX])
{
	assert(strlen(f->name) < JSON_NAME_MAX);
	text_camel(f->name, out);
	return out;
}
