/*
 * json_write - appends JSON to a buffer, a byte at a time where it matters.
 */
#include "core/json_write.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* A whole number below this is exact and is written without an exponent. */
#define REAL_WHOLE_MAX 1e15
/* The largest text that json_write() makes. */
#define JSON_TEXT_MAX (16 * MIB)

void
jw_init(struct jw *jw, struct buf *buf)
{
	*jw = (struct jw){ .buf = buf };
}

/* The comma before a value or a name, where one is needed. */
static void
value_begin(struct jw *jw)
{
	if (jw->named) {
		jw->named = false;
		return;
	}
	if (jw->depth == 0)
		return;
	assert(jw->open[jw->depth - 1] == '[');
	if (!jw->first[jw->depth - 1])
		buf_putc(jw->buf, ',');
	jw->first[jw->depth - 1] = false;
}

static void
name_begin(struct jw *jw)
{
	assert(jw->depth > 0 && jw->open[jw->depth - 1] == '{');
	assert(!jw->named);
	if (!jw->first[jw->depth - 1])
		buf_putc(jw->buf, ',');
	jw->first[jw->depth - 1] = false;
	jw->named = true;
}

static void
level_begin(struct jw *jw, char c)
{
	value_begin(jw);
	assert(jw->depth < JW_DEPTH);
	jw->open[jw->depth] = c;
	jw->first[jw->depth++] = true;
	buf_putc(jw->buf, c);
}

static void
level_end(struct jw *jw, char open, char close)
{
	assert(jw->depth > 0 && jw->open[jw->depth - 1] == open);
	assert(!jw->named);
	jw->depth--;
	buf_putc(jw->buf, close);
}

void
jw_object(struct jw *jw)
{
	level_begin(jw, '{');
}

void
jw_end_object(struct jw *jw)
{
	level_end(jw, '{', '}');
}

void
jw_array(struct jw *jw)
{
	level_begin(jw, '[');
}

void
jw_end_array(struct jw *jw)
{
	level_end(jw, '[', ']');
}

static bool
needs_escape(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

static void
escape_put(struct buf *b, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char means[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *at = strchr(means, c);
	char out[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	if (c != '\0' && at != NULL) {
		out[1] = letters[at - means];
		buf_add(b, out, 2);
		return;
	}
	buf_add(b, out, sizeof(out));
}

/* Text that is known to be UTF-8. */
static void
chars_put(struct buf *b, const char *text, size_t len)
{
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		if (!needs_escape((unsigned char)text[i]))
			continue;
		buf_add(b, text + from, i - from);
		escape_put(b, (unsigned char)text[i]);
		from = i + 1;
	}
	buf_add(b, text + from, len - from);
}

/* Any bytes: what is no UTF-8 becomes U+FFFD, a byte at a time. */
static void
bytes_put(struct buf *b, const char *text, size_t len)
{
	size_t size;

	for (size_t i = 0; i < len; i += size) {
		for (size = 1; size <= 4 && i + size <= len; size++)
			if (utf8_valid(text + i, size))
				break;
		if (size <= 4 && i + size <= len) {
			chars_put(b, text + i, size);
			continue;
		}
		buf_add(b, "\xef\xbf\xbd", 3);
		size = 1;
	}
}

static void
string_put(struct buf *b, const char *text)
{
	size_t len = strlen(text);

	buf_putc(b, '"');
	if (utf8_valid(text, len))
		chars_put(b, text, len);
	else
		bytes_put(b, text, len);
	buf_putc(b, '"');
}

void
jw_name(struct jw *jw, const char *name)
{
	name_begin(jw);
	string_put(jw->buf, name);
	buf_putc(jw->buf, ':');
}

void
jw_text(struct jw *jw, const char *text)
{
	if (text == NULL) {
		jw_null(jw);
		return;
	}
	value_begin(jw);
	string_put(jw->buf, text);
}

void
jw_int(struct jw *jw, int64_t value)
{
	char digits[24], *at = digits + sizeof(digits);
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	if (value == INT_NONE) {
		jw_null(jw);
		return;
	}
	do
		*--at = (char)('0' + rest % 10);
	while ((rest /= 10) != 0);
	if (value < 0)
		*--at = '-';
	value_begin(jw);
	buf_add(jw->buf, at, (size_t)(digits + sizeof(digits) - at));
}

/* The shortest text that reads back as the same number. */
void
jw_real(struct jw *jw, double value)
{
	char text[32];
	int len = 0;

	if (!isfinite(value)) {
		jw_null(jw);
		return;
	}
	if (fabs(value) < REAL_WHOLE_MAX && trunc(value) == value) {
		jw_int(jw, (int64_t)value);
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		len = snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	value_begin(jw);
	buf_add(jw->buf, text, (size_t)len);
}

void
jw_bool(struct jw *jw, bool value)
{
	value_begin(jw);
	buf_puts(jw->buf, value ? "true" : "false");
}

void
jw_null(struct jw *jw)
{
	value_begin(jw);
	buf_add(jw->buf, "null", 4);
}

/* Quotes around what needs no escape. */
static void
plain_put(struct jw *jw, const char *text)
{
	value_begin(jw);
	buf_putc(jw->buf, '"');
	buf_puts(jw->buf, text);
	buf_putc(jw->buf, '"');
}

void
jw_uuid(struct jw *jw, const struct uuid *id)
{
	char text[UUID_TEXT];

	if (uuid_is_null(id))
		jw_null(jw);
	else
		plain_put(jw, uuid_format(id, text));
}

void
jw_time(struct jw *jw, int64_t ms)
{
	char text[32];

	if (ms == TIME_NONE)
		jw_null(jw);
	else
		plain_put(jw, time_format(ms, text));
}

void
jw_json(struct jw *jw, const char *json)
{
	if (json == NULL) {
		jw_null(jw);
		return;
	}
	value_begin(jw);
	buf_puts(jw->buf, json);
}

/* ---- structs ---- */

static void
list_put(struct jw *jw, const struct shape *shape, const struct list *list)
{
	const char *item = list->items;
	const char *const *texts = list->items;

	jw_array(jw);
	for (size_t i = 0; i < list->count; i++) {
		if (shape == NULL)
			jw_text(jw, texts[i]);
		else
			jw_struct(jw, shape, item + i * shape->size);
	}
	jw_end_array(jw);
}

static bool
field_is_null(const struct field *f, const void *base)
{
	switch (f->type) {
	case FIELD_TEXT:
		return *FIELD_AT_CONST(base, f, const char *) == NULL;
	case FIELD_INT:
		return *FIELD_AT_CONST(base, f, int64_t) == INT_NONE;
	case FIELD_REAL:
		return !isfinite(*FIELD_AT_CONST(base, f, double));
	case FIELD_UUID:
		return uuid_is_null(FIELD_AT_CONST(base, f, struct uuid));
	case FIELD_TIME:
		return FIELD_AT_CONST(base, f, struct stamp)->ms == TIME_NONE;
	case FIELD_JSON:
		return FIELD_AT_CONST(base, f, struct json_text)->text == NULL;
	case FIELD_OBJECT:
		return *FIELD_AT_CONST(base, f, const void *) == NULL;
	case FIELD_LIST:
		return FIELD_AT_CONST(base, f, struct list)->items == NULL;
	case FIELD_BOOL:
		break;
	}
	return false;
}

static void
field_put(struct jw *jw, const struct field *f, const void *base)
{
	switch (f->type) {
	case FIELD_TEXT:
		jw_text(jw, *FIELD_AT_CONST(base, f, const char *));
		break;
	case FIELD_INT:
		jw_int(jw, *FIELD_AT_CONST(base, f, int64_t));
		break;
	case FIELD_REAL:
		jw_real(jw, *FIELD_AT_CONST(base, f, double));
		break;
	case FIELD_BOOL:
		jw_bool(jw, *FIELD_AT_CONST(base, f, bool));
		break;
	case FIELD_UUID:
		jw_uuid(jw, FIELD_AT_CONST(base, f, struct uuid));
		break;
	case FIELD_TIME:
		jw_time(jw, FIELD_AT_CONST(base, f, struct stamp)->ms);
		break;
	case FIELD_JSON:
		jw_json(jw, FIELD_AT_CONST(base, f, struct json_text)->text);
		break;
	case FIELD_OBJECT:
		if (field_is_null(f, base))
			jw_null(jw);
		else
			jw_struct(jw, f->shape,
			    *FIELD_AT_CONST(base, f, const void *));
		break;
	case FIELD_LIST:
		list_put(jw, f->shape, FIELD_AT_CONST(base, f, struct list));
		break;
	}
}

/* The member's camelCase name, made where it is to stand. */
static void
field_name_put(struct jw *jw, const char *name)
{
	char *at;
	size_t len;

	name_begin(jw);
	at = buf_reserve(jw->buf, strlen(name) + sizeof("\"\":"));
	if (at == NULL)
		return;
	*at = '"';
	text_camel(name, at + 1);
	len = strlen(at);
	at[len++] = '"';
	at[len++] = ':';
	buf_commit(jw->buf, len);
}

void
jw_members(struct jw *jw, const struct shape *shape, const void *base)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *f = &shape->fields[i];

		if (f->omit_null && field_is_null(f, base))
			continue;
		field_name_put(jw, f->name);
		field_put(jw, f, base);
	}
}

void
jw_struct(struct jw *jw, const struct shape *shape, const void *base)
{
	jw_object(jw);
	jw_members(jw, shape, base);
	jw_end_object(jw);
}

void
jw_done(struct jw *jw)
{
	assert(jw->depth == 0 && !jw->named);
	(void)jw;
}

char *
json_write(struct ctx *cx, const struct shape *shape, const void *base)
{
	struct buf buf;
	struct jw jw;
	char *text;

	buf_init(&buf, JSON_TEXT_MAX);
	jw_init(&jw, &buf);
	jw_struct(&jw, shape, base);
	jw_done(&jw);
	assert(!buf_overflowed(&buf));
	text = arena_copy(cx->arena, buf_text(&buf), buf.len);
	buf_release(&buf);
	return text;
}
