/*
 * loop - libev's event loop for libwebsockets, which by itself asks poll(2)
 * about every connection at every turn.  With epoll the silent ones cost
 * nothing.
 */
#ifndef WS_NOTIFIER_LOOP_H
#define WS_NOTIFIER_LOOP_H

#include <stdbool.h>

/* NULL when this is built without libev. */
void *loop_new(void);
/* Waits for something and does it; false when there is nothing to wait for. */
bool loop_turn(void *);
void loop_free(void *);

#endif
