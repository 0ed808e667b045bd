/*
 * stream - server-sent events of models, fed with whatever there is.
 *
 * The first byte is the size of the pieces in which they come.  However a
 * stream is cut, the same events come out.
 */
#include <assert.h>
#include <string.h>

#include "base/base.h"
#include "base/buf.h"
#include "replay.h"
#include "vendor/sse.h"

#define EVENT_MAX 512
#define SEEN_MAX MIB

static bool
take(void *arg, const char *data, size_t len)
{
	struct buf *seen = arg;

	assert(len <= EVENT_MAX && data[len] == '\0');
	return buf_printf(seen, "%zu:", len) && buf_add(seen, data, len);
}

static bool
read_in(const char *bytes, size_t len, size_t piece, struct buf *seen)
{
	struct sse sse;
	bool well = true;

	buf_init(seen, SEEN_MAX);
	sse_init(&sse, EVENT_MAX);
	for (size_t at = 0; well && at < len; at += piece)
		well = sse_feed(&sse, bytes + at,
		    len - at < piece ? len - at : piece, take, seen);
	if (well)
		well = sse_end(&sse, take, seen);
	sse_release(&sse);
	return well;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *bytes = (const char *)data + 1;
	struct buf whole, cut;

	if (len < 2)
		return 0;
	assert(read_in(bytes, len - 1, len, &whole) ==
	       read_in(bytes, len - 1, 1u + data[0], &cut));
	assert(whole.len == cut.len);
	assert(whole.len == 0 || memcmp(whole.data, cut.data, cut.len) == 0);
	buf_release(&whole);
	buf_release(&cut);
	return 0;
}
