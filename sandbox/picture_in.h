/*
 * picture_in - pictures that callers send: as files, data URLs or base64.
 */
#ifndef PICTURE_IN_H
#define PICTURE_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct form_part;
struct json_object;

struct picture_in {
	int width, height;
};

/*
 * Each is false when there is no picture, or none that can be decoded.  The
 * journal tells of the last one.
 */
bool picture_in_part(
    struct call *, const struct form_part *, struct picture_in *out);
/* "data:image/png;base64,..." or bare base64. */
bool picture_in_text(struct call *, const char *, struct picture_in *out);
/*
 * A field: a file of a form, or in JSON a text or {"image_url": text}.
 */
bool picture_in_field(struct call *, const char *name, struct picture_in *out);

#endif
