/*
 * reader - the thread that knows the database: numbers events, reads the new
 * ones for everybody at once, and answers what the loop asks.
 *
 * It looks often while something happens and ever more rarely while nothing
 * does.
 */
#ifndef WS_NOTIFIER_READER_H
#define WS_NOTIFIER_READER_H

#include <stdatomic.h>
#include <stdint.h>

#include "mail.h"

struct conf;
struct reader;

struct reader_calls {
	void *arg;
	void (*deliver)(void *arg, struct letter *); /* to the loop */
	void (*leave)(void *arg, struct letter *);   /* the same, no hurry */
};

struct reader *reader_open(const struct conf *, const struct reader_calls *);
/* REPLAY and WATCH letters; from the loop's thread. */
void reader_ask(struct reader *, struct letter *);
/* Another configuration from the next look on. */
void reader_reload(struct reader *, const struct conf *);
/* Is it the one of this look?  One that is not will not be again. */
bool reader_uses(struct reader *, const struct conf *);
/* For the sign of life. */
void reader_count(struct reader *, size_t connections);
void reader_close(struct reader *);

#endif
