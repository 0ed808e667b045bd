/*
 * wire: many readers over one thread; nothing is lost, nothing is mixed up, and
 * whoever hangs up is let go.
 */
#include "vendor/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/buf.h"
#include "peer.h"

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
#define LOOP "127.0.0.0/8"
#define READERS 40

static char flood[32 * KIB + 1]; /* 0123456789abcdef again and again */

static const struct peer_act acts[] = {
	{ "/ok", HEAD "Content-Length: 5\r\n\r\nhello", NULL, 0, PEER_CLOSE },
	{ "/no", "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno", NULL, 0,
	    PEER_CLOSE },
	{ "/cut", HEAD "Content-Length: 9\r\n\r\nhello", NULL, 0, PEER_CLOSE },
	{ "/drip", HEAD "\r\n", "abc", 20, PEER_CLOSE },
	{ "/hang", NULL, NULL, 0, PEER_HANG },
	{ "/flood", HEAD "\r\n", flood, 0, PEER_CLOSE },
	{ NULL, NULL, NULL, 0, PEER_CLOSE },
};

static struct peer *peer;
static struct wire *wire;
static struct arena *arena;

static struct wire_call *
begin(
    struct arena *a, char url[128], const char *path, struct fetch_request *rq)
{
	snprintf(url, 128, "http://127.0.0.1:%d%s", peer_port(peer), path);
	*rq = (struct fetch_request){ .method = "GET", .url = url };
	return wire_call(wire, a, rq);
}

/* Reads until it is over, or until so many bytes have come. */
static const struct fetch_reply *
read_all(struct wire_call *c, struct buf *out, size_t enough)
{
	const struct fetch_reply *reply = NULL;

	while (!wire_read(c, out, &reply) && out->len < enough) {
		struct pollfd p = { .fd = wire_fd(c), .events = POLLIN };

		assert_int_equal(poll(&p, 1, 10000), 1);
	}
	return reply;
}

static void
check(const char *path, enum fetch_outcome outcome, int status,
    const char *stream, const char *body)
{
	struct fetch_request rq;
	char url[128];
	struct wire_call *c = begin(arena, url, path, &rq);
	const struct fetch_reply *reply;
	struct buf got;

	buf_init(&got, KIB);
	reply = read_all(c, &got, SIZE_MAX);
	assert_int_equal(reply->outcome, outcome);
	assert_int_equal(reply->status, status);
	assert_string_equal(buf_text(&got), stream);
	assert_string_equal(reply->body, body);
	buf_release(&got);
	wire_end(c);
}

static void
test_replies(void **state)
{
	(void)state;
	check("/ok", FETCH_OK, 200, "hello", "");
	check("/no", FETCH_OK, 403, "", "no");
	check("/cut", FETCH_TRUNCATED, 200, "hello", "");
}

static void
test_denied(void **state)
{
	struct fetch_request rq = { .method = "GET",
		.url = "http://192.0.2.1/" };
	struct wire_call *c = wire_call(wire, arena, &rq);
	struct buf got;

	(void)state;
	buf_init(&got, KIB);
	assert_int_equal(read_all(c, &got, SIZE_MAX)->outcome, FETCH_DENIED);
	buf_release(&got);
	wire_end(c);
}

/* At once, in the middle, and when nothing ever came. */
static void
test_hang_up(void **state)
{
	static const char *const paths[] = { "/ok", "/drip", "/hang" };
	struct fetch_request rq;
	char url[128];

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++)
		wire_end(begin(arena, url, paths[i], &rq));
	for (size_t i = 0; i < 3; i++) {
		struct wire_call *c = begin(arena, url, "/drip", &rq);
		struct buf got;

		buf_init(&got, KIB);
		read_all(c, &got, 4);
		assert_memory_equal(buf_text(&got), "abca", 4);
		buf_release(&got);
		wire_end(c);
	}
}

static void *
reader(void *arg)
{
	struct arena *own = arena_new(MIB);
	struct fetch_request rq;
	char url[128];
	struct wire_call *c = begin(own, url, "/drip", &rq);
	struct buf *got = arg;

	buf_init(got, KIB);
	read_all(c, got, 30);
	wire_end(c);
	arena_free(own);
	return NULL;
}

static void
test_many(void **state)
{
	pthread_t threads[READERS];
	struct buf got[READERS];

	(void)state;
	for (size_t i = 0; i < READERS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, reader, &got[i]), 0);
	for (size_t i = 0; i < READERS; i++) {
		pthread_join(threads[i], NULL);
		assert_memory_equal(
		    buf_text(&got[i]), "abcabcabcabcabcabcabcabcabcabc", 30);
		buf_release(&got[i]);
	}
}

/* Whoever speaks faster than he is heard waits, and is not called silent. */
static void
test_flood(void **state)
{
	char url[128];
	struct fetch_request rq = {
		.method = "GET", .url = url, .idle_ms = 200
	};
	struct wire_call *c;
	struct buf got;

	(void)state;
	snprintf(
	    url, sizeof(url), "http://127.0.0.1:%d/flood", peer_port(peer));
	c = wire_call(wire, arena, &rq);
	buf_init(&got, 64 * MIB);
	for (size_t enough = 0; enough < 24 * MIB; enough += 6 * MIB) {
		usleep(600000);
		assert_null(read_all(c, &got, enough));
	}
	for (size_t i = 0; i < got.len; i++)
		assert_int_equal(got.data[i], flood[i % 16]);
	buf_release(&got);
	wire_end(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_denied),
		cmocka_unit_test(test_hang_up),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_flood),
	};
	int rc;

	for (size_t i = 0; i < sizeof(flood) - 1; i++)
		flood[i] = "0123456789abcdef"[i % 16];
	arena = arena_new(MIB);
	peer = peer_start(acts);
	wire = wire_start(LOOP);
	assert_non_null(wire);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	wire_stop(wire);
	peer_stop(peer);
	arena_free(arena);
	return rc;
}
