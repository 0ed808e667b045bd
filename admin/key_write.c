#include "key_write.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/file.h"

#define KEY_BYTES 32
#define TEXT_MAX (16 * KIB)
#define MODE_NEW 0640

/* "k20240126", with a letter behind it where there is one like that. */
static const char *
key_id(struct ctx *cx, const struct keys *keys)
{
	struct civil c;
	const char *id;

	time_to_civil(clock_ms(), &c);
	id = arena_printf(cx->arena, "k%04d%02d%02d", c.year, c.month, c.day);
	for (char letter = 'b'; keys_find(keys, id) != NULL; letter++)
		id = arena_printf(cx->arena, "k%04d%02d%02d%c", c.year, c.month,
		    c.day, letter);
	return id;
}

static void
keys_print(struct ctx *cx, const struct keys *keys, size_t keep, const char *id,
    struct buf *out)
{
	uint8_t bytes[KEY_BYTES];

	random_fill(bytes, sizeof(bytes));
	buf_printf(
	    out, "%s %s\n", id, hex_encode(cx->arena, bytes, sizeof(bytes)));
	for (size_t i = 0; i < keys->count && i < keep; i++)
		buf_printf(out, "%s %s\n", keys->key[i].id,
		    hex_encode(
			cx->arena, keys->key[i].bytes, keys->key[i].len));
}

/* Who may read it is decided before a key is in it. */
static bool
file_fill(
    struct ctx *cx, int fd, const char *path, const char *dir, struct buf *text)
{
	struct stat st;
	mode_t mode = MODE_NEW;
	uid_t owner = (uid_t)-1;

	(void)cx;
	if (stat(path, &st) == 0) {
		mode = st.st_mode & 0750;
		owner = st.st_uid;
	} else if (stat(dir, &st) != 0) {
		return false;
	}
	if (fchmod(fd, mode) != 0)
		return false;
	/* only root can give it away, and only then it is needed */
	if (geteuid() == 0 && fchown(fd, owner, st.st_gid) != 0)
		return false;
	return file_write_all(fd, buf_text(text), text->len) && fsync(fd) == 0;
}

enum err
key_write(struct ctx *cx, const char *path, const struct keys *keys,
    size_t keep, const char **id_out)
{
	const char *dir = dirname(arena_strdup(cx->arena, path));
	const char *fresh = arena_printf(cx->arena, "%s.new", path);
	const char *id = key_id(cx, keys);
	struct buf text;
	bool done;
	int fd = open(
	    fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return fault(cx, ERR_INTERNAL, NULL, "cannot make '%s': %s",
		    fresh, strerror(errno));
	buf_init(&text, TEXT_MAX);
	keys_print(cx, keys, keep, id, &text);
	done = file_fill(cx, fd, path, dir, &text) &&
	       rename(fresh, path) == 0 && file_sync_dir(dir);
	if (!done) {
		(void)fault(cx, ERR_INTERNAL, NULL, "cannot write '%s': %s",
		    path, strerror(errno));
		(void)unlink(fresh);
	}
	close(fd);
	buf_release(&text);
	*id_out = id;
	return done ? ERR_OK : ERR_INTERNAL;
}
