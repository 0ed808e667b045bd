/*
 * multipart - the reader of forms, fed with whatever there is.
 *
 * The first byte is the size of the pieces in which the body comes, the second
 * chooses the content type, the rest is the body.  However it is cut, the same
 * parts come out or the same is wrong with it.
 */
#include <assert.h>
#include <string.h>

#include "base/base.h"
#include "base/buf.h"
#include "base/text.h"
#include "replay.h"
#include "serve/multipart.h"

#define SEEN_MAX MIB

static const char *const types[] = {
	"multipart/form-data; boundary=b",
	"multipart/form-data; boundary=\"a b\"; charset=utf-8",
	"multipart/form-data; boundary=bb",
};

/* What came out of one reading. */
struct reading {
	struct buf seen;
	size_t parts;
	bool open;
};

static bool
reading_begin(void *arg, const struct multipart_part *part)
{
	struct reading *r = arg;

	assert(!r->open);
	assert(strlen(part->name) <= MULTIPART_NAME_MAX &&
	       utf8_valid(part->name, strlen(part->name)));
	assert(++r->parts <= MULTIPART_PARTS_MAX);
	r->open = true;
	return buf_printf(&r->seen, "[%s|%s|%s]", part->name,
	    part->filename != NULL ? part->filename : "",
	    part->type != NULL ? part->type : "");
}

static bool
reading_data(void *arg, const void *data, size_t len)
{
	struct reading *r = arg;

	assert(r->open && len > 0);
	return buf_add(&r->seen, data, len);
}

static bool
reading_end(void *arg)
{
	struct reading *r = arg;

	assert(r->open);
	r->open = false;
	return buf_putc(&r->seen, ';');
}

static const struct multipart_handler handler = { reading_begin, reading_data,
	reading_end };

/* What is wrong with a body in pieces of a size; NULL: nothing. */
static const char *
read_in(const char *type, const uint8_t *body, size_t len, size_t piece,
    struct reading *r)
{
	const char *why = NULL;
	struct multipart *mp = multipart_new(type, &handler, r, &why);
	bool well = true;

	assert(mp != NULL);
	buf_init(&r->seen, SEEN_MAX);
	for (size_t at = 0; well && at < len; at += piece)
		well = multipart_feed(
		    mp, body + at, len - at < piece ? len - at : piece);
	if (well)
		well = multipart_finish(mp);
	why = well ? NULL : multipart_wrong(mp);
	assert(well || why != NULL);
	multipart_free(mp);
	return why;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reading whole = { .parts = 0 }, cut = { .parts = 0 };
	const char *type, *why;

	if (len < 3)
		return 0;
	type = types[data[1] % COUNT(types)];
	why = read_in(type, data + 2, len - 2, len, &whole);
	assert(why == read_in(type, data + 2, len - 2, 1u + data[0], &cut));
	assert(whole.parts == cut.parts && whole.seen.len == cut.seen.len);
	assert(whole.seen.len == 0 ||
	       memcmp(whole.seen.data, cut.seen.data, cut.seen.len) == 0);
	assert(why != NULL || !whole.open);
	buf_release(&whole.seen);
	buf_release(&cut.seen);
	return 0;
}
