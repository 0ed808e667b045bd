/*
 * gessoctl task: looking at tasks, and helping them on.
 */
#include <stdio.h>

#include "base/text.h"
#include "base/uuid.h"
#include "cli.h"
#include "core/db.h"
#include "domain/task.h"
#include "domain/task_state.h"

#define LIST_DEFAULT 100
#define STUCK_MAX 1000
#define STUCK_S 120 /* past its deadline or its lease by so much */

struct task_line {
	struct uuid id, account_id;
	const char *email, *kind, *state, *provider_id, *model_id;
	int64_t progress, cost, refunded, attempts;
	const char *parts, *reason, *lease_owner;
	struct stamp created_at, submitted_at, finished_at, next_at,
	    deadline_at, lease_until;
};
static const struct field task_fields[] = {
	COLUMN(struct task_line, id),
	COLUMN(struct task_line, account_id),
	COLUMN(struct task_line, email),
	COLUMN(struct task_line, kind),
	COLUMN(struct task_line, state),
	COLUMN(struct task_line, provider_id),
	COLUMN(struct task_line, model_id),
	COLUMN(struct task_line, progress),
	COLUMN(struct task_line, cost),
	COLUMN(struct task_line, refunded),
	COLUMN(struct task_line, attempts),
	COLUMN(struct task_line, parts),
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

/* A row of the list. */
struct brief_line {
	struct uuid id;
	const char *email, *kind, *state, *provider_id, *model_id;
	int64_t progress, cost;
	const char *reason;
	struct stamp created_at, finished_at;
};
static const struct field brief_fields[] = {
	COLUMN(struct brief_line, id),
	COLUMN(struct brief_line, email),
	COLUMN(struct brief_line, kind),
	COLUMN(struct brief_line, state),
	COLUMN(struct brief_line, provider_id),
	COLUMN(struct brief_line, model_id),
	COLUMN(struct brief_line, progress),
	COLUMN(struct brief_line, cost),
	COLUMN(struct brief_line, reason),
	COLUMN(struct brief_line, created_at),
	COLUMN(struct brief_line, finished_at),
};
static const struct shape brief_shape = SHAPE(struct brief_line, brief_fields);

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
    "SELECT t.id, t.account_id, a.email, t.kind, t.state, t.provider_id,"
    "       t.model_id, t.progress, t.cost, t.refunded, t.attempts,"
    "       t.parts, t.reason, t.lease_owner, t.created_at,"
    "       t.submitted_at, t.finished_at, t.next_at, t.deadline_at,"
    "       t.lease_until"
    "  FROM task t LEFT JOIN account a ON a.id = t.account_id"
    " WHERE t.id = ?");
DB_STMT(task_lines, "sssssi", &brief_shape,
    "SELECT t.id, a.email, t.kind, t.state, t.provider_id, t.model_id,"
    "       t.progress, t.cost, t.reason, t.created_at, t.finished_at"
    "  FROM task t JOIN account a ON a.id = t.account_id"
    " WHERE (? = '' OR (? = 'active' AND t.active = 1) OR t.state = ?)"
    "   AND (? IS NULL OR a.email = ?)"
    " ORDER BY t.id DESC LIMIT ?");
DB_STMT(task_due_now, "u", NULL,
    "UPDATE task SET next_at = NOW(3) WHERE id = ? AND active = 1");
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

/* The task that the first argument names; 0, or the exit status (said). */
static int
task_take(struct cli *cli, struct task_line *out)
{
	struct uuid id;
	enum err e;

	if (!uuid_parse(cli->args[0], &id))
		return cli_usage("'%s' is no task id", cli->args[0]);
	e = db_find(cli->cx, out, &task_line_by_id, &id);
	return e ? cli_fail(cli, e) : 0;
}

static int
run_show(struct cli *cli)
{
	struct task_line task;
	int status = task_take(cli, &task);

	if (status == 0)
		cli_row(cli, &task_shape, &task);
	return status;
}

static int
run_list(struct cli *cli)
{
	const char *state = cli_value(cli, "state");
	const char *email = cli_value(cli, "email");
	struct brief_line *tasks;
	int64_t limit;
	size_t count;
	enum err e;

	if (state == NULL)
		state = "";
	if (state[0] != '\0' && !text_is(state, "active") &&
	    task_state_parse(state) == TASK_STATE__MAX)
		return cli_usage("there is no state '%s'", state);
	if (!cli_int(cli, "limit", LIST_DEFAULT, &limit))
		return 2;
	e = db_list(cli->cx, &tasks, &count, (size_t)limit, &task_lines, state,
	    state, state, email, email, limit);
	if (e)
		return cli_fail(cli, e);
	cli_rows(cli, "tasks", &brief_shape, tasks, count);
	return 0;
}

/* A task whose call may have arrived is not sent again: it stays uncertain. */
static int
run_retry(struct cli *cli)
{
	struct task_line task;
	uint64_t matched;
	int status = task_take(cli, &task);
	enum err e;

	if (status != 0)
		return status;
	e = db_run(cli->cx, &matched, &task_due_now, &task.id);
	if (e)
		return cli_fail(cli, e);
	if (matched != 1) {
		fprintf(stderr,
		    "gessoctl: the task is over; its price went %s\n",
		    task.refunded > 0 ? "back, and it can be asked for again"
				      : "with it");
		return 1;
	}
	cli_done(cli, "the next poller takes it up at once");
	return 0;
}

static int
run_cancel(struct cli *cli)
{
	struct task_line task;
	int status = task_take(cli, &task);
	enum err e;

	if (status != 0)
		return status;
	e = task_cancel(cli->cx, &task.account_id, &task.id,
	    text_ends(task.kind, "_video"));
	if (e)
		return cli_fail(cli, e);
	cli_done(cli, "cancelled");
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

static const struct cli_flag list_flags[] = {
	{ "state", "STATE", "queued, running, ..., or active for unfinished" },
	{ "email", "E", "of one account" },
	{ "limit", "N", "at most so many, the newest first; 100" },
	{ NULL },
};

const struct command task_commands[] = {
	{ "task", "show", .args = "ID", 1, 1, .run = run_show,
	    .about = "Shows a task with all that is known of it.",
	    .example = "gessoctl task show 0190a1b2-..." },
	{ "task", "stuck", .args = "", .run = run_stuck,
	    .about = "Lists tasks that nobody works on; exit 1 when there are "
		     "some.",
	    .example = "gessoctl task stuck" },
	{ "task", "list", .args = "", .run = run_list, .flags = list_flags,
	    .about = "Lists tasks, the newest first.",
	    .example = "gessoctl task list --state active" },
	{ "task", "retry", .args = "ID", 1, 1, .run = run_retry,
	    .look = "task show ",
	    .about = "Lets a task that waits be taken up at once.",
	    .example = "gessoctl task retry 0190a1b2-..." },
	{ "task", "cancel", .args = "ID", 1, 1, .run = run_cancel,
	    .look = "task show ",
	    .about = "Stops a task; what was not sent is paid back.",
	    .example = "gessoctl task cancel 0190a1b2-..." },
	{ .noun = NULL },
};

const struct db_stmt *const cmd_task_stmts[] = { &task_line_by_id, &task_lines,
	&task_due_now, &task_lines_stuck, NULL };
