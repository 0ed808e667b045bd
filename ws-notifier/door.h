/*
 * door - the thread that lets people in.
 *
 * It accepts, looks at the head of the request without taking it from the
 * socket, asks the database whose token it is, and hands the untouched socket
 * to the loop, or answers the refusal itself.  So the loop waits for no
 * database, and the WebSocket library meets known people only.
 */
#ifndef WS_NOTIFIER_DOOR_H
#define WS_NOTIFIER_DOOR_H

#include <stdbool.h>

#include "core/err.h"
#include "listen.h"
#include "mail.h"

struct conf;
struct door;

struct door_calls {
	void *arg;
	void (*admit)(void *arg, struct letter *);      /* LETTER_ADMIT */
	void (*reload)(void *arg, const struct conf *); /* HUP */
	/* Does anybody still look at one that was reloaded since? */
	bool (*uses)(void *arg, const struct conf *);
	void (*stop)(void *arg); /* TERM, INT */
};

/*
 * Starts the thread; the signals are blocked in it and in the caller.  conf is
 * the caller's and lives as long as the door.
 */
struct door *door_open(
    const struct conf *, const struct listen *, const struct door_calls *);
/* Ends the thread: nobody is let in any more. */
void door_shut(struct door *);
/* With the configurations that it read; nobody uses them any more. */
void door_free(struct door *);

/* Answers a request whose head still stands in the socket, and closes it. */
void door_refuse(const struct conf *, int fd, enum err, int64_t retry_after_s,
    const char *detail);

#endif
