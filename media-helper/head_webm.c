/*
 * WebM: the EBML header and the size of the segment (RFC 8794, RFC 9559).
 */
#include <string.h>

#include "head.h"

#define ID_DOCTYPE 0x4282
#define ID_SEGMENT 0x18538067
#define SIZE_UNKNOWN UINT64_MAX

/*
 * A number of variable length: its first byte's leading zeros tell the bytes.
 * An element's id keeps the marking bit, a size does not.
 */
static bool
vint_read(struct source *s, uint64_t *at, bool id, uint64_t *out)
{
	uint64_t first, value, mask;
	size_t len = 1;

	if (!source_be(s, *at, 1, &first) || first == 0)
		return false;
	while ((first & (0x80u >> (len - 1))) == 0)
		len++;
	if (!source_be(s, *at, len, &value))
		return false;
	*at += len;
	mask = (UINT64_C(1) << (7 * len)) - 1;
	if (!id)
		value = (value & mask) == mask ? SIZE_UNKNOWN : value & mask;
	*out = value;
	return true;
}

static bool
element_read(struct source *s, uint64_t *at, uint64_t *id, uint64_t *size)
{
	return vint_read(s, at, true, id) && vint_read(s, at, false, size);
}

/* Is the document of the type "webm"?  Matroska's other types are not. */
static bool
doctype_is_webm(struct source *s, uint64_t at, uint64_t end)
{
	uint64_t id, size;
	char type[4];

	while (
	    at < end && element_read(s, &at, &id, &size) && size <= end - at) {
		if (id == ID_DOCTYPE)
			return size == 4 && source_read(s, at, type, 4) &&
			       memcmp(type, "webm", 4) == 0;
		at += size;
	}
	return false;
}

const char *
head_webm(struct source *s, struct head *h)
{
	uint64_t at = 0, id, size;

	(void)h; /* libav tells the rest */
	if (!element_read(s, &at, &id, &size) || size > s->size - at)
		return "its header is broken";
	if (!doctype_is_webm(s, at, at + size))
		return "it is no WebM";
	at += size;
	if (!element_read(s, &at, &id, &size) || id != ID_SEGMENT)
		return "there is no film in it";
	if (size != SIZE_UNKNOWN && size > s->size - at)
		return "it ends too early";
	return NULL;
}
