/*
 * gessoctl code: redemption codes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli.h"
#include "core/db.h"
#include "domain/code.h"

#define COUNT_MAX 10000
#define WORTH_MAX 1000000000
#define DAYS_MAX 36500
#define YEAR_LEAST 1970
#define DATE_LENGTH 10
#define LIST_DEFAULT 100
#define ID_LENGTH 16 /* of the hash in hex: enough to tell them apart */

/* A number that may be 0 but not less. */
static bool
worth(const struct cli *cli, const char *flag, int64_t max, int64_t *out)
{
	if (!cli_int(cli, flag, 0, out))
		return false;
	if (*out >= 0 && *out <= max)
		return true;
	cli_usage("--%s takes a number from 0 to %" PRId64, flag, max);
	return false;
}

/*
 * "2026-12-31", "2026-12-31T12:00:00Z", or a time from now: "30d".  A date is
 * one when it reads the same again.
 */
static bool
moment_parse(const char *text, int64_t *ms_out)
{
	struct civil c = { 0 };
	int64_t seconds;
	char again[32];

	if (text_to_seconds(text, &seconds)) {
		if (seconds > DAYS_MAX * INT64_C(86400))
			return false;
		*ms_out = clock_ms() + seconds * 1000;
		return true;
	}
	(void)sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ", &c.year, &c.month,
	    &c.day, &c.hour, &c.minute, &c.second);
	*ms_out = time_from_civil(&c);
	time_format(*ms_out, again);
	if (strlen(text) == DATE_LENGTH)
		again[DATE_LENGTH] = '\0';
	return c.year >= YEAR_LEAST && text_is(again, text);
}

struct codes {
	struct list codes; /* texts */
};
static const struct field codes_fields[] = { COLUMN(struct codes, codes) };
static const struct shape codes_shape = SHAPE(struct codes, codes_fields);

/* One a line, ready for a file. */
static void
codes_print(const struct cli *cli, const char *const *codes, size_t count)
{
	struct codes row = { { codes, count } };

	if (cli->json) {
		cli_row(cli, &codes_shape, &row);
		return;
	}
	for (size_t i = 0; i < count; i++)
		puts(codes[i]);
}

/* So many of a kind. */
struct batch {
	const struct code_new *in;
	const char **codes;
	size_t count;
};

/* All or none: they are shown only now. */
static enum err
batch_make(struct ctx *cx, void *arg)
{
	const struct batch *b = arg;
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < b->count; i++)
		e = code_create(cx, b->in, &b->codes[i]);
	return e;
}

/* Whether a commit without an answer went through. */
static enum err
batch_look(struct ctx *cx, const struct batch *b)
{
	enum err e;

	fault_clear(cx);
	e = code_find(cx, b->codes[0]);
	if (e == ERR_NOT_FOUND)
		return fault_retry(
		    cx, ERR_UNAVAILABLE, 1, "no codes were made");
	return e == ERR_UNAVAILABLE ? ERR_UNCERTAIN : e;
}

static int
run_new(struct cli *cli)
{
	const char *expires = cli_value(cli, "expires");
	struct code_new in = {
		.per_user = cli_has(cli, "per-user"),
		.expires_ms = TIME_NONE,
	};
	struct batch batch = { .in = &in };
	int64_t count;
	enum err e;

	if (!worth(cli, "power", WORTH_MAX, &in.power) ||
	    !worth(cli, "gifted", WORTH_MAX, &in.gifted) ||
	    !worth(cli, "hd", WORTH_MAX, &in.hd) ||
	    !worth(cli, "vip-days", DAYS_MAX, &in.vip_days) ||
	    !cli_int(cli, "count", 1, &count))
		return 2;
	if (in.power + in.gifted + in.hd + in.vip_days == 0)
		return cli_usage("code new needs one of --power, --gifted, "
				 "--hd and --vip-days");
	if (count < 1 || count > COUNT_MAX)
		return cli_usage(
		    "--count takes a number from 1 to %d", COUNT_MAX);
	if (expires != NULL && !moment_parse(expires, &in.expires_ms))
		return cli_usage("--expires takes a date (2026-12-31), a time "
				 "(2026-12-31T12:00:00Z) or a duration (30d)");
	batch.count = (size_t)count;
	batch.codes = ARENA_ARRAY(cli->cx->arena, batch.count, const char *);
	e = db_transaction(cli->cx, batch_make, &batch);
	if (e == ERR_UNCERTAIN)
		e = batch_look(cli->cx, &batch);
	if (e == ERR_UNCERTAIN) {
		fprintf(stderr, "gessoctl: it is not known whether they were "
				"made; nobody has seen them, make others\n");
		return 3;
	}
	if (e)
		return cli_fail(cli, e);
	codes_print(cli, batch.codes, batch.count);
	return 0;
}

static const struct cli_flag new_flags[] = {
	{ "power", "N", "power that was bought" },
	{ "gifted", "N", "power on the house" },
	{ "hd", "N", "high-definition generations" },
	{ "vip-days", "N", "days of VIP" },
	{ "count", "N", "how many codes; 1 without it" },
	{ "expires", "D", "a date, a time, or a duration from now" },
	{ "per-user", NULL, "once for every user instead of once" },
	{ NULL },
};

/* ---- what became of them ---- */

struct code_line {
	const char *id, *tail, *state;
	int64_t power, gifted, hd, vip_days;
	int64_t uses, max_uses;
	struct stamp expires_at, created_at;
};
static const struct field line_fields[] = {
	COLUMN(struct code_line, id),
	COLUMN(struct code_line, tail),
	COLUMN(struct code_line, state),
	COLUMN(struct code_line, power),
	COLUMN(struct code_line, gifted),
	COLUMN(struct code_line, hd),
	COLUMN(struct code_line, vip_days),
	COLUMN(struct code_line, uses),
	COLUMN(struct code_line, max_uses),
	COLUMN(struct code_line, expires_at),
	COLUMN(struct code_line, created_at),
};
static const struct shape line_shape = SHAPE(struct code_line, line_fields);

#define LINE                                                                   \
	"SELECT LOWER(LEFT(HEX(hash), 16)) AS id, tail,"                       \
	"       CASE WHEN uses >= max_uses THEN 'used'"                        \
	"            WHEN expires_at <= NOW(3) THEN 'expired'"                 \
	"            ELSE 'open' END AS state,"                                \
	"       power, gifted, hd, vip_days, uses, max_uses, expires_at,"      \
	"       created_at"                                                    \
	"  FROM redemption_code"
/* The hash begins so. */
#define OF_ID                                                                  \
	" WHERE hash BETWEEN UNHEX(RPAD(?, 64, '0'))"                          \
	"   AND UNHEX(RPAD(?, 64, 'f'))"

DB_STMT(code_lines, "ii", &line_shape,
    LINE " HAVING ? = 0 OR state = 'open'"
	 " ORDER BY created_at DESC, id LIMIT ?");
DB_STMT(code_line_by_id, "ss", &line_shape, LINE OF_ID);
DB_STMT(code_expire, "ss", NULL,
    "UPDATE redemption_code SET expires_at = NOW(3)" OF_ID
    "   AND (expires_at IS NULL OR expires_at > NOW(3))");

static int
run_list(struct cli *cli)
{
	int64_t open = cli_has(cli, "open"), limit;
	struct code_line *lines;
	size_t count;
	enum err e;

	if (!cli_int(cli, "limit", LIST_DEFAULT, &limit))
		return 2;
	e = db_list(
	    cli->cx, &lines, &count, (size_t)limit, &code_lines, open, limit);
	if (e)
		return cli_fail(cli, e);
	cli_rows(cli, "codes", &line_shape, lines, count);
	return 0;
}

static int
run_revoke(struct cli *cli)
{
	const char *id = cli->args[0];
	struct code_line line;
	enum err e;

	if (strspn(id, "0123456789abcdef") != ID_LENGTH ||
	    id[ID_LENGTH] != '\0')
		return cli_usage("'%s' is no id of 'gessoctl code list'", id);
	e = db_run(cli->cx, NULL, &code_expire, id, id);
	if (e == ERR_OK)
		e = db_find(cli->cx, &line, &code_line_by_id, id, id);
	if (e == ERR_NOT_FOUND)
		fault(cli->cx, e, NULL, "there is no code '%s'", id);
	if (e)
		return cli_fail(cli, e);
	cli_done(cli, "nobody can use the code ...%s any more; %" PRId64 " did",
	    line.tail, line.uses);
	return 0;
}

static const struct cli_flag list_flags[] = {
	{ "open", NULL, "those that can be used" },
	{ "limit", "N", "at most so many, the newest first; 100" },
	{ NULL },
};

const struct command code_commands[] = {
	{ "code", "new", .args = "", .run = run_new, .flags = new_flags,
	    .about = "Makes redemption codes; they are shown only now.",
	    .example = "gessoctl code new --power 100 --count 20 "
		       "--expires 90d" },
	{ "code", "list", .args = "", .run = run_list, .flags = list_flags,
	    .about = "Lists codes by their last characters, and their use.",
	    .example = "gessoctl code list --open" },
	{ "code", "revoke", .args = "ID", 1, 1, .run = run_revoke,
	    .look = "code list",
	    .about = "Takes back a code; who has used it keeps what it gave.",
	    .example = "gessoctl code revoke 0f1e2d3c4b5a6978" },
	{ .noun = NULL },
};
