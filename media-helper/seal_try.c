/*
 * Does the seal hold?  Every forbidden call, made in a sealed child of its own.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "seal.h"

#define ARGUMENTS_MAX 6
#define EXIT_DENIED 0
#define EXIT_WENT_THROUGH 1
#define EXIT_NO_SEAL 2

struct attempt {
	const char *name;
	long number;
	long arguments[ARGUMENTS_MAX];
};

#define TEXT(t) ((long)(intptr_t)(t))

static const struct sockaddr_in loopback = { .sin_family = AF_INET };
static const char passwd[] = "/etc/passwd";
static const char victim[] = "/tmp/gesso-media-seal";
static const char *const shell[] = { "/bin/sh", NULL };

/* clang-format off: a line each */
#define CALL(name, ...)                                                        \
	{                                                                      \
#name, SYS_##name,                                             \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}
static const struct attempt attempts[] = {
	CALL(openat, AT_FDCWD, TEXT(passwd), O_RDONLY),
	CALL(openat2, AT_FDCWD, TEXT(passwd), 0, 0),
	CALL(memfd_create, TEXT("x"), 0),
	CALL(socket, AF_INET, SOCK_STREAM, 0),
	CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, 0),
	CALL(connect, 0, TEXT(&loopback), sizeof(loopback)),
	CALL(bind, 0, TEXT(&loopback), sizeof(loopback)),
	CALL(listen, 0, 1),
	CALL(accept4, 0, 0, 0, 0),
	CALL(sendto, 0, TEXT("x"), 1, 0, TEXT(&loopback), sizeof(loopback)),
	CALL(sendmsg, 0, 0, 0),
	CALL(recvmsg, 1, 0, 0),
	CALL(execve, TEXT("/bin/sh"), TEXT(shell), 0),
	CALL(execveat, AT_FDCWD, TEXT("/bin/sh"), TEXT(shell), 0, 0),
	CALL(clone, SIGCHLD, 0, 0, 0, 0),
	CALL(clone3, 0, 0),
	CALL(unshare, CLONE_NEWUSER),
	CALL(setns, 0, 0),
	CALL(ptrace, PTRACE_TRACEME, 0, 0, 0),
	CALL(process_vm_readv, 1, 0, 0, 0, 0, 0),
	CALL(kill, 1, 0),
	CALL(tgkill, 1, 1, 0),
	CALL(unlinkat, AT_FDCWD, TEXT(victim), 0),
	CALL(renameat2, AT_FDCWD, TEXT(victim), AT_FDCWD, TEXT(victim), 0),
	CALL(linkat, AT_FDCWD, TEXT(passwd), AT_FDCWD, TEXT(victim), 0),
	CALL(symlinkat, TEXT(passwd), AT_FDCWD, TEXT(victim)),
	CALL(mkdirat, AT_FDCWD, TEXT(victim), 0700),
	CALL(fchmodat, AT_FDCWD, TEXT(passwd), 0777),
	CALL(fchownat, AT_FDCWD, TEXT(passwd), 0, 0, 0),
	CALL(truncate, TEXT(victim), 0),
	CALL(chdir, TEXT("/")),
	CALL(chroot, TEXT("/")),
	CALL(mount, TEXT("x"), TEXT("/mnt"), TEXT("tmpfs"), 0, 0),
	CALL(umount2, TEXT("/"), 0),
	CALL(bpf, BPF_PROG_LOAD, 0, 0),
	CALL(perf_event_open, 0, 0, -1, -1, 0),
	CALL(io_uring_setup, 1, 0),
	CALL(userfaultfd, 0),
	CALL(keyctl, 0, 0, 0),
	CALL(init_module, 0, 0, 0),
	CALL(reboot, 0, 0, 0, 0),
	CALL(setuid, 0),
	CALL(prctl, 0, 0, 0),
	CALL(prlimit64, 0, RLIMIT_NPROC, 0, 0),
	CALL(shmget, 0, 4096, 0),
	CALL(mmap, 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	CALL(mprotect, 0, 4096, PROT_READ | PROT_EXEC),
	CALL(dup, 0),
	CALL(fcntl, 0, F_DUPFD, 0),
};
/* clang-format on */

/* In the child: the way that the call ends is its exit status. */
static void NORETURN
attempt_make(const struct attempt *try)
{
	const long *a = try->arguments;
	long rc;

	if (!seal_close())
		_exit(EXIT_NO_SEAL);
	rc = syscall(try->number, a[0], a[1], a[2], a[3], a[4], a[5]);
	_exit(rc < 0 && errno == EACCES ? EXIT_DENIED : EXIT_WENT_THROUGH);
}

static const char *
attempt_outcome(const struct attempt *try)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		attempt_make(try);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return NULL;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return "killed";
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DENIED)
		return "denied";
	return NULL;
}

size_t
seal_try_all(size_t *tried_out)
{
	size_t through = 0;

	for (size_t i = 0; i < COUNT(attempts); i++) {
		const char *outcome = attempt_outcome(&attempts[i]);

		printf("%s: %s\n", attempts[i].name,
		    outcome != NULL ? outcome : "WENT THROUGH");
		fflush(stdout);
		if (outcome == NULL)
			through++;
	}
	*tried_out = COUNT(attempts);
	return through;
}
