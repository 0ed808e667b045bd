/*
 * log - one structured line per event: time, level, program, key=value ...
 *
 * Lines go to standard error (which systemd, cron and the web server keep), to
 * syslog, or to a file that logrotate may move (log_reopen()).  Values are
 * escaped, so that no input can forge a line.  Nothing secret has a log
 * function.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/*
 * target: "stderr", "syslog" or a path.  Returns false (and keeps standard
 * error) when the file can't be opened.
 */
bool log_open(const char *program, const char *target, enum log_level);
void log_reopen(void);
bool log_wants(enum log_level);

/*
 * What every line of this thread carries until it is changed: the request or
 * task it works for ("req=0190..."); NULL for none.  Borrowed.
 */
void log_context(const char *);

/*
 * Whether this thread may keep lines back that are no warnings, a few thousand
 * bytes of them, until log_flush().  For those who flush before they wait: a
 * busy thread then writes many lines at once.
 */
void log_hold(bool);
void log_flush(void);

/* A sentence for a person: lower case, no full stop, quotes around names. */
void log_error(const char *, ...) PRINTF(1, 2);
void log_warn(const char *, ...) PRINTF(1, 2);
void log_info(const char *, ...) PRINTF(1, 2);
void log_debug(const char *, ...) PRINTF(1, 2);

/* Says why, and ends the process with the status (sysexits.h). */
void die(int status, const char *, ...) PRINTF(2, 3) NORETURN;

/*
 * A line of fields: log_event(LOG_LEVEL_INFO, "request", "method", "GET",
 * "path", path, (char *)NULL).  NULL values are left out.
 */
void log_event(enum log_level, const char *what, ...) __attribute__((sentinel));

#endif
