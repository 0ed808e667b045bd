/*
 * gessoctl task: looking at tasks.
 */
#include "base/uuid.h"
#include "cli.h"
#include "core/db.h"

#define STUCK_MAX 1000
#define STUCK_S 120 /* past its deadline or its lease by so much */

struct task_line {
	struct uuid id;
	const char *email, *kind, *state, *provider_id, *model_id;
	int64_t progress, cost, refunded, attempts;
	const char *remote_id, *reason, *lease_owner;
	struct stamp created_at, submitted_at, finished_at, next_at,
	    deadline_at, lease_until;
};
static const struct field task_fields[] = {
	COLUMN(struct task_line, id),
	COLUMN(struct task_line, email),
	COLUMN(struct task_line, kind),
	COLUMN(struct task_line, state),
	COLUMN(struct task_line, provider_id),
	COLUMN(struct task_line, model_id),
	COLUMN(struct task_line, progress),
	COLUMN(struct task_line, cost),
	COLUMN(struct task_line, refunded),
	COLUMN(struct task_line, attempts),
	COLUMN(struct task_line, remote_id),
	COLUMN(struct task_line, reason),
	COLUMN(struct task_line, lease_owner),
	COLUMN(struct task_line, created_at),
	COLUMN(struct task_line, submitted_at),
	COLUMN(struct task_line, finished_at),
	COLUMN(struct task_line, next_at),
	COLUMN(struct task_line, deadline_at),
	COLUMN(struct task_line, lease_until),
};
static const struct shape task_shape = SHAPE(struct task_line, task_fields);

static const struct field stuck_fields[] = {
	COLUMN(struct task_line, id),
	COLUMN(struct task_line, email),
	COLUMN(struct task_line, state),
	COLUMN(struct task_line, provider_id),
	COLUMN(struct task_line, lease_owner),
	COLUMN(struct task_line, next_at),
	COLUMN(struct task_line, deadline_at),
};
static const struct shape stuck_shape = SHAPE(struct task_line, stuck_fields);

DB_STMT(task_line_by_id, "u", &task_shape,
    "SELECT t.id, a.email, t.kind, t.state, t.provider_id, t.model_id,"
    "       t.progress, t.cost, t.refunded, t.attempts, t.remote_id,"
    "       t.reason, t.lease_owner, t.created_at, t.submitted_at,"
    "       t.finished_at, t.next_at, t.deadline_at, t.lease_until"
    "  FROM task t LEFT JOIN account a ON a.id = t.account_id"
    " WHERE t.id = ?");
DB_STMT(task_lines_stuck, "iii", &stuck_shape,
    "SELECT t.id, a.email, t.state, t.provider_id, t.lease_owner, t.next_at,"
    "       t.deadline_at"
    "  FROM task t LEFT JOIN account a ON a.id = t.account_id"
    " WHERE t.active = 1"
    "   AND (t.deadline_at < NOW(3) - INTERVAL ? SECOND"
    "        OR (t.next_at < NOW(3) - INTERVAL ? SECOND"
    "            AND (t.lease_until IS NULL"
    "                OR t.lease_until < NOW(3) - INTERVAL ? SECOND)))"
    " ORDER BY t.next_at LIMIT 1000");

static int
run_show(struct cli *cli)
{
	struct task_line task;
	struct uuid id;
	enum err e;

	if (!uuid_parse(cli->args[0], &id))
		return cli_usage("'%s' is no task id", cli->args[0]);
	e = db_find(cli->cx, &task, &task_line_by_id, &id);
	if (e)
		return cli_fail(cli, e);
	cli_row(cli, &task_shape, &task);
	return 0;
}

static int
run_stuck(struct cli *cli)
{
	struct task_line *tasks;
	int64_t late = STUCK_S;
	size_t count;
	enum err e = db_list(cli->cx, &tasks, &count, STUCK_MAX,
	    &task_lines_stuck, late, late, late);

	if (e)
		return cli_fail(cli, e);
	cli_rows(cli, "tasks", &stuck_shape, tasks, count);
	return count == 0 ? 0 : 1;
}

const struct command task_commands[] = {
	{ "task", "show", .args = "ID", 1, 1, .run = run_show,
	    .about = "Shows a task with all that is known of it.",
	    .example = "gessoctl task show 0190a1b2-..." },
	{ "task", "stuck", .args = "", .run = run_stuck,
	    .about = "Lists tasks that nobody works on; exit 1 when there are "
		     "some.",
	    .example = "gessoctl task stuck" },
	{ .noun = NULL },
};

const struct db_stmt *const cmd_task_stmts[] = { &task_line_by_id,
	&task_lines_stuck, NULL };
