/*
 * gessoctl credit, gessoctl limits: what people have and may.
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli.h"
#include "core/conf.h"
#include "core/db.h"
#include "domain/budget.h"
#include "domain/power.h"
#include "domain/quota.h"

#define LIST_DEFAULT 100
#define REASON_MAX 200

/* A gift of the house. */
struct grant {
	struct uuid account;
	int64_t amount;
	const char *reason;
};

static enum err
grant_work(struct ctx *cx, void *arg)
{
	const struct grant *g = arg;

	return power_credit(
	    cx, &g->account, "grant", g->amount, true, g->reason);
}

static int
run_grant(struct cli *cli)
{
	struct grant g = { .reason = cli_value(cli, "reason") };
	struct account account;
	enum err e;

	if (!text_to_int_in(cli->args[1], 1, INT32_MAX, &g.amount))
		return cli_usage("N is a number of units, 1 or more");
	if (text_empty(g.reason))
		return cli_usage("credit grant needs --reason TEXT");
	if (!utf8_valid(g.reason, strlen(g.reason)) ||
	    utf8_length(g.reason, strlen(g.reason)) > REASON_MAX)
		return cli_usage(
		    "--reason has %d characters at most", REASON_MAX);
	if (!cli_account(cli, cli->args[0], &account))
		return 1;
	g.account = account.id;
	e = db_transaction(cli->cx, grant_work, &g);
	if (e)
		return cli_fail(cli, e);
	cli_done(cli, "%s has %" PRId64 " more", account.email, g.amount);
	return 0;
}

/* A row of the ledger. */
struct transfer_line {
	struct stamp created_at;
	const char *kind;
	int64_t amount, balance;
	struct uuid task_id;
	const char *note;
};
static const struct field transfer_fields[] = {
	COLUMN(struct transfer_line, created_at),
	COLUMN(struct transfer_line, kind),
	COLUMN(struct transfer_line, amount),
	COLUMN(struct transfer_line, balance),
	COLUMN(struct transfer_line, task_id),
	COLUMN(struct transfer_line, note),
};
static const struct shape transfer_shape =
    SHAPE(struct transfer_line, transfer_fields);

DB_STMT(transfer_lines, "ui", &transfer_shape,
    "SELECT created_at, kind, amount, balance, task_id, note"
    "  FROM power_transfer WHERE account_id = ? ORDER BY id DESC LIMIT ?");

static int
run_show(struct cli *cli)
{
	struct transfer_line *lines;
	struct account account;
	int64_t limit;
	size_t count;
	enum err e;

	if (!cli_int(cli, "limit", LIST_DEFAULT, &limit))
		return 2;
	if (!cli_account(cli, cli->args[0], &account))
		return 1;
	e = db_list(cli->cx, &lines, &count, (size_t)limit, &transfer_lines,
	    &account.id, limit);
	if (e)
		return cli_fail(cli, e);
	cli_rows(cli, "transfers", &transfer_shape, lines, count);
	return 0;
}

/* A limit of an account and what is left of it. */
struct limit_line {
	const char *name;
	int64_t limit, used;
};
static const struct field limit_fields[] = {
	COLUMN(struct limit_line, name),
	COLUMN(struct limit_line, limit),
	COLUMN(struct limit_line, used),
};
static const struct shape limit_shape = SHAPE(struct limit_line, limit_fields);

static int
run_limits(struct cli *cli)
{
	struct ctx *cx = cli->cx;
	const struct conf *c = cx->conf;
	struct budget budget = { 0 };
	struct account a;
	char id[UUID_TEXT];
	int64_t end_ms, calls;
	bool today, vip;

	if (!cli_account(cli, cli->args[0], &a))
		return 1;
	vip = account_is_vip(&a);
	calls =
	    vip ? c->limit_vip_calls_per_hour : c->limit_free_calls_per_hour;
	today = quota_counts(
	    &a, time_zone_day(c->quota_timezone, clock_ms(), &end_ms));
	if (budget_open(c, cx) == ERR_OK)
		budget_look(cx,
		    arena_printf(cx->arena, "u:%s", uuid_format(&a.id, id)),
		    calls, &budget);
	cli_rows(cli, "limits", &limit_shape,
	    (const struct limit_line[]){ { "images today",
					     vip ? c->limit_vip_images_per_day
						 : c->limit_free_images_per_day,
					     today ? a.images_today : 0 },
		{ "videos today",
		    vip ? c->limit_vip_videos_per_day
			: c->limit_free_videos_per_day,
		    today ? a.videos_today : 0 },
		{ "calls this hour", calls, calls - budget.remaining } },
	    3);
	return 0;
}

DB_STMT(limits_clear_day, "u", NULL,
    "UPDATE account SET images_today = 0, videos_today = 0 WHERE id = ?");

/* Both or none. */
static enum err
reset_work(struct ctx *cx, void *arg)
{
	const struct account *a = arg;
	enum err e = db_run(cx, NULL, &limits_clear_day, &a->id);

	return e ? e : account_unlock(cx, a);
}

static int
run_limits_reset(struct cli *cli)
{
	struct account a;
	enum err e;

	if (!cli_account(cli, cli->args[0], &a))
		return 1;
	e = db_transaction(cli->cx, reset_work, &a);
	if (e)
		return cli_fail(cli, e);
	cli_done(cli, "%s begins its day anew and may log in again", a.email);
	return 0;
}

static const struct cli_flag grant_flags[] = {
	{ "reason", "TEXT", "stands in the ledger" },
	{ NULL },
};

static const struct cli_flag show_flags[] = {
	{ "limit", "N", "at most so many, the newest first; 100" },
	{ NULL },
};

const struct command credit_commands[] = {
	{ "credit", "grant", .args = "EMAIL N", 2, 2, .run = run_grant,
	    .once = true, .look = "credit show ", .flags = grant_flags,
	    .about = "Gives power.",
	    .example = "gessoctl credit grant a@b.example 100 "
		       "--reason 'sorry for Monday'" },
	{ "credit", "show", .args = "EMAIL", 1, 1, .run = run_show,
	    .flags = show_flags, .about = "Shows the ledger of an account.",
	    .example = "gessoctl credit show a@b.example" },
	{ "limits", "show", .args = "EMAIL", 1, 1, .run = run_limits,
	    .about = "Shows the limits of an account and what is used.",
	    .example = "gessoctl limits show a@b.example" },
	{ "limits", "reset", .args = "EMAIL", 1, 1, .run = run_limits_reset,
	    .look = "limits show ",
	    .about = "Gives the day back and lifts a login lock.",
	    .example = "gessoctl limits reset a@b.example" },
	{ .noun = NULL },
};

const struct db_stmt *const cmd_credit_stmts[] = { &transfer_lines,
	&limits_clear_day, NULL };
