/*
 * vendor_json - the readers of all protocols, fed with whatever there is.
 *
 * The first byte chooses the reader, the second the status, the rest is the
 * body.  A reader may decide what it likes, but what it hands on must be fit to
 * be stored, logged and called.
 */
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "protocols.h"
#include "replay.h"
#include "vendor/link.h"
#include "vendor/redact.h"

#define ARENA_MAX (256 * MIB)
#define REMOTE_ID_MAX 300

static const char workflow[] =
    "{\"workflow\":{\"1\":{\"inputs\":{}}},\"inputs\":{\"prompt\":"
    "[\"1\",\"text\"]}}";

static const struct {
	const char *protocol;
	bool film;
} makers[] = {
	{ "openai", true },
	{ "stability-v1", false },
	{ "stability-v2", false },
	{ "veo", true },
	{ "omni", true },
	{ "runway", true },
	{ "automatic1111", false },
	{ "comfyui", false },
	{ "replicate", false },
};

enum reader {
	READER_PREPARED,
	READER_SUBMITTED,
	READER_POLLED,
	READER_LOOKED_UP,
	READER__MAX
};

static const int statuses[] = { 200, 201, 400, 401, 404, 429, 500, 503 };

static void
verdict_check(const struct verdict *v)
{
	assert(v->kind != VERDICT_READY || v->count > 0 || v->detail != NULL);
	assert(v->count <= VERDICT_ASSETS_MAX);
	assert(v->kind != VERDICT_REFUSED || v->reason != ERR_OK);
	assert(v->progress == INT_NONE || v->kind == VERDICT_RUNNING);
	for (size_t i = 0; i < v->count; i++) {
		const struct asset *asset = &v->assets[i];

		if (asset->url != NULL)
			assert(link_same_place(asset->url, asset->url) &&
			       strlen(asset->url) <= LINK_MAX);
		else
			assert(asset->data != NULL && asset->len > 0);
	}
	if (v->remote_id != NULL)
		assert(*v->remote_id != '\0' &&
		       strlen(v->remote_id) <= REMOTE_ID_MAX &&
		       strpbrk(v->remote_id, " \r\n?#\\") == NULL);
	if (v->detail != NULL && v->kind == VERDICT_REFUSED)
		assert(strlen(v->detail) <= REDACT_MAX &&
		       utf8_valid(v->detail, strlen(v->detail)));
}

static void
reader_run(struct ctx *cx, const struct protocol *p, enum reader reader,
    struct job *job, const struct fetch_reply *reply)
{
	struct verdict v = { .progress = INT_NONE, .wait_ms = INT_NONE };

	job->remote_id = reader == READER_POLLED ? "id-1" : NULL;
	if (reader == READER_PREPARED && p->prepared != NULL)
		p->prepared(cx, job, reply, &v);
	else if (reader == READER_POLLED && p->polled != NULL)
		p->polled(cx, job, reply, &v);
	else if (reader == READER_LOOKED_UP && p->looked_up != NULL)
		p->looked_up(cx, job, reply, &v);
	else
		p->submitted(cx, job, reply, &v);
	verdict_check(&v);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct arena *arena;
	static struct json_object *config;
	struct ctx cx = { 0 };
	struct job job = { .upstream = "m",
		.url = "https://v.example",
		.key = "sk-test-0123456789",
		.prompt = "a kite",
		.seed = INT_NONE,
		.count = 2 };
	struct fetch_reply reply = { .outcome = FETCH_OK,
		.url = "https://v.example/v1/x",
		.content_type = "application/json",
		.retry_after_ms = INT_NONE,
		.detail = "" };
	size_t maker;

	if (len < 2)
		return 0;
	if (arena == NULL) {
		arena = arena_new(ARENA_MAX);
		config = json_parse_loose(workflow, strlen(workflow));
	}
	cx.arena = arena;
	maker = data[0] % COUNT(makers);
	job.film = makers[maker].film;
	job.config = config;
	reply.status = statuses[data[1] % COUNT(statuses)];
	reply.body = arena_copy(arena, data + 2, len - 2);
	reply.len = len - 2;
	reader_run(&cx, protocol_find(makers[maker].protocol, job.film),
	    data[0] / COUNT(makers) % READER__MAX, &job, &reply);
	arena_reset(arena);
	return 0;
}
