/*
 * shape - tables that describe structs.
 *
 * One table serves input (JSON, query, form), database rows and replies.  The
 * member's C type picks the field type at compile time, so that table and
 * struct can't disagree: FIELD with rules, COLUMN without.  In JSON a member
 * goes by its camelCase name: num_images is "numImages"; in SQL by its own
 * name.
 */
#ifndef CORE_SHAPE_H
#define CORE_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/uuid.h"

/* A moment; in JSON RFC 3339, TIME_NONE is null. */
struct stamp {
	int64_t ms;
};

/* Ready-made JSON text, written as it is; NULL is null. */
struct json_text {
	const char *text;
};

enum field_type {
	FIELD_TEXT,   /* const char *, NULL is null */
	FIELD_INT,    /* int64_t, INT_NONE is null */
	FIELD_REAL,   /* double */
	FIELD_BOOL,   /* bool */
	FIELD_UUID,   /* struct uuid, all zero is null; BINARY(16) in rows */
	FIELD_TIME,   /* struct stamp; DATETIME(3) in rows */
	FIELD_JSON,   /* struct json_text */
	FIELD_OBJECT, /* const void *: a struct described by .shape */
	FIELD_LIST    /* struct list: an array of structs of .shape */
};

#define INT_NONE INT64_MIN

/* count structs (of .shape) one after the other; texts when .shape is NULL. */
struct list {
	const void *items;
	size_t count;
};

struct shape;

struct field {
	const char *name; /* the member's own name */
	enum field_type type;
	size_t offset;
	const struct shape *shape; /* OBJECT, LIST */
	/* rules for input */
	bool required;
	bool trim;            /* TEXT: without blanks at both ends */
	bool has_range;       /* min and max count */
	double min, max;      /* INT, REAL: value; TEXT: code points */
	int64_t multiple;     /* INT: of what it must be a multiple; 0 any */
	int64_t def;          /* INT, BOOL: when absent; 0 unless given */
	double def_real;      /* REAL: when absent */
	const char *def_text; /* TEXT: when absent */
	const char *const
	    *one_of; /* TEXT: the words there are, NULL at the end */
	/* for replies */
	bool nullable;     /* may be null; all others never are */
	bool omit_null;    /* leave the member out instead of null */
	const char *json;  /* JSON: "object" or "array", NULL for any value */
	const char *about; /* a sentence for the API description */
};

struct shape {
	const char *name;
	const struct field *fields;
	size_t count;
	size_t size; /* of the struct */
};

/* clang-format off */
#define FIELD_TYPE(x) _Generic((x),					\
	const char *: FIELD_TEXT, int64_t: FIELD_INT,			\
	double: FIELD_REAL, bool: FIELD_BOOL, struct uuid: FIELD_UUID,	\
	struct stamp: FIELD_TIME, struct json_text: FIELD_JSON,		\
	const void *: FIELD_OBJECT, struct list: FIELD_LIST)
#define FIELD(T, m, ...) { .name = #m,					\
	.type = FIELD_TYPE(((T *)0)->m), .offset = offsetof(T, m),	\
	__VA_ARGS__ }
#define COLUMN(T, m) { .name = #m,					\
	.type = FIELD_TYPE(((T *)0)->m), .offset = offsetof(T, m) }
#define RANGE(lo, hi) .has_range = true, .min = (lo), .max = (hi)
#define SHAPE(T, table) { .name = #T, .fields = (table),		\
	.count = sizeof(table) / sizeof((table)[0]), .size = sizeof(T) }
/* clang-format on */

/* The member of a struct by its field. */
#define FIELD_AT(base, f, T) ((T *)(void *)((char *)(base) + (f)->offset))
#define FIELD_AT_CONST(base, f, T)                                             \
	((T const *)(const void *)((const char *)(base) + (f)->offset))

/* Sets every member to its default (INT_NONE where .def says so). */
void shape_defaults(const struct shape *, void *out);

#endif
