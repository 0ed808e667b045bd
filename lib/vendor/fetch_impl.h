/*
 * What fetch.c, one transfer, and fetch_loop.c, all of a thread, share; for
 * these two only.
 */
#ifndef VENDOR_FETCH_IMPL_H
#define VENDOR_FETCH_IMPL_H

#include "vendor/fetch.h"

#include <curl/curl.h>

#include "base/buf.h"
#include "vendor/patience.h"

struct fetch_loop {
	CURLM *multi;
	char *egress_allow;
	struct fetch *first; /* all that are under way */
	size_t busy;
	int poll_fd;        /* an epoll of their sockets */
	int wake_fd;        /* an eventfd */
	int64_t timer_us;   /* when libcurl wants to be called; steady */
	int64_t watched_us; /* when all were looked at last */
	bool judged;        /* of one we said that it is over */
};

struct fetch {
	struct fetch_loop *loop;
	struct fetch *next, **link; /* in the loop's list */
	CURL *easy;
	struct curl_slist *headers;
	struct fetch_request rq;
	fetch_done done;
	void *arg;
	char *url; /* the one at hand */
	int redirects;
	struct buf head; /* "Name: value" NUL ... of the last reply */
	struct buf body;
	size_t len; /* bytes of a 2xx body */
	struct patience patience;
	const char *over; /* why it ends although libcurl would go on */
	enum fetch_outcome verdict; /* with over */
	bool impatient;             /* ... because of the clock */
	bool denied;                /* an address was refused */
	bool paused;
	int sink_errno;
	char error[CURL_ERROR_SIZE];
};

/* The same, or the end for want of memory. */
void *fetch_got(void *);
/* libcurl is through with it: a redirect goes on, else done() is called. */
void fetch_finish(struct fetch *, CURLcode);
/* Has it had its time?  Says so in over. */
void fetch_watch(struct fetch *, int64_t now_us);

#endif
