/*
 * wording - a prompt as a vendor can take it.
 *
 * What a vendor has no field for is said in the prompt itself; what is longer
 * than its limit is cut at a character.
 */
#ifndef VENDOR_WORDING_H
#define VENDOR_WORDING_H

#include <stddef.h>

struct arena;

enum wording_unit {
	WORDING_POINTS, /* limits count Unicode code points */
	WORDING_UTF16   /* limits count UTF-16 units, as JavaScript does */
};

/*
 * The prompt, then the style and what to leave out, each NULL or "" when it
 * has a field of its own or was not given; at most max units.
 */
char *wording_join(struct arena *, const char *prompt, const char *style,
    const char *negative, size_t max, enum wording_unit);
/* A text of at most max units; NULL stays NULL. */
char *wording_cut(struct arena *, const char *, size_t max, enum wording_unit);

/*
 * The style as one of Stability's style_preset names ("Digital Art" is
 * "digital-art"); NULL when it is none of them.
 */
const char *wording_preset(struct arena *, const char *style);

#endif
