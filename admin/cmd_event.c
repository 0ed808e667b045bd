/*
 * gessoctl events: what is told to open connections.
 */
#include <inttypes.h>

#include "cli.h"
#include "core/db.h"
#include "domain/event.h"

#define TAIL_DEFAULT 20
#define PRUNE_STEP 1000

static const struct field event_fields[] = {
	COLUMN(struct event, seq),
	COLUMN(struct event, account_id),
	COLUMN(struct event, body),
	COLUMN(struct event, created_at),
};
static const struct shape event_line_shape = SHAPE(struct event, event_fields);

static int
run_tail(struct cli *cli)
{
	int64_t last, first, limit, since;
	struct event *events;
	size_t count;
	enum err e;

	if (!cli_int(cli, "limit", TAIL_DEFAULT, &limit))
		return 2;
	e = event_bounds(cli->cx, &last, &first);
	if (e)
		return cli_fail(cli, e);
	if (!cli_int(cli, "since", last > limit ? last - limit : 0, &since))
		return 2;
	e = event_since(cli->cx, since, (size_t)limit, &events, &count);
	if (e)
		return cli_fail(cli, e);
	cli_rows(cli, "events", &event_line_shape, events, count);
	return 0;
}

/* How far readers and writers are apart. */
struct lag_line {
	int64_t last_number, first_kept, unnumbered, oldest_unnumbered_ms;
};
static const struct field lag_fields[] = {
	COLUMN(struct lag_line, last_number),
	COLUMN(struct lag_line, first_kept),
	COLUMN(struct lag_line, unnumbered),
	COLUMN(struct lag_line, oldest_unnumbered_ms),
};
static const struct shape lag_shape = SHAPE(struct lag_line, lag_fields);

DB_STMT(event_lag, "", &lag_shape,
    "SELECT s.last_seq AS last_number, s.first_kept,"
    "       (SELECT COUNT(*) FROM event WHERE seq IS NULL) AS unnumbered,"
    "       (SELECT TIMESTAMPDIFF(MICROSECOND, MIN(created_at), NOW(3))"
    "               DIV 1000 FROM event WHERE seq IS NULL)"
    "           AS oldest_unnumbered_ms"
    "  FROM event_sequence s WHERE s.id = 1");

static int
run_lag(struct cli *cli)
{
	struct lag_line lag;
	enum err e = db_find(cli->cx, &lag, &event_lag);

	if (e)
		return cli_fail(cli, e);
	cli_row(cli, &lag_shape, &lag);
	return 0;
}

static int
run_prune(struct cli *cli)
{
	int64_t sum = 0;
	size_t count;
	enum err e;

	do {
		e = event_prune(cli->cx, PRUNE_STEP, &count);
		sum += (int64_t)count;
	} while (e == ERR_OK && count == PRUNE_STEP);
	if (e == ERR_OK || sum > 0)
		cli_done(cli,
		    "%" PRId64 " events older than event_retention are gone",
		    sum);
	return e ? cli_fail(cli, e) : 0;
}

static const struct cli_flag tail_flags[] = {
	{ "since", "N", "those after this number" },
	{ "limit", "N", "at most so many; 20" },
	{ NULL },
};

const struct command event_commands[] = {
	{ "events", "tail", .args = "", .run = run_tail, .flags = tail_flags,
	    .about = "Shows the last events of everybody.",
	    .example = "gessoctl events tail --limit 5" },
	{ "events", "lag", .args = "", .run = run_lag,
	    .about = "Shows how many events still have no number.",
	    .example = "gessoctl events lag" },
	{ "events", "prune", .args = "", .run = run_prune,
	    .about = "Drops events older than event_retention, as the poller "
		     "does.",
	    .example = "gessoctl events prune" },
	{ .noun = NULL },
};

const struct db_stmt *const cmd_event_stmts[] = { &event_lag, NULL };
