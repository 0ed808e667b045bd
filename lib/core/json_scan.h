/*
 * json_scan - is this text JSON, before memory is spent on it?
 *
 * json-c forgives what RFC 8259 does not (comments, duplicate members, NaN) and
 * takes hundreds of bytes for "{}", so the text is walked over once without
 * building anything.
 */
#ifndef CORE_JSON_SCAN_H
#define CORE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

#define JSON_SCAN_DEPTH_MAX 128
/* Values in a document: json-c takes about 60 bytes for one ... */
#define JSON_VALUES_MAX 65536
/* ... and about 800 for an object. */
#define JSON_OBJECTS_MAX 8192

struct json_rules {
	size_t depth; /* levels allowed, JSON_SCAN_DEPTH_MAX at most */
	/* Refuse duplicate members, \u0000 and lone surrogates too. */
	bool strict;
};

/*
 * NULL when the text may be parsed, else what is wrong with it, and its place
 * in *at_out.  The arena is as it was afterwards; it may be NULL unless the
 * rules are strict.
 */
const char *json_scan(struct arena *, const char *, size_t len,
    const struct json_rules *, size_t *at_out);

#endif
