/*
 * conf_value - reads, checks and prints the value of one setting.
 */
#include "core/conf_value.h"

#include <inttypes.h>
#include <string.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/text.h"
#include "core/egress.h"

#define PUBLIC_URL_MAX 500 /* it stands in every address of a file */

struct unit {
	int64_t size;
	const char *name;
};

/* Largest first; the last one divides everything. */
static const struct unit size_units[] = {
	{ INT64_C(1) << 30, "G" },
	{ INT64_C(1) << 20, "M" },
	{ INT64_C(1) << 10, "K" },
	{ 1, "" },
};
static const struct unit time_units[] = {
	{ 86400, "d" },
	{ 3600, "h" },
	{ 60, "m" },
	{ 1, "s" },
};

/* The types that are numbers: how they are read and called. */
static const struct number {
	bool (*read)(const char *, int64_t *);
	const char *noun, *example;
	const struct unit *units;
} numbers[] = {
	[OPTION_INT] = { text_to_int, "a whole number", "", NULL },
	[OPTION_SIZE] = { text_to_bytes, "a size", ", such as 20M",
	    size_units },
	[OPTION_DURATION] = { text_to_seconds, "a time", ", such as 15m",
	    time_units },
};

/* ---- texts with a form of their own ---- */

static bool
is_language(const char *text)
{
	return text_is(text, "zh-CN") || text_is(text, "en");
}

static bool
is_sendfile(const char *text)
{
	return text_is(text, "x-sendfile") || text_is(text, "none");
}

static bool
is_log_level(const char *text)
{
	static const char *const levels[] = { "error", "warn", "info",
		"debug" };

	for (size_t i = 0; i < COUNT(levels); i++)
		if (text_is(text, levels[i]))
			return true;
	return false;
}

/* Of the characters that need no escape in a path (RFC 3986 2.3). */
static bool
is_path(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-._~/";

	return text[strspn(text, allowed)] == '\0' && !text_ends(text, "/") &&
	       strstr(text, "//") == NULL;
}

static bool
is_base_path(const char *text)
{
	return *text == '\0' || (*text == '/' && is_path(text));
}

static bool
is_public_url(const char *text)
{
	const char *host = strstr(text, "://");
	size_t len;

	if (strlen(text) > PUBLIC_URL_MAX)
		return false;
	if (!text_starts(text, "http://") && !text_starts(text, "https://"))
		return false;
	host += strlen("://");
	len = strcspn(host, "/");
	return len > 0 && strcspn(host, " \t\"'<>\\?#@") >= len &&
	       is_path(host + len);
}

static const struct form {
	size_t offset;
	bool (*holds)(const char *);
	const char *told;
} forms[] = {
	{ offsetof(struct conf, base_path), is_base_path,
	    "a path such as '/api/v1', without a slash at the end, or empty" },
	{ offsetof(struct conf, public_url), is_public_url,
	    "an http:// or https:// address of 500 characters at most, "
	    "without a slash at the end" },
	{ offsetof(struct conf, language), is_language, "zh-CN or en" },
	{ offsetof(struct conf, quota_timezone), time_zone_known,
	    "a time zone such as 'UTC' or 'Asia/Shanghai'" },
	{ offsetof(struct conf, egress_allow), egress_allow_valid,
	    "addresses or networks such as '10.0.0.0/8', separated by "
	    "commas" },
	{ offsetof(struct conf, sendfile), is_sendfile, "x-sendfile or none" },
	{ offsetof(struct conf, log_level), is_log_level,
	    "error, warn, info or debug" },
};

static bool
is_printable(const char *text)
{
	for (const char *at = text; *at != '\0'; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			return false;
	return utf8_valid(text, strlen(text));
}

/* ---- setting ---- */

static void *
value_at(struct conf *conf, const struct option *o)
{
	return (char *)conf + o->offset;
}

static const void *
value_of(const struct conf *conf, const struct option *o)
{
	return (const char *)conf + o->offset;
}

static const char *
text_set(struct arena *arena, struct conf *conf, const struct option *o,
    const char *text)
{
	const char **out = value_at(conf, o);

	if (!is_printable(text))
		return "a text without control characters";
	for (size_t i = 0; i < COUNT(forms); i++)
		if (forms[i].offset == o->offset && !forms[i].holds(text))
			return forms[i].told;
	*out = arena_strdup(arena, text);
	return NULL;
}

static const char *
number_set(struct arena *arena, struct conf *conf, const struct option *o,
    const char *text)
{
	const struct number *number = &numbers[o->type];
	int64_t value, min, max, *out = value_at(conf, o);

	if (number->read(o->min, &min) && number->read(o->max, &max) &&
	    number->read(text, &value) && value >= min && value <= max) {
		*out = value;
		return NULL;
	}
	return arena_printf(arena, "%s from %s to %s%s", number->noun, o->min,
	    o->max, number->example);
}

const char *
conf_value_set(struct arena *arena, struct conf *conf, const struct option *o,
    const char *text)
{
	switch (o->type) {
	case OPTION_TEXT:
	case OPTION_PATH:
		return text_set(arena, conf, o, text);
	case OPTION_BOOL:
		return text_to_bool(text, value_at(conf, o)) ? NULL
							     : "yes or no";
	case OPTION_INT:
	case OPTION_SIZE:
	case OPTION_DURATION:
		break;
	}
	return number_set(arena, conf, o, text);
}

/* ---- printing ---- */

/* Does a text need quotes to be read back? */
static bool
needs_quotes(const char *text)
{
	size_t len = strlen(text);

	return len == 0 || strchr(" \t#", text[0]) != NULL ||
	       strchr(" \t", text[len - 1]) != NULL ||
	       strstr(text, " #") != NULL || strstr(text, "\t#") != NULL;
}

static void
number_print(int64_t value, const struct unit *unit, struct buf *out)
{
	if (unit != NULL) {
		while (value == 0 ? unit->size > 1 : value % unit->size != 0)
			unit++;
		value /= unit->size;
	}
	buf_printf(out, "%" PRId64 "%s", value, unit ? unit->name : "");
}

void
conf_print(const struct conf *conf, const struct option *o, struct buf *out)
{
	const void *value = value_of(conf, o);
	const char *text;

	switch (o->type) {
	case OPTION_TEXT:
	case OPTION_PATH:
		text = *(const char *const *)value;
		buf_printf(out, needs_quotes(text) ? "\"%s\"" : "%s", text);
		break;
	case OPTION_BOOL:
		buf_puts(out, *(const bool *)value ? "yes" : "no");
		break;
	case OPTION_INT:
	case OPTION_SIZE:
	case OPTION_DURATION:
		number_print(
		    *(const int64_t *)value, numbers[o->type].units, out);
		break;
	}
}

bool
conf_is_default(const struct conf *conf, const struct option *o)
{
	const void *value = value_of(conf, o);
	int64_t number;
	bool flag;

	switch (o->type) {
	case OPTION_TEXT:
	case OPTION_PATH:
		return text_is(*(const char *const *)value, o->def);
	case OPTION_BOOL:
		return text_to_bool(o->def, &flag) &&
		       flag == *(const bool *)value;
	case OPTION_INT:
	case OPTION_SIZE:
	case OPTION_DURATION:
		break;
	}
	return numbers[o->type].read(o->def, &number) &&
	       number == *(const int64_t *)value;
}
