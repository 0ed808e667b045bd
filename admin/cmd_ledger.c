/*
 * gessoctl ledger: is every unit of power accounted for?
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "cli.h"
#include "domain/power.h"

#define COMPLAINTS_MAX (4 * MIB)

static int
run_audit(struct cli *cli)
{
	struct buf complaints;
	int64_t faults;
	enum err e;

	buf_init(&complaints, COMPLAINTS_MAX);
	e = power_audit(cli->cx, &complaints, &faults);
	fputs(buf_text(&complaints), stderr);
	buf_release(&complaints);
	if (e)
		return cli_fail(cli, e);
	if (cli->json)
		printf("{\"ok\":%s,\"faults\":%" PRId64 "}\n",
		    faults == 0 ? "true" : "false", faults);
	else if (faults == 0)
		puts("the ledger is exact");
	else
		printf("%" PRId64 " faults\n", faults);
	return faults == 0 ? 0 : 1;
}

const struct command ledger_commands[] = {
	{ "ledger", "audit", .args = "", .run = run_audit,
	    .about = "Re-adds the whole ledger; exit 1 when a unit is missing.",
	    .example = "gessoctl ledger audit" },
	{ .noun = NULL },
};
