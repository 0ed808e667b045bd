#include "exif.h"

#include <string.h>

#define TAG_ORIENTATION 0x0112
#define TYPE_SHORT 3
#define ENTRY_SIZE 12
#define ENTRIES_MAX 1000

typedef bool (*number_fn)(struct source *, uint64_t, size_t, uint64_t *);

/* The value of one directory entry when it is the orientation. */
static bool
entry_orientation(
    struct source *s, number_fn number, uint64_t at, uint64_t *out)
{
	uint64_t tag, type, count;

	return number(s, at, 2, &tag) && tag == TAG_ORIENTATION &&
	       number(s, at + 2, 2, &type) && type == TYPE_SHORT &&
	       number(s, at + 4, 4, &count) && count == 1 &&
	       number(s, at + 8, 2, out) && *out >= 1 && *out <= 8;
}

unsigned
exif_orientation(struct source *s, uint64_t at, uint64_t len)
{
	uint64_t directory, count, value, end = at + len;
	char mark[6];
	number_fn number;

	if (len < sizeof(mark) || !source_read(s, at, mark, sizeof(mark)))
		return 1;
	if (memcmp(mark, "Exif\0\0", 6) == 0) {
		at += 6;
		if (!source_read(s, at, mark, 4))
			return 1;
	}
	if (memcmp(mark, "II*\0", 4) == 0)
		number = source_le;
	else if (memcmp(mark, "MM\0*", 4) == 0)
		number = source_be;
	else
		return 1;
	if (!number(s, at + 4, 4, &directory) || directory > len ||
	    !number(s, at + directory, 2, &count) || count > ENTRIES_MAX)
		return 1;
	at += directory + 2;
	for (uint64_t i = 0; i < count && at + ENTRY_SIZE <= end; i++) {
		if (entry_orientation(s, number, at, &value))
			return (unsigned)value;
		at += ENTRY_SIZE;
	}
	return 1;
}
