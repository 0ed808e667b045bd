/*
 * gessoctl config: the settings as the programs see them.
 */
#include <stdio.h>

#include "base/buf.h"
#include "base/text.h"
#include "cli.h"
#include "core/conf.h"

#define VALUE_MAX (64 * KIB)

struct setting_line {
	const char *name, *value, *is_default;
};
static const struct field setting_fields[] = {
	COLUMN(struct setting_line, name),
	COLUMN(struct setting_line, value),
	COLUMN(struct setting_line, is_default),
};
static const struct shape setting_shape =
    SHAPE(struct setting_line, setting_fields);

/* Reads the file; complaints go to standard error. */
static struct conf *
conf_look(struct cli *cli)
{
	struct buf complaints;
	struct conf *conf;

	buf_init(&complaints, VALUE_MAX);
	conf = conf_read(cli->cx->trace, &complaints);
	fputs(buf_text(&complaints), stderr);
	buf_release(&complaints);
	return conf;
}

static int
run_check(struct cli *cli)
{
	struct conf *conf = conf_look(cli);

	if (conf == NULL)
		return 1;
	cli_done(cli, "%s is right", conf->path);
	conf_free(conf);
	return 0;
}

static const char *
value_text(struct cli *cli, const struct conf *conf, const struct option *o)
{
	const char *text;
	struct buf buf;

	buf_init(&buf, VALUE_MAX);
	conf_print(conf, o, &buf);
	text = arena_strdup(cli->cx->arena, buf_text(&buf));
	buf_release(&buf);
	return text;
}

static int
run_show(struct cli *cli)
{
	struct conf *conf = conf_look(cli);
	struct setting_line *lines;
	size_t count = 0;

	if (conf == NULL)
		return 1;
	lines = ARENA_ARRAY(cli->cx->arena, option_count, struct setting_line);
	for (size_t i = 0; i < option_count; i++) {
		const struct option *o = &options[i];
		bool plain = conf_is_default(conf, o);

		if (cli->arg_count == 1 ? !text_is(cli->args[0], o->name)
					: plain && !cli_has(cli, "all"))
			continue;
		lines[count++] = (struct setting_line){ o->name,
			value_text(cli, conf, o), plain ? "yes" : "no" };
	}
	conf_free(conf);
	if (cli->arg_count == 1 && count == 0)
		return cli_usage("there is no setting '%s'", cli->args[0]);
	cli_rows(cli, "settings", &setting_shape, lines, count);
	return 0;
}

static const struct cli_flag show_flags[] = {
	{ "all", NULL, "those at their default too" },
	{ NULL },
};

const struct command config_commands[] = {
	{ "config", "check", .args = "", .run = run_check, .no_db = true,
	    .about = "Reads the configuration and says what is wrong.",
	    .example = "gessoctl config check" },
	{ "config", "show", .args = "[NAME]", 0, 1, .run = run_show,
	    .flags = show_flags, .no_db = true,
	    .about = "Shows what differs from the defaults, all, or one.",
	    .example = "gessoctl config show --all" },
	{ .noun = NULL },
};
