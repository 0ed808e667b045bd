#include "config.h"

#include "domain/answer_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/text.h"
#include "domain/answer.h"
#include "domain/state_file.h"

#define PREFIX "answer."
#define NAME_SIZE (sizeof(PREFIX) + UUID_TEXT)

/* Bytes to be locked, far behind the text. */
#define WRITER_BYTE (INT64_C(1) << 40)
#define READERS_FROM (INT64_C(1) << 41)
#define READERS INT64_C(0x7fffffff)

/* A writer looks four times a second whether its file was deleted. */
#define LEAVE_LOOKS 200
#define LEAVE_LOOK_NS 10000000

static const char *
file_name(const struct uuid *message, char name[NAME_SIZE])
{
	char id[UUID_TEXT];

	(void)snprintf(name, NAME_SIZE, PREFIX "%s", uuid_format(message, id));
	return name;
}

/* Without a writer's lock it would look like that of a dead one. */
static void
file_forsake(const struct conf *conf, const char *name, int fd)
{
	int error = errno;

	state_file_remove(conf, name);
	close(fd);
	errno = error;
}

int
answer_file_make(const struct conf *conf, const struct uuid *message)
{
	char name[NAME_SIZE];
	int fd;

	while ((fd = state_file_open(conf, file_name(message, name))) >= 0 &&
	       state_file_lock(fd, WRITER_BYTE, true)) {
		if (!answer_file_removed(fd))
			return fd;
		close(fd); /* it was swept before it was ours */
	}
	if (fd >= 0)
		file_forsake(conf, name, fd);
	return -1;
}

bool
answer_file_add(int fd, const char *text, size_t len)
{
	off_t there = lseek(fd, 0, SEEK_CUR);

	return there >= 0 && (size_t)there <= len &&
	       file_write_all(fd, text + there, len - (size_t)there);
}

bool
answer_file_watched(int fd)
{
	return state_file_locked(fd, READERS_FROM, READERS);
}

bool
answer_file_removed(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink == 0;
}

void
answer_file_remove(const struct conf *conf, const struct uuid *message)
{
	char name[NAME_SIZE];

	state_file_remove(conf, file_name(message, name));
}

void
answer_file_delete(const struct conf *conf, const struct uuid *message)
{
	const struct timespec pause = { .tv_nsec = LEAVE_LOOK_NS };
	char name[NAME_SIZE];
	int fd = state_file_find(conf, file_name(message, name));

	state_file_remove(conf, name);
	for (int i = 0; fd >= 0 && i < LEAVE_LOOKS && answer_file_written(fd);
	     i++)
		(void)nanosleep(&pause, NULL);
	if (fd >= 0)
		close(fd);
}

int
answer_file_follow(const struct conf *conf, const struct uuid *message)
{
	char name[NAME_SIZE];
	int fd = state_file_find(conf, file_name(message, name));

	/* two in one place only look like one */
	if (fd >= 0)
		(void)state_file_lock(
		    fd, READERS_FROM + random_below((uint32_t)READERS), false);
	return fd;
}

bool
answer_file_written(int fd)
{
	return state_file_locked(fd, WRITER_BYTE, 1);
}

struct answer_files {
	DIR *dir;
	int fd; /* the one that was told last: ours until the next, or -1 */
};

static struct answer_files *
files_open(struct ctx *cx)
{
	struct answer_files *files = ARENA_NEW(cx->arena, struct answer_files);

	files->fd = -1;
	files->dir = opendir(cx->conf->state_dir);
	return files;
}

/* What is left in a file; false when it can't be read. */
static bool
file_read(struct ctx *cx, int fd, const char **text_out)
{
	off_t size = lseek(fd, 0, SEEK_END);
	ssize_t len;
	char *text;

	if (size < 0 || size > (off_t)ANSWER_MAX || lseek(fd, 0, SEEK_SET) != 0)
		return false;
	text = arena_alloc(cx->arena, (size_t)size + 1);
	len = file_read_full(fd, text, (size_t)size);
	/* the writer may have died in the middle of a character */
	for (size_t cut = 0; len > 0 && !utf8_valid(text, (size_t)len); len--)
		if (++cut == 4)
			return false;
	if (len < 0)
		return false;
	text[len] = '\0';
	*text_out = text;
	return true;
}

static void
files_let_go(struct answer_files *files)
{
	if (files->fd >= 0)
		close(files->fd);
	files->fd = -1;
}

/* Ours, as if we wrote it: nobody else may, who has just made it, too. */
static bool
files_take(struct answer_files *files, struct ctx *cx, const char *name)
{
	files_let_go(files);
	files->fd = state_file_find(cx->conf, name);
	return files->fd >= 0 && state_file_lock(files->fd, WRITER_BYTE, false);
}

bool
answer_file_dead(struct ctx *cx, struct answer_files **cursor,
    struct uuid *message_out, const char **text_out)
{
	struct answer_files *files = *cursor != NULL ? *cursor : files_open(cx);
	struct dirent *entry;

	*cursor = files;
	if (files->dir == NULL)
		return false;
	while ((entry = readdir(files->dir)) != NULL)
		if (text_starts(entry->d_name, PREFIX) &&
		    uuid_parse(entry->d_name + strlen(PREFIX), message_out) &&
		    files_take(files, cx, entry->d_name) &&
		    file_read(cx, files->fd, text_out))
			return true;
	files_let_go(files);
	closedir(files->dir);
	files->dir = NULL;
	return false;
}
