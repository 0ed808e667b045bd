/*
 * The listening socket: bound beside its path and renamed over it.
 */
#include "config.h"

#include "serve/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

#define SYSTEMD_FD 3 /* SD_LISTEN_FDS_START of sd_listen_fds(3) */
/* A full queue of a unix socket fails connects at once: be generous. */
#define BACKLOG 4096

static bool
listener_adopt(struct listener *l, int fd)
{
	int listening = 0;
	socklen_t size = sizeof(listening);
	int flags;

	l->fd = fd;
	if (getsockopt(l->fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) !=
	    0)
		return false;
	if (!listening) {
		errno = ENOTSOCK;
		return false;
	}
	flags = fcntl(l->fd, F_GETFL);
	return flags >= 0 && fcntl(l->fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
	       fcntl(l->fd, F_SETFD, FD_CLOEXEC) == 0;
}

/* Has systemd opened a socket for this very process? */
static bool
listener_is_given(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	int64_t number;

	return pid != NULL && text_to_int(pid, &number) && number == getpid() &&
	       fds != NULL && text_to_int(fds, &number) && number == 1;
}

/* The mode is set before anybody can connect. */
static bool
listener_bind(struct listener *l, const struct sockaddr_un *at, unsigned mode)
{
	struct stat st;

	if (unlink(at->sun_path) != 0 && errno != ENOENT)
		return false;
	if (bind(l->fd, (const struct sockaddr *)at, sizeof(*at)) != 0)
		return false;
	if (chmod(at->sun_path, (mode_t)mode) != 0 ||
	    listen(l->fd, BACKLOG) != 0 || stat(at->sun_path, &st) != 0 ||
	    rename(at->sun_path, l->path) != 0) {
		int error = errno;

		(void)unlink(at->sun_path);
		errno = error;
		return false;
	}
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return true;
}

bool
listener_open(struct listener *l, const char *path, unsigned mode)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int n;

	*l = (struct listener){ .fd = -1, .path = path };
	if (path != NULL && listener_is_given()) {
		l->path = NULL;
		return listener_adopt(l, SYSTEMD_FD);
	}
	if (path == NULL)
		return listener_adopt(l, STDIN_FILENO);
	n = snprintf(
	    at.sun_path, sizeof(at.sun_path), "%s.%ld", path, (long)getpid());
	if (n < 0 || (size_t)n >= sizeof(at.sun_path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return false;
	if (!listener_bind(l, &at, mode)) {
		int error = errno;

		(void)close(l->fd);
		errno = error;
		return false;
	}
	return true;
}

bool
listener_is_named(const struct listener *l)
{
	struct stat st;

	return l->path != NULL && lstat(l->path, &st) == 0 &&
	       st.st_dev == l->dev && st.st_ino == l->ino;
}

void
listener_unlink(struct listener *l)
{
	if (listener_is_named(l))
		(void)unlink(l->path);
}
