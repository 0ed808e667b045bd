/*
 * The signals of a server.
 */
#include "config.h"

#include "serve/signals.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/base.h"
#include "base/log.h"

static const int taken[] = { SIGTERM, SIGINT, SIGUSR1, SIGHUP };

static void
signals_nothing(int sig)
{
	(void)sig;
}

void
signals_set(sigset_t *set)
{
	(void)sigemptyset(set);
	for (size_t i = 0; i < COUNT(taken); i++)
		(void)sigaddset(set, taken[i]);
	(void)sigaddset(set, SIGCHLD);
}

void
signals_take(void)
{
	struct sigaction own = { .sa_handler = signals_nothing,
		.sa_flags = SA_RESTART };
	const struct sigaction plain = { .sa_handler = SIG_DFL };
	sigset_t set;

	signals_set(&set);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		die(EX_OSERR, "cannot block signals: %s", strerror(errno));
	for (size_t i = 0; i < COUNT(taken); i++)
		if (sigaction(taken[i], &own, NULL) != 0)
			die(EX_OSERR, "cannot take signal %d: %s", taken[i],
			    strerror(errno));
	if (sigaction(SIGPIPE, &own, NULL) != 0 ||
	    sigaction(SIGCHLD, &plain, NULL) != 0)
		die(EX_OSERR, "cannot take signals: %s", strerror(errno));
}

bool
signals_wait_ms(int ms)
{
	const struct timespec patience = { .tv_sec = ms / 1000,
		.tv_nsec = (ms % 1000) * 1000000L };
	sigset_t set;

	signals_set(&set);
	return sigtimedwait(&set, NULL, &patience) > 0;
}

int
signals_wait(void)
{
	sigset_t set;
	int sig = 0;

	signals_set(&set);
	while (sigwait(&set, &sig) != 0)
		continue;
	return sig;
}
