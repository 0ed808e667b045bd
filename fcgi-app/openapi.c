#include "config.h"

#include "openapi.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/json_rule.h"
#include "openapi_schema.h"
#include "req.h"

#define NAME_MAX_BYTES 128

static void
put(struct jw *jw, const char *name, const char *text)
{
	jw_name(jw, name);
	jw_text(jw, text);
}

static void
open_object(struct jw *jw, const char *name)
{
	jw_name(jw, name);
	jw_object(jw);
}

static void
open_array(struct jw *jw, const char *name)
{
	jw_name(jw, name);
	jw_array(jw);
}

static void
put_ref(struct jw *jw, const char *ref)
{
	jw_object(jw);
	put(jw, "$ref", ref);
	jw_end_object(jw);
}

/* ---- one operation ---- */

/* "GET /works/{id}/download" -> "getWorksIdDownload" */
static const char *
operation_id(const struct route *row, char out[NAME_MAX_BYTES])
{
	size_t len = 0;
	bool upper = false;

	for (const char *c = row->key.method; *c != '\0'; c++)
		out[len++] = (char)(*c - 'A' + 'a');
	for (const char *c = row->key.path; *c != '\0'; c++) {
		bool lower = *c >= 'a' && *c <= 'z';

		if (lower && len < NAME_MAX_BYTES - 1)
			out[len++] = upper ? (char)(*c - 'a' + 'A') : *c;
		upper = !lower;
	}
	out[len] = '\0';
	return out;
}

/* The first segment of the path. */
static const char *
tag_of(const struct route *row, char out[NAME_MAX_BYTES])
{
	const char *from = row->key.path + 1;

	snprintf(out, NAME_MAX_BYTES, "%.*s", (int)strcspn(from, "/."), from);
	return out;
}

static bool
has_id(const struct route *row)
{
	return strchr(row->key.path, '{') != NULL;
}

/* In its path or in a member of its body. */
static bool
names_a_thing(const struct route *row)
{
	bool named = has_id(row);

	for (size_t i = 0; row->input != NULL && i < row->input->count; i++)
		named = named || text_ends(row->input->fields[i].name, "_id");
	return named;
}

static void
put_id_parameters(struct jw *jw, const struct route *row)
{
	char name[NAME_MAX_BYTES];

	for (const char *c = strchr(row->key.path, '{'); c != NULL;
	     c = strchr(c + 1, '{')) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(c + 1, "}"),
		    c + 1);
		jw_object(jw);
		put(jw, "name", name);
		put(jw, "in", "path");
		jw_name(jw, "required");
		jw_bool(jw, true);
		open_object(jw, "schema");
		put(jw, "type", "string");
		jw_end_object(jw);
		jw_end_object(jw);
	}
}

static void
put_parameters(struct jw *jw, const struct route *row)
{
	const struct shape *query = row->query;
	char name[JSON_NAME_MAX];

	if (!has_id(row) && query == NULL && row->once == NULL)
		return;
	open_array(jw, "parameters");
	put_id_parameters(jw, row);
	for (size_t i = 0; query != NULL && i < query->count; i++) {
		const struct field *f = &query->fields[i];

		jw_object(jw);
		put(jw, "name", rule_json_name(f, name));
		put(jw, "in", "query");
		jw_name(jw, "required");
		jw_bool(jw, f->required);
		jw_name(jw, "schema");
		openapi_input_field(jw, f, false);
		jw_end_object(jw);
	}
	if (row->once != NULL)
		put_ref(jw, "#/components/parameters/IdempotencyKey");
	jw_end_array(jw);
}

static void
put_json_body(struct jw *jw, const struct route *row)
{
	open_object(jw, "application/json");
	jw_name(jw, "schema");
	openapi_input(jw, row->input);
	jw_end_object(jw);
}

static void
put_form_body(struct jw *jw, const struct route *row)
{
	open_object(jw, "multipart/form-data");
	jw_name(jw, "schema");
	openapi_form(jw, row->input, row->file);
	jw_end_object(jw);
}

static void
put_body(struct jw *jw, const struct route *row)
{
	if (row->body == BODY_NONE)
		return;
	open_object(jw, "requestBody");
	jw_name(jw, "required");
	jw_bool(jw, row->body != BODY_JSON_OPTIONAL);
	open_object(jw, "content");
	if (row->body == BODY_JSON || row->body == BODY_JSON_OPTIONAL)
		put_json_body(jw, row);
	else
		put_form_body(jw, row);
	jw_end_object(jw);
	jw_end_object(jw);
}

/* "data" of the reply. */
static void
put_data(struct jw *jw, struct openapi_schemas *s, const struct route *row)
{
	jw_name(jw, "data");
	if (row->output != NULL && row->output_else == NULL) {
		openapi_ref(jw, s, row->output);
		return;
	}
	jw_object(jw);
	if (row->output == NULL) {
		put(jw, "type", "object");
		jw_name(jw, "maxProperties");
		jw_int(jw, 0);
	} else {
		open_array(jw, "anyOf");
		openapi_ref(jw, s, row->output);
		openapi_ref(jw, s, row->output_else);
		jw_end_array(jw);
	}
	jw_end_object(jw);
}

static void
put_envelope(struct jw *jw, struct openapi_schemas *s, const struct route *row,
    int status)
{
	open_object(jw, "application/json");
	open_object(jw, "schema");
	put(jw, "type", "object");
	open_array(jw, "required");
	jw_text(jw, "code");
	jw_text(jw, "message");
	jw_text(jw, "data");
	jw_text(jw, "timestamp");
	jw_end_array(jw);
	open_object(jw, "properties");
	open_object(jw, "code");
	jw_name(jw, "const");
	jw_int(jw, status);
	jw_end_object(jw);
	open_object(jw, "message");
	put(jw, "const", "success");
	jw_end_object(jw);
	put_data(jw, s, row);
	open_object(jw, "timestamp");
	put(jw, "type", "integer");
	jw_end_object(jw);
	jw_end_object(jw);
	openapi_close(jw);
	jw_end_object(jw);
}

#define FILE_TYPE "*/*" /* whatever the file is */

static bool
sends_file(const struct route *row)
{
	return row->content != NULL && text_is(row->content, FILE_TYPE);
}

static void
put_success(struct jw *jw, struct openapi_schemas *s, const struct route *row)
{
	int status = row->status == 0 ? 200 : row->status;
	char code[16];

	snprintf(code, sizeof(code), "%d", status);
	open_object(jw, code);
	put(jw, "description", "Done.");
	open_object(jw, "content");
	if (row->content != NULL) {
		open_object(jw, row->content);
		jw_end_object(jw);
	}
	if (row->content == NULL || row->output != NULL)
		put_envelope(jw, s, row, status);
	jw_end_object(jw);
	jw_end_object(jw);
}

/* An answer without an envelope. */
static void
put_bare(struct jw *jw, const char *code, const char *means)
{
	open_object(jw, code);
	put(jw, "description", means);
	jw_end_object(jw);
}

/* What every reply of a status says besides. */
static void
put_header(struct jw *jw, const char *name, const char *type)
{
	open_object(jw, "headers");
	open_object(jw, name);
	open_object(jw, "schema");
	put(jw, "type", type);
	jw_end_object(jw);
	jw_end_object(jw);
	jw_end_object(jw);
}

static void
put_failure(struct jw *jw, int status, bool when, const char *means)
{
	char code[16], ref[64];

	if (!when)
		return;
	snprintf(code, sizeof(code), "%d", status);
	snprintf(ref, sizeof(ref), "#/components/schemas/Failure%d", status);
	open_object(jw, code);
	put(jw, "description", means);
	if (status == 429 || status == 503)
		put_header(jw, "Retry-After", "integer");
	else if (status == 401)
		put_header(jw, "WWW-Authenticate", "string");
	open_object(jw, "content");
	open_object(jw, "application/json");
	jw_name(jw, "schema");
	put_ref(jw, ref);
	jw_end_object(jw);
	jw_end_object(jw);
	jw_end_object(jw);
}

static void
put_responses(struct jw *jw, struct openapi_schemas *s, const struct route *row)
{
	bool body = row->body != BODY_NONE;
	bool counted = row->spend == SPEND_CALL || row->who == WHO_USER ||
		       row->who == WHO_ADMIN;

	open_object(jw, "responses");
	put_success(jw, s, row);
	if (sends_file(row))
		put_bare(jw, "206", "The range that was asked for.");
	if (sends_file(row) || row->who == WHO_VIEWER)
		put_bare(jw, "304", "As the reader has it already.");
	put_failure(jw, 400,
	    body || row->query != NULL ||
		(has_id(row) && strcmp(row->key.method, "GET") != 0),
	    "A body, field or parameter that is not allowed.");
	put_failure(jw, 401, true, "No valid token.");
	put_failure(
	    jw, 403, counted || row->who != WHO_ANYBODY, "Not allowed.");
	put_failure(jw, 404, names_a_thing(row), "There is no such thing.");
	put_failure(jw, 409, row->once != NULL,
	    "The first request with this Idempotency-Key still runs.");
	put_failure(jw, 413, body, "The body is too large.");
	put_failure(jw, 415, body, "Another content type is wanted.");
	if (sends_file(row))
		put_bare(jw, "416", "There is no such range.");
	put_failure(jw, 429, counted, "Too often; see Retry-After.");
	put_failure(jw, 500, true, "Something failed on our side.");
	put_failure(jw, 503, true, "Not now; see Retry-After.");
	jw_end_object(jw);
}

static void
put_security(struct jw *jw, const struct route *row)
{
	open_array(jw, "security");
	jw_object(jw);
	open_array(jw, "token");
	jw_end_array(jw);
	jw_end_object(jw);
	if (row->who == WHO_ANYBODY || row->who == WHO_VIEWER) {
		jw_object(jw);
		jw_end_object(jw);
	}
	jw_end_array(jw);
}

static void
put_operation(struct jw *jw, struct openapi_schemas *s, const struct route *row)
{
	char method[16], text[NAME_MAX_BYTES];
	size_t len = strlen(row->key.method);

	for (size_t i = 0; i <= len; i++)
		method[i] = row->key.method[i] == '\0'
				? '\0'
				: (char)(row->key.method[i] - 'A' + 'a');
	open_object(jw, method);
	put(jw, "operationId", operation_id(row, text));
	put(jw, "summary", row->about);
	open_array(jw, "tags");
	jw_text(jw, tag_of(row, text));
	jw_end_array(jw);
	put_security(jw, row);
	put_parameters(jw, row);
	put_body(jw, row);
	put_responses(jw, s, row);
	jw_end_object(jw);
}

/* ---- the whole ---- */

/* Is this the first row of its path? */
static bool
is_first(const struct route_table *t, size_t row)
{
	for (size_t i = 0; i < row; i++)
		if (strcmp(t->rows[i].key.path, t->rows[row].key.path) == 0)
			return false;
	return true;
}

static void
put_paths(struct jw *jw, struct openapi_schemas *s, const struct route_table *t)
{
	open_object(jw, "paths");
	for (size_t i = 0; i < t->count; i++) {
		if (!is_first(t, i))
			continue;
		open_object(jw, t->rows[i].key.path);
		for (size_t k = i; k < t->count; k++)
			if (strcmp(t->rows[k].key.path, t->rows[i].key.path) ==
			    0)
				put_operation(jw, s, &t->rows[k]);
		jw_end_object(jw);
	}
	jw_end_object(jw);
}

/* Has no row before this one its tag? */
static bool
is_first_tag(const struct route_table *t, size_t row)
{
	char tag[NAME_MAX_BYTES], other[NAME_MAX_BYTES];

	tag_of(&t->rows[row], tag);
	for (size_t i = 0; i < row; i++)
		if (strcmp(tag_of(&t->rows[i], other), tag) == 0)
			return false;
	return true;
}

static void
put_tags(struct jw *jw, const struct route_table *t)
{
	char tag[NAME_MAX_BYTES], about[2 * NAME_MAX_BYTES];

	open_array(jw, "tags");
	for (size_t i = 0; i < t->count; i++) {
		if (!is_first_tag(t, i))
			continue;
		tag_of(&t->rows[i], tag);
		snprintf(about, sizeof(about), "What lies under /%s.", tag);
		jw_object(jw);
		put(jw, "name", tag);
		put(jw, "description", about);
		jw_end_object(jw);
	}
	jw_end_array(jw);
}

/* Those that routes give; 405 is told of paths. */
static const int failures[] = { 400, 401, 403, 404, 409, 413, 415, 429, 500,
	503 };

/* What stands in a failure; status 0: in all of them. */
static const struct member {
	const char *name, *type;
	bool always;
	int status;
} failure_members[] = {
	{ "message", "string", true, 0 },
	{ "error", "string", true, 0 },
	{ "timestamp", "integer", true, 0 },
	{ "requestId", "string", true, 0 },
	{ "field", "string", false, 0 },
	{ "needed", "integer", false, 403 },
	{ "remaining", "integer", false, 403 },
	{ "replacement", "string", false, 400 },
	{ "conversationId", "string", false, 400 },
	{ "conversationId", "string", false, 503 },
	{ "data", "object", false, 503 },
};

static void
put_failure_schema(struct jw *jw, int status)
{
	char name[32];

	snprintf(name, sizeof(name), "Failure%d", status);
	open_object(jw, name);
	put(jw, "type", "object");
	open_array(jw, "required");
	jw_text(jw, "code");
	jw_text(jw, "reason");
	for (size_t i = 0; i < COUNT(failure_members); i++)
		if (failure_members[i].always)
			jw_text(jw, failure_members[i].name);
	jw_end_array(jw);
	open_object(jw, "properties");
	open_object(jw, "code");
	jw_name(jw, "const");
	jw_int(jw, status);
	jw_end_object(jw);
	open_object(jw, "reason");
	openapi_reasons(jw, status);
	jw_end_object(jw);
	for (size_t i = 0; i < COUNT(failure_members); i++) {
		const struct member *m = &failure_members[i];

		if (m->status != 0 && m->status != status)
			continue;
		open_object(jw, m->name);
		put(jw, "type", m->type);
		jw_end_object(jw);
	}
	jw_end_object(jw);
	openapi_close(jw);
}

static void
put_idempotency_key(struct jw *jw)
{
	open_object(jw, "parameters");
	open_object(jw, "IdempotencyKey");
	put(jw, "name", "Idempotency-Key");
	put(jw, "in", "header");
	put(jw, "description",
	    "The same key and request within 24 hours get the first answer "
	    "again.");
	open_object(jw, "schema");
	put(jw, "type", "string");
	put(jw, "pattern", "^[!-~]{1,128}$");
	jw_end_object(jw);
	jw_end_object(jw);
	jw_end_object(jw);
}

static void
put_components(struct jw *jw, struct openapi_schemas *s)
{
	open_object(jw, "components");
	open_object(jw, "securitySchemes");
	open_object(jw, "token");
	put(jw, "type", "http");
	put(jw, "scheme", "bearer");
	put(jw, "bearerFormat", "JWT");
	jw_end_object(jw);
	jw_end_object(jw);
	put_idempotency_key(jw);
	open_object(jw, "schemas");
	for (size_t i = 0; i < COUNT(failures); i++)
		put_failure_schema(jw, failures[i]);
	open_object(jw, "Reason");
	openapi_reasons(jw, 0);
	jw_end_object(jw);
	openapi_components(jw, s);
	jw_end_object(jw);
	jw_end_object(jw);
}

/* A line for each value, so that changes can be read. */
void
openapi_print(FILE *out, const char *json)
{
	bool inside = false; /* a string */
	int depth = 0;

	for (const char *c = json; *c != '\0'; c++) {
		bool opens = !inside && (*c == '{' || *c == '[');
		bool closes = !inside && (*c == '}' || *c == ']');
		bool empty = (closes && (c[-1] == '{' || c[-1] == '[')) ||
			     (opens && (c[1] == '}' || c[1] == ']'));

		if (*c == '"' && c[-1] != '\\')
			inside = !inside;
		depth += closes ? -1 : 0;
		if (closes && !empty)
			fprintf(out, "\n%*s", depth, "");
		putc(*c, out);
		depth += opens ? 1 : 0;
		if ((opens && !empty) || (!inside && *c == ','))
			fprintf(out, "\n%*s", depth, "");
		else if (!inside && *c == ':')
			putc(' ', out);
	}
	putc('\n', out);
}

void
openapi_write(struct buf *buf, const char *server)
{
	struct openapi_schemas schemas = { .count = 0 };
	struct jw jw;

	jw_init(&jw, buf);
	jw_object(&jw);
	put(&jw, "openapi", "3.1.0");
	open_object(&jw, "info");
	put(&jw, "title", "gesso");
	put(&jw, "version", PACKAGE_VERSION);
	put(&jw, "description", "A back end for AI image and video creation.");
	jw_end_object(&jw);
	open_array(&jw, "servers");
	jw_object(&jw);
	put(&jw, "url", server);
	jw_end_object(&jw);
	jw_end_array(&jw);
	put_tags(&jw, &api_routes);
	put_paths(&jw, &schemas, &api_routes);
	put_components(&jw, &schemas);
	jw_end_object(&jw);
	jw_done(&jw);
}
