/*
 * speak - what the tests of the protocols have in common: jobs, the requests
 * that are made of them, and replies that are read into verdicts.
 */
#ifndef UNIT_POLLER_SPEAK_H
#define UNIT_POLLER_SPEAK_H

#include "../core/unit.h"

#include <string.h>

#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "protocols.h"

#define SPEAK_KEY "sk-test-0123456789"

/* JSON as it is written, commas and all. */
#define J(...) #__VA_ARGS__

static const struct picture speak_png = { "\x89PNG.bytes", 10, "image/png",
	1280, 720 };

/* A job for a picture, or a film, from text alone. */
static inline struct job
speak_job(bool film, const char *upstream)
{
	struct job job = { .film = film,
		.upstream = upstream,
		.url = "https://v.example",
		.key = SPEAK_KEY,
		.prompt = "a kite",
		.width = film ? 0 : 1024,
		.height = film ? 0 : 1024,
		.seed = INT_NONE,
		.strength = 0.75,
		.duration = film ? 5 : 0,
		.fps = film ? 24 : 0,
		.resolution = film ? "720p" : NULL,
		.count = 1 };

	(void)uuid_parse("0190163d-8694-739b-aea5-966c26f8ad90", &job.task);
	return job;
}

static inline void
speak_plan(const struct protocol *p, struct job *job)
{
	if (p->plan(&unit_cx, job, &job->plan) != ERR_OK)
		fail_msg("no plan: %s", unit_cx.fault.detail);
}

/* The request of a step, after planning. */
typedef enum err (*speak_step)(
    struct ctx *, const struct job *, struct fetch_request *);

static inline struct fetch_request
speak_request(const struct job *job, speak_step step)
{
	struct fetch_request request = { NULL };

	assert_int_equal(step(&unit_cx, job, &request), ERR_OK);
	assert_non_null(request.method);
	assert_non_null(request.url);
	return request;
}

static inline struct fetch_request
speak_submit(const struct protocol *p, struct job *job)
{
	speak_plan(p, job);
	return speak_request(job, p->submit);
}

static inline bool
speak_has_header(const struct fetch_request *request, const char *header)
{
	for (size_t i = 0; request->headers[i] != NULL; i++)
		if (text_is(request->headers[i], header))
			return true;
	return false;
}

/* The body is this JSON: the same members in the same order, no blanks. */
static inline void
speak_body_is(const struct fetch_request *request, const char *json)
{
	struct json_object *doc = json_parse_loose(json, strlen(json));

	assert_non_null(doc);
	assert_true(
	    speak_has_header(request, "Content-Type: application/json"));
	assert_int_equal(request->len, strlen(request->body));
	assert_string_equal(request->body, json_print(unit_cx.arena, doc));
	json_free(doc);
}

/* A form's body with its boundary written as "B". */
static inline const char *
speak_form(const struct fetch_request *request)
{
	static const char type[] =
	    "Content-Type: multipart/form-data; boundary=";
	const char *body = request->body, *boundary = NULL, *at;
	const char *end = body + request->len, *said = "";

	for (size_t i = 0; request->headers[i] != NULL; i++)
		if (text_starts(request->headers[i], type))
			boundary = request->headers[i] + strlen(type);
	assert_non_null(boundary);
	while ((at = memmem(body, (size_t)(end - body), boundary,
		    strlen(boundary))) != NULL) {
		said = arena_printf(
		    unit_cx.arena, "%s%.*sB", said, (int)(at - body), body);
		body = at + strlen(boundary);
	}
	return arena_printf(
	    unit_cx.arena, "%s%.*s", said, (int)(end - body), body);
}

/* One field of such a body, as speak_form() writes it. */
#define PART_HEAD "--B\r\nContent-Disposition: form-data; name=\""
#define FIELD_PART(name, value) PART_HEAD name "\"\r\n\r\n" value "\r\n"
#define FILE_PART(name)                                                        \
	PART_HEAD name "\"; filename=\"image.png\"\r\n"                        \
		       "Content-Type: image/png\r\n\r\n\x89PNG.bytes\r\n"

/* A reply from https://v.example/v1/x. */
static inline struct fetch_reply
speak_reply(int status, const char *type, const char *body)
{
	return (struct fetch_reply){ .outcome = FETCH_OK,
		.status = status,
		.url = "https://v.example/v1/x",
		.content_type = type,
		.body = body,
		.len = strlen(body),
		.retry_after_ms = INT_NONE,
		.detail = "" };
}

/* How a reader answers a JSON body. */
typedef void (*speak_reader)(struct ctx *, const struct job *,
    const struct fetch_reply *, struct verdict *);

static inline struct verdict
speak_read(
    const struct job *job, speak_reader read, int status, const char *body)
{
	struct fetch_reply reply =
	    speak_reply(status, "application/json; charset=utf-8", body);
	struct verdict verdict;

	memset(&verdict, 0xa5, sizeof(verdict));
	read(&unit_cx, job, &reply, &verdict);
	return verdict;
}

/* A row of the table of a protocol's replies. */
struct speak_row {
	int status;
	const char *body;
	enum verdict_kind kind;
	enum err reason;          /* REFUSED */
	enum verdict_blame blame; /* REFUSED */
	int64_t progress;         /* RUNNING */
	int64_t wait_ms;          /* RUNNING, NOT_ACCEPTED */
	const char *result;       /* READY: url, or bytes */
};

#define RUNS(progress, wait)                                                   \
	VERDICT_RUNNING, ERR_OK, BLAME_NONE, (progress), (wait), NULL
#define WAITS(wait) VERDICT_NOT_ACCEPTED, ERR_OK, BLAME_NONE, 0, (wait), NULL
#define FAILS(reason, blame) VERDICT_REFUSED, (reason), (blame), 0, 0, NULL
#define GIVES(result) VERDICT_READY, ERR_OK, BLAME_NONE, 0, 0, (result)

static inline void
speak_row_check(const struct speak_row *row, const struct verdict *v)
{
	const struct asset *asset = &v->assets[0];

	if (v->kind != row->kind)
		fail_msg("%d %s: kind %d, not %d: %s", row->status, row->body,
		    v->kind, row->kind, v->detail);
	assert_null(v->detail == NULL ? NULL : strstr(v->detail, SPEAK_KEY));
	switch (row->kind) {
	case VERDICT_RUNNING:
		assert_int_equal(v->progress, row->progress);
		assert_int_equal(v->wait_ms, row->wait_ms);
		break;
	case VERDICT_NOT_ACCEPTED:
		assert_int_equal(v->wait_ms, row->wait_ms);
		break;
	case VERDICT_REFUSED:
		if (v->reason != row->reason || v->blame != row->blame)
			fail_msg("%d %s: %s, blame %d", row->status, row->body,
			    err_reason(v->reason), v->blame);
		break;
	case VERDICT_READY:
		assert_true(v->count > 0);
		if (asset->url != NULL)
			assert_string_equal(asset->url, row->result);
		else
			assert_string_equal(
			    arena_copy(unit_cx.arena, asset->data, asset->len),
			    row->result);
		break;
	}
}

static inline void
speak_table(const struct job *job, speak_reader read,
    const struct speak_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct verdict v =
		    speak_read(job, read, rows[i].status, rows[i].body);

		speak_row_check(&rows[i], &v);
	}
}

/* Refusals that all vendors' submissions have in common. */
static inline void
speak_common(const struct job *job, speak_reader submitted, int64_t busy_ms)
{
	/* clang-format off */
	const struct speak_row rows[] = {
		{ 500, "", FAILS(ERR_PROVIDER_UNAVAILABLE, BLAME_BUSY) },
		{ 502, "<html>", FAILS(ERR_PROVIDER_UNAVAILABLE, BLAME_BUSY) },
		{ 504, "<html>", FAILS(ERR_PROVIDER_UNAVAILABLE, BLAME_BUSY) },
		{ 503, "<html>", WAITS(INT_NONE) },
		{ 429, J({"error":{"message":"slow down"}}), WAITS(busy_ms) },
		{ 429, J({"error":{"type":"insufficient_quota"}}),
		    FAILS(ERR_PROVIDER_MISCONFIGURED, BLAME_MONEY) },
		{ 402, "", FAILS(ERR_PROVIDER_MISCONFIGURED, BLAME_MONEY) },
		{ 401, "bad key " SPEAK_KEY,
		    FAILS(ERR_PROVIDER_MISCONFIGURED, BLAME_SETUP) },
		{ 404, "", FAILS(ERR_PROVIDER_MISCONFIGURED, BLAME_MODEL) },
		{ 400, J({"error":"bad field"}),
		    FAILS(ERR_PROVIDER_REJECTED, BLAME_NONE) },
		{ 302, "", FAILS(ERR_PROVIDER_MISCONFIGURED, BLAME_SETUP) },
		/* no answer that can be used, and nothing is sent again */
		{ 200, "", FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 200, "<html>", FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 200, "null", FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 200, "[]", FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 200, "{}", FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
		{ 200, "{\"id\":", FAILS(ERR_RESULT_INVALID, BLAME_NONE) },
	};
	/* clang-format on */

	speak_table(job, submitted, rows, COUNT(rows));
}

/* Looks that went wrong and are repeated, and one that is the end. */
static inline void
speak_common_polls(const struct job *job, speak_reader polled)
{
	static const int again[] = { 400, 401, 408, 429, 500, 502, 503, 504 };
	static const int over[] = { 404, 410 };

	for (size_t i = 0; i < COUNT(again); i++)
		assert_int_equal(
		    speak_read(job, polled, again[i], "<html>").kind,
		    VERDICT_RUNNING);
	assert_int_equal(
	    speak_read(job, polled, 200, "<html>").kind, VERDICT_RUNNING);
	for (size_t i = 0; i < COUNT(over); i++)
		assert_int_equal(
		    speak_read(job, polled, over[i], "").kind, VERDICT_REFUSED);
}

/* Two members of these values are read. */
static inline void
speak_pair(const struct job *job, speak_reader read, const char *a,
    const char *a_value, const char *b, const char *b_value)
{
	size_t mark = arena_mark(unit_cx.arena);
	struct verdict v = speak_read(job, read, 200,
	    arena_printf(unit_cx.arena, "{\"%s\":%s,\"%s\":%s}", a, a_value, b,
		b_value));

	if (v.kind == VERDICT_READY)
		assert_true(v.count > 0);
	arena_rewind(unit_cx.arena, mark);
}

/*
 * Values of every type where others are expected: the reader may decide what it
 * likes, but not crash and not be ready with nothing.
 */
static inline void
speak_hostile(
    const struct job *job, speak_reader read, const char *const *names)
{
	static const char *const values[] = { "null", "true", "1", "-1",
		"1e308", "\"\"", "\"x\"", "\"\\u0000\"", "[]", "{}", "[[]]",
		"[{}]", "[null]", "\"../../etc\"", "\"a b\"", "\"\\r\\nX: y\"",
		"\"completed\"", "\"SUCCEEDED\"", "\"succeeded\"", "\"failed\"",
		"\"file:///etc/passwd\"", "[\"x\",1,null]",
		"{\"x\":{\"x\":[1]}}" };

	for (size_t n = 0; names[n] != NULL; n++)
		for (size_t m = 0; names[m] != NULL; m++)
			for (size_t i = 0; i < COUNT(values); i++)
				for (size_t k = 0; k < COUNT(values); k++)
					speak_pair(job, read, names[n],
					    values[i], names[m], values[k]);
}

#endif
