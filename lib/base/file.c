#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"

#define PATH_LENGTH_MAX 1024

bool
file_write_all(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

ssize_t
file_read_full(int fd, void *out, size_t size)
{
	char *p = out;
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, p + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

bool
file_slurp(struct arena *arena, const char *path, size_t max, char **out,
    size_t *len_out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text;
	ssize_t len;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) != 0) {
		close(fd);
		return false;
	}
	if ((size_t)st.st_size > max) {
		close(fd);
		errno = EFBIG;
		return false;
	}
	text = arena_alloc(arena, (size_t)st.st_size + 1);
	len = file_read_full(fd, text, (size_t)st.st_size);
	close(fd);
	if (len < 0)
		return false;
	*out = text;
	*len_out = (size_t)len;
	return true;
}

bool
file_mkdirs(const char *path, mode_t mode)
{
	char part[PATH_LENGTH_MAX];
	struct stat st;

	if (strlen(path) >= sizeof(part)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(part, path, strlen(path) + 1);
	for (char *p = part + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(part, mode) != 0 && errno != EEXIST)
			return false;
		*p = '/';
	}
	if (mkdir(part, mode) == 0)
		return true;
	return errno == EEXIST && stat(part, &st) == 0 && S_ISDIR(st.st_mode);
}

bool
file_sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done;

	if (fd < 0)
		return false;
	done = fsync(fd) == 0;
	close(fd);
	return done;
}

bool
file_give(int fd, const char *dir)
{
	struct stat at;

	if (geteuid() != 0)
		return true;
	return stat(dir, &at) == 0 && fchown(fd, at.st_uid, at.st_gid) == 0;
}
