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

int
state_file_open(const struct conf *conf, const char *name)
{
	char path[PATH_MAX];
	int fd, len;

	len = snprintf(path, sizeof(path), "%s/%s", conf->state_dir, name);
	if (len < 0 || (size_t)len >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0 || errno != ENOENT)
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
