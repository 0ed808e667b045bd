#include "head.h"

#include <string.h>

#include "base/base.h"

struct signature {
	enum media_kind kind;
	size_t at;
	const char *bytes;
	size_t len;
	const char *(*read)(struct source *, struct head *);
};

/* clang-format off: a line each */
static const struct signature signatures[] = {
	{ MEDIA_KIND_PNG, 0, "\x89PNG\r\n\x1a\n", 8, head_png },
	{ MEDIA_KIND_JPEG, 0, "\xff\xd8\xff", 3, head_jpeg },
	{ MEDIA_KIND_GIF, 0, "GIF87a", 6, head_gif },
	{ MEDIA_KIND_GIF, 0, "GIF89a", 6, head_gif },
	{ MEDIA_KIND_WEBP, 8, "WEBP", 4, head_webp },
	{ MEDIA_KIND_WEBM, 0, "\x1a\x45\xdf\xa3", 4, head_webm },
	{ MEDIA_KIND_MOV, 4, "ftypqt  ", 8, head_mp4 },
	{ MEDIA_KIND_MP4, 4, "ftyp", 4, head_mp4 },
	/* QuickTime before there was an ftyp */
	{ MEDIA_KIND_MOV, 4, "moov", 4, head_mp4 },
	{ MEDIA_KIND_MOV, 4, "mdat", 4, head_mp4 },
	{ MEDIA_KIND_MOV, 4, "wide", 4, head_mp4 },
	{ MEDIA_KIND_MOV, 4, "free", 4, head_mp4 },
	{ MEDIA_KIND_MOV, 4, "skip", 4, head_mp4 },
};
/* clang-format on */

bool
head_read(struct source *s, struct head *out, const char **why_out)
{
	char first[16] = { 0 };
	struct head head = { .frames = 1, .orientation = 1 };

	if (!source_read(s, 0, first, sizeof(first))) {
		*why_out = "it is too short";
		return false;
	}
	for (size_t i = 0; i < COUNT(signatures); i++) {
		const struct signature *sig = &signatures[i];

		if (memcmp(first + sig->at, sig->bytes, sig->len) != 0)
			continue;
		head.kind = sig->kind;
		*why_out = sig->read(s, &head);
		if (*why_out == NULL)
			*out = head;
		return *why_out == NULL;
	}
	*why_out = "it is of no kind that is taken";
	return false;
}

bool
head_is_sideways(unsigned orientation)
{
	return orientation >= 5;
}
