/*
 * One request, waited for; and what can be read of any reply.
 */
#include "vendor/fetch.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"

#define TURN_MS 250

static const char *const outcome_names[FETCH__MAX] = {
	[FETCH_OK] = "ok",
	[FETCH_NOT_SENT] = "not_sent",
	[FETCH_DENIED] = "denied",
	[FETCH_LOST] = "lost",
	[FETCH_TRUNCATED] = "truncated",
	[FETCH_TOO_LARGE] = "too_large",
	[FETCH_STOPPED] = "stopped",
	[FETCH_SINK] = "sink",
};

const char *
fetch_outcome_name(enum fetch_outcome outcome)
{
	return outcome_names[outcome];
}

const char *
fetch_header(const struct fetch_reply *reply, const char *name)
{
	size_t len = strlen(name);

	if (reply->headers == NULL)
		return NULL;
	for (const char *const *h = reply->headers; *h != NULL; h++)
		if (strncasecmp(*h, name, len) == 0 && (*h)[len] == ':')
			return *h + len + 1 + strspn(*h + len + 1, " \t");
	return NULL;
}

void
fetch_reply_copy(struct arena *arena, const struct fetch_reply *reply,
    struct fetch_reply *out)
{
	const char **lines;
	size_t count = 0;

	while (reply->headers[count] != NULL)
		count++;
	lines = ARENA_ARRAY(arena, count + 1, const char *);
	for (size_t i = 0; i < count; i++)
		lines[i] = arena_strdup(arena, reply->headers[i]);
	*out = *reply;
	out->headers = lines;
	out->url = arena_strdup(arena, reply->url);
	out->content_type = arena_strdup(arena, reply->content_type);
	out->detail = arena_strdup(arena, reply->detail);
	out->body = arena_copy(arena, reply->body, reply->len);
}

struct waiting {
	struct arena *arena;
	struct fetch_reply *out;
	bool over;
};

static void
keep_reply(void *arg, const struct fetch_reply *reply)
{
	struct waiting *w = arg;

	fetch_reply_copy(w->arena, reply, w->out);
	w->over = true;
}

enum fetch_outcome
fetch_run(struct arena *arena, const char *egress_allow,
    const struct fetch_request *rq, struct fetch_reply *out)
{
	struct fetch_loop *loop = fetch_loop_new(egress_allow);
	struct waiting w = { arena, out, false };

	fetch_start(loop, rq, keep_reply, &w);
	while (!w.over)
		fetch_loop_turn(loop, NULL, 0, TURN_MS);
	fetch_loop_free(loop);
	return out->outcome;
}
