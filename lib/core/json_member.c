/*
 * json_member - fills a member of a struct from a text.
 */
#include "core/json_member.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/json_rule.h"

static enum err
text_set(struct ctx *cx, const struct field *f, const char *text, void *out)
{
	*FIELD_AT(out, f, const char *) = f->trim
					      ? text_trim(cx->arena, text)
					      : arena_strdup(cx->arena, text);
	return ERR_OK;
}

static enum err
uuid_set(struct ctx *cx, const struct field *f, const char *text, void *out)
{
	/* An id of the wrong form is one that does not exist. */
	if (!uuid_parse(text, FIELD_AT(out, f, struct uuid)))
		return fault(cx, ERR_NOT_FOUND, NULL, "there is no such id");
	return ERR_OK;
}

/* The n digits at text as a number; -1 when they are not digits. */
static int
digits_read(const char *text, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

/* What time_format() writes, and nothing else. */
static enum err
time_set(struct ctx *cx, const struct field *f, const char *text, void *out)
{
	struct civil c = { 0 };
	char again[32];
	int64_t ms;

	(void)cx;
	if (strlen(text) != strlen("2024-01-26T00:00:00Z"))
		return ERR_INVALID_FIELD;
	c.year = digits_read(text, 4);
	c.month = digits_read(text + 5, 2);
	c.day = digits_read(text + 8, 2);
	c.hour = digits_read(text + 11, 2);
	c.minute = digits_read(text + 14, 2);
	c.second = digits_read(text + 17, 2);
	if (c.year < 0 || c.month < 1 || c.month > 12 || c.day < 1 ||
	    c.hour < 0 || c.minute < 0 || c.second < 0)
		return ERR_INVALID_FIELD;
	ms = time_from_civil(&c);
	if (strcmp(time_format(ms, again), text) != 0)
		return ERR_INVALID_FIELD;
	FIELD_AT(out, f, struct stamp)->ms = ms;
	return ERR_OK;
}

static enum err
int_set(struct ctx *cx, const struct field *f, const char *text, void *out)
{
	int64_t n;

	(void)cx;
	if (!text_to_int(text, &n)) {
		/* where nothing is too much, what is beyond counting is not */
		if (!isinf(f->max) || text[strspn(text, "0123456789")] != '\0')
			return ERR_INVALID_FIELD;
		n = text_empty(text) ? INT_NONE : INT64_MAX;
	}
	if (n == INT_NONE)
		return ERR_INVALID_FIELD;
	*FIELD_AT(out, f, int64_t) = n;
	return ERR_OK;
}

static enum err
real_set(struct ctx *cx, const struct field *f, const char *text, void *out)
{
	char *end;
	double d = strtod(text, &end);

	(void)cx;
	if (end == text || *end != '\0' || !isfinite(d) ||
	    strspn(text, "+-.0123456789eE") != strlen(text))
		return ERR_INVALID_FIELD;
	*FIELD_AT(out, f, double) = d + 0.0;
	return ERR_OK;
}

static enum err
bool_set(struct ctx *cx, const struct field *f, const char *text, void *out)
{
	(void)cx;
	return text_to_bool(text, FIELD_AT(out, f, bool)) ? ERR_OK
							  : ERR_INVALID_FIELD;
}

const member_text_fn member_from_text[] = {
	[FIELD_TEXT] = text_set,
	[FIELD_INT] = int_set,
	[FIELD_REAL] = real_set,
	[FIELD_BOOL] = bool_set,
	[FIELD_UUID] = uuid_set,
	[FIELD_TIME] = time_set,
	[FIELD_LIST] = NULL, /* nor the two before it */
};

enum err
member_end(struct ctx *cx, const struct field *f, enum err e, const void *out)
{
	char name[JSON_NAME_MAX];

	if (e == ERR_OK && rule_holds(f, out))
		return ERR_OK;
	rule_json_name(f, name);
	if (e != ERR_OK && cx->fault.err == e) {
		if (cx->fault.field == NULL)
			cx->fault.field = arena_strdup(cx->arena, name);
		return e;
	}
	return fault(cx, ERR_INVALID_FIELD, name, "%s must be %s", name,
	    rule_tell(cx->arena, f));
}

enum err
member_absent(struct ctx *cx, const struct field *f)
{
	char name[JSON_NAME_MAX];

	if (!f->required)
		return ERR_OK;
	rule_json_name(f, name);
	return fault(cx, ERR_MISSING_FIELD, name, "%s is required", name);
}
