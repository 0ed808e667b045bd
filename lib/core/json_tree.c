#include "core/json_tree.h"

#include <json-c/json.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "core/json_read.h"

/* The longest name in a path. */
#define PATH_NAME_MAX 64

void
json_free(struct json_object *tree)
{
	json_object_put(tree);
}

bool
json_is_object(struct json_object *value)
{
	return json_object_is_type(value, json_type_object) != 0;
}

bool
json_is_array(struct json_object *value)
{
	return json_object_is_type(value, json_type_array) != 0;
}

bool
json_is_true(struct json_object *value)
{
	return json_object_is_type(value, json_type_boolean) &&
	       json_object_get_boolean(value);
}

size_t
json_count(struct json_object *value)
{
	return json_is_array(value) ? json_object_array_length(value) : 0;
}

struct json_object *
json_item(struct json_object *value, size_t i)
{
	return i < json_count(value) ? json_object_array_get_idx(value, i)
				     : NULL;
}

bool
json_next(struct json_object *object, void **cursor, const char **name_out,
    struct json_object **value_out)
{
	struct lh_entry *entry = *cursor;

	if (!json_is_object(object))
		return false;
	entry = entry == NULL ? lh_table_head(json_object_get_object(object))
			      : lh_entry_next(entry);
	if (entry == NULL)
		return false;
	*cursor = entry;
	*name_out = (const char *)lh_entry_k(entry);
	*value_out = (struct json_object *)lh_entry_v(entry);
	return true;
}

/* One step of a path. */
static struct json_object *
step_take(struct json_object *value, const char *name)
{
	int64_t i;

	if (!json_is_array(value))
		return json_at(value, name);
	return text_to_int_in(name, 0, INT32_MAX, &i)
		   ? json_item(value, (size_t)i)
		   : NULL;
}

struct json_object *
json_find(struct json_object *value, const char *path)
{
	char name[PATH_NAME_MAX];
	size_t len;

	for (; value != NULL && *path != '\0'; path += len) {
		path += *path == '.';
		len = strcspn(path, ".");
		if (len >= sizeof(name))
			return NULL;
		memcpy(name, path, len);
		name[len] = '\0';
		value = step_take(value, name);
	}
	return value;
}

const char *
json_text_of(struct json_object *value)
{
	const char *text;

	if (!json_object_is_type(value, json_type_string))
		return NULL;
	text = json_object_get_string(value);
	if (strlen(text) != (size_t)json_object_get_string_len(value))
		return NULL;
	return text;
}

const char *
json_find_text(struct json_object *value, const char *path)
{
	return json_text_of(json_find(value, path));
}

/* Takes the new value over, also when it can't be put there. */
static bool
member_set(struct json_object *into, const char *member, struct json_object *v)
{
	int64_t i;

	if (json_is_object(into) &&
	    json_object_object_add(into, member, v) == 0)
		return true;
	if (json_is_array(into) &&
	    text_to_int_in(member, 0, (int64_t)json_count(into) - 1, &i) &&
	    json_object_array_put_idx(into, (size_t)i, v) == 0)
		return true;
	json_object_put(v);
	return false;
}

bool
json_set_text(struct json_object *into, const char *member, const char *text)
{
	return member_set(into, member, json_object_new_string(text));
}

bool
json_set_int(struct json_object *into, const char *member, int64_t n)
{
	return member_set(into, member, json_object_new_int64(n));
}

bool
json_set_real(struct json_object *into, const char *member, double d)
{
	return member_set(into, member, json_object_new_double(d));
}

char *
json_print(struct arena *arena, struct json_object *value)
{
	return arena_strdup(arena,
	    json_object_to_json_string_ext(value,
		JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
}
