/*
 * signals - the signals of a server: blocked everywhere, waited for in one
 * place, so that none interrupts a request.
 */
#ifndef SERVE_SIGNALS_H
#define SERVE_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * Blocks TERM, INT, USR1, HUP and CHLD in this thread and those it will start,
 * and gives them (and PIPE) handlers, lest libfcgi take them.
 */
void signals_take(void);
/* The blocked set. */
void signals_set(sigset_t *);
/* Waits for one of them and returns its number. */
int signals_wait(void);
/* The same for so long at most; whether there was one. */
bool signals_wait_ms(int ms);

#endif
