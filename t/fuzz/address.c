/*
 * address - addresses of vendors, as an administrator may write them, and what
 * stands in their place in a request.
 *
 * The first byte chooses the reader.  An address that is taken is one in which
 * a second reader, libcurl's, finds the same host, port and path.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/encode.h"
#include "base/text.h"
#include "core/url.h"
#include "replay.h"
#include "serve/mime.h"
#include "serve/router.h"

#define ARENA_MAX (16 * MIB)
#define PAIRS_MAX 32

static const struct route_key routes[] = {
	{ "GET", "/works" },
	{ "GET", "/works/{id}" },
	{ "DELETE", "/works/{id}" },
	{ "GET", "/works/{id}/download" },
	{ "POST", "/{a}/{b}/{c}/like" },
};

static void
part_check(CURLU *reader, CURLUPart part, const char *ours)
{
	char *theirs = NULL;

	assert(curl_url_get(reader, part, &theirs, CURLU_DEFAULT_PORT) ==
	       CURLUE_OK);
	assert(strcasecmp(theirs, ours) == 0);
	curl_free(theirs);
}

/* Without its brackets and the dot at its end. */
static char *
plain_host(struct arena *arena, const char *host)
{
	size_t len = strlen(host);

	if (len > 1 && host[0] == '[')
		return arena_copy(arena, host + 1, len - 2);
	return arena_copy(
	    arena, host, len > 1 && host[len - 1] == '.' ? len - 1 : len);
}

static void
url_read(struct arena *arena, const char *text)
{
	struct url url;
	CURLU *reader;
	struct in_addr number;
	char *host = NULL;

	if (!url_parse(arena, text, &url))
		return;
	reader = curl_url();
	assert(curl_url_set(reader, CURLUPART_URL, text, CURLU_PATH_AS_IS) ==
	       CURLUE_OK);
	part_check(reader, CURLUPART_SCHEME, url.secure ? "https" : "http");
	part_check(reader, CURLUPART_PORT,
	    arena_printf(arena, "%lld", (long long)url.port));
	part_check(reader, CURLUPART_PATH, *url.path != '\0' ? url.path : "/");
	assert(curl_url_get(reader, CURLUPART_HOST, &host, 0) == CURLUE_OK);
	/* numbers are written anew there, but they stay numbers */
	if (strchr(url.host, ':') == NULL && inet_aton(url.host, &number) == 0)
		assert(strcasecmp(plain_host(arena, host), url.host) == 0);
	else
		assert(
		    strspn(host, "[0123456789abcdefABCDEF.:]") == strlen(host));
	curl_free(host);
	curl_url_cleanup(reader);
}

static void
query_read(struct arena *arena, const char *text)
{
	struct query_pair *pairs;
	size_t count;

	if (!query_parse(arena, text, PAIRS_MAX, &pairs, &count))
		return;
	assert(count <= PAIRS_MAX);
	for (size_t i = 0; i < count; i++)
		assert(utf8_valid(pairs[i].name, strlen(pairs[i].name)) &&
		       utf8_valid(pairs[i].value, strlen(pairs[i].value)));
}

static void
route_read(struct arena *arena, const char *text)
{
	struct route_match match;
	bool found = router_find(arena, routes, COUNT(routes),
	    sizeof(routes[0]), "/api/v1", "GET", text, &match);

	if (!found)
		return;
	assert(match.index < COUNT(routes) && match.path_known);
	assert(match.value_count <= ROUTER_VALUES);
	for (size_t i = 0; i < match.value_count; i++)
		assert(utf8_valid(match.values[i], strlen(match.values[i])));
}

static void
mime_read(struct arena *arena, const char *text)
{
	const char *at = mime_parameters(text, "multipart/form-data");
	char name[MIME_NAME_MAX + 1], value[64];

	(void)arena;
	while (at != NULL &&
	       mime_next(&at, name, value, sizeof(value)) == MIME_FOUND)
		assert(strlen(name) <= MIME_NAME_MAX &&
		       strlen(value) < sizeof(value));
}

static void (*const readers[])(struct arena *, const char *) = { url_read,
	query_read, route_read, mime_read };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct arena *arena;

	if (len < 1)
		return 0;
	if (arena == NULL)
		arena = arena_new(ARENA_MAX);
	readers[data[0] % COUNT(readers)](
	    arena, arena_copy(arena, (const char *)data + 1, len - 1));
	arena_reset(arena);
	return 0;
}
