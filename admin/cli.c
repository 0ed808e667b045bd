#include "cli.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "core/json_write.h"

#define SECRET_MAX 4096
#define OUTPUT_MAX (64 * MIB)
#define GAP 2 /* blanks between columns */

const char *
cli_value(const struct cli *cli, const char *flag)
{
	for (size_t i = 0; cli->flags != NULL && cli->flags[i].name; i++)
		if (text_is(cli->flags[i].name, flag))
			return cli->values[i];
	return NULL;
}

bool
cli_has_any(const struct cli *cli)
{
	for (size_t i = 0; i < CLI_FLAGS_MAX; i++)
		if (cli->values[i] != NULL)
			return true;
	return false;
}

bool
cli_has(const struct cli *cli, const char *flag)
{
	return cli_value(cli, flag) != NULL;
}

bool
cli_int(const struct cli *cli, const char *flag, int64_t def, int64_t *out)
{
	const char *text = cli_value(cli, flag);

	*out = def;
	if (text == NULL || text_to_int_in(text, 0, INT32_MAX, out))
		return true;
	cli_usage("--%s takes a whole number, not '%s'", flag, text);
	return false;
}

const char *
cli_secret(struct cli *cli, const char *what)
{
	char line[SECRET_MAX];

	if (fgets(line, sizeof(line), stdin) == NULL)
		line[0] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	if (line[0] == '\0') {
		fprintf(stderr, "gessoctl: no %s on standard input\n", what);
		return NULL;
	}
	return arena_strdup(cli->cx->arena, line);
}

bool
cli_sure(const struct cli *cli, const char *fmt, ...)
{
	char answer[16] = "";
	va_list ap;

	if (cli->yes)
		return true;
	fprintf(stderr, "gessoctl: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	if (!isatty(STDIN_FILENO)) {
		fprintf(stderr, "; say --yes if that is meant\n");
		return false;
	}
	fprintf(stderr, ".  Really? [y/N] ");
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		return false;
	return answer[0] == 'y' || answer[0] == 'Y';
}

bool
cli_account(struct cli *cli, const char *email, struct account *out)
{
	enum err e = account_find_email(cli->cx, email, out);

	if (e == ERR_NOT_FOUND)
		fprintf(stderr, "gessoctl: there is no account '%s'\n", email);
	else if (e)
		cli_fail(cli, e);
	return e == ERR_OK;
}

const char *
cli_colour(const char *what)
{
	static const struct {
		const char *what, *escape;
	} colours[] = { { "ok", "\033[32m" }, { "warn", "\033[33m" },
		{ "fail", "\033[31m" } };

	if (getenv("NO_COLOR") != NULL || !isatty(STDOUT_FILENO))
		return "";
	for (size_t i = 0; i < COUNT(colours); i++)
		if (text_is(colours[i].what, what))
			return colours[i].escape;
	return "\033[0m";
}

/* The database may have done it, and went away before it said so. */
static int
cli_uncertain(const struct cli *cli)
{
	const struct command *c = cli->command;

	fprintf(stderr, "gessoctl: it is not known whether this was done");
	if (c->look != NULL)
		fprintf(stderr, "; look with: gessoctl %s%s", c->look,
		    text_ends(c->look, " ") ? cli->args[0] : "");
	fprintf(stderr, "%s\n",
	    c->once ? " before it is done again" : "; it may be done again");
	return 3;
}

int
cli_fail(const struct cli *cli, enum err e)
{
	const struct fault *f = &cli->cx->fault;

	if (e == ERR_UNCERTAIN)
		return cli_uncertain(cli);
	if (e == ERR_NOT_FOUND && f->detail != NULL)
		fprintf(stderr, "gessoctl: %s\n", f->detail);
	else if (f->detail != NULL)
		fprintf(stderr, "gessoctl: %s (%s%s%s)\n",
		    err_sentence(e, LANG_EN), f->field == NULL ? "" : f->field,
		    f->field == NULL ? "" : ": ", f->detail);
	else if (e == ERR_NOT_FOUND && cli->arg_count > 0)
		fprintf(stderr, "gessoctl: there is no '%s'\n", cli->args[0]);
	else
		fprintf(stderr, "gessoctl: %s\n", err_sentence(e, LANG_EN));
	return 1;
}

int
cli_usage(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "gessoctl: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	return 2;
}

/* A member as a person reads it. */
static const char *
cell(const struct cli *cli, const struct field *f, const void *row)
{
	struct arena *arena = cli->cx->arena;
	const char *text;
	int64_t number;

	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_JSON:
		text = *FIELD_AT_CONST(row, f, const char *);
		return text == NULL ? "-" : text;
	case FIELD_INT:
		number = *FIELD_AT_CONST(row, f, int64_t);
		return number == INT_NONE
			   ? "-"
			   : arena_printf(arena, "%" PRId64, number);
	case FIELD_REAL:
		return arena_printf(
		    arena, "%g", *FIELD_AT_CONST(row, f, double));
	case FIELD_BOOL:
		return *FIELD_AT_CONST(row, f, bool) ? "yes" : "no";
	case FIELD_UUID:
		return uuid_format(FIELD_AT_CONST(row, f, struct uuid),
		    arena_alloc(arena, UUID_TEXT));
	case FIELD_TIME:
		number = FIELD_AT_CONST(row, f, struct stamp)->ms;
		return number == TIME_NONE
			   ? "-"
			   : time_format(number, arena_alloc(arena, 32));
	case FIELD_OBJECT:
	case FIELD_LIST:
		break;
	}
	return "...";
}

static void
print_padded(const char *text, size_t width)
{
	size_t len = utf8_length(text, strlen(text));

	fputs(text, stdout);
	for (; len < width + GAP; len++)
		putchar(' ');
}

static void
print_json(const struct cli *cli, const char *name, const struct shape *shape,
    const void *rows, size_t count)
{
	const char *row = rows;
	struct buf buf;
	struct jw jw;

	(void)cli;
	buf_init(&buf, OUTPUT_MAX);
	jw_init(&jw, &buf);
	if (name != NULL) {
		jw_object(&jw);
		jw_name(&jw, name);
		jw_array(&jw);
	}
	for (size_t i = 0; i < count; i++)
		jw_struct(&jw, shape, row + i * shape->size);
	if (name != NULL) {
		jw_end_array(&jw);
		jw_end_object(&jw);
	}
	jw_done(&jw);
	puts(buf_text(&buf));
	buf_release(&buf);
}

static void
print_table(const struct cli *cli, const struct shape *shape, const char *rows,
    size_t count)
{
	size_t *width = ARENA_ARRAY(cli->cx->arena, shape->count, size_t);

	for (size_t c = 0; c < shape->count; c++) {
		width[c] = strlen(shape->fields[c].name);
		for (size_t i = 0; i < count; i++) {
			const char *text = cell(
			    cli, &shape->fields[c], rows + i * shape->size);
			size_t len = utf8_length(text, strlen(text));

			if (len > width[c])
				width[c] = len;
		}
	}
	for (size_t c = 0; c < shape->count; c++)
		print_padded(
		    shape->fields[c].name, c + 1 < shape->count ? width[c] : 0);
	putchar('\n');
	for (size_t i = 0; i < count; i++) {
		for (size_t c = 0; c < shape->count; c++)
			print_padded(cell(cli, &shape->fields[c],
					 rows + i * shape->size),
			    c + 1 < shape->count ? width[c] : 0);
		putchar('\n');
	}
}

void
cli_rows(const struct cli *cli, const char *name, const struct shape *shape,
    const void *rows, size_t count)
{
	if (cli->json)
		print_json(cli, name, shape, rows, count);
	else if (count == 0)
		fprintf(stderr, "none\n");
	else
		print_table(cli, shape, rows, count);
}

void
cli_row(const struct cli *cli, const struct shape *shape, const void *row)
{
	if (cli->json) {
		print_json(cli, NULL, shape, row, 1);
		return;
	}
	for (size_t c = 0; c < shape->count; c++)
		printf("%-16s %s\n", shape->fields[c].name,
		    cell(cli, &shape->fields[c], row));
}

void
cli_done(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (cli->json) {
		puts("{\"ok\":true}");
		return;
	}
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}
