/*
 * Files of state_dir and open file description locks on them.
 */
#include "config.h"

#include "domain/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"

#define STATE_FILE_MODE 0660

static bool
path_make(const struct conf *conf, const char *name, char path[PATH_MAX])
{
	int len = snprintf(path, PATH_MAX, "%s/%s", conf->state_dir, name);

	if (len >= 0 && len < PATH_MAX)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

int
state_file_find(const struct conf *conf, const char *name)
{
	char path[PATH_MAX];

	return path_make(conf, name, path) ? open(path, O_RDWR | O_CLOEXEC)
					   : -1;
}

int
state_file_open(const struct conf *conf, const char *name)
{
	char path[PATH_MAX];
	int fd = state_file_find(conf, name);

	if (fd >= 0 || errno != ENOENT || !path_make(conf, name, path))
		return fd;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, STATE_FILE_MODE);
	if (fd >= 0 && !file_give(fd, conf->state_dir)) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool
state_file_set(int fd, int64_t byte, int type, int how)
{
	struct flock lock = {
		.l_type = (short)type,
		.l_whence = SEEK_SET,
		.l_start = byte,
		.l_len = 1,
	};
	int rc;

	do
		rc = fcntl(fd, how, &lock);
	while (rc != 0 && errno == EINTR);
	return rc == 0;
}

bool
state_file_lock(int fd, int64_t byte, bool wait)
{
	return state_file_set(
	    fd, byte, F_WRLCK, wait ? F_OFD_SETLKW : F_OFD_SETLK);
}

bool
state_file_unlock(int fd, int64_t byte)
{
	return state_file_set(fd, byte, F_UNLCK, F_OFD_SETLK);
}

bool
state_file_locked(int fd, int64_t byte, int64_t count)
{
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = byte,
		.l_len = count,
	};

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

void
state_file_remove(const struct conf *conf, const char *name)
{
	char path[PATH_MAX];

	if (path_make(conf, name, path))
		(void)unlink(path);
}
