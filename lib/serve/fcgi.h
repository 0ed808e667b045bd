/*
 * fcgi - one FastCGI request: its variables, its body, its reply.
 *
 * The only header over libfcgi.  The strings of a request are libfcgi's own
 * and die with it.
 */
#ifndef SERVE_FCGI_H
#define SERVE_FCGI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;
struct fcgi;

/* A CGI variable ("REQUEST_METHOD", "HTTP_AUTHORIZATION"), NULL if absent. */
const char *fcgi_param(const struct fcgi *, const char *name);
/* CONTENT_LENGTH; -1 when absent (chunked), -2 when it is no number. */
int64_t fcgi_content_length(const struct fcgi *);
/*
 * Body bytes: 0 at the end, -1 when the front server broke off.  The caller
 * compares the sum with fcgi_content_length().
 */
ssize_t fcgi_read(struct fcgi *, void *, size_t);
/* Reply bytes, headers first in CGI form; kept until flushed or finished. */
void fcgi_write(struct fcgi *, const void *, size_t);
/* Sends what is kept; false when the reader has gone (from then on always). */
bool fcgi_flush(struct fcgi *);
/* Has the front server hung up?  Never waits. */
bool fcgi_gone(struct fcgi *);
/*
 * Waits until a descriptor (-1: none) is readable, the front server hangs up,
 * or so many milliseconds have passed.
 */
void fcgi_wait(struct fcgi *, int fd, int64_t ms);
/* Hangs up without an end of the reply, as a crash would. */
void fcgi_break(struct fcgi *);

/* What follows is for the loop of lib/serve only. */

/*
 * Prepares libfcgi, once a process.  The caller has its own signal handlers in
 * place by then: libfcgi takes those that nobody has.
 */
bool fcgi_init(void);
/* A place for one request after the other from a listening socket. */
struct fcgi *fcgi_new(struct arena *, int listen_fd);
/*
 * Takes a connection and reads the variables of its request; 0, or a negative
 * errno (-EAGAIN when another thread was faster).
 */
int fcgi_accept(struct fcgi *);
/* Sends what is left of the reply and closes the connection. */
void fcgi_finish(struct fcgi *);

#endif
