/*
 * head - what the files of strangers say of themselves, read before any decoder
 * sees them.
 *
 * The first byte counts as the file's own.  What is taken has a size, and what
 * is left of a PNG still reads as the same PNG.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/media_wire.h"
#include "head.h"
#include "replay.h"
#include "source.h"

static void
png_check(const uint8_t *data, size_t len, const struct head *head)
{
	static struct source source;
	struct head again = { 0 };
	const char *why = NULL;
	uint8_t *copy = malloc(len);
	size_t kept;

	memcpy(copy, data, len);
	kept = head_png_strip(copy, len);
	assert(kept <= len);
	source_open_bytes(&source, copy, kept);
	assert(head_read(&source, &again, &why));
	assert(again.width == head->width && again.height == head->height);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct source source;
	struct head head = { 0 };
	const char *why = NULL;

	if (len < 1)
		return 0;
	source_open_bytes(&source, data, len);
	if (!head_read(&source, &head, &why)) {
		assert(why != NULL);
		return 0;
	}
	assert(head.kind > MEDIA_KIND_NONE && head.kind < MEDIA_KIND__MAX);
	assert(head.orientation >= 1 && head.orientation <= 8);
	if (head.kind == MEDIA_KIND_PNG)
		png_check(data, len, &head);
	return 0;
}
