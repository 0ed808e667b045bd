/*
 * Callers' pictures, decoded to be sure.
 */
#include "config.h"

#include "picture_in.h"

#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "call.h"
#include "core/json_read.h"
#include "still.h"

static bool
picture_take(
    struct call *c, const void *data, size_t len, struct picture_in *out)
{
	if (!still_measure(data, len, &out->width, &out->height))
		return false;
	c->picture = (struct call_picture){ out->width, out->height,
		sha256_hex(c->cx.arena, data, len) };
	return true;
}

bool
picture_in_part(
    struct call *c, const struct form_part *part, struct picture_in *out)
{
	return part != NULL && part->file_name != NULL &&
	       picture_take(c, part->data, part->len, out);
}

bool
picture_in_text(struct call *c, const char *text, struct picture_in *out)
{
	const char *comma;
	uint8_t *data;
	size_t len;

	if (text == NULL)
		return false;
	if (text_starts(text, "data:image/")) {
		comma = strstr(text, ";base64,");
		if (comma == NULL)
			return false;
		text = comma + strlen(";base64,");
	}
	return base64_decode(c->cx.arena, text, strlen(text), &data, &len) &&
	       picture_take(c, data, len, out);
}

bool
picture_in_field(struct call *c, const char *name, struct picture_in *out)
{
	const char *text;

	if (c->json == NULL)
		return picture_in_part(c, form_find(&c->form, name), out);
	text = json_text_at(c->json, name);
	if (text == NULL)
		text = json_text_at(json_at(c->json, name), "image_url");
	return picture_in_text(c, text, out);
}
