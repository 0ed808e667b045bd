#include "config.h"

#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"

#define BACKLOG 4096
#define MODE 0660 /* of a unix socket: the web server is in the group */

static bool
unix_bind(struct listen *l, const struct sockaddr_un *at, const char *path)
{
	struct stat st;

	if (unlink(at->sun_path) != 0 && errno != ENOENT)
		return false;
	if (bind(l->fd, (const struct sockaddr *)at, sizeof(*at)) != 0 ||
	    chmod(at->sun_path, MODE) != 0 || listen(l->fd, BACKLOG) != 0 ||
	    stat(at->sun_path, &st) != 0 || rename(at->sun_path, path) != 0)
		return false;
	l->path = path;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return true;
}

static bool
unix_open(struct listen *l, const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int n = snprintf(
	    at.sun_path, sizeof(at.sun_path), "%s.%ld", path, (long)getpid());

	if (n < 0 || (size_t)n >= sizeof(at.sun_path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return l->fd >= 0 && unix_bind(l, &at, path);
}

static bool
is_loopback(const struct sockaddr *at)
{
	if (at->sa_family == AF_INET) {
		const struct sockaddr_in *v4 =
		    (const struct sockaddr_in *)(const void *)at;

		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	}
	if (at->sa_family == AF_INET6) {
		const struct sockaddr_in6 *v6 =
		    (const struct sockaddr_in6 *)(const void *)at;

		return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	}
	return false;
}

static bool
port_bind(struct listen *l, const struct addrinfo *at)
{
	int yes = 1;

	if (!is_loopback(at->ai_addr))
		die(EX_CONFIG, "ws_listen: only loopback addresses are taken");
	l->fd = socket(
	    at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return l->fd >= 0 &&
	       setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) ==
		   0 &&
	       bind(l->fd, at->ai_addr, at->ai_addrlen) == 0 &&
	       listen(l->fd, BACKLOG) == 0;
}

/* "127.0.0.1:3001", "[::1]:3001", "localhost:3001" */
static bool
port_open(struct listen *l, const char *address, const char *colon)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV };
	size_t len = (size_t)(colon - address);
	struct addrinfo *found;
	char host[256];
	bool good;

	if (address[0] == '[' && colon[-1] == ']') {
		address++;
		len -= 2;
	}
	if (len >= sizeof(host)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(host, address, len);
	host[len] = '\0';
	if (getaddrinfo(host, colon + 1, &hints, &found) != 0) {
		errno = EADDRNOTAVAIL;
		return false;
	}
	good = port_bind(l, found);
	freeaddrinfo(found);
	return good;
}

void
listen_open(struct listen *l, const char *address)
{
	const char *colon = strrchr(address, ':');
	bool good;

	*l = (struct listen){ .fd = -1 };
	if (strchr(address, '/') != NULL)
		good = unix_open(l, address);
	else if (colon != NULL && colon != address)
		good = port_open(l, address, colon);
	else
		die(EX_CONFIG, "ws_listen: neither a path nor host:port: '%s'",
		    address);
	if (!good)
		die(EX_CANTCREAT, "cannot listen at '%s': %s", address,
		    strerror(errno));
}

void
listen_close(struct listen *l)
{
	struct stat st;

	if (l->path != NULL && lstat(l->path, &st) == 0 &&
	    st.st_dev == l->dev && st.st_ino == l->ino)
		(void)unlink(l->path);
	(void)close(l->fd);
}
