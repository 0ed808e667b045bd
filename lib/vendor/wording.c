#include "vendor/wording.h"

#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/text.h"

char *
wording_cut(
    struct arena *arena, const char *text, size_t max, enum wording_unit unit)
{
	size_t len, at = 0, used = 0, size;

	if (text == NULL)
		return NULL;
	len = strlen(text);
	while (at < len) {
		utf8_decode(text + at, len - at, &size);
		used += unit == WORDING_UTF16 && size == 4 ? 2 : 1;
		if (used > max)
			break;
		at += size;
	}
	return arena_copy(arena, text, at);
}

char *
wording_join(struct arena *arena, const char *prompt, const char *style,
    const char *negative, size_t max, enum wording_unit unit)
{
	char *said = arena_strdup(arena, prompt);

	if (!text_empty(style))
		said = arena_printf(arena, "%s\nStyle: %s.", said, style);
	if (!text_empty(negative))
		said = arena_printf(arena, "%s\nAvoid: %s.", said, negative);
	return wording_cut(arena, said, max, unit);
}

const char *
wording_preset(struct arena *arena, const char *style)
{
	static const char *const presets[] = { "enhance", "anime",
		"photographic", "digital-art", "comic-book", "fantasy-art",
		"line-art", "analog-film", "neon-punk", "isometric", "low-poly",
		"origami", "modeling-compound", "cinematic", "3d-model",
		"pixel-art", "tile-texture" };
	char *name;

	if (text_empty(style))
		return NULL;
	name = text_lower(arena, style);
	for (char *c = name; *c != '\0'; c++)
		if (*c == ' ' || *c == '_')
			*c = '-';
	for (size_t i = 0; i < COUNT(presets); i++)
		if (text_is(name, presets[i]))
			return presets[i];
	return NULL;
}
