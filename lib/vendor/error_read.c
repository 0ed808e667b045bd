#include "vendor/error_read.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"

/* Of a list of complaints; the rest is cut off. */
#define COMPLAINTS_MAX 4
/* What is kept of a body that is no JSON. */
#define PLAIN_MAX ((size_t)2000)
/* No vendor's wait that we believe. */
#define RETRY_MAX_S 86400.0

/*
 * Where the members stand, first wins.  A number may stand where a word is
 * expected (llama.cpp's code).
 */
static const char *const code_paths[] = { "code", "status", "name",
	"issues.0.code", "title", NULL };
static const char *const type_paths[] = { "type", "details.0.reason",
	"details.1.reason", NULL };
static const char *const param_paths[] = { "param", "issues.0.path.0", NULL };
static const char *const message_paths[] = { "message", "errors", "detail",
	"details", "msg", "error", "title", NULL };

/* The first text; when there is none, the first number. */
static const char *
first_word(
    struct arena *arena, struct json_object *value, const char *const *paths)
{
	const char *text;
	int64_t n;

	for (size_t i = 0; paths[i] != NULL; i++) {
		text = json_find_text(value, paths[i]);
		if (!text_empty(text))
			return arena_strdup(arena, text);
	}
	for (size_t i = 0; paths[i] != NULL; i++) {
		n = json_int_of(json_find(value, paths[i]));
		if (n != INT_NONE)
			return arena_printf(arena, "%" PRId64, n);
	}
	return "";
}

/* A text, or a list of texts or of objects with a message. */
static const char *
saying_of(struct arena *arena, struct json_object *value)
{
	const char *said = json_text_of(value), *one;

	if (said != NULL)
		return arena_strdup(arena, said);
	for (size_t i = 0; i < json_count(value) && i < COMPLAINTS_MAX; i++) {
		struct json_object *item = json_item(value, i);

		one = json_text_of(item);
		if (one == NULL)
			one = json_find_text(item, "msg");
		if (one == NULL)
			one = json_find_text(item, "message");
		if (one == NULL)
			continue;
		said = said == NULL ? arena_strdup(arena, one)
				    : arena_printf(arena, "%s; %s", said, one);
	}
	return said;
}

static const char *
message_of(struct arena *arena, struct json_object *value)
{
	const char *said = NULL;

	for (size_t i = 0; message_paths[i] != NULL && text_empty(said); i++)
		said = saying_of(arena, json_find(value, message_paths[i]));
	return said == NULL ? "" : said;
}

/* "27s", "1.5s" of google.rpc.RetryInfo. */
static int64_t
retry_info_ms(struct json_object *value)
{
	struct json_object *details = json_find(value, "details");

	for (size_t i = 0; i < json_count(details); i++) {
		const char *delay =
		    json_text_at(json_item(details, i), "retryDelay");
		char *end;
		double seconds;

		if (delay == NULL)
			continue;
		seconds = strtod(delay, &end);
		if (text_is(end, "s") && seconds >= 0 && seconds <= RETRY_MAX_S)
			return (int64_t)ceil(seconds * 1000);
	}
	return INT_NONE;
}

/* A google.rpc.QuotaFailure of a day's quota, which no waiting cures. */
static bool
is_daily_quota(struct json_object *value)
{
	struct json_object *details = json_find(value, "details");

	for (size_t i = 0; i < json_count(details); i++) {
		const char *quota = json_find_text(
		    json_item(details, i), "violations.0.quotaId");

		if (quota != NULL && strstr(quota, "PerDay") != NULL)
			return true;
	}
	return false;
}

void
error_read_value(
    struct arena *arena, struct json_object *doc, struct vendor_error *out)
{
	struct json_object *value = doc, *inner;
	const char *text;

	if (json_is_array(value))
		value = json_item(value, 0);
	inner = json_at(value, "error");
	if (json_is_object(inner))
		value = inner;
	text = json_text_of(value);
	*out = (struct vendor_error){
		.code = first_word(arena, value, code_paths),
		.type = first_word(arena, value, type_paths),
		.param = first_word(arena, value, param_paths),
		.message = text != NULL ? arena_strdup(arena, text)
					: message_of(arena, value),
		.retry_ms = retry_info_ms(value),
	};
	if (is_daily_quota(value))
		out->type = "daily_quota";
}

void
error_read(
    struct arena *arena, const char *body, size_t len, struct vendor_error *out)
{
	struct json_object *doc = json_parse_loose(body, len);

	error_read_value(arena, doc, out);
	json_free(doc);
	if (text_empty(out->message))
		out->message =
		    arena_copy(arena, body, len < PLAIN_MAX ? len : PLAIN_MAX);
}
