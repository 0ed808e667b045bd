/*
 * Plays gesso-media for its caller's test, badly: the name that it is started
 * by tells how.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/media_wire.h"

struct way {
	const char *name;
	struct media_answer answer;
	size_t len; /* bytes sent, 0: none, and then the end */
	bool hangs;
};

#define TAKEN .version = MEDIA_WIRE_VERSION, .verdict = MEDIA_TAKEN, .frames = 1
#define WHOLE sizeof(struct media_answer)

/* clang-format off */
static const struct way ways[] = {
	{ .name = "dies" },
	{ .name = "hangs", .hangs = true },
	{ "garbage", { .version = 77 }, WHOLE },
	{ "short", { TAKEN, .kind = MEDIA_KIND_PNG, .width = 3, .height = 2 },
	    10 },
	{ "huge-size", { TAKEN, .kind = MEDIA_KIND_PNG, .width = 1u << 31,
	    .height = 2 }, WHOLE },
	{ "other-kind", { TAKEN, .kind = 4711, .width = 3, .height = 2 },
	    WHOLE },
	{ "no-output", { TAKEN, .kind = MEDIA_KIND_PNG, .width = 3,
	    .height = 2, .out_kind = MEDIA_KIND_JPEG, .out_width = 3,
	    .out_height = 2, .out_bytes = 1000 }, WHOLE },
	{ "rude-words", { .version = MEDIA_WIRE_VERSION,
	    .verdict = MEDIA_REFUSED, .why = "a\nb\033c" }, WHOLE },
	{ "full", { .version = MEDIA_WIRE_VERSION, .verdict = MEDIA_FULL },
	    WHOLE },
};
/* clang-format on */

static const struct way *
way_find(void)
{
	const char *path = (const char *)getauxval(AT_EXECFN);
	const char *name = strrchr(path, '/') + 1;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(ways[i].name, name) == 0)
			return &ways[i];
	abort();
}

int
main(void)
{
	const struct media_answer ready = { .version = MEDIA_WIRE_VERSION,
		.verdict = MEDIA_READY };
	const struct way *way = way_find();
	struct media_ask ask;

	if (send(STDIN_FILENO, &ready, sizeof(ready), 0) < 0)
		return 1;
	while (recv(STDIN_FILENO, &ask, sizeof(ask), 0) > 0) {
		while (way->hangs)
			pause();
		if (way->len == 0 ||
		    send(STDIN_FILENO, &way->answer, way->len, 0) < 0)
			break;
	}
	return 0;
}
