/*
 * gessoctl - the administrator's one tool: NOUN VERB, from tables of commands.
 */
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cli.h"
#include "config.h"
#include "core/conf.h"
#include "core/db.h"

#define ARENA_MAX (256 * MIB)
#define FAR 4 /* a word further away than that was not meant */

static const char intro[] =
    "usage: gessoctl [--config FILE] [--json] NOUN VERB [ARGUMENTS]\n"
    "\n"
    "examples:\n"
    "  gessoctl migrate up\n"
    "  gessoctl user add --email a@b.example --username ann "
    "--password-stdin\n"
    "  gessoctl doctor\n"
    "\n"
    "options:\n"
    "  --config FILE  instead of $GESSO_CONF or the built-in path\n"
    "  --json         for programs\n"
    "  --yes          do not ask before destroying\n"
    "  --help         this, or 'gessoctl NOUN [VERB] --help'\n"
    "  --version      the version\n"
    "\n"
    "commands:\n";

static const struct command *
command_next(size_t *list, size_t *row)
{
	for (; command_lists[*list] != NULL; (*list)++, *row = 0)
		if (command_lists[*list][*row].noun != NULL)
			return &command_lists[*list][(*row)++];
	return NULL;
}

/* The commands of a noun, of all for NULL; false when there are none. */
static bool
help_commands(FILE *out, const char *noun)
{
	const struct command *c;
	size_t list = 0, row = 0;
	bool any = false;

	while ((c = command_next(&list, &row)) != NULL) {
		if (noun != NULL && !text_is(c->noun, noun))
			continue;
		fprintf(out, "  %-8s %-8s %s\n", c->noun, c->verb, c->about);
		any = true;
	}
	return any;
}

static void
help_all(FILE *out)
{
	fputs(intro, out);
	(void)help_commands(out, NULL);
}

static void
help_one(const struct command *c)
{
	printf("usage: gessoctl [--config FILE] [--json] %s%s%s", c->noun,
	    c->verb[0] == '\0' ? "" : " ", c->verb);
	if (c->flags != NULL)
		printf(" [OPTIONS]");
	printf(
	    "%s%s\n\n%s\n", c->args[0] == '\0' ? "" : " ", c->args, c->about);
	printf("\nexample:\n  %s\n", c->example);
	for (size_t i = 0; c->flags != NULL && c->flags[i].name; i++) {
		const struct cli_flag *f = &c->flags[i];

		printf("%s  --%s%s%-*s %s\n", i == 0 ? "\noptions:\n" : "",
		    f->name, f->value == NULL ? "" : " ",
		    (f->value == NULL ? 21 : 20) - (int)strlen(f->name),
		    f->value == NULL ? "" : f->value, f->about);
	}
}

/* "NOUN VERB", or a noun that has no verbs. */
static const struct command *
command_find(const char *noun, const char *verb, int *words_out)
{
	const struct command *c;
	size_t list = 0, row = 0;

	while ((c = command_next(&list, &row)) != NULL) {
		if (!text_is(c->noun, noun))
			continue;
		*words_out = c->verb[0] == '\0' ? 1 : 2;
		if (c->verb[0] == '\0' || text_is(c->verb, verb))
			return c;
	}
	return NULL;
}

/* What a noun can do; false when it is none. */
static bool
verbs_tell(const char *noun)
{
	const struct command *c;
	size_t list = 0, row = 0;
	bool known = false;

	while ((c = command_next(&list, &row)) != NULL) {
		if (!text_is(c->noun, noun))
			continue;
		fprintf(stderr, "%s %s", known ? "," : "gessoctl: what of it?",
		    c->verb);
		known = true;
	}
	if (known)
		fprintf(stderr, "; see 'gessoctl --help'\n");
	return known;
}

/* The nearest command, for a word that is none. */
static int
command_unknown(const char *noun, const char *verb)
{
	const struct command *c, *near = NULL;
	size_t list = 0, row = 0, best = FAR + 1;
	const char *blank = verb == NULL ? "" : " ";

	if (verb == NULL && verbs_tell(noun))
		return 2;
	verb = verb == NULL ? "" : verb;
	while ((c = command_next(&list, &row)) != NULL) {
		size_t d =
		    text_distance(c->noun, noun) + text_distance(c->verb, verb);

		if (d < best) {
			best = d;
			near = c;
		}
	}
	if (near == NULL)
		return cli_usage("there is no command '%s%s%s'; see "
				 "'gessoctl --help'",
		    noun, blank, verb);
	return cli_usage("there is no command '%s%s%s'; did you mean '%s%s%s'?",
	    noun, blank, verb, near->noun, near->verb[0] == '\0' ? "" : " ",
	    near->verb);
}

static int
flag_unknown(const struct command *c, const char *word)
{
	const char *near = NULL;
	size_t best = FAR;

	for (size_t i = 0; c->flags != NULL && c->flags[i].name; i++) {
		size_t d = text_distance(c->flags[i].name, word);

		if (d < best) {
			best = d;
			near = c->flags[i].name;
		}
	}
	if (near == NULL)
		return cli_usage(
		    "'%s %s' has no option --%s", c->noun, c->verb, word);
	return cli_usage("'%s %s' has no option --%s; did you mean --%s?",
	    c->noun, c->verb, word, near);
}

/* Takes one option of the command; returns the words used, 0 when wrong. */
static int
flag_take(const struct command *c, struct cli *cli, char **words)
{
	const char *word = words[0] + 2;
	size_t len = strcspn(word, "=");

	for (size_t i = 0; c->flags != NULL && c->flags[i].name; i++) {
		const struct cli_flag *f = &c->flags[i];

		if (strlen(f->name) != len || strncmp(f->name, word, len) != 0)
			continue;
		if (f->value == NULL) {
			cli->values[i] = "";
			return 1;
		}
		if (word[len] == '=') {
			cli->values[i] = word + len + 1;
			return 1;
		}
		if (words[1] == NULL) {
			cli_usage("--%s needs %s", f->name, f->value);
			return 0;
		}
		cli->values[i] = words[1];
		return 2;
	}
	flag_unknown(c, word);
	return 0;
}

/* Everything after the command's words; 0 or the exit status. */
static int
words_take(const struct command *c, struct cli *cli, char **words)
{
	cli->flags = c->flags;
	while (*words != NULL) {
		int used = 1;

		if (text_is(*words, "--help")) {
			help_one(c);
			return -1;
		} else if (text_is(*words, "--json")) {
			cli->json = true;
		} else if (text_is(*words, "--yes")) {
			cli->yes = true;
		} else if (text_starts(*words, "--")) {
			used = flag_take(c, cli, words);
		} else if (cli->arg_count < c->args_max) {
			cli->args[cli->arg_count++] = *words;
		} else {
			return cli_usage("'%s' is too much", *words);
		}
		if (used == 0)
			return 2;
		words += used;
	}
	if (cli->arg_count < c->args_min)
		return cli_usage("'%s %s' needs %s", c->noun, c->verb, c->args);
	return 0;
}

/*
 * What root does, it does as the user of gesso: then what is made belongs to
 * the right one, and what is seen is what the programs see.
 */
static bool
user_become(const struct conf *conf)
{
	struct stat st;

	if (geteuid() != 0 || stat(conf->state_dir, &st) != 0 || st.st_uid == 0)
		return true;
	if (setgroups(0, NULL) != 0 || setgid(st.st_gid) != 0 ||
	    setuid(st.st_uid) != 0) {
		fprintf(stderr, "gessoctl: cannot become the owner of '%s'\n",
		    conf->state_dir);
		return false;
	}
	return true;
}

static int
command_run(const struct command *c, struct cli *cli, const char *conf_file)
{
	struct conf *conf = NULL;
	struct ctx cx = { 0 };
	int status = 1;

	cx.arena = arena_new(ARENA_MAX);
	cx.trace = "gessoctl";
	cli->cx = &cx;
	cli->command = c;
	if (!c->no_db) {
		cx.conf = conf = conf_load(conf_file, "gessoctl");
		if (!c->as_root && !user_become(cx.conf))
			goto out;
		cx.db = db_new(cx.conf);
	} else {
		cli->cx->trace = conf_path(conf_file);
	}
	status = c->run(cli);
out:
	db_free(cx.db);
	arena_free(cx.arena);
	conf_free(conf);
	return fflush(stdout) == 0 ? status : 1;
}

int
main(int argc, char **argv)
{
	const struct command *c;
	const char *conf_file = NULL;
	struct cli cli = { 0 };
	int at = 1, words, status;

	for (; at < argc && text_starts(argv[at], "--"); at++) {
		if (text_is(argv[at], "--json")) {
			cli.json = true;
		} else if (text_is(argv[at], "--yes")) {
			cli.yes = true;
		} else if (text_is(argv[at], "--config") && at + 1 < argc) {
			conf_file = argv[++at];
		} else if (text_starts(argv[at], "--config=")) {
			conf_file = strchr(argv[at], '=') + 1;
		} else if (text_is(argv[at], "--version")) {
			puts("gessoctl " VERSION);
			return 0;
		} else if (text_is(argv[at], "--help")) {
			help_all(stdout);
			return 0;
		} else {
			return cli_usage("unknown option '%s'", argv[at]);
		}
	}
	if (at >= argc) {
		help_all(stderr);
		return 2;
	}
	c = command_find(argv[at], argv[at + 1], &words);
	if (c == NULL && text_is(argv[at + 1], "--help") &&
	    help_commands(stdout, argv[at]))
		return 0;
	if (c == NULL)
		return command_unknown(argv[at], argv[at + 1]);
	status = words_take(c, &cli, argv + at + words);
	if (status != 0)
		return status < 0 ? 0 : status;
	return command_run(c, &cli, conf_file);
}
