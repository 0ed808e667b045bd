#include "config.h"

#include "core/url.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/text.h"

#define HOST_MAX 253

/* Behind the scheme; NULL when it is neither of the two. */
static const char *
scheme_skip(const char *text, bool *secure_out)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < 2; i++) {
		size_t len = strlen(schemes[i]);

		if (strncasecmp(text, schemes[i], len) != 0)
			continue;
		*secure_out = i == 1;
		return text + len;
	}
	return NULL;
}

static bool
host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '.' || c == '_';
}

/* A name or an IPv4 address; one dot at the end means the same name. */
static bool
host_tidy(char *host)
{
	size_t len = strlen(host);

	if (len > 1 && host[len - 1] == '.')
		host[--len] = '\0';
	if (len == 0 || len > HOST_MAX || host[0] == '.' ||
	    strstr(host, "..") != NULL || host[len - 1] == '.')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!host_char(host[i]))
			return false;
	return true;
}

/*
 * Cuts "host", "host:port", "[::1]" or "[::1]:port" in two; NULL when it is
 * none of them, "" for no port.
 */
static const char *
port_cut(char *text, const char **host_out)
{
	char *end, *port;

	if (*text == '[') {
		end = strchr(text, ']');
		*host_out = text + 1;
		if (end == NULL)
			return NULL;
		port = end + 1;
	} else {
		end = port = text + strcspn(text, ":");
		*host_out = text;
	}
	if (*port == '\0') {
		*end = '\0';
		return "";
	}
	if (*port != ':' || port[1] == '\0')
		return NULL;
	*end = '\0';
	return port + 1;
}

static bool
authority_parse(struct arena *a, const char *text, size_t len, struct url *out)
{
	char *copy = text_lower(a, arena_copy(a, text, len));
	const char *port = port_cut(copy, &out->host);
	struct in6_addr number;

	if (port == NULL)
		return false;
	if (*text == '[' ? inet_pton(AF_INET6, out->host, &number) != 1
			 : !host_tidy(copy))
		return false;
	out->port = out->secure ? 443 : 80;
	return *port == '\0' || text_to_int_in(port, 1, 65535, &out->port);
}

bool
url_parse(struct arena *a, const char *text, struct url *out)
{
	struct url url = { 0 };
	const char *rest = scheme_skip(text, &url.secure);
	size_t len;

	if (rest == NULL)
		return false;
	for (const char *c = text; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~' || strchr("\\\"<>^`{|}?#@", *c))
			return false;
	len = strcspn(rest, "/");
	if (!authority_parse(a, rest, len, &url))
		return false;
	url.path = arena_strdup(a, rest + len);
	*out = url;
	return true;
}
