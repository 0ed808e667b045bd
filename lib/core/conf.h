/*
 * conf - gesso.conf: "key = value" lines, '#' comments, typed by options.def.
 *
 * An unknown key is an error that names file and line and what may have been
 * meant.  Programs read conf->token_lifetime, never a text by name.
 */
#ifndef CORE_CONF_H
#define CORE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "base/buf.h"

#define CONF_DB_PASSWORD 256 /* bytes, with the NUL */

enum option_type {
	OPTION_TEXT,
	OPTION_PATH,
	OPTION_INT,
	OPTION_BOOL,
	OPTION_SIZE,
	OPTION_DURATION
};

typedef const char *conf_TEXT;
typedef const char *conf_PATH;
typedef int64_t conf_INT;
typedef bool conf_BOOL;
typedef int64_t conf_SIZE;
typedef int64_t conf_DURATION;

struct conf {
#define OPTION(name, type, def, min, max, sentence) conf_##type name;
#include "core/options.def"
#undef OPTION
	const char *path;       /* the file it came from, NULL for none */
	const char *site_path;  /* path part of public_url, "" or "/studio" */
	const char *media_path; /* site_path + "/media" */
};

struct option {
	const char *name;
	enum option_type type;
	const char *def, *min, *max, *sentence;
	size_t offset; /* in struct conf */
};

extern const struct option options[];
extern const size_t option_count;

/* What a program was given, else $GESSO_CONF, else the built-in path. */
const char *conf_path(const char *given);
/*
 * Reads and checks a file.  NULL with every complaint in *complaints, a line
 * each ("gesso.conf:7: unknown key 'quota_zone'; did you mean ...").  A file
 * that is right may have notes there: the last of several lines of a key
 * counts.
 */
struct conf *conf_read(const char *path, struct buf *complaints);
/* All defaults, for tests and for --help. */
struct conf *conf_default(void);
void conf_free(struct conf *);
/* The value as a person would write it, into the buffer. */
void conf_print(const struct conf *, const struct option *, struct buf *);
bool conf_is_default(const struct conf *, const struct option *);
/*
 * Reads the file or says what is wrong on standard error and exits with
 * EX_CONFIG; opens the log.  For the start of programs.
 */
struct conf *conf_load(const char *given, const char *program);
/*
 * The file of a running program again; NULL, with the complaints in the log,
 * when it is wrong or nobody could log in to the database with it: then the old
 * one stays in force.  Opens the log anew.
 */
struct conf *conf_reload(const struct conf *old, const char *program);
/* The password of the database user; false when its file can't be read. */
bool
conf_db_password(const struct conf *, char out[CONF_DB_PASSWORD]) MUST_CHECK;

#endif
