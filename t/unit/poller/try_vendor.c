/*
 * try_vendor - one job at one vendor, without database, poller or store: so
 * that a protocol can be held against a vendor alone.
 *
 *	try_vendor PROTOCOL film|picture BASE MODEL PROMPT [NAME=VALUE ...]
 *
 * NAME is key, seed, width, height, count, strength, duration, fps, resolution,
 * style, negative, config, picture (a PNG of the size that fits) or then: what
 * is asked besides, cancel, lookup or models.  What comes back stands in files
 * asset.0, asset.1 ...; a line of JSON tells the rest.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/file.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "core/json_write.h"
#include "protocol_plan.h"
#include "protocols.h"
#include "vendor/link.h"

#define ARENA_MAX (512 * MIB)
#define LOOKS_MAX 400
#define WAIT_MAX_MS 50 /* nobody here is waited for longer */
#define EGRESS "127.0.0.0/8"
#define PNG_WIDTH 16 /* where it stands in a PNG, big-endian */

static struct ctx cx;
static struct job job;
static struct picture picture;
static struct verdict verdict;
static const struct protocol *protocol;
static const char *then = "";
static int submissions, looks;
static size_t models;

static int64_t
big_endian(const char *at)
{
	const unsigned char *b = (const unsigned char *)at;

	return (int64_t)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
}

static void
picture_set(const char *path)
{
	char *data;

	if (!file_slurp(cx.arena, path, 32 * MIB, &data, &picture.len)) {
		perror(path);
		exit(2);
	}
	picture.data = data;
	picture.mime = "image/png";
	picture.width = big_endian(data + PNG_WIDTH);
	picture.height = big_endian(data + PNG_WIDTH + 4);
	job.picture = &picture;
}

static void
value_set(const char *name, const char *value)
{
	const struct {
		const char *name;
		int64_t *place;
	} numbers[] = { { "seed", &job.seed }, { "width", &job.width },
		{ "height", &job.height }, { "count", &job.count },
		{ "duration", &job.duration }, { "fps", &job.fps } };
	const struct {
		const char *name;
		const char **place;
	} texts[] = { { "key", &job.key }, { "resolution", &job.resolution },
		{ "style", &job.style }, { "negative", &job.negative_prompt },
		{ "then", &then } };

	for (size_t i = 0; i < COUNT(numbers); i++)
		if (text_is(numbers[i].name, name))
			*numbers[i].place = strtoll(value, NULL, 10);
	for (size_t i = 0; i < COUNT(texts); i++)
		if (text_is(texts[i].name, name))
			*texts[i].place = value;
	if (text_is(name, "strength"))
		job.strength = strtod(value, NULL);
	if (text_is(name, "config"))
		job.config = json_parse_loose(value, strlen(value));
	if (text_is(name, "picture"))
		picture_set(value);
}

/* Makes a request and lets its reply be read. */
static void
turn(enum err (*make)(struct ctx *, const struct job *, struct fetch_request *),
    void (*read)(struct ctx *, const struct job *, const struct fetch_reply *,
	struct verdict *))
{
	struct fetch_request request = { NULL };
	struct fetch_reply reply;

	if (make(&cx, &job, &request) != ERR_OK) {
		verdict.reason = cx.fault.err;
		return;
	}
	if (fetch_run(cx.arena, EGRESS, &request, &reply) != FETCH_OK) {
		verdict = (struct verdict){ .kind = VERDICT_REFUSED,
			.reason = ERR_PROVIDER_UNAVAILABLE,
			.detail = reply.detail };
		return;
	}
	read(&cx, &job, &reply, &verdict);
}

static void
prepared(struct ctx *c, const struct job *j, const struct fetch_reply *reply,
    struct verdict *out)
{
	(void)j;
	protocol->prepared(c, &job, reply, out);
}

static void
pause_briefly(void)
{
	int64_t ms = verdict.wait_ms;
	struct timespec t = { 0 };

	if (ms == INT_NONE || ms > WAIT_MAX_MS)
		ms = WAIT_MAX_MS;
	t.tv_nsec = (long)ms * 1000000;
	nanosleep(&t, NULL);
}

static void
not_read(struct ctx *c, const struct job *j, const struct fetch_reply *reply,
    struct verdict *out)
{
	(void)c;
	(void)j;
	(void)reply;
	(void)out;
}

static void
models_read(struct ctx *c, const struct job *j, const struct fetch_reply *reply,
    struct verdict *out)
{
	struct vendor_model *list;

	(void)j;
	(void)out;
	if (!protocol->models_read(c, reply, &list, &models))
		models = 0;
}

/* What is asked of a job that runs. */
static void
job_then(void)
{
	if (text_is(then, "cancel"))
		turn(protocol->cancel, not_read);
	if (text_is(then, "lookup"))
		turn(protocol->lookup, protocol->looked_up);
}

static void
job_run(void)
{
	enum err e = protocol->plan(&cx, &job, &job.plan);

	if (e) {
		verdict = (struct verdict){ .kind = VERDICT_REFUSED,
			.reason = e,
			.detail = cx.fault.detail };
		return;
	}
	if (protocol->prepare != NULL && job.picture != NULL) {
		turn(protocol->prepare, prepared);
		if (verdict.kind != VERDICT_READY)
			return;
	}
	do {
		if (submissions++ > 0)
			pause_briefly();
		turn(protocol->submit, protocol->submitted);
	} while (verdict.kind == VERDICT_NOT_ACCEPTED && submissions < 5);
	if (verdict.kind == VERDICT_RUNNING) {
		job.remote_id = verdict.remote_id;
		job_then();
	}
	while (verdict.kind == VERDICT_RUNNING && looks++ < LOOKS_MAX) {
		pause_briefly();
		turn(protocol->poll, protocol->polled);
	}
}

static bool
asset_fetch(const struct asset *asset, int fd, const char **said)
{
	struct fetch_request request = {
		.method = "GET", .url = asset->url, .sink_fd = fd
	};
	struct fetch_reply reply;

	if (asset->url == NULL)
		return file_write_all(fd, asset->data, asset->len);
	if (asset->keyed && !text_empty(job.key) &&
	    link_same_place(asset->url, job.url))
		request.key_header = arena_printf(
		    cx.arena, "%s%s", protocol->key_header, job.key);
	fetch_run(cx.arena, EGRESS, &request, &reply);
	*said = arena_printf(
	    cx.arena, "%s %d", fetch_outcome_name(reply.outcome), reply.status);
	return reply.outcome == FETCH_OK && reply.status == 200;
}

static void
assets_write(struct jw *jw)
{
	jw_name(jw, "assets");
	jw_array(jw);
	for (size_t i = 0; i < verdict.count; i++) {
		const char *path = arena_printf(cx.arena, "asset.%zu", i);
		const char *said = "bytes";
		int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

		jw_object(jw);
		jw_name(jw, "fetched");
		jw_bool(jw, asset_fetch(&verdict.assets[i], fd, &said));
		jw_name(jw, "how");
		jw_text(jw, said);
		jw_name(jw, "seed");
		jw_int(jw, verdict.assets[i].seed);
		jw_end_object(jw);
		close(fd);
	}
	jw_end_array(jw);
}

static void
report(void)
{
	static const char *const kinds[] = { "not accepted", "running", "ready",
		"refused" };
	struct buf buf;
	struct jw jw;

	buf_init(&buf, MIB);
	jw_init(&jw, &buf);
	jw_object(&jw);
	jw_name(&jw, "verdict");
	jw_text(&jw, kinds[verdict.kind]);
	jw_name(&jw, "reason");
	jw_text(&jw, err_reason(verdict.reason));
	jw_name(&jw, "detail");
	jw_text(&jw, verdict.detail);
	jw_name(&jw, "submissions");
	jw_int(&jw, submissions);
	jw_name(&jw, "looks");
	jw_int(&jw, looks);
	jw_name(&jw, "models");
	jw_int(&jw, (int64_t)models);
	jw_name(&jw, "made");
	jw_json(&jw, plan_write(&cx, &job));
	assets_write(&jw);
	jw_end_object(&jw);
	puts(buf_text(&buf));
	buf_release(&buf);
}

int
main(int argc, char **argv)
{
	char *value;

	if (argc < 6)
		return 2;
	cx.arena = arena_new(ARENA_MAX);
	job = (struct job){ .task = uuid_new(),
		.film = text_is(argv[2], "film"),
		.url = argv[3],
		.upstream = argv[4],
		.prompt = argv[5],
		.key = "sandbox-key",
		.seed = INT_NONE,
		.strength = 0.8,
		.duration = 5,
		.fps = 24,
		.resolution = "720p",
		.width = 1024,
		.height = 1024,
		.count = 1 };
	protocol = protocol_find(argv[1], job.film);
	if (protocol == NULL)
		return 2;
	for (int i = 6; i < argc; i++) {
		value = strchr(argv[i], '=');
		if (value == NULL)
			return 2;
		*value = '\0';
		value_set(argv[i], value + 1);
	}
	if (text_is(then, "models"))
		turn(protocol->models, models_read);
	else
		job_run();
	report();
	arena_free(cx.arena);
	json_free(job.config);
	return 0;
}
