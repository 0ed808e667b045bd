/*
 * gessoctl user, gessoctl credit: people and what they are given.
 */
#include <inttypes.h>

#include "base/text.h"
#include "cli.h"
#include "core/db.h"
#include "domain/account.h"
#include "domain/power.h"

static const struct field user_fields[] = {
	COLUMN(struct account, id),
	COLUMN(struct account, username),
	COLUMN(struct account, email),
	COLUMN(struct account, role),
	COLUMN(struct account, banned),
	COLUMN(struct account, vip_level),
	COLUMN(struct account, vip_until),
	COLUMN(struct account, power_available),
	COLUMN(struct account, power_held),
	COLUMN(struct account, power_spent),
	COLUMN(struct account, hd_count),
	COLUMN(struct account, created_at),
};
static const struct shape user_shape = SHAPE(struct account, user_fields);

static int
run_add(struct cli *cli)
{
	struct account_new in = {
		.email = cli_value(cli, "email"),
		.username = cli_value(cli, "username"),
		.role = cli_has(cli, "admin") ? "admin" : NULL,
	};
	struct account account;
	enum err e;

	if (in.email == NULL || in.username == NULL ||
	    !cli_has(cli, "password-stdin"))
		return cli_usage("user add needs --email, --username and "
				 "--password-stdin");
	if (!cli_int(cli, "vip", 0, &in.vip_level))
		return 2;
	in.password = cli_secret(cli, "password");
	if (in.password == NULL)
		return 2;
	e = account_create(cli->cx, &in, &account);
	if (e)
		return cli_fail(cli, e);
	cli_row(cli, &user_shape, &account);
	return 0;
}

static int
run_show(struct cli *cli)
{
	struct account account;
	enum err e = account_find_email(cli->cx, cli->args[0], &account);

	if (e)
		return cli_fail(cli, e);
	cli_row(cli, &user_shape, &account);
	return 0;
}

static int
run_vip(struct cli *cli)
{
	struct account account;
	int64_t level, days;
	enum err e;

	if (!text_to_int_in(cli->args[1], 0, 100, &level))
		return cli_usage("LEVEL is a number from 0 to 100");
	if (!cli_int(cli, "days", 0, &days))
		return 2;
	e = account_find_email(cli->cx, cli->args[0], &account);
	if (e == ERR_OK)
		e = account_set_vip(cli->cx, &account.id, level, days);
	if (e)
		return cli_fail(cli, e);
	cli_done(cli, "%s has VIP level %" PRId64, account.email, level);
	return 0;
}

static int
set_banned(struct cli *cli, bool banned)
{
	struct account account;
	enum err e = account_find_email(cli->cx, cli->args[0], &account);

	if (e == ERR_OK)
		e = account_set_banned(cli->cx, &account.id, banned);
	if (e)
		return cli_fail(cli, e);
	cli_done(cli, "%s is %sbanned", account.email, banned ? "" : "not ");
	return 0;
}

static int
run_ban(struct cli *cli)
{
	return set_banned(cli, true);
}

static int
run_unban(struct cli *cli)
{
	return set_banned(cli, false);
}

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
	e = account_find_email(cli->cx, cli->args[0], &account);
	if (e)
		return cli_fail(cli, e);
	g.account = account.id;
	e = db_transaction(cli->cx, grant_work, &g);
	if (e)
		return cli_fail(cli, e);
	cli_done(cli, "%s has %" PRId64 " more", account.email, g.amount);
	return 0;
}

static const struct cli_flag add_flags[] = {
	{ "email", "E", "address to log in with" },
	{ "username", "U", "name shown to others" },
	{ "password-stdin", NULL, "the password is read from standard input" },
	{ "admin", NULL, "may change the vendors" },
	{ "vip", "LEVEL", "VIP level without an end" },
	{ NULL },
};
static const struct cli_flag vip_flags[] = {
	{ "days", "N", "how long; without it there is no end" },
	{ NULL },
};
static const struct cli_flag grant_flags[] = {
	{ "reason", "TEXT", "stands in the ledger" },
	{ NULL },
};

const struct command user_commands[] = {
	{ "user", "add", .args = "", .run = run_add, .flags = add_flags,
	    .about = "Makes an account.",
	    .example = "gessoctl user add --email a@b.example --username ann "
		       "--password-stdin < secret" },
	{ "user", "show", .args = "EMAIL", 1, 1, .run = run_show,
	    .about = "Shows an account.",
	    .example = "gessoctl user show a@b.example" },
	{ "user", "vip", .args = "EMAIL LEVEL", 2, 2, .run = run_vip,
	    .flags = vip_flags, .about = "Gives a VIP level; 0 takes it away.",
	    .example = "gessoctl user vip a@b.example 1 --days 30" },
	{ "user", "ban", .args = "EMAIL", 1, 1, .run = run_ban,
	    .about = "Locks an account out at once.",
	    .example = "gessoctl user ban a@b.example" },
	{ "user", "unban", .args = "EMAIL", 1, 1, .run = run_unban,
	    .about = "Lets an account in again.",
	    .example = "gessoctl user unban a@b.example" },
	{ "credit", "grant", .args = "EMAIL N", 2, 2, .run = run_grant,
	    .flags = grant_flags, .about = "Gives power.",
	    .example = "gessoctl credit grant a@b.example 100 "
		       "--reason 'sorry for Monday'" },
	{ .noun = NULL },
};
