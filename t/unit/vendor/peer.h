/*
 * peer - the other end of a connection: an HTTP server on loopback that does
 * what a script says, and remembers what it was asked.
 */
#ifndef T_UNIT_VENDOR_PEER_H
#define T_UNIT_VENDOR_PEER_H

#include <stddef.h>

/* What it does when a path is asked for. */
struct peer_act {
	const char *path;
	const char *reply; /* bytes as they are; NULL: none */
	const char *drip;  /* said again and again afterwards, ... */
	int drip_ms;       /* ... so far apart */
	enum {
		PEER_CLOSE, /* the connection */
		PEER_KEEP,  /* for another request */
		PEER_RESET, /* with a RST */
		PEER_HANG   /* until the other side goes */
	} then;
};

struct peer;

/* acts: path NULL at the end. */
struct peer *peer_start(const struct peer_act *acts);
void peer_stop(struct peer *);
int peer_port(const struct peer *);
/* Connections accepted, requests read, so far. */
int peer_connections(struct peer *);
int peer_requests(struct peer *);
/* The head and body of the last request; until the next one. */
const char *peer_last(struct peer *);

#endif
