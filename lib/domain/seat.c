#include "config.h"

#include "domain/seat.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "core/conf.h"
#include "domain/state_file.h"

#define SEAT_FILE "chat.seats"
#define RETRY_S 5

/* Bytes from 0 on are everybody's; a user's lie behind, by a hash of the id. */
#define USERS_FROM (INT64_C(1) << 32)
#define USERS_BITS 40
#define USER_BYTES 256 /* of a user: a half for each kind */

/* The first byte of a user's seats; two users in a place are unlikely. */
static int64_t
user_place(const struct uuid *account, enum seat_kind kind)
{
	uint8_t digest[32];
	int64_t place = 0;

	sha256(account->b, sizeof(account->b), digest);
	for (size_t i = 0; i < USERS_BITS / 8; i++)
		place = place << 8 | digest[i];
	return USERS_FROM + place * USER_BYTES +
	       (kind == SEAT_FOLLOW ? USER_BYTES / 2 : 0);
}

/*
 * One of count bytes, looked for from any of them on; else errno, EAGAIN when
 * all are taken.
 */
static bool
byte_take(int fd, int64_t from, int64_t count)
{
	int64_t first = random_below((uint32_t)count);

	for (int64_t i = 0; i < count; i++)
		if (state_file_lock(fd, from + (first + i) % count, false))
			return true;
	return false;
}

enum err
seat_take(struct ctx *cx, const struct uuid *account, enum seat_kind kind,
    int *fd_out)
{
	const struct conf *conf = cx->conf;
	int fd = state_file_open(conf, SEAT_FILE);

	if (fd < 0)
		return fault(cx, ERR_INTERNAL, NULL, "cannot open %s/%s: %s",
		    conf->state_dir, SEAT_FILE, strerror(errno));
	if (!byte_take(
		fd, user_place(account, kind), conf->chat_streams_per_user)) {
		int error = errno;

		close(fd);
		if (error != EAGAIN && error != EACCES)
			return fault_retry(cx, ERR_UNAVAILABLE, RETRY_S,
			    "cannot lock %s: %s", SEAT_FILE, strerror(error));
		return fault_retry(cx, ERR_TOO_MANY_STREAMS, RETRY_S,
		    "%lld answers are being written for you",
		    (long long)conf->chat_streams_per_user);
	}
	if (!byte_take(fd, 0, conf->chat_streams)) {
		close(fd);
		return fault_retry(cx, ERR_UNAVAILABLE, RETRY_S,
		    "all %lld streams are taken (chat_streams)",
		    (long long)conf->chat_streams);
	}
	*fd_out = fd;
	return ERR_OK;
}
