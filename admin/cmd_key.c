/*
 * gessoctl key: the keys that sign tokens and those that seal vendors' keys.
 *
 * A key is rotated without logging anybody out: the new one signs, the one
 * before it still opens what it made.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "cli.h"
#include "core/conf.h"
#include "core/db.h"
#include "core/key_file.h"
#include "core/seal.h"
#include "domain/provider.h"
#include "key_write.h"

#define KEY_BYTES_MIN 32
#define KEEP 1 /* older keys that still count after a rotation */

/* A line of key list. */
struct key_line {
	const char *use, *id, *state;
	int64_t bits;
};
static const struct field key_fields[] = {
	COLUMN(struct key_line, use),
	COLUMN(struct key_line, id),
	COLUMN(struct key_line, state),
	COLUMN(struct key_line, bits),
};
static const struct shape key_shape = SHAPE(struct key_line, key_fields);

/* The file of "token" or "seal"; NULL for another word. */
static const char *
key_path(const struct cli *cli, const char *use)
{
	if (text_is(use, "token"))
		return cli->cx->conf->token_key_file;
	return text_is(use, "seal") ? cli->cx->conf->seal_key_file : NULL;
}

/* The keys of a file, none when it is not there. */
static enum err
keys_take(struct cli *cli, const char *path, struct keys *out)
{
	*out = (struct keys){ .count = 0 };
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return ERR_OK;
	return key_file_read(cli->cx, path, KEY_BYTES_MIN, KEY_BYTES_MAX, out);
}

static int
run_list(struct cli *cli)
{
	static const char *const uses[] = { "token", "seal" };
	struct key_line lines[COUNT(uses) * KEY_FILE_KEYS_MAX];
	size_t count = 0;

	for (size_t u = 0; u < COUNT(uses); u++) {
		struct keys keys;
		enum err e = keys_take(cli, key_path(cli, uses[u]), &keys);

		if (e)
			return cli_fail(cli, e);
		for (size_t i = 0; i < keys.count; i++)
			lines[count++] = (struct key_line){ uses[u],
				arena_strdup(cli->cx->arena, keys.key[i].id),
				i == 0 ? "in use" : "still opens",
				(int64_t)keys.key[i].len * 8 };
	}
	cli_rows(cli, "keys", &key_shape, lines, count);
	return 0;
}

static int
run_rotate(struct cli *cli)
{
	const char *use = cli->args[0], *path = key_path(cli, use), *id;
	struct keys keys;
	enum err e;

	if (path == NULL)
		return cli_usage("USE is token or seal");
	e = keys_take(cli, path, &keys);
	if (e)
		return cli_fail(cli, e);
	if (keys.count > KEEP &&
	    !cli_sure(cli, "what key '%s' made can't be opened any more",
		keys.key[KEEP].id))
		return 2;
	e = key_write(cli->cx, path, &keys, KEEP, &id);
	if (e)
		return cli_fail(cli, e);
	cli_done(cli, "key '%s' is in use%s", id,
	    keys.count == 0 ? ""
	    : text_is(use, "token")
		? "; send SIGHUP to gesso.fcgi, gesso-chat.fcgi and "
		  "gesso-notifier"
		: "; run: gessoctl key reseal");
	return 0;
}

struct sealed_line {
	const char *id, *sealed_key;
};
static const struct field sealed_fields[] = {
	COLUMN(struct sealed_line, id),
	COLUMN(struct sealed_line, sealed_key),
};
static const struct shape sealed_shape =
    SHAPE(struct sealed_line, sealed_fields);

DB_STMT(provider_sealed, "", &sealed_shape,
    "SELECT id, sealed_key FROM provider WHERE sealed_key IS NOT NULL");
/* Only when nobody has given another key meanwhile. */
DB_STMT(provider_reseal, "sss", NULL,
    "UPDATE provider SET sealed_key = ? WHERE id = ? AND sealed_key = ?");

static enum err
reseal_one(struct ctx *cx, const struct sealed_line *line)
{
	const char *file = cx->conf->seal_key_file, *key, *sealed;
	enum err e = seal_open(cx, file, line->id, line->sealed_key, &key);

	if (e)
		return e;
	e = seal_text(cx, file, line->id, key, &sealed);
	if (e)
		return e;
	return db_run(
	    cx, NULL, &provider_reseal, sealed, line->id, line->sealed_key);
}

/* All or none. */
static enum err
reseal_work(struct ctx *cx, void *arg)
{
	size_t *count_out = arg;
	struct sealed_line *lines;
	enum err e =
	    db_list(cx, &lines, count_out, PROVIDERS_MAX, &provider_sealed);

	for (size_t i = 0; e == ERR_OK && i < *count_out; i++)
		e = reseal_one(cx, &lines[i]);
	return e;
}

static int
run_reseal(struct cli *cli)
{
	size_t count;
	enum err e = db_transaction(cli->cx, reseal_work, &count);

	if (e)
		return cli_fail(cli, e);
	cli_done(
	    cli, "%zu vendors' keys are sealed with the key in use", count);
	return 0;
}

const struct command key_commands[] = {
	{ "key", "list", .args = "", .run = run_list,
	    .about = "Lists the keys by their names.",
	    .example = "gessoctl key list" },
	{ "key", "rotate", .args = "USE", 1, 1, .run = run_rotate,
	    .as_root = true,
	    .about = "Makes a new key for token or seal; the last one still "
		     "opens.",
	    .example = "gessoctl key rotate token" },
	{ "key", "reseal", .args = "", .run = run_reseal,
	    .about = "Seals the vendors' keys with the key in use.",
	    .example = "gessoctl key reseal" },
	{ .noun = NULL },
};

const struct db_stmt *const cmd_key_stmts[] = { &provider_sealed,
	&provider_reseal, NULL };
