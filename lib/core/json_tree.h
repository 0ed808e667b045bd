/*
 * json_tree - walking through the JSON of others, and changing it.
 *
 * For what vendors answer and administrators write: nothing here fails, what is
 * absent or of another type is NULL, 0 or false.  Values that are handed out
 * are borrowed from the tree; texts are too.
 */
#ifndef CORE_JSON_TREE_H
#define CORE_JSON_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct json_object; /* of json-c */

/* Gives a tree of json_parse() or json_parse_loose() back; NULL is fine. */
void json_free(struct json_object *);

bool json_is_object(struct json_object *);
bool json_is_array(struct json_object *);
bool json_is_true(struct json_object *); /* the literal */

/* Elements of an array; 0 for anything else. */
size_t json_count(struct json_object *);
/* Element i of an array. */
struct json_object *json_item(struct json_object *, size_t i);
/*
 * The members of an object one after the other: *cursor is NULL at first.
 * false at the end, and for anything that is no object.
 */
bool json_next(struct json_object *, void **cursor, const char **name_out,
    struct json_object **value_out);

/* "response.samples.0.video": names, and places in arrays. */
struct json_object *json_find(struct json_object *, const char *path);
/* The text there; NULL when it holds a NUL. */
const char *json_find_text(struct json_object *, const char *path);
/* The text that a value itself is. */
const char *json_text_of(struct json_object *);

/* Sets a member of an object, or an element that an array already has. */
bool json_set_text(struct json_object *, const char *member, const char *);
bool json_set_int(struct json_object *, const char *member, int64_t);
bool json_set_real(struct json_object *, const char *member, double);

/* As JSON text in the arena. */
char *json_print(struct arena *, struct json_object *);

#endif
