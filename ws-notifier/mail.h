/*
 * mail - what the threads hand to each other: boxes of letters, first in first
 * out.  A letter belongs to whoever took it.
 */
#ifndef WS_NOTIFIER_MAIL_H
#define WS_NOTIFIER_MAIL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"
#include "domain/session_watch.h"

struct message;

/* Somebody whose token is good and who asks for events. */
struct admission {
	int fd;
	struct session_held session;
	int64_t expires_ms; /* of the token */
	int64_t since;      /* INT_NONE: from now on */
	int64_t reset;      /* replay starts here instead; INT_NONE: no */
	bool bad_origin;
};

enum letter_kind {
	LETTER_ADMIT,  /* door -> loop */
	LETTER_EVENTS, /* reader -> loop: new ones, of everybody */
	LETTER_REPLAY, /* loop -> reader: asked; back: what was found */
	LETTER_WATCH   /* loop -> reader: sessions held; back: the ended */
};

struct letter {
	struct letter *next;
	enum letter_kind kind;
	struct admission admission;
	/* REPLAY: of this connection's account, after < seq <= upto */
	uint64_t connection;
	struct uuid account;
	int64_t after, upto;
	/* EVENTS and REPLAY; upto is what is known to be complete */
	struct message **messages;
	size_t message_count;
	bool more; /* EVENTS: others follow at once */
	/* WATCH: connections and their sessions; back: only the ended ones */
	uint64_t *connections;
	struct session_held *sessions;
	size_t session_count;
};

struct letter *letter_new(enum letter_kind);
/* With everything in it; messages are dropped. */
void letter_free(struct letter *);
/* Room for count messages or sessions. */
void letter_hold_messages(struct letter *, size_t count);
void letter_hold_sessions(struct letter *, size_t count);

struct mailbox {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct letter *first, **last;
	bool closed;
};

void mailbox_init(struct mailbox *);
/* Frees what is still in it. */
void mailbox_release(struct mailbox *);
void mailbox_put(struct mailbox *, struct letter *);
/* The oldest, NULL when it is empty. */
struct letter *mailbox_take(struct mailbox *);
/* Waits until there is one, at most so long; an empty box may come back. */
void mailbox_wait(struct mailbox *, int64_t ms);
/* Waits so long, whatever comes. */
void mailbox_pause(struct mailbox *, int64_t ms);
/* Ends every wait, now and from now on. */
void mailbox_close(struct mailbox *);

#endif
