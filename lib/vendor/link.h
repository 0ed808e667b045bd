/*
 * link - addresses at a vendor: made from its base, or given by it.
 *
 * Nothing here decides whether an address may be called: fetch does, at every
 * connect.
 */
#ifndef VENDOR_LINK_H
#define VENDOR_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* The longest address that is used. */
#define LINK_MAX 4096

/*
 * The base an administrator wrote, without slashes at its end, and with the
 * version ("/v1", "/v1beta"; NULL: none) behind it unless it ends with it.
 */
char *link_base(struct arena *, const char *url, const char *version);

/*
 * An http or https address with a host, not too long, without user information
 * and white space?
 */
bool link_usable(const char *url);

/*
 * What a vendor gave ("https://...", "//host/...", "/path", "file.png") seen
 * from the address it was found at.  NULL when it is no http or https address,
 * is too long or has user information or white space in it.
 */
char *link_resolve(struct arena *, const char *at, const char *given);

/* Same scheme, host and port?  Only there may the key go. */
bool link_same_place(const char *, const char *);

/*
 * "data:image/png;base64,..." -> bytes in the arena; false when it is no such
 * thing.
 */
bool
link_data(struct arena *, const char *given, uint8_t **out, size_t *len_out);
/* Bytes as such an address. */
char *
link_data_make(struct arena *, const char *type, const void *, size_t len);

#endif
