/*
 * gessoctl backup, gessoctl restore: the recipes, with this site's names in
 * them, for a shell: gessoctl backup /srv/backup | sh -e
 *
 * The database first, the files after it: a file comes before its row, so every
 * row of the dump finds its file.
 */
#include <stdio.h>

#include "base/text.h"
#include "cli.h"
#include "core/conf.h"

#define QUOTED_MAX 4096

/* A word of the shell. */
static const char *
quoted(struct cli *cli, const char *text)
{
	struct buf buf;
	const char *word;

	buf_init(&buf, QUOTED_MAX);
	buf_putc(&buf, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			buf_puts(&buf, "'\\''");
		else
			buf_putc(&buf, *text);
	}
	buf_putc(&buf, '\'');
	word = arena_strdup(cli->cx->arena, buf_text(&buf));
	buf_release(&buf);
	return word;
}

/* How the client of the database gets there; the password by a file. */
static const char *
reach(struct cli *cli)
{
	const struct conf *c = cli->cx->conf;
	struct arena *a = cli->cx->arena;

	if (!text_empty(c->db_socket))
		return arena_printf(a, "--socket=%s --user=%s",
		    quoted(cli, c->db_socket), quoted(cli, c->db_user));
	return arena_printf(a, "--host=%s --port=%d --user=%s",
	    quoted(cli, c->db_host), (int)c->db_port, quoted(cli, c->db_user));
}

static void
print_password(struct cli *cli)
{
	const char *file = cli->cx->conf->db_password_file;

	if (!text_empty(file))
		printf("MYSQL_PWD=$(cat %s)\nexport MYSQL_PWD\n",
		    quoted(cli, file));
}

static int
run_backup(struct cli *cli)
{
	const struct conf *c = cli->cx->conf;
	const char *dir = quoted(cli, cli->args[0]);

	printf("# gesso: a backup that can be taken while it runs\n"
	       "umask 077\nmkdir -p %s\n",
	    dir);
	print_password(cli);
	/* --replace: a poller that still runs may write between two lines */
	printf("$(command -v mariadb-dump || echo mysqldump) --no-defaults %s "
	       "--single-transaction --quick --hex-blob --replace %s > "
	       "%s/gesso.sql\n",
	    reach(cli), quoted(cli, c->db_name), dir);
	printf("tar -C %s --exclude=./tmp -cf %s/media.tar .\n",
	    quoted(cli, c->media_dir), dir);
	printf("cp -p %s %s %s %s/\n", quoted(cli, c->path),
	    quoted(cli, c->token_key_file), quoted(cli, c->seal_key_file), dir);
	return 0;
}

static int
run_restore(struct cli *cli)
{
	const struct conf *c = cli->cx->conf;
	const char *dir = quoted(cli, cli->args[0]);

	printf("# gesso: back to a backup; stop its programs and cron first.\n"
	       "# The settings and keys lie in %s; copy them by hand.\n",
	    dir);
	print_password(cli);
	printf("$(command -v mariadb || echo mysql) --no-defaults %s %s "
	       "< %s/gesso.sql\n",
	    reach(cli), quoted(cli, c->db_name), dir);
	printf("mkdir -p %s\ntar -C %s -xpf %s/media.tar\n",
	    quoted(cli, c->media_dir), quoted(cli, c->media_dir), dir);
	printf("gessoctl --config %s migrate up\n"
	       "gessoctl --config %s ledger audit\n"
	       "gessoctl --config %s media audit\n",
	    quoted(cli, c->path), quoted(cli, c->path), quoted(cli, c->path));
	return 0;
}

const struct command backup_commands[] = {
	{ "backup", "", .args = "DIR", 1, 1, .run = run_backup,
	    .about = "Prints the shell commands of a backup into DIR.",
	    .example = "gessoctl backup /srv/backup | sh -e" },
	{ "restore", "", .args = "DIR", 1, 1, .run = run_restore,
	    .about = "Prints the shell commands that bring a backup back.",
	    .example = "gessoctl restore /srv/backup" },
	{ .noun = NULL },
};
