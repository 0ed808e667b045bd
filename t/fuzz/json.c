/*
 * json - the strict reader, fed with whatever there is.
 *
 * The first byte lets it read a document as it is or only by a shape.  What was
 * taken into a struct can be written, and comes back the same.
 */
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "core/json_write.h"
#include "replay.h"

#define ARENA_MAX (64 * MIB)

struct leaf {
	const char *word;
	int64_t n;
};

struct whole {
	const char *text;
	const char *kind;
	int64_t width, count;
	double strength;
	bool is_public;
	struct uuid id;
	struct stamp since;
	struct json_text extra;
	const void *leaf;
	struct list leaves, tags;
};

static const char *const kinds[] = { "image", "video", NULL };

static const struct field leaf_fields[] = {
	FIELD(struct leaf, word, .required = true, RANGE(1, 5)),
	FIELD(struct leaf, n, RANGE(1, 3), .def = 2),
};
static const struct shape leaf_shape = SHAPE(struct leaf, leaf_fields);

static const struct field whole_fields[] = {
	FIELD(struct whole, text, .trim = true, RANGE(1, 40)),
	FIELD(struct whole, kind, .one_of = kinds, .def_text = "image"),
	FIELD(struct whole, width, RANGE(256, 2048), .multiple = 8),
	FIELD(struct whole, count, .def = INT_NONE),
	FIELD(struct whole, strength, RANGE(0, 1), .def_real = 0.5),
	COLUMN(struct whole, is_public),
	COLUMN(struct whole, id),
	COLUMN(struct whole, since),
	COLUMN(struct whole, extra),
	FIELD(struct whole, leaf, .shape = &leaf_shape),
	FIELD(struct whole, leaves, .shape = &leaf_shape, RANGE(0, 2)),
	FIELD(struct whole, tags, RANGE(0, 3)),
};
static const struct shape whole_shape = SHAPE(struct whole, whole_fields);

/* Names what it is about, and can be shown; an id that is none is not found. */
static void
fault_check(const struct ctx *cx, enum err e)
{
	const char *detail = cx->fault.detail;

	assert(e == ERR_INVALID_JSON || e == ERR_INVALID_FIELD ||
	       e == ERR_MISSING_FIELD || e == ERR_NOT_FOUND);
	assert(cx->fault.err == e && detail != NULL);
	assert(utf8_valid(detail, strlen(detail)));
	assert((e == ERR_INVALID_JSON) == (cx->fault.field == NULL));
}

static void
struct_read(struct ctx *cx, const char *text, size_t len)
{
	struct whole first, second;
	const char *once, *again;
	enum err e = json_read(cx, text, len, &whole_shape, &first);

	if (e) {
		fault_check(cx, e);
		return;
	}
	assert(first.strength >= 0 && first.strength <= 1);
	assert(first.width == 0 || first.width % 8 == 0);
	once = json_write(cx, &whole_shape, &first);
	e = json_read(cx, once, strlen(once), &whole_shape, &second);
	/* the only default that is out of its own range */
	if (first.width == 0)
		return;
	assert(e == ERR_OK);
	again = json_write(cx, &whole_shape, &second);
	assert(strcmp(once, again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct arena *arena;
	struct ctx cx = { 0 };
	struct json_object *tree = NULL;
	const char *text = (const char *)data + 1; /* no NUL behind it */
	enum err e;

	if (len < 1)
		return 0;
	if (arena == NULL)
		arena = arena_new(ARENA_MAX);
	cx.arena = arena;
	if (data[0] % 2 == 0) {
		e = json_parse(&cx, text, len - 1, &tree);
		if (e)
			fault_check(&cx, e);
		else
			assert(utf8_valid(text, len - 1));
	} else {
		struct_read(&cx, text, len - 1);
	}
	json_free(tree);
	arena_reset(arena);
	return 0;
}
