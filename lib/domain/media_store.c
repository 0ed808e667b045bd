/*
 * Drafts lie in media_dir/tmp, on the file system of the finished files, so
 * that a rename puts them in their place at once and whole.
 */
#include "config.h"

#include "domain/media_store.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/text.h"
#include "core/conf.h"

#define DIR_MODE 0750
#define FILE_MODE 0640
#define NAME_HEX 32
#define HASH_CHUNK 16384
#define FULL_RETRY_S 60 /* room is made by people or by the poller */

enum err
media_store_failed(struct ctx *cx, const char *what)
{
	int error = errno;
	enum err e = ERR_INTERNAL;

	if (error == ENOSPC || error == EDQUOT || error == EFBIG)
		e = ERR_STORAGE_FULL;
	else if (error == EMFILE || error == ENFILE || error == ENOMEM ||
		 error == EAGAIN)
		e = ERR_UNAVAILABLE; /* passes as others finish */
	return fault(cx, e, NULL, "%s: %s", what, strerror(error));
}

enum err
media_store_refuse(struct ctx *cx, enum err e)
{
	const char *why = cx->fault.err == e ? cx->fault.detail : NULL;

	if (e != ERR_STORAGE_FULL)
		return e;
	return fault_retry(cx, ERR_UNAVAILABLE, FULL_RETRY_S, "%s",
	    why != NULL ? why : "no room in media_dir");
}

static const char *
name_hex(struct ctx *cx, const struct uuid *name)
{
	return hex_encode(cx->arena, name->b, sizeof(name->b));
}

enum err
media_store_room(struct ctx *cx)
{
	struct statvfs fs;

	if (statvfs(cx->conf->media_dir, &fs) != 0)
		return media_store_failed(cx, "statvfs of media_dir");
	if ((uint64_t)fs.f_bavail * fs.f_frsize <
	    (uint64_t)cx->conf->min_free_disk)
		return fault(cx, ERR_STORAGE_FULL, NULL,
		    "less than min_free_disk is left in media_dir");
	return ERR_OK;
}

/*
 * A directory below media_dir.  A new one is made durable in its parent, or a
 * file in it could be lost with it.
 */
static bool
dir_make(const char *path, const char *parent)
{
	int fd, error;
	bool given;

	if (mkdir(path, DIR_MODE) != 0)
		return errno == EEXIST;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	given = fd >= 0 && file_give(fd, parent);
	if (fd >= 0)
		close(fd);
	if (given && file_sync_dir(parent))
		return true;
	error = errno;
	(void)rmdir(path); /* whoever finds it would take it for durable */
	errno = error;
	return false;
}

enum err
media_store_draft(struct ctx *cx, struct media_draft *out)
{
	const char *dir = cx->conf->media_dir;
	struct media_draft draft = { .fd = -1 };
	const char *tmp;
	uint8_t id[16];
	int len;
	enum err e = media_store_room(cx);

	if (e)
		return e;
	random_fill(id, sizeof(id));
	tmp = arena_printf(cx->arena, "%s/tmp", dir);
	len = snprintf(draft.path, sizeof(draft.path), "%s/%s", tmp,
	    hex_encode(cx->arena, id, sizeof(id)));
	if (len < 0 || (size_t)len >= sizeof(draft.path))
		return fault(cx, ERR_INTERNAL, NULL, "media_dir is too long");
	if (!dir_make(tmp, dir))
		return media_store_failed(cx, tmp);
	draft.fd =
	    open(draft.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	if (draft.fd < 0)
		return media_store_failed(cx, draft.path);
	if (!file_give(draft.fd, tmp)) {
		e = media_store_failed(cx, draft.path);
		media_store_drop(&draft);
		return e;
	}
	*out = draft;
	return ERR_OK;
}

const char *
media_draft_name(const struct media_draft *draft)
{
	return strrchr(draft->path, '/') + 1;
}

enum err
media_store_reopen(struct ctx *cx, const char *name, struct media_draft *out)
{
	struct media_draft draft = { .fd = -1 };
	int len = snprintf(draft.path, sizeof(draft.path), "%s/tmp/%s",
	    cx->conf->media_dir, name);

	/* the names that media_store_draft() gives */
	if (strlen(name) != 32 || strspn(name, "0123456789abcdef") != 32 ||
	    len < 0 || (size_t)len >= sizeof(draft.path))
		return ERR_NOT_FOUND;
	draft.fd = open(draft.path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (draft.fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND
				       : media_store_failed(cx, draft.path);
	*out = draft;
	return ERR_OK;
}

enum err
media_store_write(
    struct ctx *cx, struct media_draft *draft, const void *data, size_t len)
{
	if (file_write_all(draft->fd, data, len))
		return ERR_OK;
	return media_store_failed(cx, "writing a file of the store");
}

void
media_store_drop(struct media_draft *draft)
{
	if (draft->fd < 0)
		return;
	(void)unlink(draft->path); /* what stays is swept later */
	close(draft->fd);
	draft->fd = -1;
}

void
media_store_leave(struct media_draft *draft)
{
	if (draft->fd >= 0)
		close(draft->fd);
	draft->fd = -1;
}

static bool
draft_hash(int fd, int64_t *bytes_out, uint8_t sha256_out[32])
{
	crypto_hash_sha256_state state;
	uint8_t chunk[HASH_CHUNK];
	int64_t bytes = 0;
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) != 0)
		return false;
	crypto_hash_sha256_init(&state);
	while ((n = file_read_full(fd, chunk, sizeof(chunk))) > 0) {
		crypto_hash_sha256_update(&state, chunk, (size_t)n);
		bytes += n;
	}
	if (n < 0)
		return false;
	crypto_hash_sha256_final(&state, sha256_out);
	*bytes_out = bytes;
	return true;
}

enum err
media_store_hash(struct ctx *cx, const struct media_draft *draft,
    int64_t *bytes_out, uint8_t sha256_out[32])
{
	if (draft_hash(draft->fd, bytes_out, sha256_out))
		return ERR_OK;
	return media_store_failed(cx, "reading a file of the store");
}

/* media_dir/01/23 of a name, made where missing. */
static const char *
home_make(struct ctx *cx, const struct uuid *name)
{
	const char *dir = cx->conf->media_dir;
	const char *outer = arena_printf(cx->arena, "%s/%02x", dir, name->b[0]);
	const char *inner =
	    arena_printf(cx->arena, "%s/%02x", outer, name->b[1]);

	return dir_make(outer, dir) && dir_make(inner, outer) ? inner : NULL;
}

/*
 * The draft gets its name, its only one unless it stays a draft, too; what it
 * then lacks is a durable directory.  Not every file system has second names.
 */
static bool
draft_settle(struct ctx *cx, struct media_draft *draft, const char *home,
    const struct uuid *name, const char *extension, bool stays)
{
	const char *path = media_store_path(cx, name, extension);

	if (fsync(draft->fd) != 0)
		return false;
	if (!(stays && link(draft->path, path) == 0) &&
	    renameat2(
		AT_FDCWD, draft->path, AT_FDCWD, path, RENAME_NOREPLACE) != 0)
		return false;
	if (file_sync_dir(home))
		return true;
	(void)unlink(path);
	return false;
}

static enum err
draft_keep(struct ctx *cx, struct media_draft *draft, const char *extension,
    struct uuid *name_out, int64_t *bytes_out, uint8_t sha256_out[32],
    bool stays)
{
	struct uuid name;
	const char *home;
	enum err e = ERR_OK;

	random_fill(name.b, sizeof(name.b));
	home = home_make(cx, &name);
	if (home == NULL || !draft_hash(draft->fd, bytes_out, sha256_out) ||
	    !draft_settle(cx, draft, home, &name, extension, stays))
		e = media_store_failed(cx, "keeping a file of the store");
	else
		*name_out = name;
	return e;
}

enum err
media_store_keep(struct ctx *cx, struct media_draft *draft,
    const char *extension, struct uuid *name_out, int64_t *bytes_out,
    uint8_t sha256_out[32])
{
	enum err e = draft_keep(
	    cx, draft, extension, name_out, bytes_out, sha256_out, false);

	media_store_drop(draft); /* once it is named, only the handle */
	return e;
}

enum err
media_store_name(struct ctx *cx, struct media_draft *draft,
    const char *extension, struct uuid *name_out, int64_t *bytes_out,
    uint8_t sha256_out[32])
{
	enum err e = draft_keep(
	    cx, draft, extension, name_out, bytes_out, sha256_out, true);

	if (e != ERR_OK && e != ERR_UNAVAILABLE)
		media_store_drop(draft);
	return e;
}

const char *
media_store_path(struct ctx *cx, const struct uuid *name, const char *extension)
{
	return arena_printf(cx->arena, "%s/%02x/%02x/%s.%s",
	    cx->conf->media_dir, name->b[0], name->b[1], name_hex(cx, name),
	    extension);
}

enum err
media_store_open(
    struct ctx *cx, const struct uuid *name, const char *extension, int *fd_out)
{
	int fd = open(media_store_path(cx, name, extension),
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return ERR_NOT_FOUND;
	if (fd < 0)
		return media_store_failed(cx, "opening a file of the store");
	*fd_out = fd;
	return ERR_OK;
}

enum err
media_store_remove(
    struct ctx *cx, const struct uuid *name, const char *extension)
{
	if (unlink(media_store_path(cx, name, extension)) == 0 ||
	    errno == ENOENT)
		return ERR_OK;
	return media_store_failed(cx, "removing a file of the store");
}

void
media_store_discard(
    struct ctx *cx, const struct uuid *name, const char *extension)
{
	struct fault why = cx->fault;

	/* what stays is swept later */
	(void)!media_store_remove(cx, name, extension);
	cx->fault = why;
}

/* Put together by hand: a page of a list has forty of them. */
const char *
media_store_url(struct ctx *cx, const struct uuid *name, const char *extension)
{
	struct {
		const char *text;
		size_t len;
	} parts[] = { { cx->conf->public_url, 0 }, { "/media/", 0 },
		{ name_hex(cx, name), 0 }, { ".", 0 }, { extension, 0 } };
	size_t len = 0;
	char *url, *at;

	if (uuid_is_null(name))
		return NULL;
	for (size_t i = 0; i < COUNT(parts); i++)
		len += parts[i].len = strlen(parts[i].text);
	url = at = arena_alloc(cx->arena, len + 1);
	for (size_t i = 0; i < COUNT(parts); i++) {
		memcpy(at, parts[i].text, parts[i].len);
		at += parts[i].len;
	}
	return url;
}

static bool
hex_digit(char c, uint8_t *out)
{
	if (c >= '0' && c <= '9')
		*out = (uint8_t)(c - '0');
	else if (c >= 'a' && c <= 'f')
		*out = (uint8_t)(c - 'a' + 10);
	else
		return false;
	return true;
}

static bool
name_parse(const char *hex, struct uuid *out)
{
	for (size_t i = 0; i < sizeof(out->b); i++) {
		uint8_t high, low;

		if (!hex_digit(hex[2 * i], &high) ||
		    !hex_digit(hex[2 * i + 1], &low))
			return false;
		out->b[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

bool
media_name_parse(struct ctx *cx, const char *text, struct uuid *name_out,
    const char **extension_out)
{
	const char *extension = text + NAME_HEX + 1;
	struct uuid name;
	size_t len;

	if (strnlen(text, NAME_HEX + 1) <= NAME_HEX || text[NAME_HEX] != '.' ||
	    !name_parse(text, &name) || uuid_is_null(&name))
		return false;
	len = strspn(extension, "abcdefghijklmnopqrstuvwxyz0123456789");
	if (len == 0 || len > MEDIA_EXTENSION_MAX || extension[len] != '\0')
		return false;
	*name_out = name;
	*extension_out = arena_strdup(cx->arena, extension);
	return true;
}

bool
media_url_parse(struct ctx *cx, const char *url, struct uuid *name_out,
    const char **extension_out)
{
	const char *prefix =
	    arena_printf(cx->arena, "%s/media/", cx->conf->public_url);

	return text_starts(url, prefix) &&
	       media_name_parse(
		   cx, url + strlen(prefix), name_out, extension_out);
}
