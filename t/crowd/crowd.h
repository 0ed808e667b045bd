/*
 * crowd - many WebSocket clients in one thread, for proofs and measurements:
 * they connect, listen, answer pings, stop reading and are cut off as told.
 */
#ifndef T_CROWD_CROWD_H
#define T_CROWD_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crowd;

struct crowd_calls {
	void *arg;
	/* A text frame; ends with a NUL that len does not count. */
	void (*heard)(void *arg, size_t who, char *text, size_t len);
	/* Not open any more: a close code, 1006 without one, 0 refused. */
	void (*ended)(void *arg, size_t who, int code);
};

/* So many clients of the notifier at a unix socket; none is connected yet. */
struct crowd *
crowd_new(const char *socket, size_t count, const struct crowd_calls *);
void crowd_free(struct crowd *);
/* Connects with the query ("token=...&since=1"); ended() says when it fails. */
void crowd_open(struct crowd *, size_t who, const char *query);
bool crowd_is_open(const struct crowd *, size_t who); /* handshake done */
size_t crowd_count_open(const struct crowd *);
/* Goes without a word; ended() is not called. */
void crowd_cut(struct crowd *, size_t who);
/* Reads no more, or again. */
void crowd_deafen(struct crowd *, size_t who, bool deaf);
/* Everything that is to be done now; waits for it at most so long. */
void crowd_turn(struct crowd *, int wait_ms);

#endif
