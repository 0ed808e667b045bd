/*
 * url - an http or https address that an administrator wrote, taken apart.
 */
#ifndef CORE_URL_H
#define CORE_URL_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

struct url {
	bool secure;      /* https */
	const char *host; /* lower case, without brackets and the last dot */
	int64_t port;     /* also when it is not written */
	const char *path; /* "" or from the first slash on */
};

/*
 * The base of an API: printable ASCII, a host, perhaps a port and a path.
 * False for another scheme, user information, a query, a fragment, or
 * anything that two parsers might read in two ways.
 */
bool url_parse(struct arena *, const char *text, struct url *out);

#endif
