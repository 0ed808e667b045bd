/*
 * replay - runs a fuzz target over its corpus, and over small changes of each
 * file that are the same every time.
 *
 * FUZZ_CORPUS is the directory.  A file is a test of its own.
 */
#include "replay.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef FUZZ_LIBFUZZER /* which brings its own main() */

#define INPUT_MAX 65536
#define CHANGES 3000 /* of each file */
#ifndef FUZZ_WHOLE
#define FUZZ_WHOLE 0 /* the first byte is no choice of the target's */
#endif

static uint32_t state = 2463534242u;

/* Marsaglia's xorshift: the same numbers in every run. */
static uint32_t
next(uint32_t bound)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % bound;
}

/* What is spliced in: pieces that mean something to a reader. */
static const char *const pieces[] = { "{", "}", "[", "]", "\"", ",", ":", "\\",
	"null", "true", "-1", "1e999", "\"\\u0000\"", "{}", "[]", "\xff",
	"\"id\":", "\"status\":", "\"error\":", "../", "https://", "\r\n",
	"\r\n--b", "\n\n", "data: ", "[DONE]", "\r\n--b--", "--a b\r\n",
	"\r\n\r\n", "; name=\"", "\r" };

static size_t
change(uint8_t *data, size_t len)
{
	uint32_t at = next((uint32_t)len), kind = next(4);
	const char *piece = pieces[next(sizeof(pieces) / sizeof(pieces[0]))];
	size_t size = strlen(piece);

	if (kind == 0) {
		data[at] = (uint8_t)next(256);
	} else if (kind == 1) {
		len = at + 1;
	} else if (kind == 2 && len + size <= INPUT_MAX) {
		memmove(data + at + size, data + at, len - at);
		memcpy(data + at, piece, size);
		len += size;
	} else if (at + size <= len) {
		memcpy(data + at, piece, size);
	}
	return len;
}

static void
file_replay(const uint8_t *original, size_t len)
{
	static uint8_t data[INPUT_MAX];

	(void)LLVMFuzzerTestOneInput(original, len);
	for (int i = 0; i < CHANGES; i++) {
		size_t now = len;

		memcpy(data, original, len);
		/* Every reader and status sees the file. */
		if (!FUZZ_WHOLE)
			data[0] = (uint8_t)next(256);
		if (len > 1 && !FUZZ_WHOLE && next(2) == 0)
			data[1] = (uint8_t)next(256);
		for (uint32_t n = next(4); n > 0; n--)
			now = change(data, now);
		(void)LLVMFuzzerTestOneInput(data, now);
	}
}

static bool
file_run(const char *directory, const char *name)
{
	static uint8_t data[INPUT_MAX];
	char path[4096];
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "rb");
	if (file == NULL)
		return false;
	len = fread(data, 1, sizeof(data) - 64, file);
	fclose(file);
	if (len > 0)
		file_replay(data, len);
	return true;
}

int
main(int argc, char **argv)
{
	const char *directory = argc > 1 ? argv[1] : FUZZ_CORPUS;
	struct dirent **names;
	int count = scandir(directory, &names, NULL, alphasort), test = 0;

	for (int i = 0; i < count; i++) {
		if (names[i]->d_name[0] != '.')
			printf("%s %d - %s does no harm\n",
			    file_run(directory, names[i]->d_name) ? "ok"
								  : "not ok",
			    ++test, names[i]->d_name);
		fflush(stdout);
		free(names[i]);
	}
	if (count > 0)
		free(names);
	printf("1..%d\n", test);
	return test > 0 ? 0 : 1;
}

#endif
