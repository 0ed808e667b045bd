/*
 * A kernel that refuses: put before the C library (LD_PRELOAD), it lets the
 * n-th call of a kind fail in one of our programs, as the mapped file
 * $GESSO_FAULTS says at that moment (t/lib/Faults.pm writes it).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

struct order {
	char program[32];
	char call[32];
	char path[160]; /* in the name of the file, "": any */
	int32_t error;
	int32_t repeat;    /* so many in a row */
	int32_t part;      /* of the first so many bytes are written */
	_Atomic int32_t n; /* written last; 0: nothing fails */
	_Atomic int32_t count, hits;
	char what[320]; /* the one that failed first */
};

static struct order *order;

__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("GESSO_FAULTS");
	void *p;
	int fd;

	if (path == NULL ||
	    (strncmp(program_invocation_short_name, "gesso", 5) != 0))
		return;
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	p = (void *)syscall(SYS_mmap, NULL, sizeof(*order),
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
	if (p != MAP_FAILED)
		order = p;
}

/* The name of what is open. */
static const char *
name_of(int fd, char out[256])
{
	char link[64];
	long len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = syscall(SYS_readlinkat, AT_FDCWD, link, out, 255);
	out[len < 0 ? 0 : len] = '\0';
	return out;
}

/*
 * How the call ends: 0 as it will, else with errno set; of a file that has a
 * name or is open.
 */
static int
refused(const char *call, const char *path, int fd)
{
	char name[256];
	int32_t n, at, saved = errno;

	if (order == NULL || (n = atomic_load(&order->n)) == 0 ||
	    strcmp(call, order->call) != 0 ||
	    strcmp(program_invocation_short_name, order->program) != 0)
		return 0;
	if (path == NULL)
		path = fd < 0 ? "" : name_of(fd, name);
	errno = saved;
	if (strstr(path, order->path) == NULL)
		return 0;
	at = atomic_fetch_add(&order->count, 1) + 1;
	if (at < n || at >= n + order->repeat)
		return 0;
	if (atomic_fetch_add(&order->hits, 1) == 0)
		snprintf(order->what, sizeof(order->what), "%s %s", call, path);
	errno = order->error;
	return at - n + 1;
}

#define REAL(name)                                                             \
	static __typeof__(&name) real;                                         \
	if (real == NULL) {                                                    \
		void *symbol = dlsym(RTLD_NEXT, #name);                        \
		memcpy(&real, &symbol, sizeof(real));                          \
	}

/* A call that tells by what it returns and errno. */
#define CALL(type, name, as, path, fd, bad, params, args)                      \
	type name params                                                       \
	{                                                                      \
		REAL(name)                                                     \
		if (refused(as, path, fd))                                     \
			return bad;                                            \
		return real args;                                              \
	}
/* One that returns the error. */
#define CALL_ERROR(name, path, params, args)                                   \
	int name params                                                        \
	{                                                                      \
		REAL(name)                                                     \
		if (refused(#name, path, -1))                                  \
			return errno;                                          \
		return real args;                                              \
	}

#define OPEN(name)                                                             \
	int name(const char *path, int flags, ...)                             \
	{                                                                      \
		va_list ap;                                                    \
		mode_t mode;                                                   \
		REAL(name)                                                     \
		va_start(ap, flags);                                           \
		mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(ap, mode_t)  \
							 : 0;                  \
		va_end(ap);                                                    \
		if (refused("open", path, -1))                                 \
			return -1;                                             \
		return real(path, flags, mode);                                \
	}
OPEN(open)
OPEN(open64)

int __open_2(const char *, int);
CALL(int, __open_2, "open", path, -1, -1, (const char *path, int flags),
    (path, flags))
CALL(FILE *, fopen, "open", path, -1, NULL,
    (const char *path, const char *mode), (path, mode))
CALL(DIR *, opendir, "opendir", path, -1, NULL, (const char *path), (path))
CALL(int, fsync, "fsync", NULL, fd, -1, (int fd), (fd))
CALL(int, fdatasync, "fsync", NULL, fd, -1, (int fd), (fd))
CALL(int, rename, "rename", to, -1, -1, (const char *from, const char *to),
    (from, to))
CALL(int, renameat2, "rename", to, -1, -1,
    (int fd, const char *from, int fd2, const char *to, unsigned flags),
    (fd, from, fd2, to, flags))
CALL(int, link, "link", to, -1, -1, (const char *from, const char *to),
    (from, to))
CALL(int, unlink, "unlink", path, -1, -1, (const char *path), (path))
CALL(int, mkdir, "mkdir", path, -1, -1, (const char *path, mode_t mode),
    (path, mode))
CALL(int, chmod, "chmod", path, -1, -1, (const char *path, mode_t mode),
    (path, mode))
CALL(int, ftruncate, "ftruncate", NULL, fd, -1, (int fd, off_t len), (fd, len))
CALL(ssize_t, read, "read", NULL, fd, -1, (int fd, void *to, size_t len),
    (fd, to, len))
CALL(void *, mmap, "mmap", NULL, fd, MAP_FAILED,
    (void *at, size_t len, int prot, int flags, int fd, off_t from),
    (at, len, prot, flags, fd, from))
CALL(int, statvfs, "statvfs", path, -1, -1,
    (const char *path, struct statvfs *out), (path, out))
CALL(int, socketpair, "socketpair", NULL, -1, -1,
    (int domain, int type, int protocol, int pair[2]),
    (domain, type, protocol, pair))
CALL(pid_t, fork, "fork", NULL, -1, -1, (void), ())
CALL(int, pipe2, "pipe2", NULL, -1, -1, (int pair[2], int flags), (pair, flags))
CALL(ssize_t, sendmsg, "sendmsg", NULL, fd, -1,
    (int fd, const struct msghdr *message, int flags), (fd, message, flags))
CALL(ssize_t, recv, "recv", NULL, fd, -1,
    (int fd, void *to, size_t len, int flags), (fd, to, len, flags))
CALL(int, eventfd, "eventfd", NULL, -1, -1, (unsigned value, int flags),
    (value, flags))
CALL(int, signalfd, "signalfd", NULL, -1, -1,
    (int fd, const sigset_t *set, int flags), (fd, set, flags))
CALL(int, epoll_create1, "epoll_create1", NULL, -1, -1, (int flags), (flags))
CALL(int, epoll_ctl, "epoll_ctl", NULL, fd, -1,
    (int ep, int how, int fd, struct epoll_event *event), (ep, how, fd, event))
CALL(int, accept, "accept", NULL, fd, -1,
    (int fd, __SOCKADDR_ARG at, socklen_t *restrict len), (fd, at, len))
CALL(int, accept4, "accept", NULL, fd, -1,
    (int fd, __SOCKADDR_ARG at, socklen_t *restrict len, int flags),
    (fd, at, len, flags))
CALL(int, socket, "socket", NULL, -1, -1, (int domain, int type, int protocol),
    (domain, type, protocol))
CALL(int, dup3, "dup3", NULL, from, -1, (int from, int to, int flags),
    (from, to, flags))

CALL(ssize_t, getrandom, "getrandom", NULL, -1, -1,
    (void *to, size_t len, unsigned flags), (to, len, flags))

CALL_ERROR(
    posix_fallocate, NULL, (int fd, off_t from, off_t len), (fd, from, len))
CALL_ERROR(posix_spawn, path,
    (pid_t *restrict pid, const char *restrict path,
	const posix_spawn_file_actions_t *restrict files,
	const posix_spawnattr_t *restrict attributes,
	char *const argv[restrict], char *const envp[restrict]),
    (pid, path, files, attributes, argv, envp))
CALL_ERROR(pthread_create, NULL,
    (pthread_t *restrict id, const pthread_attr_t *restrict attributes,
	void *(*run)(void *), void *restrict arg),
    (id, attributes, run, arg))

/* The first of a row may get a part through. */
ssize_t
write(int fd, const void *bytes, size_t len)
{
	int which;
	REAL(write)

	which = refused("write", NULL, fd);
	if (which == 1 && order->part != 0 && len > 1)
		return real(fd, bytes,
		    (size_t)order->part < len ? (size_t)order->part : len / 2);
	return which ? -1 : real(fd, bytes, len);
}

/* By the path of a socket, or the number of its port. */
int
connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t len)
{
	const struct sockaddr *address = to.__sockaddr__;
	const unsigned char *port = (const unsigned char *)address->sa_data;
	char name[sizeof(((struct sockaddr_un *)0)->sun_path) + 8] = "";
	REAL(connect)

	if (address->sa_family == AF_UNIX)
		snprintf(name, sizeof(name), "%s", address->sa_data);
	else if (address->sa_family == AF_INET)
		snprintf(name, sizeof(name), ":%d", port[0] << 8 | port[1]);
	return refused("connect", name, -1) ? -1 : real(fd, to, len);
}

/* Locks only. */
int
fcntl(int fd, int how, ...)
{
	va_list ap;
	void *arg;
	REAL(fcntl)

	va_start(ap, how);
	arg = va_arg(ap, void *);
	va_end(ap);
	if ((how == F_OFD_SETLK || how == F_OFD_SETLKW) &&
	    ((struct flock *)arg)->l_type != F_UNLCK &&
	    refused("lock", NULL, fd))
		return -1;
	return real(fd, how, arg);
}
