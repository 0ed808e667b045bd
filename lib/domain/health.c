/*
 * Signs of life, and what can be told from them.
 */
#include "config.h"

#include "domain/health.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/text.h"
#include "core/conf.h"
#include "core/db.h"

/*
 * Programs give a sign every few seconds; the poller, which cron starts every
 * minute, is late when one start was missed.
 */
#define LATE_S INT64_C(90)
#define DOWN_S INT64_C(300)
#define HOST_MAX 100

static const struct field health_fields[] = {
	FIELD(struct health, status, .about = "ok, degraded or down"),
	COLUMN(struct health, db),
	COLUMN(struct health, poller),
	COLUMN(struct health, notifier),
	COLUMN(struct health, store),
	FIELD(struct health, providers,
	    .about = "ok, or resting: a vendor's breaker is open"),
	COLUMN(struct health, version),
};
const struct shape health_shape = SHAPE(struct health, health_fields);

DB_STMT(heartbeat_put, "sss", NULL,
    "INSERT INTO heartbeat (name, host, at, note) VALUES (?, ?, NOW(3), ?)"
    "    ON DUPLICATE KEY UPDATE at = VALUES(at), note = VALUES(note)");

enum err
health_beat(struct ctx *cx, const char *name, const char *note)
{
	char host[HOST_MAX - 20] = "";

	(void)gethostname(host, sizeof(host) - 1);
	return db_run(cx, NULL, &heartbeat_put, name,
	    arena_printf(cx->arena, "%s:%ld", host, (long)getpid()), note);
}

/* How long ago somebody of each name was last heard of; who rests. */
struct silence {
	int64_t poller_s, notifier_s;
	bool resting; /* a vendor's breaker is open */
};
static const struct field silence_fields[] = {
	COLUMN(struct silence, poller_s),
	COLUMN(struct silence, notifier_s),
	COLUMN(struct silence, resting),
};
static const struct shape silence_shape = SHAPE(struct silence, silence_fields);

DB_STMT(heartbeat_silence, "", &silence_shape,
    "SELECT (SELECT TIMESTAMPDIFF(SECOND, MAX(at), NOW(3))"
    "          FROM heartbeat WHERE name = 'poller') AS poller_s,"
    "       (SELECT TIMESTAMPDIFF(SECOND, MAX(at), NOW(3))"
    "          FROM heartbeat WHERE name = 'notifier') AS notifier_s,"
    "       EXISTS (SELECT 1 FROM breaker b"
    "                 JOIN provider p ON p.id = b.provider_id AND p.enabled"
    "                WHERE b.state <> 'closed') AS resting");

static const char *
silence_word(int64_t s)
{
	if (s == INT_NONE || s > DOWN_S)
		return "down";
	return s > LATE_S ? "late" : "ok";
}

static const char *
store_word(const struct conf *conf)
{
	struct statvfs fs;

	if (statvfs(conf->media_dir, &fs) != 0 ||
	    access(conf->media_dir, W_OK | X_OK) != 0)
		return "down";
	if ((int64_t)(fs.f_bavail * fs.f_frsize) < conf->min_free_disk)
		return "full";
	return "ok";
}

/*
 * Without the database nothing works.  Without the rest people can still look
 * at what they have.
 */
static const char *
status_word(const struct health *h)
{
	if (!text_is(h->db, "ok"))
		return "down";
	if (text_is(h->poller, "ok") && text_is(h->store, "ok") &&
	    (text_is(h->notifier, "ok") || text_is(h->notifier, "off")))
		return "ok";
	return "degraded";
}

void
health_look(struct ctx *cx, struct health *out)
{
	struct silence s = { INT_NONE, INT_NONE, false };

	*out = (struct health){ .db = "ok", .version = PACKAGE_VERSION };
	if (db_find(cx, &s, &heartbeat_silence) != ERR_OK) {
		out->db = "down";
		fault_clear(cx);
	}
	out->poller = silence_word(s.poller_s);
	/* a site may do without: GET /events tells the same */
	out->notifier =
	    s.notifier_s == INT_NONE ? "off" : silence_word(s.notifier_s);
	out->store = store_word(cx->conf);
	out->providers = s.resting ? "resting" : "ok";
	out->status = status_word(out);
}

const struct db_stmt *const health_stmts[] = { &heartbeat_put,
	&heartbeat_silence, NULL };
