/*
 * gessoctl upload: what people keep with us, and taking it away.
 */
#include "base/uuid.h"
#include "cli.h"
#include "core/db.h"
#include "domain/account.h"
#include "domain/upload.h"

#define LIST_DEFAULT 100

struct upload_line {
	struct uuid id;
	const char *mime;
	int64_t bytes, width, height;
	struct stamp created_at;
};
static const struct field upload_fields[] = {
	COLUMN(struct upload_line, id),
	COLUMN(struct upload_line, mime),
	COLUMN(struct upload_line, bytes),
	COLUMN(struct upload_line, width),
	COLUMN(struct upload_line, height),
	COLUMN(struct upload_line, created_at),
};
static const struct shape upload_shape =
    SHAPE(struct upload_line, upload_fields);

DB_STMT(upload_lines, "ui", &upload_shape,
    "SELECT upload_id AS id, mime, bytes, width, height, created_at"
    "  FROM media"
    " WHERE account_id = ? AND use_for = 'upload' AND deleted_at IS NULL"
    " ORDER BY created_at DESC, upload_id DESC LIMIT ?");

static int
run_list(struct cli *cli)
{
	struct account account;
	struct upload_line *lines;
	int64_t limit;
	size_t count;
	enum err e;

	if (!cli_int(cli, "limit", LIST_DEFAULT, &limit))
		return 2;
	e = account_find_email(cli->cx, cli->args[0], &account);
	if (e == ERR_OK)
		e = db_list(cli->cx, &lines, &count, (size_t)limit,
		    &upload_lines, &account.id, limit);
	if (e)
		return cli_fail(cli, e);
	cli_rows(cli, "uploads", &upload_shape, lines, count);
	return 0;
}

static int
run_delete(struct cli *cli)
{
	struct account account;
	struct uuid id;
	enum err e;

	if (!uuid_parse(cli->args[1], &id))
		return cli_usage("'%s' is no upload id", cli->args[1]);
	e = account_find_email(cli->cx, cli->args[0], &account);
	if (e)
		return cli_fail(cli, e);
	if (!cli_sure(cli, "an upload of %s is lost for ever", account.email))
		return 2;
	e = upload_delete(cli->cx, &account.id, &id);
	if (e == ERR_NOT_FOUND)
		fault(
		    cli->cx, e, NULL, "there is no upload '%s'", cli->args[1]);
	if (e)
		return cli_fail(cli, e);
	cli_done(cli, "the upload is gone");
	return 0;
}

static const struct cli_flag list_flags[] = {
	{ "limit", "N", "at most so many, the newest first; 100" },
	{ NULL },
};

const struct command upload_commands[] = {
	{ "upload", "list", .args = "EMAIL", 1, 1, .run = run_list,
	    .flags = list_flags,
	    .about = "Lists what an account keeps with us, the newest first.",
	    .example = "gessoctl upload list ada@example.org" },
	{ "upload", "delete", .args = "EMAIL ID", 2, 2, .run = run_delete,
	    .look = "upload list ",
	    .about = "Deletes an upload, which gives its room back.",
	    .example = "gessoctl upload delete ada@example.org 0190a1b2-... "
		       "--yes" },
	{ .noun = NULL },
};

const struct db_stmt *const cmd_upload_stmts[] = { &upload_lines, NULL };
