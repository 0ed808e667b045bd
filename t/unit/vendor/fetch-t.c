/*
 * fetch: what is known after each way a call can end, and what never leaves.
 */
#include "vendor/fetch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/arena.h"
#include "core/shape.h"
#include "peer.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
#define LOOP "127.0.0.0/8"

static char to_localhost[128], to_other[128], to_self[128];

static struct peer_act acts[] = {
	{ "/ok", OK_HEAD "X-Word: kite\r\nContent-Length: 5\r\n\r\nhello", NULL,
	    0, PEER_KEEP },
	{ "/once", OK_HEAD "Content-Length: 2\r\n\r\nhi", NULL, 0, PEER_CLOSE },
	{ "/interim",
	    "HTTP/1.1 103 Early Hints\r\nX-Word: early\r\n\r\n" OK_HEAD
	    "Content-Length: 2\r\n\r\nhi",
	    NULL, 0, PEER_CLOSE },
	{ "/busy",
	    "HTTP/1.1 429 Slow\r\nDate: Sun, 06 Nov 1994 08:49:30 GMT\r\n"
	    "retry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	    "Content-Length: 4\r\n\r\nwait",
	    NULL, 0, PEER_CLOSE },
	{ "/nothing", NULL, NULL, 0, PEER_CLOSE },
	{ "/reset", NULL, NULL, 0, PEER_RESET },
	{ "/interim-only", "HTTP/1.1 100 Continue\r\n\r\n", NULL, 0,
	    PEER_CLOSE },
	{ "/half-head", "HTTP/1.1 200 OK\r\nContent-", NULL, 0, PEER_CLOSE },
	{ "/short", OK_HEAD "Content-Length: 10\r\n\r\nhello", NULL, 0,
	    PEER_CLOSE },
	{ "/short-error", "HTTP/1.1 503 No\r\nContent-Length: 99\r\n\r\nsorry",
	    NULL, 0, PEER_CLOSE },
	{ "/hang", NULL, NULL, 0, PEER_HANG },
	{ "/hang-body", OK_HEAD "Content-Length: 10\r\n\r\nhel", NULL, 0,
	    PEER_HANG },
	{ "/drip", OK_HEAD "\r\n", "x", 20, PEER_CLOSE },
	{ "/endless", OK_HEAD "\r\n", "0123456789abcdef0123456789abcdef", 0,
	    PEER_CLOSE },
	{ "/vast", OK_HEAD "Content-Length: 8589934592\r\n\r\nhello", NULL, 0,
	    PEER_HANG },
	{ "/endless-error", "HTTP/1.1 500 Oops\r\n\r\n",
	    "0123456789abcdef0123456789abcdef", 0, PEER_CLOSE },
	{ "/to-localhost", to_localhost, NULL, 0, PEER_CLOSE },
	{ "/to-other", to_other, NULL, 0, PEER_CLOSE },
	{ "/to-self", to_self, NULL, 0, PEER_CLOSE },
	{ "/round",
	    "HTTP/1.1 302 Go\r\nLocation: /round\r\n"
	    "Content-Length: 0\r\n\r\n",
	    NULL, 0, PEER_KEEP },
	{ "/to-file",
	    "HTTP/1.1 302 Go\r\nLocation: file:///etc/passwd\r\n"
	    "Content-Length: 0\r\n\r\n",
	    NULL, 0, PEER_CLOSE },
	{ NULL, NULL, NULL, 0, PEER_CLOSE },
};

static struct peer *peer;
static struct arena *arena;
static struct fetch_reply reply;

static int
setup(void **state)
{
	(void)state;
	peer = peer_start(acts);
	arena = arena_new(96 * MIB);
	snprintf(to_localhost, sizeof(to_localhost),
	    "HTTP/1.1 302 Go\r\nLocation: http://localhost:%d/once\r\n\r\n",
	    peer_port(peer));
	snprintf(to_other, sizeof(to_other),
	    "HTTP/1.1 302 Go\r\nLocation: http://127.9.9.9:%d/once\r\n\r\n",
	    peer_port(peer));
	snprintf(to_self, sizeof(to_self),
	    "HTTP/1.1 302 Go\r\nLocation: once\r\n\r\n");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	peer_stop(peer);
	arena_free(arena);
	return 0;
}

static char *
url_of(const char *path)
{
	return arena_printf(
	    arena, "http://127.0.0.1:%d%s", peer_port(peer), path);
}

static enum fetch_outcome
run(const char *method, const char *path, struct fetch_request rq)
{
	rq.method = method;
	rq.url = path[0] == '/' ? url_of(path) : path;
	if (rq.body != NULL)
		rq.len = strlen(rq.body);
	return fetch_run(arena, LOOP, &rq, &reply);
}

#define GET(path, ...) run("GET", path, (struct fetch_request){ __VA_ARGS__ })
#define POST(path, ...)                                                        \
	run("POST", path, (struct fetch_request){ .body = "{}", __VA_ARGS__ })

static void
a_whole_reply(void **state)
{
	(void)state;
	assert_int_equal(GET("/ok", 0), FETCH_OK);
	assert_int_equal(reply.status, 200);
	assert_string_equal(reply.body, "hello");
	assert_int_equal(reply.len, 5);
	assert_int_equal(reply.taken, 5);
	assert_string_equal(reply.content_type, "text/plain");
	assert_string_equal(fetch_header(&reply, "x-word"), "kite");
	assert_null(fetch_header(&reply, "x-wor"));
	assert_string_equal(reply.detail, "");
	assert_int_equal(reply.retry_after_ms, INT_NONE);
	assert_non_null(strstr(peer_last(peer), "GET /ok HTTP/1.1\r\n"));
	assert_null(strstr(peer_last(peer), "Accept-Encoding"));
}

static void
a_body_and_headers_go_out(void **state)
{
	(void)state;
	assert_int_equal(
	    POST("/ok",
		.headers = { "Content-Type: application/x", "X-Version: 7" },
		.key_header = "Authorization: Bearer k"),
	    FETCH_OK);
	assert_non_null(strstr(peer_last(peer), "POST /ok HTTP/1.1\r\n"));
	assert_non_null(strstr(peer_last(peer), "\r\nX-Version: 7\r\n"));
	assert_non_null(
	    strstr(peer_last(peer), "\r\nContent-Type: application/x\r\n"));
	assert_non_null(strstr(peer_last(peer), "\r\nAuthorization: Bearer k"));
	assert_non_null(strstr(peer_last(peer), "\r\n\r\n{}"));
	assert_null(strstr(peer_last(peer), "Expect"));
}

static void
interim_replies_are_passed_over(void **state)
{
	(void)state;
	assert_int_equal(GET("/interim", 0), FETCH_OK);
	assert_int_equal(reply.status, 200);
	assert_null(fetch_header(&reply, "x-word"));
}

static void
a_refusal_is_a_reply(void **state)
{
	(void)state;
	assert_int_equal(POST("/busy", 0), FETCH_OK);
	assert_int_equal(reply.status, 429);
	/* a date by the clock that wrote it */
	assert_int_equal(reply.retry_after_ms, 7000);
	assert_string_equal(reply.body, "wait");
}

static void
a_refusal_that_broke_off_is_one_too(void **state)
{
	(void)state;
	assert_int_equal(POST("/short-error", 0), FETCH_OK);
	assert_int_equal(reply.status, 503);
	assert_string_equal(reply.body, "sorry");
}

static void
nobody_there_is_not_sent(void **state)
{
	struct peer *gone = peer_start(acts);
	char url[64];

	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/ok", peer_port(gone));
	peer_stop(gone);
	assert_int_equal(POST(url, 0), FETCH_NOT_SENT);
	assert_int_equal(
	    POST("http://no-such-host.invalid/", 0), FETCH_NOT_SENT);
	assert_string_not_equal(reply.detail, "");
}

/* The peer speaks no TLS: the handshake fails, the request never left. */
static void
no_tls_is_not_sent(void **state)
{
	char url[64];

	(void)state;
	snprintf(url, sizeof(url), "https://127.0.0.1:%d/ok", peer_port(peer));
	assert_int_equal(POST(url, .connect_ms = 500), FETCH_NOT_SENT);
	assert_int_equal(peer_requests(peer), 0);
}

static void
an_answer_that_never_came_is_lost(void **state)
{
	static const char *const paths[] = { "/nothing", "/reset",
		"/interim-only" };

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		assert_int_equal(POST(paths[i], 0), FETCH_LOST);
		assert_int_equal(reply.status, 0);
		assert_int_equal(peer_requests(peer), (int)i + 1);
	}
	assert_int_equal(POST("/hang", .wait_ms = 100), FETCH_LOST);
	assert_int_equal(POST("/hang", .total_ms = 100), FETCH_LOST);
}

static void
a_body_that_broke_off_is_truncated(void **state)
{
	(void)state;
	assert_int_equal(GET("/short", 0), FETCH_TRUNCATED);
	assert_int_equal(reply.taken, 5);
	assert_int_equal(GET("/hang-body", .idle_ms = 100), FETCH_TRUNCATED);
	assert_int_equal(GET("/drip", .idle_ms = 200), FETCH_TRUNCATED);
	assert_int_equal(GET("/drip", .total_ms = 200), FETCH_TRUNCATED);
	assert_int_equal(GET("/hang-body", .total_ms = 100), FETCH_TRUNCATED);
}

static void
bytes_are_counted(void **state)
{
	(void)state;
	assert_int_equal(GET("/ok", .max_bytes = 5), FETCH_OK);
	assert_int_equal(GET("/ok", .max_bytes = 4), FETCH_TOO_LARGE);
	assert_int_equal(GET("/endless", .max_bytes = 100000), FETCH_TOO_LARGE);
	assert_int_equal(GET("/vast", .max_bytes = 100000), FETCH_TOO_LARGE);
	assert_int_equal(GET("/endless-error", 0), FETCH_OK);
	assert_int_equal(reply.status, 500);
	assert_int_equal(reply.len, FETCH_ERROR_MAX);
}

static void
a_file_takes_the_body_of_a_success_only(void **state)
{
	FILE *file = tmpfile();
	char text[16] = "";
	int full = open("/dev/full", O_RDWR);

	(void)state;
	assert_int_equal(GET("/busy", .sink_fd = fileno(file)), FETCH_OK);
	assert_string_equal(reply.body, "wait");
	assert_int_equal(GET("/ok", .sink_fd = fileno(file)), FETCH_OK);
	assert_string_equal(reply.body, "");
	assert_int_equal(reply.taken, 5);
	assert_int_equal(pread(fileno(file), text, sizeof(text), 0), 5);
	assert_string_equal(text, "hello");
	assert_int_equal(GET("/ok", .sink_fd = full), FETCH_SINK);
	assert_int_equal(reply.sink_errno, ENOSPC);
	fclose(file);
	close(full);
}

struct listener {
	char heard[64];
	size_t len, stop_at;
	int ticks, ticks_max;
};

static bool
hear(void *arg, const char *data, size_t len)
{
	struct listener *l = arg;

	memcpy(l->heard + l->len, data, len);
	l->len += len;
	return l->len < l->stop_at;
}

static bool
tick(void *arg)
{
	struct listener *l = arg;

	return ++l->ticks < l->ticks_max;
}

static void
a_listener_hears_and_may_stop(void **state)
{
	struct listener l = { .stop_at = 100, .ticks_max = 1000000 };

	(void)state;
	assert_int_equal(
	    GET("/ok", .on_data = hear, .on_tick = tick, .arg = &l), FETCH_OK);
	assert_string_equal(l.heard, "hello");
	assert_string_equal(reply.body, "");
	l = (struct listener){ .stop_at = 3, .ticks_max = 1000000 };
	assert_int_equal(
	    GET("/drip", .on_data = hear, .on_tick = tick, .arg = &l),
	    FETCH_STOPPED);
	assert_int_equal(l.len, 3);
	l = (struct listener){ .stop_at = 3, .ticks_max = 3 };
	assert_int_equal(
	    POST("/hang", .on_data = hear, .on_tick = tick, .arg = &l),
	    FETCH_STOPPED);
	assert_int_equal(l.len, 0);
	assert_int_equal(POST("/busy", .on_data = hear, .arg = &l), FETCH_OK);
	assert_string_equal(reply.body, "wait");
}

static void
private_addresses_are_denied_in_every_spelling(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost",
		"2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0.0.0.0",
		"[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]",
		"10.0.0.1", "192.168.0.1", "169.254.169.254", "[fe80::1]",
		"[fd00::1]", "[64:ff9b::7f00:1]" };

	(void)state;
	for (size_t i = 0; i < COUNT(hosts); i++) {
		char url[128];
		struct fetch_request rq = { .method = "POST", .url = url };

		snprintf(url, sizeof(url), "http://%s:%d/ok", hosts[i],
		    peer_port(peer));
		if (fetch_run(arena, "", &rq, &reply) != FETCH_DENIED)
			fail_msg("%s: %s", url, reply.detail);
	}
	/* not every resolver knows this one */
	assert_int_not_equal(GET("http://127.0.0.1.:1/", 0), FETCH_OK);
	assert_int_equal(peer_connections(peer), 0);
}

static void
malformed_requests_are_denied(void **state)
{
	static const char *const urls[] = { "file:///etc/passwd",
		"gopher://127.0.0.1/", "http://user@127.0.0.1/",
		"http://u:p@127.0.0.1/", "http://", "", "127.0.0.1",
		"http://127.0.0.1/\r\nX: y",
		"http://127.0.0.1\\@example.org/" };

	(void)state;
	for (size_t i = 0; i < COUNT(urls); i++)
		assert_int_equal(
		    GET(urls[i][0] == '\0' ? " " : urls[i], 0), FETCH_DENIED);
	assert_int_equal(
	    GET("/ok", .headers = { "X-A: b\r\nX-C: d" }), FETCH_DENIED);
	assert_int_equal(
	    GET("/ok", .key_header = "Authorization: k\n"), FETCH_DENIED);
	assert_int_equal(peer_connections(peer), 0);
}

static void
a_get_follows_redirects(void **state)
{
	(void)state;
	assert_int_equal(
	    GET("/to-self", .key_header = "X-Key: secret"), FETCH_OK);
	assert_string_equal(reply.body, "hi");
	assert_string_equal(reply.url, url_of("/once"));
	assert_non_null(strstr(peer_last(peer), "X-Key: secret"));
	assert_int_equal(GET("/round", 0), FETCH_DENIED);
	assert_int_equal(peer_requests(peer), 2 + 1 + FETCH_REDIRECTS_MAX);
	assert_int_equal(GET("/to-file", 0), FETCH_OK);
	assert_int_equal(reply.status, 302);
}

static void
a_post_does_not(void **state)
{
	(void)state;
	assert_int_equal(POST("/to-self", 0), FETCH_OK);
	assert_int_equal(reply.status, 302);
	assert_int_equal(peer_requests(peer), 1);
}

static void
the_key_stays_at_its_place(void **state)
{
	struct fetch_request rq = { .method = "GET",
		.url = url_of("/to-localhost"),
		.headers = { "X-Version: 7" },
		.key_header = "X-Key: secret" };

	(void)state;
	assert_int_equal(
	    fetch_run(arena, "127.0.0.0/8,::1", &rq, &reply), FETCH_OK);
	assert_string_equal(reply.body, "hi");
	assert_null(strstr(peer_last(peer), "secret"));
	assert_non_null(strstr(peer_last(peer), "X-Version: 7"));
}

static void
a_redirect_to_a_private_address_is_denied(void **state)
{
	struct fetch_request rq = { .method = "GET",
		.url = url_of("/to-other") };

	(void)state;
	assert_int_equal(
	    fetch_run(arena, "127.0.0.1", &rq, &reply), FETCH_DENIED);
	assert_int_equal(peer_connections(peer), 1);
	assert_int_equal(fetch_run(arena, LOOP, &rq, &reply), FETCH_OK);
	assert_string_equal(reply.body, "hi");
}

static void
proxies_of_the_environment_do_not_count(void **state)
{
	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	assert_int_equal(GET("/ok", 0), FETCH_OK);
	unsetenv("http_proxy");
	unsetenv("all_proxy");
}

/* What done() saw of a request in a loop. */
struct seen {
	int count;
	enum fetch_outcome outcome;
	int status;
};

static void
see(void *arg, const struct fetch_reply *r)
{
	struct seen *seen = arg;

	seen->count++;
	seen->outcome = r->outcome;
	seen->status = r->status;
}

static void
start(struct fetch_loop *loop, const char *method, const char *path,
    struct seen *seen)
{
	struct fetch_request rq = {
		.method = method, .url = url_of(path), .body = "{}", .len = 2
	};

	*seen = (struct seen){ .count = 0 };
	fetch_start(loop, &rq, see, seen);
}

static void
turn_until(struct fetch_loop *loop, const struct seen *seen)
{
	for (int i = 0; seen->count == 0 && i < 1000; i++)
		fetch_loop_turn(loop, NULL, 0, 50);
	assert_int_equal(seen->count, 1);
}

static void
a_used_connection_is_checked_again(void **state)
{
	struct fetch_loop *loop = fetch_loop_new(LOOP);
	struct seen seen;

	(void)state;
	start(loop, "GET", "/ok", &seen);
	turn_until(loop, &seen);
	start(loop, "GET", "/ok", &seen);
	turn_until(loop, &seen);
	assert_int_equal(seen.outcome, FETCH_OK);
	assert_int_equal(peer_connections(peer), 1);
	fetch_loop_allow(loop, "10.0.0.0/8");
	start(loop, "GET", "/ok", &seen);
	turn_until(loop, &seen);
	assert_int_equal(seen.outcome, FETCH_DENIED);
	assert_int_equal(peer_requests(peer), 2);
	fetch_loop_free(loop);
}

/*
 * libcurl sends again when a used connection turns out to be closed; a
 * submission must not depend on that.
 */
static void
a_post_takes_a_connection_of_its_own(void **state)
{
	struct fetch_loop *loop = fetch_loop_new(LOOP);
	struct seen seen;

	(void)state;
	for (int i = 0; i < 20; i++) {
		start(loop, "GET", "/ok", &seen);
		turn_until(loop, &seen);
		start(loop, "POST", "/nothing", &seen);
		turn_until(loop, &seen);
		assert_int_equal(seen.outcome, FETCH_LOST);
		assert_int_equal(peer_requests(peer), 2 * (i + 1));
	}
	fetch_loop_free(loop);
}

#define MANY 200

static void
a_slow_one_delays_nobody(void **state)
{
	struct fetch_loop *loop = fetch_loop_new(LOOP);
	struct seen slow[2], seen[MANY];
	int done = 0;

	(void)state;
	start(loop, "GET", "/drip", &slow[0]);
	start(loop, "POST", "/hang", &slow[1]);
	for (size_t i = 0; i < MANY; i++)
		start(loop, i % 2 ? "POST" : "GET", "/once", &seen[i]);
	assert_int_equal(fetch_loop_busy(loop), MANY + 2);
	for (int i = 0; done < MANY && i < 10000; i++) {
		fetch_loop_turn(loop, NULL, 0, 50);
		done = 0;
		for (size_t n = 0; n < MANY; n++)
			done +=
			    seen[n].count == 1 && seen[n].outcome == FETCH_OK;
	}
	assert_int_equal(done, MANY);
	assert_int_equal(slow[0].count + slow[1].count, 0);
	assert_int_equal(fetch_loop_busy(loop), 2);
	fetch_loop_free(loop);
	assert_int_equal(slow[0].count + slow[1].count, 0);
}

static void
only_turns_tell_and_never_of_stopped_ones(void **state)
{
	struct fetch_loop *loop = fetch_loop_new(LOOP);
	struct fetch_request rq = { .method = "GET", .url = url_of("/hang") };
	struct seen seen = { .count = 0 };
	struct fetch *f = fetch_start(loop, &rq, see, &seen);

	(void)state;
	fetch_loop_turn(loop, NULL, 0, 10);
	fetch_stop(f);
	assert_int_equal(fetch_loop_busy(loop), 0);
	fetch_loop_turn(loop, NULL, 0, 0);
	assert_int_equal(seen.count, 0);
	rq.url = "ftp://x/";
	fetch_start(loop, &rq, see, &seen);
	assert_int_equal(seen.count, 0);
	fetch_loop_turn(loop, NULL, 0, 60000);
	assert_int_equal(seen.count, 1);
	fetch_loop_free(loop);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_whole_reply),
		TEST(a_body_and_headers_go_out),
		TEST(interim_replies_are_passed_over),
		TEST(a_refusal_is_a_reply),
		TEST(a_refusal_that_broke_off_is_one_too),
		TEST(nobody_there_is_not_sent),
		TEST(no_tls_is_not_sent),
		TEST(an_answer_that_never_came_is_lost),
		TEST(a_body_that_broke_off_is_truncated),
		TEST(bytes_are_counted),
		TEST(a_file_takes_the_body_of_a_success_only),
		TEST(a_listener_hears_and_may_stop),
		TEST(private_addresses_are_denied_in_every_spelling),
		TEST(malformed_requests_are_denied),
		TEST(a_get_follows_redirects),
		TEST(a_post_does_not),
		TEST(the_key_stays_at_its_place),
		TEST(a_redirect_to_a_private_address_is_denied),
		TEST(proxies_of_the_environment_do_not_count),
		TEST(a_used_connection_is_checked_again),
		TEST(a_post_takes_a_connection_of_its_own),
		TEST(a_slow_one_delays_nobody),
		TEST(only_turns_tell_and_never_of_stopped_ones),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
