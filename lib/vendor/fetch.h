/*
 * fetch - HTTP to vendors; nobody else knows libcurl.
 *
 * What leaves the house is checked here, whoever asks: only http and https, no
 * user information, every address against egress_allow at the moment of
 * connecting (also after a redirect, also on a connection that is used again),
 * no proxy from the environment, no decompression, every byte counted.  A key
 * goes to the place of the address it was given for and to no other.
 *
 * For a caller that must not pay twice the outcome tells exactly what is known:
 * FETCH_NOT_SENT means that not one byte of the request left, FETCH_LOST that
 * it may have arrived.  Nothing is ever sent again by itself; only a GET
 * follows redirects and takes connections that were used before.
 */
#ifndef VENDOR_FETCH_H
#define VENDOR_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

struct arena;

#define FETCH_HEADERS_MAX 8
#define FETCH_REDIRECTS_MAX 3
/* Kept of a body in memory unless the request says otherwise. */
#define FETCH_BODY_MAX (64 * MIB)
/* Kept of the body of a reply that is no 2xx; the rest is not read. */
#define FETCH_ERROR_MAX (64 * KIB)
/* All headers of a reply together. */
#define FETCH_HEAD_MAX (64 * KIB)
/* Other descriptors that a loop can look at. */
#define FETCH_FDS_MAX 32

enum fetch_outcome {
	FETCH_OK,        /* a whole reply, of whatever status */
	FETCH_NOT_SENT,  /* no connection, no TLS: surely did not arrive */
	FETCH_DENIED,    /* egress rules or a malformed address; not sent */
	FETCH_LOST,      /* sent, and no (whole) head of a reply came back */
	FETCH_TRUNCATED, /* a success whose body broke off or went silent */
	FETCH_TOO_LARGE, /* a success with more than max_bytes */
	FETCH_STOPPED,   /* on_data() or on_tick() said so */
	FETCH_SINK,      /* sink_fd could not be written; see sink_errno */
	FETCH__MAX
};

/*
 * A zeroed one with method and url is complete.  All of it is borrowed until
 * the fetch is over.
 */
struct fetch_request {
	const char *method; /* "GET", "POST" ...; not "HEAD" */
	const char *url;
	const char *headers[FETCH_HEADERS_MAX]; /* "Name: value"; NULL ends */
	const char *key_header; /* the same; to the place of url only */
	const void *body;       /* len bytes, of any method but GET */
	size_t len;
	/* where a 2xx body goes; without either it is kept in memory */
	int sink_fd; /* more than 0: written there */
	bool (*on_data)(void *arg, const char *, size_t); /* false: stop */
	/* at least twice a second while it lasts; false: stop */
	bool (*on_tick)(void *arg);
	void *arg;
	size_t read_size; /* bytes read at once, at least 1 KiB; 0: the usual */
	size_t max_bytes; /* of a 2xx body, also in a sink; 0: FETCH_BODY_MAX */
	/* milliseconds; 0: the usual */
	int64_t connect_ms; /* name, connection and TLS: 10 s */
	int64_t wait_ms;    /* from there to the first byte: 30 s */
	int64_t idle_ms;    /* in which less than 256 bytes come: 30 s */
	int64_t total_ms;   /* all of it, redirects included: none */
};

/* Texts are never NULL unless it says so. */
struct fetch_reply {
	enum fetch_outcome outcome;
	int status; /* of HTTP; 0: none came */
	/* "Name: value", NULL at the end; NULL: none.  See fetch_header(). */
	const char *const *headers;
	const char *url;          /* where it came from, after redirects */
	const char *content_type; /* as told, "" when not */
	const char *body;       /* NUL-terminated; "" when it went elsewhere */
	size_t len;             /* of body */
	size_t taken;           /* bytes of a 2xx body, wherever they went */
	int64_t retry_after_ms; /* asked for by a header; INT_NONE: not */
	int64_t took_ms;
	int sink_errno;
	bool impatient;     /* it was given up because it took too long */
	const char *detail; /* of what went wrong, for a log; no secrets */
};

/* A copy in another arena. */
void fetch_reply_copy(
    struct arena *, const struct fetch_reply *, struct fetch_reply *out);
/* The value of a header, NULL when there is none; case does not count. */
const char *fetch_header(const struct fetch_reply *, const char *name);
/* "lost", "denied" ... for logs. */
const char *fetch_outcome_name(enum fetch_outcome);

/*
 * One request, waited for.  The reply lives in the arena.  egress_allow is the
 * option's text.  For threads and tools; uses on_data and on_tick from the
 * caller's own thread.
 */
enum fetch_outcome fetch_run(struct arena *, const char *egress_allow,
    const struct fetch_request *, struct fetch_reply *out);

/*
 * Many requests at once, in the loop of one thread.
 */
struct fetch_loop;
struct fetch;

/* Called once, from fetch_loop_turn(); the reply is gone when it returns. */
typedef void (*fetch_done)(void *arg, const struct fetch_reply *);

/* egress_allow is copied. */
struct fetch_loop *fetch_loop_new(const char *egress_allow);
/* Drops what is under way without telling. */
void fetch_loop_free(struct fetch_loop *);
/* A new egress_allow, for what connects from now on. */
void fetch_loop_allow(struct fetch_loop *, const char *egress_allow);
/*
 * Begins; never calls done() itself, not even when the address is malformed.
 */
struct fetch *fetch_start(struct fetch_loop *, const struct fetch_request *,
    fetch_done done, void *arg);
/* Drops one that is under way; done() is not called. */
void fetch_stop(struct fetch *);
/*
 * Reads no more of its body for now, or goes on; also from on_data().  Nothing
 * is lost, and such a silence is not the vendor's.
 */
void fetch_pause(struct fetch *, bool);
/* Requests under way. */
size_t fetch_loop_busy(const struct fetch_loop *);
/*
 * Moves everything on and calls done() of what is over.  Waits at most so long
 * when nothing moves, less when one of the other descriptors (count of them)
 * becomes readable or fetch_loop_wake() is called.
 */
void fetch_loop_turn(
    struct fetch_loop *, const int *fds, size_t count, int64_t wait_ms);
/* From any thread. */
void fetch_loop_wake(struct fetch_loop *);

#endif
