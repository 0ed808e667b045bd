/*
 * What the database and the disk know, as figures for Prometheus.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/buf.h"
#include "base/text.h"
#include "core/db.h"
#include "domain/metrics.h"

#define ROWS_MAX 256

/* A figure with one label. */
struct figure {
	const char *label;
	int64_t count, seconds;
	const char *note;
};
static const struct field figure_fields[] = {
	COLUMN(struct figure, label),
	COLUMN(struct figure, count),
	COLUMN(struct figure, seconds),
	COLUMN(struct figure, note),
};
static const struct shape figure_shape = SHAPE(struct figure, figure_fields);

DB_STMT(metrics_tasks, "", &figure_shape,
    "SELECT state AS label, COUNT(*) AS count,"
    "       TIMESTAMPDIFF(SECOND, MIN(created_at), NOW(3)) AS seconds,"
    "       NULL AS note"
    "  FROM task WHERE active = 1 GROUP BY state");
DB_STMT(metrics_signs, "", &figure_shape,
    "SELECT h.name AS label, COUNT(*) AS count,"
    "       TIMESTAMPDIFF(SECOND, MAX(h.at), NOW(3)) AS seconds,"
    "       (SELECT x.note FROM heartbeat x WHERE x.name = h.name"
    "         ORDER BY x.at DESC LIMIT 1) AS note"
    "  FROM heartbeat h WHERE h.at > NOW(3) - INTERVAL 1 DAY"
    " GROUP BY h.name");
DB_STMT(metrics_events, "", &figure_shape,
    "SELECT CAST(s.last_seq AS CHAR) AS label,"
    "       (SELECT COUNT(*) FROM event WHERE seq IS NULL) AS count,"
    "       COALESCE((SELECT TIMESTAMPDIFF(SECOND, MIN(created_at), NOW(3))"
    "                   FROM event WHERE seq IS NULL), 0) AS seconds,"
    "       NULL AS note"
    "  FROM event_sequence s WHERE s.id = 1");
DB_STMT(metrics_answers, "", &figure_shape,
    "SELECT 'streaming' AS label, COUNT(*) AS count, 0 AS seconds,"
    "       NULL AS note"
    "  FROM message WHERE dies_at IS NOT NULL");
/* One pass over the accounts, whatever there is to tell of them. */
DB_STMT(metrics_ledger, "", &figure_shape,
    "SELECT k.label AS label,"
    "       CAST(COALESCE(CASE k.label WHEN 'available' THEN s.available"
    "           WHEN 'held' THEN s.held ELSE s.spent END, 0) AS SIGNED)"
    "           AS count,"
    "       0 AS seconds, NULL AS note"
    "  FROM (SELECT SUM(power_available) AS available,"
    "               SUM(power_held) AS held, SUM(power_spent) AS spent"
    "          FROM account) s"
    "  JOIN (SELECT 'available' AS label UNION ALL SELECT 'held'"
    "        UNION ALL SELECT 'spent') k");

static void
figure_head(struct buf *out, const char *name, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* Rows of a statement; one sample each, of the count or of the seconds. */
static enum err
figures_take(struct ctx *cx, const struct db_stmt *stmt, struct figure **rows,
    size_t *count)
{
	return db_list(cx, rows, count, ROWS_MAX, stmt);
}

static enum err
write_tasks(struct ctx *cx, struct buf *out)
{
	struct figure *rows;
	size_t count;
	enum err e = figures_take(cx, &metrics_tasks, &rows, &count);

	if (e)
		return e;
	figure_head(out, "gesso_tasks", "Unfinished tasks by state.");
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "gesso_tasks{state=\"%s\"} %" PRId64 "\n",
		    rows[i].label, rows[i].count);
	figure_head(out, "gesso_task_oldest_seconds",
	    "Age of the oldest unfinished task by state.");
	for (size_t i = 0; i < count; i++)
		buf_printf(out,
		    "gesso_task_oldest_seconds{state=\"%s\"} %" PRId64 "\n",
		    rows[i].label, rows[i].seconds);
	return ERR_OK;
}

/*
 * The note of a sign of life is "name=number ..."; each of them is a figure of
 * its own.
 */
static void
write_note(struct ctx *cx, const struct figure *row, struct buf *out)
{
	const char *rest = row->note, *pair;

	while (rest != NULL && (pair = text_split(cx->arena, &rest, ' '))) {
		const char *sign = strchr(pair, '=');
		int64_t number;

		if (sign == NULL || !text_to_int(sign + 1, &number))
			continue;
		buf_printf(out,
		    "gesso_program_figure{program=\"%s\",figure=\"%.*s\"} "
		    "%" PRId64 "\n",
		    row->label, (int)(sign - pair), pair, number);
	}
}

static enum err
write_signs(struct ctx *cx, struct buf *out)
{
	struct figure *rows;
	size_t count;
	enum err e = figures_take(cx, &metrics_signs, &rows, &count);

	if (e)
		return e;
	figure_head(out, "gesso_silence_seconds",
	    "Since the last sign of life of a program.");
	for (size_t i = 0; i < count; i++)
		buf_printf(out,
		    "gesso_silence_seconds{program=\"%s\"} %" PRId64 "\n",
		    rows[i].label, rows[i].seconds);
	figure_head(out, "gesso_program_figure",
	    "What a program said of itself with its last sign of life.");
	for (size_t i = 0; i < count; i++)
		write_note(cx, &rows[i], out);
	return ERR_OK;
}

static enum err
write_events(struct ctx *cx, struct buf *out)
{
	struct figure row;
	enum err e = db_find(cx, &row, &metrics_events);

	if (e)
		return e;
	buf_printf(out,
	    "# HELP gesso_events_total Events numbered so far.\n"
	    "# TYPE gesso_events_total counter\n"
	    "gesso_events_total %s\n",
	    row.label);
	figure_head(out, "gesso_events_unnumbered",
	    "Committed events that still wait for their number.");
	buf_printf(out, "gesso_events_unnumbered %" PRId64 "\n", row.count);
	figure_head(out, "gesso_event_lag_seconds",
	    "Age of the oldest event without a number.");
	buf_printf(out, "gesso_event_lag_seconds %" PRId64 "\n", row.seconds);
	return ERR_OK;
}

static enum err
write_ledger(struct ctx *cx, struct buf *out)
{
	struct figure *rows;
	size_t count;
	enum err e = figures_take(cx, &metrics_ledger, &rows, &count);

	if (e)
		return e;
	figure_head(out, "gesso_power", "Units of power of all accounts.");
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "gesso_power{side=\"%s\"} %" PRId64 "\n",
		    rows[i].label, rows[i].count);
	return ERR_OK;
}

static enum err
write_answers(struct ctx *cx, struct buf *out)
{
	struct figure row;
	enum err e = db_find(cx, &row, &metrics_answers);

	if (e)
		return e;
	figure_head(out, "gesso_answers_streaming",
	    "Answers of the assistant that are being written.");
	buf_printf(out, "gesso_answers_streaming %" PRId64 "\n", row.count);
	return ERR_OK;
}

static void
write_store(struct ctx *cx, struct buf *out)
{
	struct statvfs fs;

	if (statvfs(cx->conf->media_dir, &fs) != 0)
		return;
	figure_head(out, "gesso_media_free_bytes",
	    "Room left on the disk of media_dir.");
	buf_printf(out, "gesso_media_free_bytes %" PRIu64 "\n",
	    (uint64_t)fs.f_bavail * fs.f_frsize);
}

enum err
metrics_write_state(struct ctx *cx, struct buf *out)
{
	static enum err (*const parts[])(
	    struct ctx *, struct buf *) = { write_tasks, write_signs,
		write_events, write_answers, write_ledger };

	write_store(cx, out);
	for (size_t i = 0; i < COUNT(parts); i++) {
		enum err e = parts[i](cx, out);

		if (e)
			return e;
	}
	return ERR_OK;
}

const struct db_stmt *const metrics_state_stmts[] = { &metrics_tasks,
	&metrics_signs, &metrics_events, &metrics_answers, &metrics_ledger,
	NULL };
