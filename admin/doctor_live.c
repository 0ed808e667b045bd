/*
 * The part of doctor that looks at what is going on: who is alive, what waits,
 * who may do what.
 */
#include <inttypes.h>
#include <sys/stat.h>

#include "base/text.h"
#include "core/db.h"
#include "domain/health.h"
#include "domain/media_store.h"
#include "exam.h"

#define WAIT_S 120 /* a due task that nobody took for so long */
#define LAG_S 10   /* an event without a number for so long */
#define SAMPLE 200 /* files looked for */

struct waiting {
	int64_t due, late, unnumbered, admins, vendors, keyless;
};
static const struct field waiting_fields[] = {
	COLUMN(struct waiting, due),
	COLUMN(struct waiting, late),
	COLUMN(struct waiting, unnumbered),
	COLUMN(struct waiting, admins),
	COLUMN(struct waiting, vendors),
	COLUMN(struct waiting, keyless),
};
static const struct shape waiting_shape = SHAPE(struct waiting, waiting_fields);

DB_STMT(doctor_waiting, "iiii", &waiting_shape,
    "SELECT (SELECT COUNT(*) FROM task WHERE active = 1"
    "           AND next_at < NOW(3) - INTERVAL ? SECOND"
    "           AND (lease_until IS NULL"
    "               OR lease_until < NOW(3) - INTERVAL ? SECOND)) AS due,"
    "       (SELECT COUNT(*) FROM task WHERE active = 1"
    "           AND deadline_at < NOW(3) - INTERVAL ? SECOND) AS late,"
    "       (SELECT COUNT(*) FROM event WHERE seq IS NULL"
    "           AND created_at < NOW(3) - INTERVAL ? SECOND) AS unnumbered,"
    "       (SELECT COUNT(*) FROM account WHERE role = 'admin'"
    "           AND banned_at IS NULL) AS admins,"
    "       (SELECT COUNT(*) FROM provider WHERE enabled) AS vendors,"
    "       (SELECT COUNT(*) FROM provider WHERE enabled AND NOT custom"
    "           AND sealed_key IS NULL) AS keyless");

struct sample_row {
	struct uuid name;
	const char *extension;
};
static const struct field sample_fields[] = {
	COLUMN(struct sample_row, name),
	COLUMN(struct sample_row, extension),
};
static const struct shape sample_shape =
    SHAPE(struct sample_row, sample_fields);

DB_STMT(doctor_sample, "i", &sample_shape,
    "SELECT name, extension FROM media WHERE deleted_at IS NULL"
    " ORDER BY name LIMIT ?");

static void
check_alive(struct exam *exam)
{
	struct health h;

	health_look(exam->cx, &h);
	if (text_is(h.poller, "ok"))
		exam_ok(exam, "poller", "was heard of");
	else
		exam_wrong(exam, EXAM_FAIL, "poller",
		    "does cron start gesso-poller every minute, as the user "
		    "of gesso, and what does it write?",
		    "is %s", h.poller);
	if (text_is(h.notifier, "ok"))
		exam_ok(exam, "notifier", "was heard of");
	else if (text_is(h.notifier, "off"))
		exam_ok(
		    exam, "notifier", "there is none; clients ask GET /events");
	else
		exam_wrong(exam, EXAM_WARN, "notifier",
		    "start gesso-notifier, or let clients ask GET /events",
		    "is %s", h.notifier);
}

static void
check_waiting(struct exam *exam, const struct waiting *w)
{
	if (w->due + w->late > 0)
		exam_wrong(exam, EXAM_FAIL, "tasks",
		    "run: gessoctl task stuck; start more pollers",
		    "%" PRId64 " wait for a poller, %" PRId64
		    " are past their deadline",
		    w->due, w->late);
	else
		exam_ok(exam, "tasks", "none is stuck");
	if (w->unnumbered > 0)
		exam_wrong(exam, EXAM_FAIL, "events",
		    "does a poller or the notifier run?",
		    "%" PRId64 " are told to nobody yet", w->unnumbered);
	else
		exam_ok(exam, "events", "all are told");
}

static void
check_people(struct exam *exam, const struct waiting *w)
{
	if (w->admins == 0)
		exam_wrong(exam, EXAM_WARN, "administrator",
		    "run: gessoctl user role EMAIL admin",
		    "nobody may change the vendors");
	else
		exam_ok(exam, "administrator", "%" PRId64, w->admins);
	if (w->vendors == 0)
		exam_wrong(exam, EXAM_WARN, "vendors",
		    "run: gessoctl provider set ID --key-stdin --enable",
		    "none is enabled; nothing can be made");
	else if (w->keyless > 0)
		exam_wrong(exam, EXAM_WARN, "vendors",
		    "run: gessoctl provider list, then gessoctl provider set "
		    "ID --key-stdin",
		    "%" PRId64 " of %" PRId64 " have no key", w->keyless,
		    w->vendors);
	else
		exam_ok(exam, "vendors", "%" PRId64 " are enabled", w->vendors);
}

static void
check_files(struct exam *exam)
{
	struct sample_row *rows;
	size_t count, missing = 0;
	enum err e = db_list(
	    exam->cx, &rows, &count, SAMPLE, &doctor_sample, (int64_t)SAMPLE);

	for (size_t i = 0; e == ERR_OK && i < count; i++) {
		struct stat st;

		if (stat(media_store_path(
			     exam->cx, &rows[i].name, rows[i].extension),
			&st) != 0)
			missing++;
	}
	if (e)
		exam_wrong(exam, EXAM_FAIL, "files", "look at the database",
		    "%s", exam_fault(exam, e));
	else if (missing > 0)
		exam_wrong(exam, EXAM_FAIL, "files",
		    "is media_dir the right one? run: gessoctl media audit",
		    "%zu of %zu that were looked for are missing", missing,
		    count);
	else
		exam_ok(exam, "files", "%zu were looked for and found", count);
}

void
doctor_live(struct exam *exam)
{
	struct waiting w;
	enum err e = db_find(exam->cx, &w, &doctor_waiting, (int64_t)WAIT_S,
	    (int64_t)WAIT_S, (int64_t)WAIT_S, (int64_t)LAG_S);

	check_alive(exam);
	if (e) {
		exam_wrong(exam, EXAM_FAIL, "tasks", "look at the database",
		    "%s", exam_fault(exam, e));
		return;
	}
	check_waiting(exam, &w);
	check_people(exam, &w);
	check_files(exam);
}

const struct db_stmt *const doctor_live_stmts[] = { &doctor_waiting,
	&doctor_sample, NULL };
