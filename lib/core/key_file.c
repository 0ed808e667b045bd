/*
 * key_file - reads keys and refuses a file that is not kept secret.
 */
#include "config.h"

#include "core/key_file.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

#define KEY_FILE_MAX (16 * KIB)
#define BLANKS " \t\r"

static bool
is_key_id(const char *id)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_";
	size_t len = strlen(id);

	return len > 0 && len <= KEY_ID_MAX && strspn(id, allowed) == len;
}

/* "id hex"; NULL, or what is wrong with it. */
static const char *
key_parse(char *line, size_t min, size_t max, struct key *out)
{
	char *hex = line + strcspn(line, BLANKS);
	const char *end;

	if (*hex != '\0')
		*hex++ = '\0';
	hex += strspn(hex, BLANKS);
	if (!is_key_id(line))
		return "the id is not 1 to 16 letters and digits";
	if (sodium_hex2bin(out->bytes, max, hex, strlen(hex), NULL, &out->len,
		&end) != 0 ||
	    end[strspn(end, BLANKS)] != '\0')
		return "the key is no hexadecimal number or too long";
	if (out->len < min)
		return "the key is too short";
	memcpy(out->id, line, strlen(line) + 1);
	return NULL;
}

/* A line into the next key; NULL, or what is wrong with it. */
static const char *
line_read(char *line, size_t min, size_t max, struct keys *keys)
{
	struct key *key = &keys->key[keys->count];
	const char *wrong;

	line += strspn(line, BLANKS);
	if (*line == '\0' || *line == '#')
		return NULL;
	if (keys->count == KEY_FILE_KEYS_MAX)
		return "there are too many keys";
	wrong = key_parse(line, min, max, key);
	if (wrong != NULL)
		return wrong;
	if (keys_find(keys, key->id) != NULL)
		return "the id is there twice";
	keys->count++;
	return NULL;
}

static enum err
text_read(struct ctx *cx, const char *path, char *text, size_t min, size_t max,
    struct keys *keys)
{
	char *rest = text, *line;

	for (int n = 1; (line = strsep(&rest, "\n")) != NULL; n++) {
		const char *wrong = line_read(line, min, max, keys);

		if (wrong != NULL)
			return fault(cx, ERR_INTERNAL, NULL,
			    "key file '%s', line %d: %s", path, n, wrong);
	}
	if (keys->count == 0)
		return fault(
		    cx, ERR_INTERNAL, NULL, "key file '%s' holds no key", path);
	return ERR_OK;
}

enum err
key_file_read(
    struct ctx *cx, const char *path, size_t min, size_t max, struct keys *out)
{
	struct keys keys = { .count = 0 };
	struct stat st;
	char *text;
	size_t len;
	enum err e;

	if (stat(path, &st) != 0 ||
	    !file_slurp(cx->arena, path, KEY_FILE_MAX, &text, &len))
		return fault(cx, ERR_INTERNAL, NULL,
		    "cannot read key file '%s': %s", path, strerror(errno));
	if ((st.st_mode & S_IRWXO) != 0)
		return fault(cx, ERR_INTERNAL, NULL,
		    "key file '%s' is open to everybody: hint: chmod o-rwx",
		    path);
	e = text_read(cx, path, text, min, max, &keys);
	sodium_memzero(text, len);
	if (e == ERR_OK)
		*out = keys;
	sodium_memzero(&keys, sizeof(keys));
	return e;
}

const struct key *
keys_find(const struct keys *keys, const char *id)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->key[i].id, id) == 0)
			return &keys->key[i];
	return NULL;
}
