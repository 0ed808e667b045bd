/*
 * server - the loop: WebSockets by libwebsockets, which no other file knows.
 */
#ifndef WS_NOTIFIER_SERVER_H
#define WS_NOTIFIER_SERVER_H

struct conf;

/* Serves until TERM or INT; the exit status. */
int server_run(const struct conf *);

#endif
