#include "config.h"

#include "crowd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"

#define READ_SIZE ((size_t)256 * 1024) /* more than any frame */
#define HEAD_SIZE 4096
#define EVENTS 256

enum opcode {
	OP_TEXT = 1,
	OP_CLOSE = 8,
	OP_PING = 9,
	OP_PONG = 10
};

struct client {
	int fd; /* -1: not connected */
	bool open, deaf;
	unsigned char *rest; /* the beginning of a frame */
	size_t rest_len;
};

struct crowd {
	struct crowd_calls calls;
	struct sockaddr_un at;
	int epoll_fd;
	size_t count, open;
	struct client *clients;
	unsigned char buffer[2 * READ_SIZE];
};

struct crowd *
crowd_new(const char *path, size_t count, const struct crowd_calls *calls)
{
	struct crowd *c = calloc(1, sizeof(*c));

	if (c == NULL ||
	    (c->clients = calloc(count, sizeof(*c->clients))) == NULL)
		die(EX_OSERR, "out of memory");
	c->calls = *calls;
	c->count = count;
	c->at.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(c->at.sun_path))
		die(EX_USAGE, "the path of the socket is too long");
	memcpy(c->at.sun_path, path, strlen(path) + 1);
	c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (c->epoll_fd < 0)
		die(EX_OSERR, "epoll: %s", strerror(errno));
	for (size_t i = 0; i < count; i++)
		c->clients[i].fd = -1;
	return c;
}

void
crowd_free(struct crowd *c)
{
	for (size_t i = 0; i < c->count; i++)
		crowd_cut(c, i);
	(void)close(c->epoll_fd);
	free(c->clients);
	free(c);
}

bool
crowd_is_open(const struct crowd *c, size_t who)
{
	return c->clients[who].open;
}

size_t
crowd_count_open(const struct crowd *c)
{
	return c->open;
}

void
crowd_cut(struct crowd *c, size_t who)
{
	struct client *k = &c->clients[who];

	if (k->fd < 0)
		return;
	(void)close(k->fd);
	free(k->rest);
	c->open -= k->open;
	*k = (struct client){ .fd = -1 };
}

static void
client_end(struct crowd *c, size_t who, int code)
{
	crowd_cut(c, who);
	c->calls.ended(c->calls.arg, who, code);
}

static void
client_watch(struct crowd *c, size_t who, int op)
{
	struct epoll_event ev = { .data.u64 = who };

	/* without EPOLLIN the end is heard all the same */
	ev.events = c->clients[who].deaf ? 0 : EPOLLIN;
	if (epoll_ctl(c->epoll_fd, op, c->clients[who].fd, &ev) != 0)
		die(EX_OSERR, "epoll: %s", strerror(errno));
}

void
crowd_deafen(struct crowd *c, size_t who, bool deaf)
{
	c->clients[who].deaf = deaf;
	if (c->clients[who].fd >= 0)
		client_watch(c, who, EPOLL_CTL_MOD);
}

void
crowd_open(struct crowd *c, size_t who, const char *query)
{
	const struct sockaddr *at = (const struct sockaddr *)&c->at;
	struct client *k = &c->clients[who];
	char head[HEAD_SIZE];
	int n = snprintf(head, sizeof(head),
	    "GET /ws?%s HTTP/1.1\r\n"
	    "Host: localhost\r\n"
	    "Connection: Upgrade\r\n"
	    "Upgrade: websocket\r\n"
	    "Sec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
	    query);

	k->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (k->fd < 0)
		die(EX_OSERR, "no socket is left: %s", strerror(errno));
	client_watch(c, who, EPOLL_CTL_ADD);
	if (connect(k->fd, at, sizeof(c->at)) != 0 ||
	    send(k->fd, head, (size_t)n, MSG_NOSIGNAL) != n)
		client_end(c, who, 0);
}

static void
client_say(const struct client *k, enum opcode op, const unsigned char *text,
    size_t len)
{
	unsigned char frame[6 + 125] = { 0x80 | (unsigned char)op,
		(unsigned char)(0x80 | len) }; /* masked with zeros */

	memcpy(frame + 6, text, len);
	(void)send(k->fd, frame, 6 + len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Length of the frame at p, 0 when there is more to come. */
static size_t
frame_length(const unsigned char *p, size_t len, size_t *head_out)
{
	size_t size;

	if (len < 2)
		return 0;
	size = p[1] & 127;
	*head_out = size < 126 ? 2 : size == 126 ? 4 : 10;
	if (len < *head_out)
		return 0;
	if (size == 126)
		size = (size_t)p[2] << 8 | p[3];
	else if (size == 127)
		size = (size_t)p[6] << 24 | (size_t)p[7] << 16 |
		       (size_t)p[8] << 8 | p[9];
	return len >= *head_out + size ? *head_out + size : 0;
}

/* false when the client has ended. */
static bool
frame_take(
    struct crowd *c, size_t who, unsigned char *p, size_t head, size_t all)
{
	struct client *k = &c->clients[who];
	size_t len = all - head;
	unsigned char next = p[all];

	switch (p[0] & 15) {
	case OP_TEXT:
		p[all] = '\0';
		c->calls.heard(c->calls.arg, who, (char *)p + head, len);
		p[all] = next;
		break;
	case OP_PING:
		client_say(k, OP_PONG, p + head, len);
		break;
	case OP_CLOSE:
		client_say(k, OP_CLOSE, p + head, len < 2 ? 0 : 2);
		client_end(c, who, len < 2 ? 1005 : p[head] << 8 | p[head + 1]);
		return false;
	default:
		break;
	}
	return k->fd >= 0;
}

/* What is left of the bytes stays with the client; false when it has ended. */
static bool
client_take(struct crowd *c, size_t who, unsigned char *p, size_t len)
{
	struct client *k = &c->clients[who];
	size_t head, all;

	if (!k->open) {
		unsigned char *end = memmem(p, len, "\r\n\r\n", 4);

		if (len >= 12 && memcmp(p, "HTTP/1.1 101", 12) != 0) {
			client_end(c, who, 0);
			return false;
		}
		if (end == NULL)
			goto keep;
		k->open = true;
		c->open++;
		len -= (size_t)(end + 4 - p);
		p = end + 4;
	}
	while ((all = frame_length(p, len, &head)) > 0) {
		if (!frame_take(c, who, p, head, all))
			return false;
		p += all;
		len -= all;
	}
keep:
	if (len > 0) {
		k->rest = malloc(len);
		if (k->rest == NULL)
			die(EX_OSERR, "out of memory");
		memcpy(k->rest, p, len);
	}
	k->rest_len = len;
	return true;
}

static void
client_read(struct crowd *c, size_t who)
{
	struct client *k = &c->clients[who];
	size_t had = k->rest_len;
	ssize_t n = recv(k->fd, c->buffer + had, READ_SIZE - 1, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_end(c, who, k->open ? 1006 : 0);
		return;
	}
	if (had > 0)
		memcpy(c->buffer, k->rest, had);
	free(k->rest);
	k->rest = NULL;
	k->rest_len = 0;
	(void)client_take(c, who, c->buffer, had + (size_t)n);
}

void
crowd_turn(struct crowd *c, int wait_ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(c->epoll_fd, events, EVENTS, wait_ms);

	for (int i = 0; i < n; i++) {
		size_t who = events[i].data.u64;
		struct client *k = &c->clients[who];

		if (k->fd < 0)
			continue;
		if (!k->deaf)
			client_read(c, who);
		else if (events[i].events & (EPOLLHUP | EPOLLERR))
			client_end(c, who, 1006);
	}
}
