/*
 * gessoctl doctor: looks at everything that can be wrong with an installation
 * and says how to mend it.  The exit status is that of the worst finding.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli.h"
#include "core/conf.h"
#include "core/db.h"
#include "core/jwt.h"
#include "domain/health.h"
#include "domain/power.h"
#include "domain/statements.h"
#include "migrate.h"

#define FINDINGS_MAX 64
#define TEXT_MAX (64 * KIB)
#define SKEW_MAX_MS 2000

enum verdict {
	OK,
	WARN,
	FAIL
};

struct finding {
	const char *verdict;
	const char *check;
	const char *detail;
	const char *cure;
};
static const struct field finding_fields[] = {
	COLUMN(struct finding, verdict),
	COLUMN(struct finding, check),
	COLUMN(struct finding, detail),
	COLUMN(struct finding, cure),
};
static const struct shape finding_shape = SHAPE(struct finding, finding_fields);

/* An examination: what was found so far. */
struct exam {
	struct cli *cli;
	struct ctx *cx;
	struct finding findings[FINDINGS_MAX];
	size_t count;
	enum verdict worst;
};

static void
found(struct exam *exam, enum verdict verdict, const char *check,
    const char *detail, const char *cure)
{
	static const char *const names[] = { "OK", "WARN", "FAIL" };

	if (exam->count == FINDINGS_MAX)
		return;
	exam->findings[exam->count++] = (struct finding){ names[verdict], check,
		detail, verdict == OK ? NULL : cure };
	if (verdict > exam->worst)
		exam->worst = verdict;
}

static void
check_database(struct exam *exam)
{
	enum err e = db_ping(exam->cx);

	if (e == ERR_OK) {
		found(exam, OK, "database", "answers", NULL);
		return;
	}
	found(exam, FAIL, "database", exam->cx->fault.detail,
	    "check db_socket, db_user, db_password_file and that the server "
	    "runs");
}

static void
check_schema(struct exam *exam)
{
	struct migration_state *states;
	size_t count;
	bool behind;
	enum err e = migrate_status(exam->cx, &states, &count, &behind);

	if (e) {
		found(exam, FAIL, "schema", exam->cx->fault.detail,
		    "run: gessoctl migrate status");
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (!text_is(states[i].state, "applied")) {
			found(exam, FAIL, "schema",
			    arena_printf(exam->cx->arena, "%s is %s",
				states[i].name, states[i].state),
			    "run: gessoctl migrate up");
			return;
		}
	found(exam, OK, "schema", "up to date", NULL);
}

static void
check_statements(struct exam *exam)
{
	struct buf complaints;
	size_t wrong = 0;

	buf_init(&complaints, TEXT_MAX);
	for (size_t i = 0; i < statement_list_count; i++)
		wrong += db_check(exam->cx, statement_lists[i], &complaints);
	if (wrong == 0)
		found(exam, OK, "statements", "all of them prepare", NULL);
	else
		found(exam, FAIL, "statements",
		    arena_strdup(exam->cx->arena, buf_text(&complaints)),
		    "program and schema differ: install the same version of "
		    "both");
	buf_release(&complaints);
}

static void
check_ledger(struct exam *exam)
{
	struct buf complaints;
	int64_t faults;
	enum err e;

	buf_init(&complaints, 4 * MIB);
	e = power_audit(exam->cx, &complaints, &faults);
	buf_release(&complaints);
	if (e)
		found(exam, FAIL, "ledger", exam->cx->fault.detail,
		    "run: gessoctl ledger audit");
	else if (faults > 0)
		found(exam, FAIL, "ledger", "units are missing",
		    "run: gessoctl ledger audit");
	else
		found(exam, OK, "ledger", "exact", NULL);
}

static void
check_keys(struct exam *exam)
{
	struct jwt_keys keys;
	struct stat st;
	const char *seal = exam->cx->conf->seal_key_file;
	enum err e =
	    jwt_keys_read(exam->cx, exam->cx->conf->token_key_file, &keys);

	if (e)
		found(exam, FAIL, "token keys", exam->cx->fault.detail,
		    "put 'kid hex' with 64 random hex digits or more into "
		    "token_key_file, mode 0640");
	else
		found(exam, OK, "token keys", "strong and private", NULL);
	if (stat(seal, &st) != 0)
		found(exam, FAIL, "seal keys", "the file can't be read",
		    "put 'id hex' with 64 random hex digits into "
		    "seal_key_file, mode 0640");
	else if ((st.st_mode & 007) != 0)
		found(exam, FAIL, "seal keys", "others may read the file",
		    "chmod 0640 the seal_key_file");
	else
		found(exam, OK, "seal keys", "private", NULL);
}

static void
check_directory(struct exam *exam, const char *name, const char *path)
{
	struct statvfs fs;

	if (access(path, W_OK | X_OK) != 0) {
		found(exam, FAIL, name,
		    arena_printf(exam->cx->arena, "can't write to '%s'", path),
		    "make the directory and give it to the user of gesso");
		return;
	}
	if (statvfs(path, &fs) == 0 && (int64_t)(fs.f_bavail * fs.f_frsize) <
					   exam->cx->conf->min_free_disk * 4) {
		found(exam, WARN, name, "the disk is nearly full",
		    "make room; below min_free_disk new work is refused");
		return;
	}
	found(exam, OK, name, path, NULL);
}

static void
check_helper(struct exam *exam)
{
	const char *path = exam->cx->conf->media_helper;

	if (access(path, X_OK) == 0)
		found(exam, OK, "media helper", path, NULL);
	else
		found(exam, FAIL, "media helper",
		    arena_printf(exam->cx->arena, "'%s' can't be run", path),
		    "set media_helper to the installed gesso-media");
}

struct moment {
	struct stamp now;
};
static const struct field moment_fields[] = { COLUMN(struct moment, now) };
static const struct shape moment_shape = SHAPE(struct moment, moment_fields);
DB_STMT(doctor_now, "", &moment_shape, "SELECT NOW(3) AS now");

static void
check_clock(struct exam *exam)
{
	struct moment m;
	int64_t skew;

	if (db_find(exam->cx, &m, &doctor_now) != ERR_OK)
		return;
	skew = llabs(clock_ms() - m.now.ms);
	if (skew > SKEW_MAX_MS)
		found(exam, WARN, "clock",
		    arena_printf(exam->cx->arena,
			"%" PRId64 " ms away from the database's", skew),
		    "run a time service on both machines");
	else
		found(exam, OK, "clock", "as the database's", NULL);
}

static void
check_alive(struct exam *exam)
{
	struct health h;

	health_look(exam->cx, &h);
	found(exam, text_is(h.poller, "ok") ? OK : FAIL, "poller", h.poller,
	    "does cron start gesso-poller every minute?");
	found(exam, text_is(h.notifier, "ok") ? OK : WARN, "notifier",
	    h.notifier, "start gesso-notifier, or let clients use GET /events");
}

static void
examine(struct exam *exam)
{
	const struct conf *conf = exam->cx->conf;

	check_keys(exam);
	check_directory(exam, "media_dir", conf->media_dir);
	check_directory(exam, "state_dir", conf->state_dir);
	check_helper(exam);
	check_database(exam);
	if (exam->findings[exam->count - 1].cure != NULL)
		return;
	check_schema(exam);
	if (exam->findings[exam->count - 1].cure != NULL)
		return;
	check_statements(exam);
	check_ledger(exam);
	check_clock(exam);
	check_alive(exam);
}

static void
print_findings(const struct exam *exam)
{
	for (size_t i = 0; i < exam->count; i++) {
		const struct finding *f = &exam->findings[i];

		printf("%-4s  %-12s  %s\n", f->verdict, f->check,
		    f->detail == NULL ? "" : f->detail);
		if (f->cure != NULL)
			printf("                    -> %s\n", f->cure);
	}
}

static int
run_doctor(struct cli *cli)
{
	struct exam exam = { .cli = cli, .cx = cli->cx };

	examine(&exam);
	if (cli->json)
		cli_rows(
		    cli, "findings", &finding_shape, exam.findings, exam.count);
	else
		print_findings(&exam);
	return (int)exam.worst;
}

const struct command doctor_commands[] = {
	{ "doctor", "", .args = "", .run = run_doctor,
	    .about = "Looks for everything that can be wrong; exit 1 for "
		     "warnings, 2 for faults.",
	    .example = "gessoctl doctor" },
	{ .noun = NULL },
};
