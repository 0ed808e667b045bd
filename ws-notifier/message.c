#include "config.h"

#include "message.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"

struct message *
message_new(int64_t seq, const struct uuid *account, const char *text)
{
	size_t len = strlen(text);
	struct message *m = calloc(1, sizeof(*m) + MESSAGE_ROOM + len);

	if (m == NULL)
		die(EX_OSERR, "out of memory");
	m->seq = seq;
	m->account = *account;
	m->references = 1;
	m->len = len;
	memcpy(m->bytes + MESSAGE_ROOM, text, len);
	return m;
}

struct message *
message_hold(struct message *m)
{
	m->references++;
	return m;
}

void
message_drop(struct message *m)
{
	if (m != NULL && --m->references == 0)
		free(m);
}
