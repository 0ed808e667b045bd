/*
 * Passwords by libsodium, a few at a time.
 */
#include "config.h"

#include "domain/password.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "core/conf.h"
#include "domain/state_file.h"

#define SLOT_FILE "password.slots"
#define BUSY_RETRY_S 5

/*
 * A hash that no password has: 16 bytes of salt and 32 of hash, all zero, in
 * base64.  To compare with it takes as long as with a real one.
 */
#define DUMMY_SALT "AAAAAAAAAAAAAAAAAAAAAA"
#define DUMMY_HASH "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/*
 * Waits for one of the slots; *fd_out is to be closed.  A free one is taken
 * when there is one, else the queue of any.
 */
static enum err
slot_take(struct ctx *cx, int *fd_out)
{
	int64_t slots = cx->conf->password_hashes;
	int64_t first = random_below((uint32_t)slots);
	int fd = state_file_open(cx->conf, SLOT_FILE);

	if (fd < 0)
		return fault(cx, ERR_INTERNAL, NULL, "cannot open %s/%s: %s",
		    cx->conf->state_dir, SLOT_FILE, strerror(errno));
	*fd_out = fd;
	for (int64_t i = 0; i < slots; i++)
		if (state_file_lock(fd, (first + i) % slots, false))
			return ERR_OK;
	if (state_file_lock(fd, first, true))
		return ERR_OK;
	close(fd);
	return fault(cx, ERR_INTERNAL, NULL, "cannot lock %s: %s", SLOT_FILE,
	    strerror(errno));
}

static enum err
out_of_memory(struct ctx *cx)
{
	return fault_retry(cx, ERR_UNAVAILABLE, BUSY_RETRY_S,
	    "no memory for argon2id (password_memory)");
}

enum err
password_hash(struct ctx *cx, const char *password, const char **hash_out)
{
	char *hash = arena_alloc(cx->arena, crypto_pwhash_STRBYTES);
	int fd, rc;
	enum err e;

	e = slot_take(cx, &fd);
	if (e)
		return e;
	rc = crypto_pwhash_str(hash, password, strlen(password),
	    (unsigned long long)cx->conf->password_ops,
	    (size_t)cx->conf->password_memory);
	close(fd);
	if (rc != 0)
		return out_of_memory(cx);
	*hash_out = hash;
	return ERR_OK;
}

static const char *
dummy_hash(struct ctx *cx)
{
	return arena_printf(cx->arena, "$argon2id$v=19$m=%lld,t=%lld,p=1$%s$%s",
	    (long long)(cx->conf->password_memory / 1024),
	    (long long)cx->conf->password_ops, DUMMY_SALT, DUMMY_HASH);
}

enum err
password_verify(
    struct ctx *cx, const char *password, const char *hash, bool *matches_out)
{
	bool real = hash != NULL;
	int fd, rc;
	enum err e;

	e = slot_take(cx, &fd);
	if (e)
		return e;
	errno = 0;
	rc = crypto_pwhash_str_verify(
	    real ? hash : dummy_hash(cx), password, strlen(password));
	close(fd);
	if (rc != 0 && errno == ENOMEM)
		return out_of_memory(cx);
	*matches_out = real && rc == 0;
	return ERR_OK;
}

bool
password_needs_rehash(struct ctx *cx, const char *hash)
{
	return crypto_pwhash_str_needs_rehash(hash,
		   (unsigned long long)cx->conf->password_ops,
		   (size_t)cx->conf->password_memory) != 0;
}
