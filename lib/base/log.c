#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#define LINE_MAX_BYTES 4096 /* a longer line is cut */

/* A line that is being made. */
struct line {
	char text[LINE_MAX_BYTES];
	size_t len;
};

static const char *const level_names[] = { "error", "warn", "info", "debug" };
static const int syslog_levels[] = { LOG_ERR, LOG_WARNING, LOG_INFO,
	LOG_DEBUG };

static char program_name[32] = "gesso";
static char file_path[512]; /* "" unless lines go to a file */
static int log_fd = STDERR_FILENO;
static bool to_syslog;
static enum log_level threshold = LOG_LEVEL_INFO;
static _Thread_local const char *context;
static _Thread_local bool holding;
static _Thread_local struct line held; /* of this thread, whole lines */

static bool
file_open(void)
{
	int fd =
	    open(file_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);

	if (fd < 0)
		return false;
	if (log_fd == STDERR_FILENO) {
		log_fd = fd;
		return true;
	}
	/* the number stays the same: other threads are writing */
	dup3(fd, log_fd, O_CLOEXEC);
	close(fd);
	return true;
}

/* After a file the number stays, here too. */
static bool
stderr_open(void)
{
	return log_fd == STDERR_FILENO ||
	       dup3(STDERR_FILENO, log_fd, O_CLOEXEC) >= 0;
}

bool
log_open(const char *program, const char *target, enum log_level level)
{
	snprintf(program_name, sizeof(program_name), "%s", program);
	threshold = level;
	to_syslog = text_is(target, "syslog");
	file_path[0] = '\0';
	if (to_syslog) {
		openlog(program_name, LOG_PID, LOG_DAEMON);
		return true;
	}
	if (text_is(target, "stderr"))
		return stderr_open();
	snprintf(file_path, sizeof(file_path), "%s", target);
	return file_open();
}

void
log_reopen(void)
{
	if (file_path[0] != '\0' && !file_open())
		log_error("cannot open the log '%s': %s; lines go where they "
			  "went",
		    file_path, strerror(errno));
}

bool
log_wants(enum log_level level)
{
	return level <= threshold;
}

void
log_context(const char *text)
{
	context = text;
}

static void
line_add(struct line *line, const char *bytes, size_t len)
{
	size_t room = sizeof(line->text) - 1 - line->len;

	if (len > room)
		len = room;
	memcpy(line->text + line->len, bytes, len);
	line->len += len;
}

static void
line_puts(struct line *line, const char *text)
{
	line_add(line, text, strlen(text));
}

/* Characters that could forge a line or move a terminal's cursor. */
static bool
is_harmful(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 ||
	       c == 0x2029 || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

static void
line_escape(struct line *line, const char *text, bool quoted)
{
	size_t len = strlen(text), size;

	for (size_t i = 0; i < len; i += size) {
		char escaped[16];
		uint32_t c = utf8_decode(text + i, len - i, &size);

		if (!utf8_valid(text + i, size)) {
			size = 1;
			snprintf(escaped, sizeof(escaped), "\\x%02x",
			    (unsigned char)text[i]);
			line_puts(line, escaped);
		} else if (is_harmful(c)) {
			snprintf(escaped, sizeof(escaped), "\\u%04x", c);
			line_puts(line, escaped);
		} else if (quoted && (c == '"' || c == '\\')) {
			line_add(line, "\\", 1);
			line_add(line, text + i, 1);
		} else {
			line_add(line, text + i, size);
		}
	}
}

static void
line_begin(struct line *line, enum log_level level)
{
	char when[32], head[96];

	line->len = 0;
	if (!to_syslog) {
		snprintf(head, sizeof(head), "%s %s %s[%d] ",
		    time_format_ms(clock_ms(), when), level_names[level],
		    program_name, (int)getpid());
		line_puts(line, head);
	}
	if (context != NULL) {
		line_escape(line, context, false);
		line_add(line, " ", 1);
	}
}

/*
 * Whole lines.  When there was room for a part only, the next begins on a line
 * of its own.
 */
static void
log_write(const char *text, size_t len)
{
	static atomic_bool torn;
	ssize_t n;

	if (atomic_exchange(&torn, false) && write(log_fd, "\n", 1) != 1) {
		atomic_store(&torn, true);
		return;
	}
	n = write(log_fd, text, len);
	if (n < 0 && errno == EINTR)
		n = 0;
	if (n >= 0 && !file_write_all(log_fd, text + n, len - (size_t)n))
		atomic_store(&torn, true);
}

static void
line_end(struct line *line, enum log_level level)
{
	if (to_syslog) {
		line->text[line->len] = '\0';
		syslog(syslog_levels[level], "%s", line->text);
		return;
	}
	line->text[line->len++] = '\n';
	if (holding && level >= LOG_LEVEL_INFO) {
		if (line->len > sizeof(held.text) - held.len)
			log_flush();
		memcpy(held.text + held.len, line->text, line->len);
		held.len += line->len;
		return;
	}
	log_flush();
	log_write(line->text, line->len);
}

void
log_hold(bool hold)
{
	if (!hold)
		log_flush();
	holding = hold;
}

void
log_flush(void)
{
	if (held.len > 0)
		log_write(held.text, held.len);
	held.len = 0;
}

static void log_sentence(enum log_level, const char *, va_list) PRINTF(2, 0);

static void
log_sentence(enum log_level level, const char *fmt, va_list ap)
{
	char sentence[LINE_MAX_BYTES];
	struct line line;

	if (!log_wants(level))
		return;
	vsnprintf(sentence, sizeof(sentence), fmt, ap);
	line_begin(&line, level);
	line_escape(&line, sentence, false);
	line_end(&line, level);
}

#define LOG_FUNCTION(name, level)                                              \
	void name(const char *fmt, ...)                                        \
	{                                                                      \
		va_list ap;                                                    \
                                                                               \
		va_start(ap, fmt);                                             \
		log_sentence(level, fmt, ap);                                  \
		va_end(ap);                                                    \
	}

/* clang-format off */
LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warn, LOG_LEVEL_WARN)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
/* clang-format on */

void
die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_sentence(LOG_LEVEL_ERROR, fmt, ap);
	va_end(ap);
	_exit(status);
}

/* A value with a blank, a quote or nothing in it stands in quotes. */
static void
line_value(struct line *line, const char *value)
{
	bool quoted = value[0] == '\0' || strpbrk(value, " \"=\\") != NULL;

	if (quoted)
		line_add(line, "\"", 1);
	line_escape(line, value, quoted);
	if (quoted)
		line_add(line, "\"", 1);
}

void
log_event(enum log_level level, const char *what, ...)
{
	struct line line;
	const char *key;
	va_list ap;

	if (!log_wants(level))
		return;
	line_begin(&line, level);
	line_puts(&line, what);
	va_start(ap, what);
	while ((key = va_arg(ap, const char *)) != NULL) {
		const char *value = va_arg(ap, const char *);

		if (value == NULL)
			continue;
		line_add(&line, " ", 1);
		line_puts(&line, key);
		line_add(&line, "=", 1);
		line_value(&line, value);
	}
	va_end(ap);
	line_end(&line, level);
}
