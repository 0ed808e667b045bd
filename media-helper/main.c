/*
 * gesso-media - decodes pictures and films of strangers, without rights.
 *
 * Started by the other programs with a socket as standard input; everything is
 * made ready, then the process seals itself (seal.h) and answers one ask after
 * the other (base/media_wire.h) until its caller hangs up.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "film.h"
#include "look.h"
#include "picture.h"
#include "seal.h"

/* A helper that has done that much makes room for a fresh one. */
#define CPU_RETIRE_S 60

#ifdef GESSO_SANITIZED
/* Looking for leaks starts threads, names of functions another program. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "detect_leaks=0:abort_on_error=0:symbolize=0";
}
#endif

static const char usage[] =
    "usage: gesso-media            (with a socket as standard input)\n"
    "       gesso-media --check    does the seal hold here?\n"
    "       gesso-media --facts FILE [THUMBNAIL]\n"
    "\n"
    "Decodes pictures and films for the other programs of gesso, in a process\n"
    "without rights.  See gesso-media(8).\n";

/* The next ask and its descriptors (-1: none); false at the end. */
static bool
ask_receive(struct media_ask *ask, int *in_fd, int *out_fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct iovec piece = { .iov_base = ask, .iov_len = sizeof(*ask) };
	struct msghdr message = { .msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	int fds[2] = { -1, -1 };
	struct cmsghdr *c;
	ssize_t n;

	do
		n = recvmsg(STDIN_FILENO, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(*ask) || ask->version != MEDIA_WIRE_VERSION)
		return false;
	c = CMSG_FIRSTHDR(&message);
	if (c == NULL || c->cmsg_type != SCM_RIGHTS)
		return false;
	memcpy(fds, CMSG_DATA(c),
	    c->cmsg_len >= CMSG_LEN(sizeof(fds)) ? sizeof(fds) : sizeof(int));
	*in_fd = fds[0];
	*out_fd = fds[1];
	return true;
}

static bool
answer_send(const struct media_answer *answer)
{
	ssize_t n;

	do
		n = send(STDIN_FILENO, answer, sizeof(*answer), MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*answer);
}

static bool
is_tired(void)
{
	struct rusage used;

	return getrusage(RUSAGE_SELF, &used) != 0 ||
	       used.ru_utime.tv_sec + used.ru_stime.tv_sec >= CPU_RETIRE_S;
}

static int
asks_answer(void)
{
	struct media_answer answer = { .version = MEDIA_WIRE_VERSION,
		.verdict = MEDIA_READY };
	struct media_ask ask;
	int in_fd, out_fd;
	bool well = answer_send(&answer);

	while (well && !is_tired() && ask_receive(&ask, &in_fd, &out_fd)) {
		well = look(&ask, in_fd, out_fd, &answer);
		close(in_fd);
		if (out_fd >= 0)
			close(out_fd);
		if (!answer_send(&answer))
			break;
	}
	return EX_OK;
}

/* Everything that opens files or looks around, while that is allowed. */
static bool
warm(void)
{
	(void)setlocale(LC_ALL, "C");
	film_warm();
	return picture_warm();
}

static int
check(void)
{
	size_t tried, through;

	if (!warm()) {
		fputs("gesso-media: a picture coder is missing\n", stderr);
		return EX_UNAVAILABLE;
	}
	through = seal_try_all(&tried);
	printf("%zu of %zu forbidden calls denied\n", tried - through, tried);
	if (through == 0 && seal_close())
		return EX_OK;
	fputs("gesso-media: the seal does not hold\n", stderr);
	return EX_OSERR;
}

static const char *const kind_names[MEDIA_KIND__MAX] = { "none", "png", "jpeg",
	"webp", "gif", "mp4", "webm", "mov" };

/* One file by hand, with the limits of nobody; the facts as JSON. */
static int
facts(const char *path, const char *thumbnail)
{
	const struct media_ask ask = {
		.version = MEDIA_WIRE_VERSION,
		.kinds = ~0u,
		.side_min = 1,
		.side_max = 65535,
		.frames_max = 10000,
		.pixels_max = 1u << 28,
		.bytes_max = INT64_MAX,
		.thumbnail = 320,
	};
	int in_fd = open(path, O_RDONLY | O_CLOEXEC), out_fd = -1;
	struct media_answer a;

	if (thumbnail != NULL)
		out_fd = open(
		    thumbnail, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (in_fd < 0 || (thumbnail != NULL && out_fd < 0)) {
		fprintf(stderr, "gesso-media: %s: %s\n",
		    in_fd < 0 ? path : thumbnail, strerror(errno));
		return EX_NOINPUT;
	}
	/* where the seal leaves them open */
	if (!warm() || dup2(in_fd, STDIN_FILENO) < 0 ||
	    (out_fd >= 0 && dup2(out_fd, STDERR_FILENO) < 0) || !seal_close())
		return EX_OSERR;
	(void)look(
	    &ask, STDIN_FILENO, thumbnail != NULL ? STDERR_FILENO : -1, &a);
	if (a.verdict != MEDIA_TAKEN) {
		printf("{\"taken\":false,\"why\":\"%s\"}\n", a.why);
		return fflush(stdout) == 0 ? EX_DATAERR : EX_IOERR;
	}
	printf("{\"taken\":true,\"kind\":\"%s\",\"width\":%u,\"height\":%u,"
	       "\"frames\":%u,\"durationMs\":%lld,\"fps\":%g}\n",
	    kind_names[a.kind], a.width, a.height, a.frames,
	    (long long)a.duration_ms, a.fps);
	return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

int
main(int argc, char *argv[])
{
	static const struct option options[] = {
		{ "check", no_argument, NULL, 'c' },
		{ "facts", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int option = getopt_long(argc, argv, "", options, NULL), type;
	socklen_t len = sizeof(type);

	signal(SIGXFSZ, SIG_IGN); /* an output that grows too long is EFBIG */
	if (option == 'h')
		return fputs(usage, stdout) < 0 ? EX_IOERR : EX_OK;
	if (option == 'v')
		return puts("gesso-media " VERSION) < 0 ? EX_IOERR : EX_OK;
	if (option == 'c' && optind == argc)
		return check();
	if (option == 'f' && (argc - optind == 1 || argc - optind == 2))
		return facts(argv[optind], argv[optind + 1]);
	if (option != -1 || optind != argc ||
	    getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &len) != 0 ||
	    type != SOCK_SEQPACKET) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	return warm() && seal_close() ? asks_answer() : EX_OSERR;
}
