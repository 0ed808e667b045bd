/*
 * message - one text frame, made once and shared by all who are told.
 *
 * Messages cross from the reader's thread to the loop's with their only
 * reference; from then on the loop alone counts.
 */
#ifndef WS_NOTIFIER_MESSAGE_H
#define WS_NOTIFIER_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"

#define MESSAGE_ROOM 32 /* bytes that the library may use before the text */

struct message {
	int64_t seq; /* eventId; 0: no event */
	struct uuid account;
	unsigned references;
	size_t len;
	unsigned char bytes[]; /* the room, then the text */
};

struct message *
message_new(int64_t seq, const struct uuid *account, const char *text);
struct message *message_hold(struct message *);
/* The last one frees it; message_drop(NULL) does nothing. */
void message_drop(struct message *);

#endif
