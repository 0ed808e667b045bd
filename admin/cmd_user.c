/*
 * gessoctl user: people.
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli.h"
#include "core/db.h"
#include "domain/account.h"
#include "domain/password.h"
#include "domain/session.h"

#define DAYS_MAX 36500 /* a hundred years */
#define LIST_DEFAULT 100
#define VIP_MAX 100

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
	if (in.vip_level > VIP_MAX)
		return cli_usage("--vip takes a number from 0 to %d", VIP_MAX);
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

	if (!cli_account(cli, cli->args[0], &account))
		return 1;
	cli_row(cli, &user_shape, &account);
	return 0;
}

static int
run_vip(struct cli *cli)
{
	struct account account;
	int64_t level, days;
	enum err e;

	if (!text_to_int_in(cli->args[1], 0, VIP_MAX, &level))
		return cli_usage("LEVEL is a number from 0 to %d", VIP_MAX);
	if (!cli_int(cli, "days", 0, &days))
		return 2;
	if (cli_has(cli, "days") && (days < 1 || days > DAYS_MAX))
		return cli_usage(
		    "--days takes a number from 1 to %d", DAYS_MAX);
	if (!cli_account(cli, cli->args[0], &account))
		return 1;
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
	enum err e;

	if (!cli_account(cli, cli->args[0], &account))
		return 1;
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

/* A row of the list. */
struct user_line {
	const char *email, *username, *role;
	bool banned;
	int64_t vip_level, power_available, power_held, generated;
	struct stamp created_at;
};
static const struct field line_fields[] = {
	COLUMN(struct user_line, email),
	COLUMN(struct user_line, username),
	COLUMN(struct user_line, role),
	COLUMN(struct user_line, banned),
	COLUMN(struct user_line, vip_level),
	COLUMN(struct user_line, power_available),
	COLUMN(struct user_line, power_held),
	COLUMN(struct user_line, generated),
	COLUMN(struct user_line, created_at),
};
static const struct shape line_shape = SHAPE(struct user_line, line_fields);

DB_STMT(user_lines, "siii", &line_shape,
    "SELECT email, username, role, banned_at IS NOT NULL AS banned,"
    "       vip_level, power_available, power_held, `generated`, created_at"
    "  FROM account"
    " WHERE INSTR(CONCAT(email, ' ', username), ?) > 0"
    "   AND (? = 0 OR role = 'admin') AND (? = 0 OR banned_at IS NOT NULL)"
    " ORDER BY id DESC LIMIT ?");

static int
run_list(struct cli *cli)
{
	const char *match = cli_value(cli, "match");
	int64_t admins = cli_has(cli, "admins");
	int64_t banned = cli_has(cli, "banned");
	struct user_line *lines;
	int64_t limit;
	size_t count;
	enum err e;

	if (!cli_int(cli, "limit", LIST_DEFAULT, &limit))
		return 2;
	e = db_list(cli->cx, &lines, &count, (size_t)limit, &user_lines,
	    match == NULL ? "" : match, admins, banned, limit);
	if (e)
		return cli_fail(cli, e);
	cli_rows(cli, "users", &line_shape, lines, count);
	return 0;
}

DB_STMT(user_password, "su", NULL,
    "UPDATE account SET password_hash = ?, token_epoch = token_epoch + 1"
    " WHERE id = ?");

static int
run_password(struct cli *cli)
{
	const char *password, *hash;
	struct account account;
	size_t length;
	enum err e;

	if (!cli_has(cli, "password-stdin"))
		return cli_usage("user password needs --password-stdin");
	if (!cli_account(cli, cli->args[0], &account))
		return 1;
	password = cli_secret(cli, "password");
	if (password == NULL)
		return 2;
	length = utf8_valid(password, strlen(password))
		     ? utf8_length(password, strlen(password))
		     : 0;
	if (length < PASSWORD_LENGTH_MIN || length > PASSWORD_LENGTH_MAX)
		return cli_usage("a password has %d to %d characters",
		    PASSWORD_LENGTH_MIN, PASSWORD_LENGTH_MAX);
	e = password_hash(cli->cx, password, &hash);
	if (e == ERR_OK)
		e = db_run(cli->cx, NULL, &user_password, hash, &account.id);
	if (e)
		return cli_fail(cli, e);
	cli_done(cli, "%s has a new password and is logged out everywhere",
	    account.email);
	return 0;
}

static int
run_role(struct cli *cli)
{
	struct account account;
	enum err e;

	if (!text_is(cli->args[1], "user") && !text_is(cli->args[1], "admin"))
		return cli_usage("ROLE is user or admin");
	if (!cli_account(cli, cli->args[0], &account))
		return 1;
	e = account_set_role(cli->cx, &account.id, cli->args[1]);
	if (e)
		return cli_fail(cli, e);
	cli_done(cli, "%s is %s now", account.email, cli->args[1]);
	return 0;
}

static int
run_logout(struct cli *cli)
{
	struct account account;
	enum err e;

	if (!cli_account(cli, cli->args[0], &account))
		return 1;
	e = session_revoke_all(cli->cx, &account.id);
	if (e)
		return cli_fail(cli, e);
	cli_done(cli, "every token of %s is dead", account.email);
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
static const struct cli_flag list_flags[] = {
	{ "match", "TEXT", "a part of the e-mail or the name" },
	{ "admins", NULL, "administrators only" },
	{ "banned", NULL, "those that are locked out" },
	{ "limit", "N", "at most so many, the newest first; 100" },
	{ NULL },
};
static const struct cli_flag password_flags[] = {
	{ "password-stdin", NULL, "the password is read from standard input" },
	{ NULL },
};

const struct command user_commands[] = {
	{ "user", "add", .args = "", .run = run_add, .look = "user list",
	    .flags = add_flags, .about = "Makes an account.",
	    .example = "gessoctl user add --email a@b.example --username ann "
		       "--password-stdin < secret" },
	{ "user", "show", .args = "EMAIL", 1, 1, .run = run_show,
	    .about = "Shows an account.",
	    .example = "gessoctl user show a@b.example" },
	{ "user", "vip", .args = "EMAIL LEVEL", 2, 2, .run = run_vip,
	    .look = "user show ", .flags = vip_flags,
	    .about = "Gives a VIP level; 0 takes it away.",
	    .example = "gessoctl user vip a@b.example 1 --days 30" },
	{ "user", "ban", .args = "EMAIL", 1, 1, .run = run_ban,
	    .look = "user show ", .about = "Locks an account out at once.",
	    .example = "gessoctl user ban a@b.example" },
	{ "user", "unban", .args = "EMAIL", 1, 1, .run = run_unban,
	    .look = "user show ", .about = "Lets an account in again.",
	    .example = "gessoctl user unban a@b.example" },
	{ "user", "list", .args = "", .run = run_list, .flags = list_flags,
	    .about = "Lists accounts, the newest first.",
	    .example = "gessoctl user list --match example.org" },
	{ "user", "password", .args = "EMAIL", 1, 1, .run = run_password,
	    .look = "user show ", .flags = password_flags,
	    .about = "Sets a password and kills every token.",
	    .example = "gessoctl user password a@b.example "
		       "--password-stdin < secret" },
	{ "user", "role", .args = "EMAIL ROLE", 2, 2, .run = run_role,
	    .look = "user show ", .about = "Makes an administrator, or none.",
	    .example = "gessoctl user role a@b.example admin" },
	{ "user", "logout", .args = "EMAIL", 1, 1, .run = run_logout,
	    .look = "user show ", .about = "Kills every token of an account.",
	    .example = "gessoctl user logout a@b.example" },
	{ .noun = NULL },
};

const struct db_stmt *const cmd_user_stmts[] = { &user_lines, &user_password,
	NULL };
