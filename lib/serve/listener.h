/*
 * listener - the listening socket and its name in the file system.
 *
 * A socket of ours is bound under a temporary name and renamed over the old
 * one, so that at every moment somebody answers at the path.
 */
#ifndef SERVE_LISTENER_H
#define SERVE_LISTENER_H

#include <stdbool.h>
#include <sys/types.h>

struct listener {
	int fd;           /* non-blocking */
	const char *path; /* NULL when it was handed to us; borrowed */
	dev_t dev;        /* of the path, while it is ours */
	ino_t ino;
};

/*
 * Listens at a path with a mode, or takes descriptor 0 for NULL; false with
 * errno (ENOTSOCK when descriptor 0 is no listening socket).  Where systemd
 * hands over a socket (sd_listen_fds(3)), that one takes the path's place.
 */
bool listener_open(struct listener *, const char *path, unsigned mode);
/* Does our own name still lead to this socket, and not to a newer one? */
bool listener_is_named(const struct listener *);
/*
 * Takes the name away, unless a newer process listens there by now.  What is
 * queued stays queued.
 */
void listener_unlink(struct listener *);

#endif
