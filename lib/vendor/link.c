#include "vendor/link.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/encode.h"
#include "base/text.h"

/* Scheme, host (RFC 1035: 253 characters) and port. */
#define PLACE_MAX 280

char *
link_base(struct arena *arena, const char *url, const char *version)
{
	size_t len = strlen(url);
	char *base;

	while (len > 0 && url[len - 1] == '/')
		len--;
	base = arena_copy(arena, url, len);
	if (version == NULL || text_ends(base, version))
		return base;
	return arena_printf(arena, "%s%s", base, version);
}

/* Bytes of "https://"; 0 when it is neither that nor "http://". */
static size_t
scheme_length(const char *url)
{
	static const char *const schemes[] = { "https://", "http://" };

	for (size_t i = 0; i < COUNT(schemes); i++)
		if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0)
			return strlen(schemes[i]);
	return 0;
}

/* Bytes up to the path: scheme, host and port. */
static size_t
place_length(const char *url)
{
	size_t scheme = scheme_length(url);

	return scheme == 0 ? 0 : scheme + strcspn(url + scheme, "/?#");
}

bool
link_usable(const char *url)
{
	size_t scheme = scheme_length(url), place = place_length(url);

	if (scheme == 0 || place == scheme || place > PLACE_MAX ||
	    strlen(url) > LINK_MAX)
		return false;
	for (const char *c = url; *c != '\0'; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == '\\')
			return false;
	return memchr(url, '@', place) == NULL;
}

/* Does it begin with a scheme (RFC 3986 3.1), of whatever kind? */
static bool
has_scheme(const char *given)
{
	size_t len = strspn(given, "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

	return len > 0 && given[len] == ':';
}

char *
link_resolve(struct arena *arena, const char *at, const char *given)
{
	size_t place = place_length(at);
	size_t path = strcspn(at, "?#");
	char *url;

	if (given == NULL || *given == '\0' || place == 0 ||
	    strlen(given) > LINK_MAX)
		return NULL;
	while (path > place && at[path - 1] != '/')
		path--;
	if (has_scheme(given))
		url = arena_strdup(arena, given);
	else if (text_starts(given, "//"))
		url = arena_printf(
		    arena, "%.*s%s", (int)strcspn(at, "/"), at, given);
	else if (*given == '/')
		url = arena_printf(arena, "%.*s%s", (int)place, at, given);
	else
		url = arena_printf(arena, "%.*s%s%s", (int)path, at,
		    path == place ? "/" : "", given);
	return link_usable(url) ? url : NULL;
}

/* The port that a place without one means is written behind it. */
static char *
place_canonical(char *out, size_t size, const char *url)
{
	size_t scheme = scheme_length(url), len = place_length(url);
	const char *port;

	if (len == 0 || len + sizeof(":443") > size)
		return NULL;
	memcpy(out, url, len);
	out[len] = '\0';
	port = strrchr(out + scheme, ':');
	if (port != NULL && strchr(port, ']') != NULL)
		port = NULL;
	if (port == NULL)
		memcpy(out + len, scheme == strlen("https://") ? ":443" : ":80",
		    scheme == strlen("https://") ? 5 : 4);
	return out;
}

bool
link_same_place(const char *a, const char *b)
{
	char one[PLACE_MAX + 8], other[PLACE_MAX + 8];

	return place_canonical(one, sizeof(one), a) != NULL &&
	       place_canonical(other, sizeof(other), b) != NULL &&
	       strcasecmp(one, other) == 0;
}

bool
link_data(
    struct arena *arena, const char *given, uint8_t **out, size_t *len_out)
{
	const char *comma;

	if (strncasecmp(given, "data:", 5) != 0)
		return false;
	comma = strchr(given, ',');
	if (comma == NULL || comma - given < 7 ||
	    strncasecmp(comma - 7, ";base64", 7) != 0)
		return false;
	return base64_decode(arena, comma + 1, strlen(comma + 1), out, len_out);
}

char *
link_data_make(
    struct arena *arena, const char *type, const void *data, size_t len)
{
	return arena_printf(
	    arena, "data:%s;base64,%s", type, base64_encode(arena, data, len));
}
