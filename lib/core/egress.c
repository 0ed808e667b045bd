/*
 * egress - the networks that are nobody's business to call.
 */
#include "config.h"

#include "core/egress.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdint.h>
#include <string.h>

#include "base/base.h"
#include "base/text.h"

#define NET_TEXT_MAX 64 /* bytes of one entry of the option, NUL included */

/* An address, IPv4 unwrapped from IPv6; unused bytes are zero. */
struct ip {
	int family;
	uint8_t b[16];
};

struct net {
	struct ip ip;
	unsigned bits;
};

#define V4(a, b, c, d, bits)                                                   \
	{                                                                      \
		{ AF_INET, { a, b, c, d } }, bits                              \
	}
#define V6(bits, ...)                                                          \
	{                                                                      \
		{ AF_INET6, { __VA_ARGS__ } }, bits                            \
	}

/* The IANA special-purpose address registries, and multicast. */
static const struct net denied[] = {
	V4(0, 0, 0, 0, 8),
	V4(10, 0, 0, 0, 8),
	V4(100, 64, 0, 0, 10),
	V4(127, 0, 0, 0, 8),
	V4(169, 254, 0, 0, 16),
	V4(172, 16, 0, 0, 12),
	V4(192, 0, 0, 0, 24),
	V4(192, 0, 2, 0, 24),
	V4(192, 88, 99, 0, 24),
	V4(192, 168, 0, 0, 16),
	V4(198, 18, 0, 0, 15),
	V4(198, 51, 100, 0, 24),
	V4(203, 0, 113, 0, 24),
	V4(224, 0, 0, 0, 4),
	V4(240, 0, 0, 0, 4),
	V6(23, 0x20, 0x01),
	V6(32, 0x20, 0x01, 0x0d, 0xb8),
	V6(20, 0x3f, 0xff),
};

/* Of IPv6 nothing else is handed out (RFC 4291 2.4, IANA). */
static const struct net global_unicast = V6(3, 0x20);

/* Networks whose addresses hold an IPv4 address, and at which byte. */
static const struct wrap {
	struct net net;
	size_t at;
} wraps[] = {
	{ V6(96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff), 12 },
	{ V6(96, 0x00, 0x64, 0xff, 0x9b), 12 },
	{ V6(16, 0x20, 0x02), 2 },
};

static bool
net_has(const struct net *net, const struct ip *ip)
{
	size_t bytes = net->bits / 8;
	unsigned rest = net->bits % 8;
	uint8_t mask = (uint8_t)(0xff << (8 - rest));

	if (net->ip.family != ip->family ||
	    memcmp(net->ip.b, ip->b, bytes) != 0)
		return false;
	return rest == 0 || ((net->ip.b[bytes] ^ ip->b[bytes]) & mask) == 0;
}

static void
ip_unwrap(struct ip *ip)
{
	for (size_t i = 0; i < COUNT(wraps); i++) {
		struct ip inner = { .family = AF_INET };

		if (!net_has(&wraps[i].net, ip))
			continue;
		memcpy(inner.b, ip->b + wraps[i].at, 4);
		*ip = inner;
		return;
	}
}

static bool
ip_from(const struct sockaddr *sa, struct ip *out)
{
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;

	*out = (struct ip){ .family = sa->sa_family };
	switch (sa->sa_family) {
	case AF_INET:
		memcpy(&in4, sa, sizeof(in4));
		memcpy(out->b, &in4.sin_addr, 4);
		return true;
	case AF_INET6:
		memcpy(&in6, sa, sizeof(in6));
		memcpy(out->b, &in6.sin6_addr, 16);
		ip_unwrap(out);
		return true;
	default:
		return false;
	}
}

/* "10.0.0.0/8" or "::1". */
static bool
net_parse(char *text, struct net *out)
{
	char *slash = strchr(text, '/');
	int64_t bits;

	*out = (struct net){ .ip.family = AF_INET };
	if (slash != NULL)
		*slash++ = '\0';
	if (strchr(text, ':') != NULL)
		out->ip.family = AF_INET6;
	if (inet_pton(out->ip.family, text, out->ip.b) != 1)
		return false;
	bits = out->ip.family == AF_INET ? 32 : 128;
	if (slash != NULL && !text_to_int_in(slash, 0, bits, &bits))
		return false;
	out->bits = (unsigned)bits;
	return true;
}

enum entry {
	ENTRY_NONE,
	ENTRY_NET,
	ENTRY_BROKEN
};

/* The next network of the option's text; *rest moves on. */
static enum entry
entry_next(const char **rest, struct net *out)
{
	char text[NET_TEXT_MAX];
	const char *from = *rest + strspn(*rest, ", \t");
	size_t len = strcspn(from, ", \t");

	*rest = from + len;
	if (len == 0)
		return ENTRY_NONE;
	if (len >= sizeof(text))
		return ENTRY_BROKEN;
	memcpy(text, from, len);
	text[len] = '\0';
	return net_parse(text, out) ? ENTRY_NET : ENTRY_BROKEN;
}

static bool
is_allowed(const char *allow, const struct ip *ip)
{
	struct net net;

	while (entry_next(&allow, &net) == ENTRY_NET)
		if (net_has(&net, ip))
			return true;
	return false;
}

static bool
ip_may(const char *allow, const struct ip *ip)
{
	if (is_allowed(allow, ip))
		return true;
	if (ip->family == AF_INET6 && !net_has(&global_unicast, ip))
		return false;
	for (size_t i = 0; i < COUNT(denied); i++)
		if (net_has(&denied[i], ip))
			return false;
	return true;
}

bool
egress_may(const char *allow, const struct sockaddr *sa)
{
	struct ip ip;

	return ip_from(sa, &ip) && ip_may(allow, &ip);
}

bool
egress_may_text(const char *allow, const char *text)
{
	struct ip ip = { .family = AF_INET };

	if (strchr(text, ':') != NULL)
		ip.family = AF_INET6;
	if (inet_pton(ip.family, text, ip.b) != 1)
		return false;
	if (ip.family == AF_INET6)
		ip_unwrap(&ip);
	return ip_may(allow, &ip);
}

/*
 * "localhost" and all below it are this machine (RFC 6761 6.3), whatever a
 * resolver says.
 */
static const char *
host_meant(const char *host)
{
	return text_is(host, "localhost") || text_ends(host, ".localhost")
		   ? "localhost"
		   : host;
}

/* No name ends in a number: it was to be an address (WHATWG URL 3.5). */
static bool
ends_in_number(const char *host)
{
	const char *dot = strrchr(host, '.');
	const char *last = dot == NULL ? host : dot + 1;

	return strchr(host, ':') != NULL ||
	       strspn(last, "0123456789") == strlen(last) ||
	       text_starts(last, "0x");
}

/* A resolver that is away is not waited for long. */
static void
resolver_hurry(void)
{
	if (res_init() != 0)
		return;
	_res.retrans = 1; /* seconds; of this thread only */
	_res.retry = 1;
}

bool
egress_may_host(const char *allow, const char *host)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	bool may = false;

	resolver_hurry();
	if (getaddrinfo(host_meant(host), NULL, &hints, &found) != 0)
		return !ends_in_number(host);
	for (const struct addrinfo *at = found; at != NULL; at = at->ai_next)
		may = may || egress_may(allow, at->ai_addr);
	freeaddrinfo(found);
	return may;
}

bool
egress_allow_valid(const char *allow)
{
	struct net net;
	enum entry e;

	do
		e = entry_next(&allow, &net);
	while (e == ENTRY_NET);
	return e == ENTRY_NONE;
}
