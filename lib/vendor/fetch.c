#include "config.h"

#include "vendor/fetch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "core/egress.h"
#include "core/shape.h"
#include "vendor/fetch_impl.h"
#include "vendor/link.h"
#include "vendor/retry_after.h"

#define SET(f, option, value)                                                  \
	curl_easy_setopt((f)->easy, CURLOPT_##option, value)

#define CONNECT_MS INT64_C(10000)
#define SCRATCH (1 * MIB) /* of an arena that lives for one function */

/* The resolved address, before anything is sent there. */
static curl_socket_t
on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct fetch *f = arg;

	(void)purpose;
	if (!egress_may(f->loop->egress_allow, &to->addr)) {
		f->denied = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/*
 * The last moment before the request goes out, on new connections and on used
 * ones.  Whatever breaks before it, nothing has been sent.
 */
static int
on_connected(
    void *arg, char *their_ip, char *our_ip, int their_port, int our_port)
{
	struct fetch *f = arg;

	(void)our_ip;
	(void)their_port;
	(void)our_port;
	if (!egress_may_text(f->loop->egress_allow, their_ip)) {
		f->denied = true;
		return CURL_PREREQFUNC_ABORT;
	}
	f->denied = false;
	f->patience.sent_us = clock_steady_us();
	return CURL_PREREQFUNC_OK;
}

/* The last status; 0 while only interim replies (1xx) have come. */
static int
status_of(const struct fetch *f)
{
	long status = 0;

	curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	return status < 200 ? 0 : (int)status;
}

static bool
is_success(int status)
{
	return status >= 200 && status < 300;
}

/* Each header line; a status line begins the head of another reply. */
static size_t
on_header(char *line, size_t size, size_t count, void *arg)
{
	struct fetch *f = arg;
	size_t len = size * count, text = len;

	if (len > 5 && memcmp(line, "HTTP/", 5) == 0) {
		buf_clear(&f->head);
		return len;
	}
	while (text > 0 && (unsigned char)line[text - 1] <= ' ')
		text--;
	if (text > 0 && memchr(line, '\0', text) == NULL) {
		buf_add(&f->head, line, text);
		buf_putc(&f->head, '\0');
	}
	return buf_overflowed(&f->head) ? 0 : len;
}

/* Ends a transfer from within a callback of libcurl. */
static size_t
end_with(struct fetch *f, enum fetch_outcome verdict, const char *why)
{
	f->over = why;
	f->verdict = verdict;
	f->loop->judged = true;
	return 0;
}

static size_t
on_body(char *data, size_t size, size_t count, void *arg)
{
	struct fetch *f = arg;
	size_t len = size * count;
	size_t max = f->rq.max_bytes != 0 ? f->rq.max_bytes : FETCH_BODY_MAX;
	curl_off_t told = -1; /* by the head */

	(void)curl_easy_getinfo(
	    f->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &told);
	if (f->patience.window_us == 0)
		f->patience.window_us = clock_steady_us();
	if (!is_success(status_of(f))) {
		size_t room = FETCH_ERROR_MAX - f->body.len;

		buf_add(&f->body, data, len < room ? len : room);
		return len <= room ? len : 0;
	}
	if (len > max - f->len || told > (curl_off_t)max)
		return end_with(f, FETCH_TOO_LARGE, "the body is too large");
	f->len += len;
	if (f->rq.on_data != NULL)
		return f->rq.on_data(f->rq.arg, data, len)
			   ? len
			   : end_with(f, FETCH_STOPPED, "stopped");
	if (f->rq.sink_fd > 0) {
		if (file_write_all(f->rq.sink_fd, data, len))
			return len;
		f->sink_errno = errno;
		return end_with(f, FETCH_SINK, "the file can't be written");
	}
	buf_add(&f->body, data, len);
	return len;
}

static bool
header_is_sound(const char *header)
{
	for (const char *c = header; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	return strchr(header, ':') != NULL;
}

static bool
header_add(struct fetch *f, const char *header)
{
	f->headers = fetch_got(curl_slist_append(f->headers, header));
	return header_is_sound(header);
}

/* false when one of them could smuggle another in. */
static bool
headers_set(struct fetch *f)
{
	/* libcurl's own ideas: ask before sending, guess a type */
	bool sound = header_add(f, "Expect:");
	bool typed = false;

	for (size_t i = 0; i < FETCH_HEADERS_MAX; i++) {
		const char *header = f->rq.headers[i];

		if (header == NULL)
			break;
		typed = typed || strncasecmp(header, "Content-Type:", 13) == 0;
		sound = header_add(f, header) && sound;
	}
	if (!typed)
		header_add(f, "Content-Type:");
	if (f->rq.key_header != NULL && link_same_place(f->url, f->rq.url))
		sound = header_add(f, f->rq.key_header) && sound;
	SET(f, HTTPHEADER, f->headers);
	return sound;
}

static bool
is_get(const struct fetch *f)
{
	return text_is(f->rq.method, "GET");
}

static void
method_set(struct fetch *f)
{
	if (is_get(f)) {
		SET(f, HTTPGET, 1L);
		return;
	}
	SET(f, POST, 1L);
	SET(f, CUSTOMREQUEST, f->rq.method);
	SET(f, POSTFIELDSIZE_LARGE, (curl_off_t)f->rq.len);
	SET(f, POSTFIELDS, f->rq.len > 0 ? f->rq.body : "");
	/*
	 * On a used connection that turns out to be closed libcurl sends
	 * again.  That is well for a GET only.
	 */
	SET(f, FRESH_CONNECT, 1L);
}

static void
options_set(struct fetch *f)
{
	int64_t connect_ms =
	    f->rq.connect_ms > 0 ? f->rq.connect_ms : CONNECT_MS;

	SET(f, PRIVATE, f);
	SET(f, ERRORBUFFER, f->error);
	SET(f, NOSIGNAL, 1L);
	SET(f, USERAGENT, "gesso/" PACKAGE_VERSION);
	SET(f, PROTOCOLS_STR, "http,https");
	SET(f, PROXY, "");
	SET(f, DISALLOW_USERNAME_IN_URL, 1L);
	SET(f, SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	SET(f, HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	SET(f, TCP_KEEPALIVE, 1L);
	SET(f, UPLOAD_BUFFERSIZE, 16384L);
	if (f->rq.read_size > 0)
		SET(f, BUFFERSIZE, (long)f->rq.read_size);
	SET(f, CONNECTTIMEOUT_MS, (long)connect_ms);
	SET(f, OPENSOCKETFUNCTION, on_socket);
	SET(f, OPENSOCKETDATA, f);
	SET(f, PREREQFUNCTION, on_connected);
	SET(f, PREREQDATA, f);
	SET(f, HEADERFUNCTION, on_header);
	SET(f, HEADERDATA, f);
	SET(f, WRITEFUNCTION, on_body);
	SET(f, WRITEDATA, f);
}

/* Lets libcurl begin with f->url. */
static void
launch(struct fetch *f)
{
	SET(f, URL, f->url);
	if (!headers_set(f)) {
		end_with(f, FETCH_DENIED, "a header is malformed");
		return;
	}
	if (curl_multi_add_handle(f->loop->multi, f->easy) != CURLM_OK)
		die(EX_SOFTWARE, "libcurl takes no more requests");
}

struct fetch *
fetch_start(struct fetch_loop *loop, const struct fetch_request *rq,
    fetch_done done, void *arg)
{
	struct fetch *f = fetch_got(calloc(1, sizeof(*f)));

	f->loop = loop;
	f->rq = *rq;
	f->done = done;
	f->arg = arg;
	f->url = fetch_got(strdup(rq->url));
	f->patience.began_us = clock_steady_us();
	buf_init(&f->head, FETCH_HEAD_MAX);
	buf_init(&f->body,
	    rq->max_bytes > FETCH_BODY_MAX ? rq->max_bytes : FETCH_BODY_MAX);
	f->easy = fetch_got(curl_easy_init());
	f->next = loop->first;
	f->link = &loop->first;
	if (f->next != NULL)
		f->next->link = &f->next;
	loop->first = f;
	loop->busy++;
	options_set(f);
	method_set(f);
	if (link_usable(rq->url))
		launch(f);
	else
		end_with(f, FETCH_DENIED, "the address is malformed");
	return f;
}

static void
unlink_from_loop(struct fetch *f)
{
	curl_multi_remove_handle(f->loop->multi, f->easy);
	*f->link = f->next;
	if (f->next != NULL)
		f->next->link = f->link;
	f->loop->busy--;
}

static void
fetch_free(struct fetch *f)
{
	curl_easy_cleanup(f->easy);
	curl_slist_free_all(f->headers);
	buf_release(&f->head);
	buf_release(&f->body);
	free(f->url);
	free(f);
}

void
fetch_stop(struct fetch *f)
{
	unlink_from_loop(f);
	fetch_free(f);
}

void
fetch_pause(struct fetch *f, bool paused)
{
	f->paused = paused;
	(void)curl_easy_pause(
	    f->easy, paused ? CURLPAUSE_RECV : CURLPAUSE_CONT);
}

/* The lines of the head as an array; the last reply's only. */
static const char *const *
head_lines(struct arena *arena, const struct buf *head)
{
	const char **lines;
	size_t count = 0, i = 0;

	for (size_t at = 0; at < head->len; at++)
		count += head->data[at] == '\0';
	lines = ARENA_ARRAY(arena, count + 1, const char *);
	for (size_t at = 0; i < count; at += strlen(head->data + at) + 1)
		lines[i++] = head->data + at;
	return lines;
}

static enum fetch_outcome
outcome_of(const struct fetch *f, CURLcode code, int status)
{
	if (f->over != NULL)
		return f->verdict;
	if (code == CURLE_OK)
		return FETCH_OK;
	if (f->patience.sent_us == 0)
		return f->denied ? FETCH_DENIED : FETCH_NOT_SENT;
	if (status == 0)
		return FETCH_LOST;
	/* what a refusal says is welcome, and not needed whole */
	return is_success(status) ? FETCH_TRUNCATED : FETCH_OK;
}

/* The vendor's now, for dates that it gives us; ours where it tells none. */
static int64_t
date_of(const struct fetch_reply *reply)
{
	const char *date = fetch_header(reply, "date");
	int64_t ms = date == NULL ? TIME_NONE : http_date_parse(date);

	return ms == TIME_NONE ? clock_ms() : ms;
}

/* Fills a reply that lives as long as f and the arena. */
static void
reply_fill(struct fetch *f, CURLcode code, struct arena *arena,
    struct fetch_reply *out)
{
	*out = (struct fetch_reply){ .status = status_of(f), .url = f->url };
	out->outcome = outcome_of(f, code, out->status);
	out->headers = head_lines(arena, &f->head);
	out->content_type = fetch_header(out, "content-type");
	if (out->content_type == NULL)
		out->content_type = "";
	out->body = buf_text(&f->body);
	out->len = f->body.len;
	out->taken = f->len;
	out->retry_after_ms =
	    retry_after_ms(fetch_header(out, "retry-after-ms"),
		fetch_header(out, "retry-after"), date_of(out));
	out->took_ms = (clock_steady_us() - f->patience.began_us) / 1000;
	out->sink_errno = f->sink_errno;
	out->impatient = f->impatient;
	out->detail = f->over != NULL       ? f->over
		      : f->error[0] != '\0' ? f->error
		      : code != CURLE_OK    ? curl_easy_strerror(code)
					    : "";
}

/* Where a redirect leads, NULL when the reply is none that we follow. */
static char *
redirect_target(
    struct fetch *f, struct arena *arena, const struct fetch_reply *reply)
{
	static const int codes[] = { 301, 302, 303, 307, 308 };
	const char *location = fetch_header(reply, "location");

	if (reply->outcome != FETCH_OK || location == NULL || !is_get(f))
		return NULL;
	for (size_t i = 0; i < COUNT(codes); i++)
		if (reply->status == codes[i])
			return link_resolve(arena, f->url, location);
	return NULL;
}

/* Goes on at another address; whoever was sent to TLS does not leave it. */
static void
redirect(struct fetch *f, const char *target)
{
	bool was_tls = strncasecmp(f->url, "https:", 6) == 0;

	curl_multi_remove_handle(f->loop->multi, f->easy);
	f->redirects++;
	free(f->url);
	f->url = fetch_got(strdup(target));
	buf_clear(&f->head);
	buf_clear(&f->body);
	f->patience.window_us = f->patience.sent_us = 0;
	f->error[0] = '\0';
	curl_slist_free_all(f->headers);
	f->headers = NULL;
	if (was_tls && strncasecmp(target, "https:", 6) != 0)
		end_with(f, FETCH_DENIED, "a redirect leads out of TLS");
	else if (f->redirects > FETCH_REDIRECTS_MAX)
		end_with(f, FETCH_DENIED, "too many redirects");
	else
		launch(f);
}

void
fetch_finish(struct fetch *f, CURLcode code)
{
	struct arena *arena = arena_new(SCRATCH);
	struct fetch_reply reply;
	const char *target;

	reply_fill(f, code, arena, &reply);
	target = redirect_target(f, arena, &reply);
	if (target != NULL) {
		redirect(f, target);
	} else {
		unlink_from_loop(f);
		f->done(f->arg, &reply);
		fetch_free(f);
	}
	arena_free(arena);
}

void
fetch_watch(struct fetch *f, int64_t now_us)
{
	int status = status_of(f);
	const char *why;

	if (f->rq.on_tick != NULL && !f->rq.on_tick(f->rq.arg)) {
		end_with(f, FETCH_STOPPED, "stopped");
		return;
	}
	/* a silence of ours */
	if (f->paused)
		f->patience.window_us = now_us;
	why = patience_over(&f->patience, &f->rq, f->len, now_us);
	if (why == NULL)
		return;
	f->impatient = true;
	end_with(f,
	    f->patience.sent_us == 0 ? FETCH_NOT_SENT
	    : status == 0            ? FETCH_LOST
	    : is_success(status)     ? FETCH_TRUNCATED
				     : FETCH_OK,
	    why);
}
