/*
 * Files sent by ourselves: sendfile = none.
 */
#include "config.h"

#include "file_reply.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "serve/fcgi.h"

#define PART (32 * KIB)

/* Once the head has gone, a file that breaks off can only be logged. */
static void
bytes_send(struct req *r, int fd, int64_t bytes)
{
	char *part = arena_alloc(r->cx.arena, PART);

	while (bytes > 0 && !fcgi_gone(r->fcgi)) {
		size_t want = bytes < (int64_t)PART ? (size_t)bytes : PART;
		ssize_t n = file_read_full(fd, part, want);

		if (n <= 0) {
			log_error("a file of the store broke off: %s",
			    n < 0 ? strerror(errno) : "it is too short");
			return;
		}
		fcgi_write(r->fcgi, part, (size_t)n);
		bytes -= n;
	}
}

enum err
file_reply(struct req *r, const struct reply_file *f)
{
	int fd = open(f->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT
			   ? ERR_NOT_FOUND
			   : fault(&r->cx, ERR_INTERNAL, NULL, "%s: %s",
				 f->path, strerror(errno));
	reply_header(r, "Content-Length", "%" PRId64, f->bytes);
	r->reply.kind = REPLY_STREAM;
	reply_send(r);
	if (!text_is(r->method, "HEAD"))
		bytes_send(r, fd, f->bytes);
	close(fd);
	return ERR_OK;
}
