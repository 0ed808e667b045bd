#include "config.h"

#include "domain/answer_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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

static const char *
file_name(const struct uuid *message, char name[NAME_SIZE])
{
	char id[UUID_TEXT];

	(void)snprintf(name, NAME_SIZE, PREFIX "%s", uuid_format(message, id));
	return name;
}

int
answer_file_make(const struct conf *conf, const struct uuid *message)
{
	char name[NAME_SIZE];
	int fd = state_file_open(conf, file_name(message, name));

	if (fd >= 0 && !state_file_lock(fd, WRITER_BYTE, false)) {
		close(fd);
		return -1;
	}
	return fd;
}

bool
answer_file_add(int fd, const char *text, size_t len)
{
	return file_write_all(fd, text, len);
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
};

static struct answer_files *
files_open(struct ctx *cx)
{
	struct answer_files *files = ARENA_NEW(cx->arena, struct answer_files);

	files->dir = opendir(cx->conf->state_dir);
	return files;
}

/* What is left in a file that nobody writes; false: somebody does. */
static bool
file_read(struct ctx *cx, const char *name, const char **text_out)
{
	int fd = state_file_find(cx->conf, name);
	off_t size;
	ssize_t len;
	char *text;

	if (fd < 0)
		return false;
	size = lseek(fd, 0, SEEK_END);
	if (size < 0 || size > (off_t)ANSWER_MAX ||
	    lseek(fd, 0, SEEK_SET) != 0 || answer_file_written(fd)) {
		close(fd);
		return false;
	}
	text = arena_alloc(cx->arena, (size_t)size + 1);
	len = file_read_full(fd, text, (size_t)size);
	close(fd);
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
		    file_read(cx, entry->d_name, text_out))
			return true;
	closedir(files->dir);
	files->dir = NULL;
	return false;
}
