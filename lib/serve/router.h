/*
 * router - path templates to rows of a table.
 *
 * Works on REQUEST_URI only, as every front server hands it over raw: cuts the
 * authority and the query off, splits on '/', decodes each segment.  A template
 * segment "{id}" takes any one non-empty segment; "{model}:verb" takes what
 * stands before the fixed tail.
 */
#ifndef SERVE_ROUTER_H
#define SERVE_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

#define ROUTER_VALUES 4

struct route_key {
	const char *method; /* "GET"; also answers HEAD */
	const char *path;   /* "/works/{id}" */
};

struct route_match {
	size_t index;                      /* of the row */
	const char *values[ROUTER_VALUES]; /* decoded, in order */
	size_t value_count;
	const char *query; /* after '?', "" for none; borrowed */
	bool path_known;   /* some row has this path: 405, not 404 */
	const char *allow; /* "GET, HEAD, OPTIONS" when path_known */
};

/*
 * Finds the row for a method and an URI under base ("" or "/api/v1").  rows
 * points at the first of count records of size bytes, each beginning with a
 * struct route_key.  Fixed segments win over values.  true when a row fits.
 */
bool router_find(struct arena *, const void *rows, size_t count, size_t size,
    const char *base, const char *method, const char *uri,
    struct route_match *out);

#endif
