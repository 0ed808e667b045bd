/*
 * gessoctl stats: what is going on, in one look.
 */
#include <stdio.h>

#include "base/buf.h"
#include "cli.h"
#include "core/db.h"
#include "domain/metrics.h"

#define OUT_MAX (16 * MIB)
#define DAYS_DEFAULT 1
#define DAYS_MAX 3650

/* The sums of some days. */
struct stats {
	int64_t accounts, new_accounts, tasks_active, tasks_done, tasks_failed,
	    tasks_cancelled, works, works_published, media_bytes, power_held,
	    power_spent_since, events;
};
static const struct field stats_fields[] = {
	COLUMN(struct stats, accounts),
	COLUMN(struct stats, new_accounts),
	COLUMN(struct stats, tasks_active),
	COLUMN(struct stats, tasks_done),
	COLUMN(struct stats, tasks_failed),
	COLUMN(struct stats, tasks_cancelled),
	COLUMN(struct stats, works),
	COLUMN(struct stats, works_published),
	COLUMN(struct stats, media_bytes),
	COLUMN(struct stats, power_held),
	COLUMN(struct stats, power_spent_since),
	COLUMN(struct stats, events),
};
static const struct shape stats_shape = SHAPE(struct stats, stats_fields);

/* Whole tables are read: for a person's look, not for a scrape. */
DB_STMT(stats_sums, "iiiii", &stats_shape,
    "SELECT (SELECT COUNT(*) FROM account) AS accounts,"
    "       (SELECT COUNT(*) FROM account"
    "         WHERE created_at > NOW(3) - INTERVAL ? DAY) AS new_accounts,"
    "       (SELECT COUNT(*) FROM task WHERE active = 1) AS tasks_active,"
    "       (SELECT COUNT(*) FROM task WHERE state = 'done'"
    "           AND finished_at > NOW(3) - INTERVAL ? DAY) AS tasks_done,"
    "       (SELECT COUNT(*) FROM task WHERE state = 'failed'"
    "           AND finished_at > NOW(3) - INTERVAL ? DAY) AS tasks_failed,"
    "       (SELECT COUNT(*) FROM task WHERE state = 'cancelled'"
    "           AND finished_at > NOW(3) - INTERVAL ? DAY)"
    "           AS tasks_cancelled,"
    "       (SELECT COUNT(*) FROM work) AS works,"
    "       (SELECT COUNT(*) FROM work WHERE published_at IS NOT NULL)"
    "           AS works_published,"
    "       (SELECT CAST(COALESCE(SUM(bytes), 0) AS SIGNED) FROM media"
    "         WHERE deleted_at IS NULL) AS media_bytes,"
    "       (SELECT CAST(COALESCE(SUM(power_held), 0) AS SIGNED)"
    "          FROM account) AS power_held,"
    "       (SELECT CAST(COALESCE(SUM(amount), 0) AS SIGNED)"
    "          FROM power_transfer WHERE kind = 'capture'"
    "           AND created_at > NOW(3) - INTERVAL ? DAY)"
    "           AS power_spent_since,"
    "       (SELECT last_seq FROM event_sequence WHERE id = 1) AS events");

static int
run_stats(struct cli *cli)
{
	struct stats stats;
	int64_t days;
	enum err e;

	if (!cli_int(cli, "days", DAYS_DEFAULT, &days))
		return 2;
	if (days > DAYS_MAX)
		return cli_usage("--days is %d at most", DAYS_MAX);
	e = db_find(cli->cx, &stats, &stats_sums, days, days, days, days, days);
	if (e)
		return cli_fail(cli, e);
	cli_row(cli, &stats_shape, &stats);
	return 0;
}

static int
run_metrics(struct cli *cli)
{
	struct buf out;
	enum err e;

	buf_init(&out, OUT_MAX);
	e = metrics_open(cli->cx->conf, cli->cx);
	if (e == ERR_OK) {
		metrics_write_requests(cli->cx, &out);
		e = metrics_write_state(cli->cx, &out);
	}
	if (e == ERR_OK)
		fputs(buf_text(&out), stdout);
	buf_release(&out);
	return e ? cli_fail(cli, e) : 0;
}

static const struct cli_flag stats_flags[] = {
	{ "days", "N", "what was made in so many days; 1" },
	{ NULL },
};

const struct command stats_commands[] = {
	{ "stats", "", .args = "", .run = run_stats, .flags = stats_flags,
	    .about = "Shows how much there is and what was done of late.",
	    .example = "gessoctl stats --days 7" },
	{ "metrics", "", .args = "", .run = run_metrics,
	    .about = "Prints what GET /metrics gives, for Prometheus.",
	    .example = "gessoctl metrics > "
		       "/var/lib/prometheus/node-exporter/gesso.prom" },
	{ .noun = NULL },
};

const struct db_stmt *const cmd_stats_stmts[] = { &stats_sums, NULL };
