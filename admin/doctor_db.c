/*
 * The part of doctor that looks at the database: reach, rights, settings,
 * schema, ledger.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "core/db.h"
#include "domain/power.h"
#include "domain/statements.h"
#include "exam.h"
#include "migrate.h"
#include "statements.h"

#define TEXT_MAX (64 * KIB)
#define COMPLAINTS_MAX (4 * MIB)
#define SKEW_MAX_MS 2000
/* Connections beside the workers': pollers, notifier, chat, this tool. */
#define OTHERS 32

/* What the server is set to, as far as it matters. */
struct server {
	struct stamp now;
	const char *version, *charset, *binlog_format;
	int64_t binlog, flush, connections, wide_rights;
};
static const struct field server_fields[] = {
	COLUMN(struct server, now),
	COLUMN(struct server, version),
	COLUMN(struct server, charset),
	COLUMN(struct server, binlog_format),
	COLUMN(struct server, binlog),
	COLUMN(struct server, flush),
	COLUMN(struct server, connections),
	COLUMN(struct server, wide_rights),
};
static const struct shape server_shape = SHAPE(struct server, server_fields);

DB_STMT(doctor_server, "", &server_shape,
    "SELECT NOW(3) AS now, VERSION() AS version,"
    "       (SELECT default_character_set_name"
    "          FROM information_schema.schemata"
    "         WHERE schema_name = DATABASE()) AS charset,"
    "       @@GLOBAL.binlog_format AS binlog_format,"
    "       @@GLOBAL.log_bin AS binlog,"
    "       @@GLOBAL.innodb_flush_log_at_trx_commit AS flush,"
    "       @@GLOBAL.max_connections AS connections,"
    "       (SELECT COUNT(*) FROM information_schema.user_privileges"
    "         WHERE privilege_type <> 'USAGE'"
    "           AND grantee = CONCAT('''',"
    "               REPLACE(CURRENT_USER(), '@', '''@'''), ''''))"
    "           AS wide_rights");

static bool
check_reach(struct exam *exam)
{
	enum err e = db_ping(exam->cx);

	if (e == ERR_OK)
		return true;
	exam_wrong(exam, EXAM_FAIL, "database",
	    "check db_socket, db_name, db_user, db_password_file and that the "
	    "server runs",
	    "%s", exam_fault(exam, e));
	return false;
}

static void
check_rights(struct exam *exam, const struct server *s)
{
	if (s->wide_rights > 0)
		exam_wrong(exam, EXAM_WARN, "database rights",
		    arena_printf(exam->cx->arena,
			"grant rights on %s.* only: REVOKE ALL ON *.*, then "
			"GRANT ALL ON %s.*",
			exam->conf->db_name, exam->conf->db_name),
		    "'%s' has %" PRId64 " rights over the whole server",
		    exam->conf->db_user, s->wide_rights);
	else
		exam_ok(exam, "database rights", "on its own database only");
}

static void
check_durability(struct exam *exam, const struct server *s)
{
	if (s->binlog != 0 && text_is(s->binlog_format, "STATEMENT"))
		exam_wrong(exam, EXAM_FAIL, "replication",
		    "set binlog_format = ROW (or MIXED)",
		    "binlog_format is STATEMENT; claims by SKIP LOCKED would "
		    "differ on a replica");
	if (s->flush != 1)
		exam_wrong(exam, EXAM_WARN, "durability",
		    "set innodb_flush_log_at_trx_commit = 1",
		    "the last second may be lost when the machine goes down");
	else
		exam_ok(exam, "durability", "every commit reaches the disk");
}

static void
check_size(struct exam *exam, const struct server *s)
{
	const struct conf *conf = exam->conf;
	int64_t workers = conf->workers == 0 ? 1 : conf->workers;
	int64_t wanted =
	    workers * conf->worker_threads + conf->chat_connections + OTHERS;

	if (s->connections < wanted)
		exam_wrong(exam, EXAM_WARN, "connections",
		    "raise max_connections of the server, or lower workers, "
		    "worker_threads or chat_connections",
		    "%" PRId64 " are allowed, %" PRId64 " may be needed",
		    s->connections, wanted);
	else
		exam_ok(exam, "connections", "%" PRId64 " of %" PRId64, wanted,
		    s->connections);
	if (!text_is(s->charset, "utf8mb4"))
		exam_wrong(exam, EXAM_WARN, "character set",
		    arena_printf(exam->cx->arena,
			"ALTER DATABASE %s CHARACTER SET utf8mb4",
			conf->db_name),
		    "the database is %s", s->charset);
}

static void
check_clock(struct exam *exam, const struct server *s, int64_t now_ms)
{
	int64_t skew = llabs(now_ms - s->now.ms);

	if (skew > SKEW_MAX_MS)
		exam_wrong(exam, EXAM_WARN, "clock",
		    "run a time service on both machines",
		    "%" PRId64 " ms away from the database's", skew);
	else
		exam_ok(exam, "clock", "as the database's");
}

static bool
check_server(struct exam *exam)
{
	struct server s;
	enum err e = db_find(exam->cx, &s, &doctor_server);

	if (e) {
		exam_wrong(exam, EXAM_FAIL, "database",
		    "look into the server's log", "%s", exam_fault(exam, e));
		return false;
	}
	exam_ok(exam, "database", "%s", s.version);
	check_clock(exam, &s, clock_ms());
	check_rights(exam, &s);
	check_durability(exam, &s);
	check_size(exam, &s);
	return true;
}

static bool
check_schema(struct exam *exam)
{
	struct migration_state *states;
	size_t count;
	bool behind;
	enum err e = migrate_status(exam->cx, &states, &count, &behind);

	if (e) {
		exam_wrong(exam, EXAM_FAIL, "schema",
		    "run: gessoctl migrate status", "%s", exam_fault(exam, e));
		return false;
	}
	for (size_t i = 0; i < count; i++)
		if (!text_is(states[i].state, "applied")) {
			exam_wrong(exam, EXAM_FAIL, "schema",
			    text_is(states[i].state, "pending") ||
				    text_is(states[i].state, "begun")
				? "run: gessoctl migrate up"
				: "install the version of gesso that made it",
			    "%s is %s", states[i].name, states[i].state);
			return false;
		}
	exam_ok(exam, "schema", "up to date");
	return true;
}

static void
check_statements(struct exam *exam)
{
	struct buf complaints;
	size_t wrong = 0;

	buf_init(&complaints, TEXT_MAX);
	for (size_t i = 0; i < statement_list_count; i++)
		wrong += db_check(exam->cx, statement_lists[i], &complaints);
	for (size_t i = 0; i < admin_statement_list_count; i++)
		wrong +=
		    db_check(exam->cx, admin_statement_lists[i], &complaints);
	if (wrong == 0)
		exam_ok(exam, "statements", "all of them prepare");
	else
		exam_wrong(exam, EXAM_FAIL, "statements",
		    "program and schema differ: install the same version of "
		    "both",
		    "%s", buf_text(&complaints));
	buf_release(&complaints);
}

static void
check_ledger(struct exam *exam)
{
	struct buf complaints;
	int64_t faults;
	enum err e;

	buf_init(&complaints, COMPLAINTS_MAX);
	e = power_audit(exam->cx, &complaints, &faults);
	buf_release(&complaints);
	if (e)
		exam_wrong(exam, EXAM_FAIL, "ledger",
		    "run: gessoctl ledger audit", "%s", exam_fault(exam, e));
	else if (faults > 0)
		exam_wrong(exam, EXAM_FAIL, "ledger",
		    "run: gessoctl ledger audit; it names the accounts",
		    "units are missing in %" PRId64 " places", faults);
	else
		exam_ok(exam, "ledger", "exact");
}

bool
doctor_db(struct exam *exam)
{
	if (!check_reach(exam) || !check_server(exam) || !check_schema(exam))
		return false;
	check_statements(exam);
	check_ledger(exam);
	return true;
}

const struct db_stmt *const doctor_db_stmts[] = { &doctor_server, NULL };
