/*
 * gessoctl migrate: the schema.
 */
#include "cli.h"
#include "migrate.h"

static const struct field state_fields[] = {
	COLUMN(struct migration_state, version),
	COLUMN(struct migration_state, name),
	COLUMN(struct migration_state, state),
	COLUMN(struct migration_state, applied_at),
};
static const struct shape state_shape =
    SHAPE(struct migration_state, state_fields);

static int
run_up(struct cli *cli)
{
	size_t applied;
	enum err e = migrate_up(cli->cx, &applied);

	if (e)
		return cli_fail(cli, e);
	cli_done(cli, "%zu applied, %zu in all", applied, migration_count);
	return 0;
}

static int
run_status(struct cli *cli)
{
	struct migration_state *states;
	size_t count;
	bool behind;
	enum err e = migrate_status(cli->cx, &states, &count, &behind);

	if (e)
		return cli_fail(cli, e);
	cli_rows(cli, "migrations", &state_shape, states, count);
	return behind ? 1 : 0;
}

const struct command migrate_commands[] = {
	{ "migrate", "up", .args = "", .run = run_up, .look = "migrate status",
	    .about =
		"Brings the schema up to date; goes on where one was cut off.",
	    .example = "gessoctl migrate up" },
	{ "migrate", "status", .args = "", .run = run_status,
	    .about = "Lists migrations; exit 1 when some are pending.",
	    .example = "gessoctl migrate status" },
	{ .noun = NULL },
};
