/*
 * The part of doctor that lets the helper try what it must not be able to do.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "exam.h"

#define SAID_MAX 4096
#define PATIENCE_US ((int64_t)30000000)

/* gesso-media --check with a pipe as its output; 0 or an errno. */
static int
helper_start(const char *path, int out, pid_t *pid_out)
{
	char *const environment[] = { (char[]){ "LC_ALL=C" }, NULL };
	char name[] = "gesso-media", check[] = "--check";
	char *const arguments[] = { name, check, NULL };
	posix_spawn_file_actions_t files;
	int rc;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(
	    &files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(
	    &files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	rc = posix_spawn(pid_out, path, &files, NULL, arguments, environment);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

/* What it says; false when it does not come to an end. */
static bool
helper_hear(int in, char said[SAID_MAX])
{
	int64_t until = clock_steady_us() + PATIENCE_US, left;
	size_t len = 0;

	while ((left = until - clock_steady_us()) > 0 && len < SAID_MAX - 1) {
		struct pollfd fd = { .fd = in, .events = POLLIN };
		ssize_t n;

		said[len] = '\0';
		if (poll(&fd, 1, (int)(left / 1000) + 1) < 1)
			continue;
		n = read(in, said + len, SAID_MAX - 1 - len);
		if (n <= 0)
			return true;
		len += (size_t)n;
	}
	return false;
}

/* The last line is the sum. */
static const char *
helper_sum(struct exam *exam, const char *said)
{
	const char *sum = "it says nothing", *line;

	while ((line = text_split(exam->cx->arena, &said, '\n')) != NULL)
		if (!text_empty(line))
			sum = line;
	return sum;
}

void
doctor_seal(struct exam *exam)
{
	const char *path = exam->conf->media_helper;
	char said[SAID_MAX] = "";
	int ends[2], status = -1, rc;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0) {
		exam_wrong(exam, EXAM_FAIL, "media seal",
		    "try again on a machine with more room", "%s",
		    strerror(errno));
		return;
	}
	rc = helper_start(path, ends[1], &pid);
	close(ends[1]);
	if (rc == 0) {
		if (!helper_hear(ends[0], said))
			(void)kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
	}
	close(ends[0]);
	if (rc != 0)
		exam_wrong(exam, EXAM_FAIL, "media seal",
		    "correct media_helper", "'%s' does not start: %s", path,
		    strerror(rc));
	else if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		exam_ok(exam, "media seal", "%s", helper_sum(exam, said));
	else
		exam_wrong(exam, EXAM_FAIL, "media seal",
		    arena_printf(exam->cx->arena,
			"run: %s --check; is it the helper of this version, "
			"and has the kernel seccomp?",
			path),
		    "the helper is not sealed: %s", helper_sum(exam, said));
}
