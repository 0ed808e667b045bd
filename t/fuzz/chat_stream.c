/*
 * chat_stream - what a vendor streams, fed with whatever there is.
 *
 * The first byte says in pieces of which size; the rest is the stream.  However
 * it is cut, the same comes of it, and what is handed on is fit to be shown and
 * stored.
 */
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/buf.h"
#include "base/text.h"
#include "replay.h"
#include "vendor/chat.h"
#include "vendor/redact.h"

#define ARENA_MAX (64 * MIB)
#define KEY "sk-test-0123456789"

static void
piece_take(void *arg, const char *text, size_t len)
{
	assert(len > 0 && strlen(text) == len && utf8_valid(text, len));
	assert(buf_add(arg, text, len));
}

static struct chat
read_in(struct arena *arena, const char *stream, size_t len, size_t size,
    struct buf *text)
{
	static const struct fetch_reply over = {
		.outcome = FETCH_OK, .status = 200, .body = "", .detail = ""
	};
	struct chat c;

	buf_init(text, CHAT_TEXT_MAX);
	chat_begin(&c, arena, KEY, piece_take, text);
	for (size_t at = 0; at < len; at += size)
		if (!chat_read(
			&c, stream + at, len - at < size ? len - at : size))
			break;
	chat_end(&c, &over);
	chat_release(&c);
	assert(c.len == text->len);
	assert((c.reason == ERR_OK) == (c.detail == NULL));
	if (c.detail != NULL)
		assert(strlen(c.detail) <= REDACT_MAX &&
		       utf8_valid(c.detail, strlen(c.detail)) &&
		       strstr(c.detail, KEY) == NULL);
	return c;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct arena *arena;
	struct buf whole, parts;
	struct chat a, b;
	const char *stream;

	if (len < 1)
		return 0;
	if (arena == NULL)
		arena = arena_new(ARENA_MAX);
	stream = arena_copy(arena, data + 1, len - 1);
	a = read_in(arena, stream, len - 1, len, &whole);
	b = read_in(arena, stream, len - 1, 1 + data[0] % 64, &parts);
	assert(a.reason == b.reason && a.finished == b.finished);
	assert(a.prompt_tokens == b.prompt_tokens);
	assert(strcmp(buf_text(&whole), buf_text(&parts)) == 0);
	buf_release(&whole);
	buf_release(&parts);
	arena_reset(arena);
	return 0;
}
