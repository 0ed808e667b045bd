#include "config.h"

#include "seal.h"

#include <errno.h>
#include <grp.h>
#include <linux/close_range.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base.h"

#define NOBODY 65534

/* Anonymous memory, code and all.  A 40 megapixel picture takes 320 MiB. */
#define MEMORY_MAX (1024 * MIB)
#define OUTPUT_MAX (64 * MIB)
#define FILES_MAX 16
/* The caller ends what takes too long; this is for a caller that is gone. */
#define CPU_MAX_S 120

/* What decoding needs, whatever the arguments. */
static const int allowed[] = {
	SCMP_SYS(read),
	SCMP_SYS(pread64),
	SCMP_SYS(write),
	SCMP_SYS(lseek),
	SCMP_SYS(close),
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(times),
	SCMP_SYS(getrusage),
	SCMP_SYS(getrandom),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sysinfo),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/*
 * What libraries try on the way (configuration files, a look at a
 * descriptor) and do without when it is refused.
 */
static const int refused[] = {
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(stat),
	SCMP_SYS(lstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(getcwd),
	SCMP_SYS(uname),
	SCMP_SYS(ioctl),
	SCMP_SYS(fcntl),
	SCMP_SYS(prlimit64),
	SCMP_SYS(unlink),
	SCMP_SYS(ftruncate),
	SCMP_SYS(socket),
};

static bool
rules_add(scmp_filter_ctx filter)
{
	int rc = 0;

	for (size_t i = 0; i < COUNT(allowed); i++)
		rc |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; i < COUNT(refused); i++)
		rc |= seccomp_rule_add(
		    filter, SCMP_ACT_ERRNO(EACCES), refused[i], 0);
	/* Memory that could be run as code is never given. */
	rc |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	rc |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	/* Words with the caller, and with nobody else. */
	rc |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(recvmsg), 1,
	    SCMP_A0(SCMP_CMP_EQ, STDIN_FILENO));
	rc |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 2,
	    SCMP_A0(SCMP_CMP_EQ, STDIN_FILENO), SCMP_A4(SCMP_CMP_EQ, 0));
	return rc == 0;
}

static bool
filter_load(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	bool loaded = filter != NULL && rules_add(filter) &&
		      seccomp_load(filter) == 0; /* sets no_new_privs */

	if (filter != NULL)
		seccomp_release(filter);
	return loaded;
}

static bool
limit(int what, rlim_t most)
{
	return setrlimit((__rlimit_resource_t)what,
		   &(struct rlimit){ most, most }) == 0;
}

static bool
limits_set(void)
{
#ifndef GESSO_SANITIZED /* whose shadow memory takes terabytes of addresses */
	if (!limit(RLIMIT_AS, MEMORY_MAX))
		return false;
#endif
	return limit(RLIMIT_FSIZE, OUTPUT_MAX) && limit(RLIMIT_CORE, 0) &&
	       limit(RLIMIT_NOFILE, FILES_MAX) && limit(RLIMIT_NPROC, 0) &&
	       limit(RLIMIT_CPU, CPU_MAX_S);
}

/* Root becomes nobody; others stay who they are. */
static bool
rights_drop(void)
{
	if (geteuid() != 0)
		return true;
	return setgroups(0, NULL) == 0 &&
	       setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
	       setresuid(NOBODY, NOBODY, NOBODY) == 0;
}

bool
seal_close(void)
{
	return close_range(STDERR_FILENO + 1, ~0u, 0) == 0 &&
	       prctl(PR_SET_DUMPABLE, 0) == 0 && rights_drop() &&
	       limits_set() && filter_load();
}
