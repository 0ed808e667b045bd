/*
 * One FastCGI request over libfcgi; no other file includes fcgiapp.h.
 */
#include "config.h"

#include "serve/fcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/text.h"

/*
 * After the end of a reply libfcgi waits for the front server to hang up, so
 * that unread body bytes don't reset the connection.  Front servers do so at
 * once; two seconds, its default, is long for a thread to wait for a lost one.
 */
#define CLOSE_WAIT_MS "200"

struct fcgi {
	FCGX_Request request;
	bool gone; /* a write failed; libfcgi itself forgets that */
};

bool
fcgi_init(void)
{
	return setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", CLOSE_WAIT_MS, 0) == 0 &&
	       FCGX_Init() == 0;
}

struct fcgi *
fcgi_new(struct arena *a, int listen_fd)
{
	struct fcgi *f = ARENA_NEW(a, struct fcgi);

	/* Fills the struct in and can't fail. */
	(void)FCGX_InitRequest(&f->request, listen_fd, 0);
	return f;
}

int
fcgi_accept(struct fcgi *f)
{
	int rc;

	f->gone = false;
	rc = FCGX_Accept_r(&f->request);
	if (rc != 0)
		return rc;
	/*
	 * A kept connection would tie this thread to one process of the front
	 * server: always closed.
	 */
	f->request.keepConnection = 0;
	(void)fcntl(f->request.ipcFd, F_SETFD, FD_CLOEXEC);
	return 0;
}

void
fcgi_finish(struct fcgi *f)
{
	FCGX_Finish_r(&f->request);
}

const char *
fcgi_param(const struct fcgi *f, const char *name)
{
	return FCGX_GetParam(name, f->request.envp);
}

int64_t
fcgi_content_length(const struct fcgi *f)
{
	const char *text = fcgi_param(f, "CONTENT_LENGTH");
	int64_t length;

	if (text_empty(text))
		return -1;
	return text_to_int_in(text, 0, INT64_MAX, &length) ? length : -2;
}

ssize_t
fcgi_read(struct fcgi *f, void *out, size_t size)
{
	int want = size > INT_MAX ? INT_MAX : (int)size;
	int n = FCGX_GetStr(out, want, f->request.in);

	if (n == 0 && want > 0 && FCGX_GetError(f->request.in) != 0)
		return -1;
	return n;
}

void
fcgi_write(struct fcgi *f, const void *data, size_t size)
{
	const char *at = data;

	while (size > 0 && !f->gone) {
		int part = size > INT_MAX ? INT_MAX : (int)size;

		if (FCGX_PutStr(at, part, f->request.out) != part)
			f->gone = true;
		at += part;
		size -= (size_t)part;
	}
}

bool
fcgi_flush(struct fcgi *f)
{
	if (!f->gone && FCGX_FFlush(f->request.out) != 0)
		f->gone = true;
	if (FCGX_GetError(f->request.out) != 0)
		f->gone = true;
	return !f->gone;
}

bool
fcgi_gone(struct fcgi *f)
{
	struct pollfd p = { .fd = f->request.ipcFd, .events = POLLRDHUP };

	if (!f->gone && poll(&p, 1, 0) == 1 &&
	    (p.revents & (POLLHUP | POLLRDHUP | POLLERR)) != 0)
		f->gone = true;
	return f->gone;
}

void
fcgi_wait(struct fcgi *f, int fd, int64_t ms)
{
	struct pollfd p[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = f->gone ? -1 : f->request.ipcFd, .events = POLLRDHUP },
	};

	if (poll(p, 2, ms > INT_MAX ? INT_MAX : (int)ms) > 0 &&
	    (p[1].revents & (POLLHUP | POLLRDHUP | POLLERR)) != 0)
		f->gone = true;
}

void
fcgi_break(struct fcgi *f)
{
	(void)shutdown(f->request.ipcFd, SHUT_RDWR);
	f->gone = true;
}
