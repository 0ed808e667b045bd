/*
 * gessoctl media: are files and rows of one mind?
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "core/conf.h"
#include "core/db.h"
#include "domain/media_store.h"
#include "domain/media_sweep.h"
#include "domain/media_walk.h"

#define PAGE 1000
/* A file comes before its row: a young one may still get it. */
#define YOUNG_S 3600

/* A row that names a file. */
struct named {
	struct uuid name;
	const char *extension;
	int64_t bytes;
};
static const struct field named_fields[] = {
	COLUMN(struct named, name),
	COLUMN(struct named, extension),
	COLUMN(struct named, bytes),
};
static const struct shape named_shape = SHAPE(struct named, named_fields);

DB_STMT(media_live_after, "uui", &named_shape,
    "SELECT name, extension, bytes FROM media"
    " WHERE deleted_at IS NULL AND (? IS NULL OR name > ?)"
    " ORDER BY name LIMIT ?");
DB_STMT(media_any, "u", &named_shape,
    "SELECT name, extension, bytes FROM media WHERE name = ?");

/* An account whose counter is not the sum of its uploads. */
struct miscount {
	const char *email;
	int64_t counted, bytes;
};
static const struct field miscount_fields[] = {
	COLUMN(struct miscount, email),
	COLUMN(struct miscount, counted),
	COLUMN(struct miscount, bytes),
};
static const struct shape miscount_shape =
    SHAPE(struct miscount, miscount_fields);

/* One statement sees counter and rows as of one moment. */
DB_STMT(media_miscounts, "i", &miscount_shape,
    "SELECT a.email, a.storage_bytes AS counted,"
    "       CAST(COALESCE(m.bytes, 0) AS SIGNED) AS bytes"
    "  FROM account a LEFT JOIN (SELECT account_id, SUM(bytes) AS bytes"
    "           FROM media WHERE use_for = 'upload' AND deleted_at IS NULL"
    "          GROUP BY account_id) m ON m.account_id = a.id"
    " WHERE a.storage_bytes <> COALESCE(m.bytes, 0) LIMIT ?");

/* What an audit or a collection has seen so far. */
struct tally {
	struct cli *cli;
	int64_t young_s;
	bool remove;
	int64_t rows, files, missing, wrong_size, orphans, young, drafts, freed;
	int64_t miscounts;
};
static const struct field tally_fields[] = {
	COLUMN(struct tally, rows),
	COLUMN(struct tally, files),
	COLUMN(struct tally, missing),
	COLUMN(struct tally, wrong_size),
	COLUMN(struct tally, orphans),
	COLUMN(struct tally, young),
	COLUMN(struct tally, drafts),
	COLUMN(struct tally, freed),
	COLUMN(struct tally, miscounts),
};
static const struct shape tally_shape = SHAPE(struct tally, tally_fields);

static void
row_check(struct tally *t, const struct named *row)
{
	const char *path =
	    media_store_path(t->cli->cx, &row->name, row->extension);
	struct stat st;

	t->rows++;
	if (stat(path, &st) != 0) {
		t->missing++;
		fprintf(stderr, "missing: %s\n", path);
	} else if (st.st_size != row->bytes) {
		t->wrong_size++;
		fprintf(stderr,
		    "wrong size: %s has %" PRId64 " bytes, not %" PRId64 "\n",
		    path, (int64_t)st.st_size, row->bytes);
	}
}

static enum err
rows_check(struct tally *t)
{
	struct ctx *cx = t->cli->cx;
	size_t mark = arena_mark(cx->arena), count;
	struct uuid after = { 0 };
	struct named *rows;
	enum err e;

	do {
		e = db_list(cx, &rows, &count, PAGE, &media_live_after, &after,
		    &after, (int64_t)PAGE);
		if (e)
			return e;
		for (size_t i = 0; i < count; i++)
			row_check(t, &rows[i]);
		if (count > 0)
			after = rows[count - 1].name;
		arena_rewind(cx->arena, mark);
	} while (count == PAGE);
	return ERR_OK;
}

static enum err
counters_check(struct tally *t)
{
	struct miscount *rows;
	size_t count;
	enum err e = db_list(
	    t->cli->cx, &rows, &count, PAGE, &media_miscounts, (int64_t)PAGE);

	if (e)
		return e;
	for (size_t i = 0; i < count; i++)
		fprintf(stderr,
		    "wrong counter: %s has uploads of %" PRId64 " bytes, not "
		    "%" PRId64 "\n",
		    rows[i].email, rows[i].bytes, rows[i].counted);
	t->miscounts = (int64_t)count;
	return ERR_OK;
}

/* A file that nobody names: garbage once it is old. */
static enum err
file_judge(struct tally *t, const struct media_stored *file)
{
	if (file->age_s < t->young_s) {
		t->young++;
		return ERR_OK;
	}
	if (file->draft)
		t->drafts++;
	else
		t->orphans++;
	if (!t->remove) {
		fprintf(stderr, "no row: %s\n", file->path);
		return ERR_OK;
	}
	if (unlink(file->path) == 0)
		t->freed += file->bytes;
	else
		fprintf(stderr, "cannot remove %s\n", file->path);
	return ERR_OK;
}

static enum err
file_check(void *arg, struct media_stored *file)
{
	struct tally *t = arg;
	struct named row;
	enum err e;

	t->files++;
	if (file->draft || uuid_is_null(&file->name))
		return file_judge(t, file);
	e = db_find(t->cli->cx, &row, &media_any, &file->name);
	if (e != ERR_NOT_FOUND)
		return e;
	fault_clear(t->cli->cx);
	return file_judge(t, file);
}

static enum err
files_check(struct tally *t)
{
	struct ctx *cx = t->cli->cx;
	enum err e = media_sweep_patience(cx, YOUNG_S, &t->young_s);

	return e ? e : media_walk(cx, "", file_check, t);
}

static int
run_audit(struct cli *cli)
{
	struct tally t = { .cli = cli };
	enum err e = rows_check(&t);

	if (e == ERR_OK)
		e = counters_check(&t);
	if (e == ERR_OK)
		e = files_check(&t);
	if (e)
		return cli_fail(cli, e);
	cli_row(cli, &tally_shape, &t);
	return t.missing + t.wrong_size + t.orphans + t.miscounts == 0 ? 0 : 1;
}

/* Rows that were deleted: their bytes, then themselves. */
static enum err
dead_remove(struct tally *t)
{
	size_t count;
	enum err e;

	do {
		e = media_sweep(t->cli->cx, PAGE, &count, &t->freed);
		t->rows += (int64_t)count;
	} while (e == ERR_OK && count == PAGE);
	return e;
}

static int
run_gc(struct cli *cli)
{
	struct tally t = { .cli = cli, .remove = true };
	enum err e;

	/* cron may run it: asked is only who sits there */
	if (isatty(STDIN_FILENO) &&
	    !cli_sure(cli, "files that no row names are removed from '%s'",
		cli->cx->conf->media_dir))
		return 2;
	e = dead_remove(&t);
	if (e == ERR_OK)
		e = files_check(&t);
	/* what is gone is gone, also when it did not get to the end */
	cli_row(cli, &tally_shape, &t);
	return e ? cli_fail(cli, e) : 0;
}

const struct command media_commands[] = {
	{ "media", "audit", .args = "", .run = run_audit,
	    .about = "Compares files, rows and what accounts are counted for; "
		     "exit 1 when they differ.",
	    .example = "gessoctl media audit" },
	{ "media", "gc", .args = "", .run = run_gc,
	    .about = "Removes what was deleted and what no row names.",
	    .example = "gessoctl media gc" },
	{ .noun = NULL },
};

const struct db_stmt *const cmd_media_stmts[] = { &media_live_after, &media_any,
	&media_miscounts, NULL };
