/*
 * hub - who listens, and what each of them is still to be told.
 *
 * Belongs to the loop's thread; knows neither sockets nor the database.  Every
 * connection has told[seq], the number up to which everything of its account
 * stands in its backlog or was sent.  A connection that is behind is fed from
 * the ring, or from the database where the ring no longer goes, always only as
 * much as its backlog takes; one that is not gets new events as they come.  So
 * none is told twice and none is left out.
 */
#ifndef WS_NOTIFIER_HUB_H
#define WS_NOTIFIER_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail.h"
#include "message.h"

/* What a connection may be behind before it is cut (contract 13). */
#define BACKLOG_MESSAGES 256
#define BACKLOG_BYTES ((size_t)256 * 1024)

/* Close codes: RFC 6455 7.4.1, contract 10. */
enum close_code {
	CLOSE_NONE = 0,
	CLOSE_GOING_AWAY = 1001,
	CLOSE_POLICY = 1008,
	CLOSE_TOO_BIG = 1009,
	CLOSE_UNAUTHENTICATED = 4401,
	CLOSE_TOO_SLOW = 4408
};

struct hub;
struct connection;

struct hub_calls {
	void *arg;
	/* There is something to write, or to close: hub_next(). */
	void (*wake)(void *arg, void *handle);
	/* The database is to be asked; hub_replayed() gets the letter back. */
	void (*ask)(void *arg, struct letter *);
};

struct hub *hub_new(const struct hub_calls *);
/* All connections have left by then. */
void hub_free(struct hub *);

/* A new connection; handle is what wake() is given. */
struct connection *hub_join(struct hub *, const struct admission *);
void hub_leave(struct hub *, struct connection *);
size_t hub_count(const struct hub *);
size_t hub_count_of(const struct hub *, const struct uuid *account);
/* The handshake is done: hello, reset, what was missed. */
void hub_greet(struct hub *, struct connection *, void *handle);

/*
 * Nobody is let in before all that happened before our start was read: it would
 * come to him as if it were new.
 */
bool hub_ready(const struct hub *);
void hub_events(struct hub *, const struct letter *);
void hub_replayed(struct hub *, const struct letter *);
void hub_ended(struct hub *, const struct letter *);
/*
 * Letters with all sessions, SESSION_WATCH_MAX each, to ask(); none while some
 * are still to come back to hub_ended(), so that they do not pile up while the
 * database is away.
 */
void hub_watch(struct hub *);
/* Closes those whose token has expired by now. */
void hub_expire(struct hub *, int64_t now_ms);
/* Closes all. */
void hub_end(struct hub *, enum close_code);
void hub_each(struct hub *, void (*each)(void *arg, void *handle), void *arg);

/* The message to write next, NULL when there is none. */
const struct message *hub_next(const struct connection *);
/* It was written. */
void hub_sent(struct hub *, struct connection *);
/* To be closed with this code, once; the backlog is dropped. */
void hub_close(struct hub *, struct connection *, enum close_code);
enum close_code hub_closing(const struct connection *);

#endif
