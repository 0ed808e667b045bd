/*
 * listen - where the notifier is reached: a unix socket, or a port on loopback.
 * The Internet meets it through a web server only.
 */
#ifndef WS_NOTIFIER_LISTEN_H
#define WS_NOTIFIER_LISTEN_H

#include <sys/types.h>

struct listen {
	int fd;           /* non-blocking */
	const char *path; /* of a unix socket, else NULL; borrowed */
	dev_t dev;
	ino_t ino;
};

/*
 * address: "host:port" of a loopback address, or a path.  A path is bound
 * beside and renamed over the old one.  Ends the program when it can't be.
 */
void listen_open(struct listen *, const char *address);
/* Takes the name away, unless a newer process has it by now. */
void listen_close(struct listen *);

#endif
