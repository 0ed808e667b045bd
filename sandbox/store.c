/*
 * Tasks as files.
 */
#include "config.h"

#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/text.h"
#include "call.h"
#include "core/json_read.h"

#define JOB_MAX (512 * KIB)
#define ID_MAX 200
#define KEPT_S (48 * 3600)
#define LISTED_MAX 4096

static const struct field job_fields[] = {
	COLUMN(struct job, id),
	COLUMN(struct job, vendor),
	COLUMN(struct job, kind),
	COLUMN(struct job, model),
	COLUMN(struct job, prompt),
	COLUMN(struct job, format),
	COLUMN(struct job, size),
	COLUMN(struct job, extra),
	COLUMN(struct job, count),
	COLUMN(struct job, width),
	COLUMN(struct job, height),
	COLUMN(struct job, fps),
	COLUMN(struct job, duration_ms),
	COLUMN(struct job, seed),
	COLUMN(struct job, created_ms),
	COLUMN(struct job, work_ms),
};

static const struct shape job_shape = SHAPE(struct job, job_fields);

/* The folders of the state directory. */
static const char *const folders[] = { "jobs", "marks", "counts", "films" };

/* ---- once a process ---- */

static void
folder_sweep(const char *path)
{
	time_t before = (time_t)(clock_ms() / 1000) - KEPT_S;
	DIR *dir = opendir(path);
	struct dirent *entry;
	struct stat st;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		if (fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 &&
		    S_ISREG(st.st_mode) && st.st_mtime < before)
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	(void)closedir(dir);
}

bool
store_open(const char *dir)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < COUNT(folders); i++) {
		int n = snprintf(path, sizeof(path), "%s/%s", dir, folders[i]);

		if (n < 0 || (size_t)n >= sizeof(path) ||
		    !file_mkdirs(path, 0700))
			return false;
		folder_sweep(path);
	}
	return true;
}

/* ---- files ---- */

/* The path of an id that makes a file name; NULL for one that does not. */
static char *
path_of(struct call *c, const char *folder, const char *id, const char *suffix)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_";
	size_t len = strlen(id);

	if (len == 0 || len > ID_MAX || strspn(id, allowed) != len)
		return NULL;
	return arena_printf(
	    c->cx.arena, "%s/%s/%s%s", c->box->state_dir, folder, id, suffix);
}

static bool
file_put(const char *path, const char *temporary, const char *text)
{
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool ok;

	if (fd < 0)
		return false;
	ok = file_write_all(fd, text, strlen(text));
	if (close(fd) != 0)
		ok = false;
	if (ok && rename(temporary, path) == 0)
		return true;
	(void)unlink(temporary);
	return false;
}

bool
store_put(struct call *c, struct job *job)
{
	char unique[UUID_TEXT];
	struct uuid uuid = uuid_new();
	const char *path = path_of(c, "jobs", job->id, "");
	const char *temporary = path_of(c, "jobs", job->id,
	    arena_printf(c->cx.arena, ".%s", uuid_format(&uuid, unique)));

	job->created_ms = clock_ms();
	return path != NULL &&
	       file_put(path, temporary, json_write(&c->cx, &job_shape, job));
}

bool
store_get(struct call *c, const char *id, struct job *out)
{
	const char *path = path_of(c, "jobs", id, "");
	char *text;
	size_t len;

	if (path == NULL ||
	    !file_slurp(c->cx.arena, path, JOB_MAX, &text, &len) ||
	    json_read(&c->cx, text, len, &job_shape, out) != ERR_OK)
		return false;
	return c->vendor == NULL || text_is(out->vendor, c->vendor->name);
}

bool
store_remove(struct call *c, const char *id)
{
	const char *path = path_of(c, "jobs", id, "");

	return path != NULL && unlink(path) == 0;
}

bool
store_mark(struct call *c, const char *id, const char *mark)
{
	const char *path =
	    path_of(c, "marks", id, arena_printf(c->cx.arena, ".%s", mark));
	int fd = path == NULL
		     ? -1
		     : open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd >= 0 && close(fd) == 0;
}

bool
store_marked(struct call *c, const char *id, const char *mark)
{
	const char *path =
	    path_of(c, "marks", id, arena_printf(c->cx.arena, ".%s", mark));

	return path != NULL && access(path, F_OK) == 0;
}

void
store_unmark(struct call *c, const char *id, const char *mark)
{
	const char *path =
	    path_of(c, "marks", id, arena_printf(c->cx.arena, ".%s", mark));

	if (path != NULL)
		(void)unlink(path);
}

const char **
store_ids_marked(struct call *c, const char *mark)
{
	const char **ids =
	    ARENA_ARRAY(c->cx.arena, LISTED_MAX + 1, const char *);
	const char *suffix = arena_printf(c->cx.arena, ".%s", mark);
	DIR *dir =
	    opendir(arena_printf(c->cx.arena, "%s/marks", c->box->state_dir));
	struct dirent *entry;
	size_t count = 0;

	while (
	    dir != NULL && count < LISTED_MAX && (entry = readdir(dir)) != NULL)
		if (text_ends(entry->d_name, suffix))
			ids[count++] = arena_copy(c->cx.arena, entry->d_name,
			    strlen(entry->d_name) - strlen(suffix));
	if (dir != NULL)
		(void)closedir(dir);
	return ids;
}

int64_t
store_count(struct call *c, const char *name, const char *text)
{
	const char *both = arena_printf(c->cx.arena, "%s\n%s", name, text);
	const char *path = path_of(
	    c, "counts", sha256_hex(c->cx.arena, both, strlen(both)), "");
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	int64_t place = 1;

	if (fd < 0)
		return place;
	/* Appending moves the place of this descriptor behind its own byte. */
	if (file_write_all(fd, "+", 1))
		place = lseek(fd, 0, SEEK_CUR);
	(void)close(fd);
	return place;
}
