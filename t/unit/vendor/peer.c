#include "peer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_MAX 65536

struct peer {
	const struct peer_act *acts;
	int fd, port;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	int connections, requests, talks;
	char last[REQUEST_MAX];
	int stop[2];
};

struct talk {
	struct peer *peer;
	int fd;
};

/* false when it is time to stop or the other side has nothing to say. */
static int
readable(struct peer *peer, int fd, int ms)
{
	struct pollfd fds[2] = { { .fd = fd, .events = POLLIN },
		{ .fd = peer->stop[0], .events = POLLIN } };

	if (poll(fds, 2, ms) <= 0)
		return 0;
	return fds[1].revents != 0 ? -1 : 1;
}

/* A request with its body; 0 at the end of the connection. */
static size_t
request_read(struct talk *t, char *out)
{
	size_t len = 0, want = 0;

	while (want == 0 || len < want) {
		const char *end, *length;
		ssize_t n;

		if (readable(t->peer, t->fd, -1) < 0)
			return 0;
		n = read(t->fd, out + len, REQUEST_MAX - 1 - len);
		if (n <= 0)
			return 0;
		len += (size_t)n;
		out[len] = '\0';
		end = strstr(out, "\r\n\r\n");
		if (end == NULL || want != 0)
			continue;
		length = strcasestr(out, "\r\nContent-Length: ");
		want = (size_t)(end + 4 - out);
		if (length != NULL)
			want += strtoul(length + 18, NULL, 10);
	}
	return len;
}

static const struct peer_act *
act_of(const struct peer *peer, const char *request)
{
	const char *path = strchr(request, ' ') + 1;
	size_t len = strcspn(path, " ?");

	for (const struct peer_act *a = peer->acts; a->path != NULL; a++)
		if (strlen(a->path) == len && strncmp(a->path, path, len) == 0)
			return a;
	return NULL;
}

static void
reset(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void
drip(struct talk *t, const struct peer_act *act)
{
	char rest[512];
	int r;

	for (;;) {
		r = readable(t->peer, t->fd, act->drip_ms);
		if (r < 0 || (r > 0 && read(t->fd, rest, sizeof(rest)) <= 0))
			return;
		if (send(t->fd, act->drip, strlen(act->drip), MSG_NOSIGNAL) < 0)
			return;
	}
}

/* Whether the connection stays. */
static int
perform(struct talk *t, const struct peer_act *act)
{
	char rest[512];

	if (act == NULL)
		return 0;
	if (act->reply != NULL)
		(void)!send(
		    t->fd, act->reply, strlen(act->reply), MSG_NOSIGNAL);
	if (act->drip != NULL)
		drip(t, act);
	if (act->then == PEER_RESET)
		reset(t->fd);
	while (act->then == PEER_HANG && readable(t->peer, t->fd, -1) > 0 &&
	       read(t->fd, rest, sizeof(rest)) > 0)
		continue;
	return act->then == PEER_KEEP;
}

static void *
talk(void *arg)
{
	struct talk *t = arg;
	char *request = calloc(1, REQUEST_MAX);

	while (request_read(t, request) > 0) {
		pthread_mutex_lock(&t->peer->lock);
		t->peer->requests++;
		memcpy(t->peer->last, request, strlen(request) + 1);
		pthread_mutex_unlock(&t->peer->lock);
		if (!perform(t, act_of(t->peer, request)))
			break;
	}
	close(t->fd);
	free(request);
	pthread_mutex_lock(&t->peer->lock);
	t->peer->talks--;
	pthread_cond_signal(&t->peer->ended);
	pthread_mutex_unlock(&t->peer->lock);
	free(t);
	return NULL;
}

static void *
serve(void *arg)
{
	struct peer *peer = arg;

	while (readable(peer, peer->fd, -1) > 0) {
		struct talk *t = calloc(1, sizeof(*t));
		pthread_t thread;

		t->peer = peer;
		t->fd = accept(peer->fd, NULL, NULL);
		pthread_mutex_lock(&peer->lock);
		peer->connections++;
		peer->talks++;
		pthread_mutex_unlock(&peer->lock);
		pthread_create(&thread, NULL, talk, t);
		pthread_detach(thread);
	}
	return NULL;
}

struct peer *
peer_start(const struct peer_act *acts)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t size = sizeof(at);
	struct peer *peer = calloc(1, sizeof(*peer));

	peer->acts = acts;
	peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert(bind(peer->fd, (struct sockaddr *)&at, size) == 0);
	assert(listen(peer->fd, 512) == 0);
	getsockname(peer->fd, (struct sockaddr *)&at, &size);
	peer->port = ntohs(at.sin_port);
	pthread_mutex_init(&peer->lock, NULL);
	pthread_cond_init(&peer->ended, NULL);
	assert(pipe(peer->stop) == 0);
	pthread_create(&peer->thread, NULL, serve, peer);
	return peer;
}

/* Talks that are still going see the pipe, too. */
void
peer_stop(struct peer *peer)
{
	close(peer->stop[1]);
	pthread_join(peer->thread, NULL);
	close(peer->fd);
	pthread_mutex_lock(&peer->lock);
	while (peer->talks > 0)
		pthread_cond_wait(&peer->ended, &peer->lock);
	pthread_mutex_unlock(&peer->lock);
	close(peer->stop[0]);
	pthread_cond_destroy(&peer->ended);
	pthread_mutex_destroy(&peer->lock);
	free(peer);
}

int
peer_port(const struct peer *peer)
{
	return peer->port;
}

static int
counted(struct peer *peer, const int *counter)
{
	int value;

	pthread_mutex_lock(&peer->lock);
	value = *counter;
	pthread_mutex_unlock(&peer->lock);
	return value;
}

int
peer_connections(struct peer *peer)
{
	return counted(peer, &peer->connections);
}

int
peer_requests(struct peer *peer)
{
	return counted(peer, &peer->requests);
}

const char *
peer_last(struct peer *peer)
{
	return peer->last;
}
