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

bool
picture_in_part(const struct form_part *part, struct picture_in *out)
{
	return part != NULL && part->file_name != NULL &&
	       still_measure((const uint8_t *)part->data, part->len,
		   &out->width, &out->height);
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
	       still_measure(data, len, &out->width, &out->height);
}

bool
picture_in_field(struct call *c, const char *name, struct picture_in *out)
{
	const char *text;

	if (c->json == NULL)
		return picture_in_part(form_find(&c->form, name), out);
	text = json_text_at(c->json, name);
	if (text == NULL)
		text = json_text_at(json_at(c->json, name), "image_url");
	return picture_in_text(c, text, out);
}
