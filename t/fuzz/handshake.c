/*
 * handshake - the head of a request for a WebSocket, fed with whatever there
 * is.
 *
 * The first byte counts for nothing.  What is refused is refused in HTTP.
 */
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/text.h"
#include "core/conf.h"
#include "handshake.h"
#include "replay.h"

#define ARENA_MAX (16 * MIB)

static void
text_check(const char *text, size_t len)
{
	assert(text == NULL || strlen(text) <= len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct arena *arena;
	static const struct conf conf = { .base_path = "/api/v1",
		.language = "en",
		.ws_origins = "https://a.example, https://b.example" };
	struct ctx cx = { .conf = &conf };
	struct handshake h = { 0 };
	const char *head, *reply;
	size_t whole;
	enum err e;

	if (len < 1 || len > HEAD_MAX)
		return 0;
	if (arena == NULL)
		arena = arena_new(ARENA_MAX);
	cx.arena = arena;
	head = arena_copy(arena, data + 1, len - 1);
	whole = handshake_length(head, len - 1);
	assert(whole <= len - 1);
	if (whole > 0) {
		e = handshake_read(&cx, head, whole, &h);
		text_check(h.token, whole);
		text_check(h.ticket, whole);
		text_check(h.since, whole);
		text_check(h.origin, whole);
		if (e == ERR_OK)
			(void)handshake_origin_ok(
			    &cx, conf.ws_origins, h.origin);
		reply = handshake_refusal(
		    &cx, e ? e : ERR_UNAUTHENTICATED, h.language);
		assert(text_starts(reply, "HTTP/1.1 "));
		assert(utf8_valid(reply, strlen(reply)));
		assert(strstr(reply, "\r\n\r\n") != NULL);
	}
	arena_reset(arena);
	return 0;
}
