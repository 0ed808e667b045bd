/*
 * gessoctl work: what people made, and taking it away.
 */
#include "base/text.h"
#include "base/uuid.h"
#include "cli.h"
#include "core/db.h"
#include "domain/square.h"
#include "domain/work.h"

#define LIST_DEFAULT 100

struct work_line {
	struct uuid id, account_id;
	const char *email, *type, *status, *title;
	bool published;
	int64_t bytes;
	struct stamp created_at;
};
static const struct field work_fields[] = {
	COLUMN(struct work_line, id),
	COLUMN(struct work_line, account_id),
	COLUMN(struct work_line, email),
	COLUMN(struct work_line, type),
	COLUMN(struct work_line, status),
	COLUMN(struct work_line, title),
	COLUMN(struct work_line, published),
	COLUMN(struct work_line, bytes),
	COLUMN(struct work_line, created_at),
};
static const struct shape work_shape = SHAPE(struct work_line, work_fields);

DB_STMT(work_lines, "ssii", &work_shape,
    "SELECT w.id, w.account_id, a.email, w.type, w.status, w.title,"
    "       w.published_at IS NOT NULL AS published, w.bytes, w.created_at"
    "  FROM work w JOIN account a ON a.id = w.account_id"
    " WHERE (? IS NULL OR a.email = ?)"
    "   AND (? = 0 OR w.published_at IS NOT NULL)"
    " ORDER BY w.id DESC LIMIT ?");
DB_STMT(work_line_by_id, "u", &work_shape,
    "SELECT w.id, w.account_id, a.email, w.type, w.status, w.title,"
    "       w.published_at IS NOT NULL AS published, w.bytes, w.created_at"
    "  FROM work w JOIN account a ON a.id = w.account_id"
    " WHERE w.id = ?");

static int
run_list(struct cli *cli)
{
	const char *email = cli_value(cli, "email");
	int64_t published = cli_has(cli, "published");
	struct work_line *lines;
	int64_t limit;
	size_t count;
	enum err e;

	if (!cli_int(cli, "limit", LIST_DEFAULT, &limit))
		return 2;
	e = db_list(cli->cx, &lines, &count, (size_t)limit, &work_lines, email,
	    email, published, limit);
	if (e)
		return cli_fail(cli, e);
	cli_rows(cli, "works", &work_shape, lines, count);
	return 0;
}

/* The work that the first argument names; 0, or the exit status (said). */
static int
work_take(struct cli *cli, struct work_line *out)
{
	struct uuid id;
	enum err e;

	if (!uuid_parse(cli->args[0], &id))
		return cli_usage("'%s' is no work id", cli->args[0]);
	e = db_find(cli->cx, out, &work_line_by_id, &id);
	return e ? cli_fail(cli, e) : 0;
}

static int
run_show(struct cli *cli)
{
	struct work_line work;
	int status = work_take(cli, &work);

	if (status == 0)
		cli_row(cli, &work_shape, &work);
	return status;
}

static int
run_hide(struct cli *cli)
{
	struct work_line work;
	int status = work_take(cli, &work);
	enum err e;

	if (status != 0)
		return status;
	e = square_unpublish(cli->cx, &work.account_id, &work.id);
	if (e)
		return cli_fail(cli, e);
	cli_done(cli, "'%s' is not on the square", work.title);
	return 0;
}

static int
run_delete(struct cli *cli)
{
	struct work_line work;
	int status = work_take(cli, &work);
	enum err e;

	if (status != 0)
		return status;
	if (!cli_sure(
		cli, "'%s' of %s is lost for ever", work.title, work.email))
		return 2;
	e = work_delete(cli->cx, &work.account_id, &work.id);
	if (e)
		return cli_fail(cli, e);
	cli_done(cli, "'%s' is gone", work.title);
	return 0;
}

static const struct cli_flag list_flags[] = {
	{ "email", "E", "of one account" },
	{ "published", NULL, "on the square" },
	{ "limit", "N", "at most so many, the newest first; 100" },
	{ NULL },
};

const struct command work_commands[] = {
	{ "work", "list", .args = "", .run = run_list, .flags = list_flags,
	    .about = "Lists works, the newest first.",
	    .example = "gessoctl work list --published" },
	{ "work", "show", .args = "ID", 1, 1, .run = run_show,
	    .about = "Shows a work.",
	    .example = "gessoctl work show 0190a1b2-..." },
	{ "work", "hide", .args = "ID", 1, 1, .run = run_hide,
	    .look = "work show ", .about = "Takes a work off the square.",
	    .example = "gessoctl work hide 0190a1b2-..." },
	{ "work", "delete", .args = "ID", 1, 1, .run = run_delete,
	    .look = "work show ", .about = "Deletes a work and its files.",
	    .example = "gessoctl work delete 0190a1b2-... --yes" },
	{ .noun = NULL },
};

const struct db_stmt *const cmd_work_stmts[] = { &work_lines, &work_line_by_id,
	NULL };
