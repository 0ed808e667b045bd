/*
 * cli - what every command of gessoctl is given, and how it answers.
 *
 * Data goes to standard output (tables for people, --json for programs), talk
 * to standard error.  Exit status: 0 done, 1 it did not work, 2 used wrongly, 3
 * nobody knows whether it was done: the database went away with the answer.
 */
#ifndef ADMIN_CLI_H
#define ADMIN_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "core/ctx.h"
#include "core/shape.h"
#include "domain/account.h"

#define CLI_FLAGS_MAX 12
#define CLI_ARGS_MAX 4

/* An option of a command, without the two hyphens. */
struct cli_flag {
	const char *name;
	const char *value; /* what it takes ("URL"), NULL for a switch */
	const char *about;
};

struct command;

struct cli {
	struct ctx *cx;
	const struct command *command;
	bool json;
	bool yes; /* do not ask */
	const char *args[CLI_ARGS_MAX];
	size_t arg_count;
	const struct cli_flag *flags;
	const char *values[CLI_FLAGS_MAX]; /* by place in flags; "" a switch */
};

struct command {
	const char *noun, *verb;
	const char *args; /* "EMAIL N" or "" */
	size_t args_min, args_max;
	const char *about; /* one sentence */
	const char *example;
	const struct cli_flag *flags; /* ends with a NULL name, or NULL */
	bool no_db;                   /* works without a database connection */
	bool as_root;                 /* writes what is root's */
	bool once;                    /* done again it does it again */
	/* shows what it did; with a blank at its end, of the first argument */
	const char *look;
	int (*run)(struct cli *);
};

extern const struct command *const command_lists[];

/* The value of an option, NULL when it was not given. */
const char *cli_value(const struct cli *, const char *flag);
bool cli_has(const struct cli *, const char *flag);
bool cli_has_any(const struct cli *); /* a flag at all */
/*
 * A whole number from an option; def when it is absent.  False (said on
 * standard error) when it is none.
 */
bool cli_int(const struct cli *, const char *flag, int64_t def, int64_t *out);
/* The first line of standard input, for secrets; NULL when there is none. */
const char *cli_secret(struct cli *, const char *what);
/*
 * Before something is destroyed: true with --yes, or when the person at the
 * terminal says so.  Where nobody can be asked it is false, and said.
 */
bool cli_sure(const struct cli *, const char *fmt, ...) PRINTF(2, 3);
/* The account of an e-mail address; false (said) when there is none. */
bool cli_account(struct cli *, const char *email, struct account *out);
/* Says what went wrong; returns 1, or 3 when it may have been done. */
int cli_fail(const struct cli *, enum err);
/* Says how it was used wrongly; returns 2. */
int cli_usage(const char *fmt, ...) PRINTF(1, 2);

/* Rows as a table, or as {"<name>":[...]}; */
void cli_rows(const struct cli *, const char *name, const struct shape *,
    const void *rows, size_t count);
/* One row as "name: value" lines, or as a JSON object. */
void cli_row(const struct cli *, const struct shape *, const void *row);
/*
 * "ok" green, "warn" yellow, "fail" red, where standard output is a terminal
 * and NO_COLOR is not set; NULL ends it.
 */
const char *cli_colour(const char *what);
/* A sentence about what was done; {"ok":true} in JSON. */
void cli_done(const struct cli *, const char *fmt, ...) PRINTF(2, 3);

#endif
