/*
 * gessoctl provider, gessoctl model: vendors and what they offer.
 */
#include <string.h>

#include "base/text.h"
#include "cli.h"
#include "core/url.h"
#include "domain/breaker.h"
#include "domain/provider.h"
#include "domain/provider_config.h"

/* Never the key itself. */
struct provider_line {
	const char *id, *type, *name, *protocol, *url;
	bool enabled, has_key;
	int64_t concurrency;
	const char *breaker; /* closed, open or half_open; why, if not closed */
	const char *failing;
};
static const struct field provider_fields[] = {
	COLUMN(struct provider_line, id),
	COLUMN(struct provider_line, type),
	COLUMN(struct provider_line, name),
	COLUMN(struct provider_line, protocol),
	COLUMN(struct provider_line, url),
	COLUMN(struct provider_line, enabled),
	COLUMN(struct provider_line, has_key),
	COLUMN(struct provider_line, concurrency),
	COLUMN(struct provider_line, breaker),
	COLUMN(struct provider_line, failing),
};
static const struct shape provider_line_shape =
    SHAPE(struct provider_line, provider_fields);

static const struct field model_fields[] = {
	COLUMN(struct model, provider_id),
	COLUMN(struct model, id),
	COLUMN(struct model, type),
	COLUMN(struct model, upstream),
	COLUMN(struct model, price),
	COLUMN(struct model, status),
	COLUMN(struct model, replacement),
	COLUMN(struct model, enabled),
	COLUMN(struct model, deadline_s),
};
static const struct shape model_line_shape = SHAPE(struct model, model_fields);

/* How the breaker of a vendor stands, into its line. */
static void
breaker_show(
    const struct breaker *breakers, size_t count, struct provider_line *line)
{
	line->breaker = "closed";
	for (size_t i = 0; i < count; i++)
		if (text_is(breakers[i].provider_id, line->id)) {
			line->breaker = breakers[i].state;
			line->failing = breakers[i].reason;
		}
}

static int
run_list(struct cli *cli)
{
	struct provider_line *lines;
	struct breaker *breakers;
	struct provider *rows;
	size_t count, breaker_count;
	enum err e = provider_list(cli->cx, &rows, &count);

	if (e == ERR_OK)
		e = breaker_list(cli->cx, &breakers, &breaker_count);
	if (e)
		return cli_fail(cli, e);
	lines = ARENA_ARRAY(cli->cx->arena, count, struct provider_line);
	for (size_t i = 0; i < count; i++) {
		lines[i] = (struct provider_line){ rows[i].id, rows[i].type,
			rows[i].name, rows[i].protocol, rows[i].url,
			rows[i].enabled, !text_empty(rows[i].sealed_key),
			rows[i].concurrency, NULL, NULL };
		breaker_show(breakers, breaker_count, &lines[i]);
	}
	cli_rows(cli, "providers", &provider_line_shape, lines, count);
	return 0;
}

static int
run_set(struct cli *cli)
{
	struct provider_change change = {
		.url = cli_value(cli, "url"),
		.enabled = cli_has(cli, "enable")    ? 1
			   : cli_has(cli, "disable") ? 0
						     : INT_NONE,
	};
	struct url url;
	enum err e;

	if (!cli_has_any(cli))
		return cli_usage("provider set needs something to change");
	if (cli_has(cli, "enable") && cli_has(cli, "disable"))
		return cli_usage("--enable or --disable, not both");
	if (change.url != NULL &&
	    (strlen(change.url) > PROVIDER_URL_MAX ||
		!url_parse(cli->cx->arena, change.url, &url)))
		return cli_usage("--url takes an http or https address without "
				 "user, query and fragment");
	if (!cli_int(cli, "concurrency", INT_NONE, &change.concurrency))
		return 2;
	if (cli_has(cli, "key-stdin")) {
		change.key = cli_secret(cli, "key");
		if (change.key == NULL)
			return 2;
	}
	e = provider_change(cli->cx, cli->args[0], &change);
	if (e)
		return cli_fail(cli, e);
	cli_done(cli, "%s is changed", cli->args[0]);
	return 0;
}

/* "PROVIDER/MODEL" into its two halves; false when it is no such pair. */
static bool
pair_split(const struct cli *cli, const char **provider, const char **model)
{
	const char *text = cli->args[0];
	const char *slash = strchr(text, '/');

	if (slash == NULL || slash == text || slash[1] == '\0')
		return false;
	*provider = arena_copy(cli->cx->arena, text, (size_t)(slash - text));
	*model = slash + 1;
	return true;
}

static int
run_use(struct cli *cli)
{
	const char *provider, *model;
	struct model row;
	enum err e;

	if (!pair_split(cli, &provider, &model))
		return cli_usage("provider use takes PROVIDER/MODEL");
	e = model_find(cli->cx, provider, model, &row);
	if (e == ERR_OK)
		e = provider_choice_use(cli->cx, row.type, provider, model);
	if (e)
		return cli_fail(cli, e);
	cli_done(cli, "%s is the %s model now", cli->args[0], row.type);
	return 0;
}

static int
run_models(struct cli *cli)
{
	struct model *rows;
	size_t count;
	enum err e = model_list(cli->cx, &rows, &count);

	if (e)
		return cli_fail(cli, e);
	cli_rows(cli, "models", &model_line_shape, rows, count);
	return 0;
}

#define DEADLINE_MAX_S (7 * INT64_C(86400))

static bool
deadline_read(const struct cli *cli, int64_t *out)
{
	const char *text = cli_value(cli, "deadline");

	*out = INT_NONE;
	if (text == NULL ||
	    (text_to_seconds(text, out) && *out >= 0 && *out <= DEADLINE_MAX_S))
		return true;
	cli_usage("--deadline takes a time of at most 7d, such as 20m");
	return false;
}

/* Whoever names what the vendor calls it today says that it is there. */
static const char *
status_word(const struct cli *cli)
{
	if (cli_has(cli, "retired"))
		return "retired";
	return cli_has(cli, "active") || cli_has(cli, "upstream") ? "active"
								  : NULL;
}

static int
run_model_set(struct cli *cli)
{
	struct model_change change = {
		.upstream = cli_value(cli, "upstream"),
		.status = status_word(cli),
		.replacement = cli_value(cli, "use"),
		.position = INT_NONE,
	};
	const char *provider, *model;
	enum err e;

	if (!pair_split(cli, &provider, &model))
		return cli_usage("model set takes PROVIDER/MODEL");
	if (!cli_has_any(cli))
		return cli_usage("model set needs something to change");
	if (cli_has(cli, "retired") && cli_has(cli, "active"))
		return cli_usage("--retired or --active, not both");
	if (!cli_int(cli, "price", INT_NONE, &change.price) ||
	    !deadline_read(cli, &change.deadline_s))
		return 2;
	e = model_change(cli->cx, provider, model, &change);
	if (e)
		return cli_fail(cli, e);
	cli_done(cli, "%s is changed", cli->args[0]);
	return 0;
}

static const struct cli_flag set_flags[] = {
	{ "url", "URL", "base address, as the vendor documents it" },
	{ "key-stdin", NULL, "the key is read from standard input" },
	{ "enable", NULL, "may be used" },
	{ "disable", NULL, "may not be used" },
	{ "concurrency", "N", "tasks that may be with it at once" },
	{ NULL },
};
static const struct cli_flag model_flags[] = {
	{ "upstream", "NAME", "what the vendor calls it; it is offered then" },
	{ "price", "N", "power for an image, a second or a message" },
	{ "deadline", "TIME", "when an unfinished task fails; 0: as for all" },
	{ "retired", NULL, "the vendor has shut it down" },
	{ "active", NULL, "the vendor offers it" },
	{ "use", "MODEL", "what to use instead" },
	{ NULL },
};

const struct command provider_commands[] = {
	{ "provider", "list", .args = "", .run = run_list,
	    .about = "Lists the vendors.",
	    .example = "gessoctl provider list" },
	{ "provider", "set", .args = "ID", 1, 1, .run = run_set,
	    .look = "provider list", .flags = set_flags,
	    .about = "Changes a vendor.",
	    .example = "gessoctl provider set dalle --key-stdin --enable "
		       "< key" },
	{ "provider", "use", .args = "PROVIDER/MODEL", 1, 1, .run = run_use,
	    .about = "Makes it the one that is used when none is asked for.",
	    .example = "gessoctl provider use dalle/dall-e-3" },
	{ "model", "list", .args = "", .run = run_models,
	    .about = "Lists the models.", .example = "gessoctl model list" },
	{ "model", "set", .args = "PROVIDER/MODEL", 1, 1, .run = run_model_set,
	    .look = "model list", .flags = model_flags,
	    .about = "Changes a model; with --upstream makes one.",
	    .example = "gessoctl model set dalle/dall-e-3 "
		       "--upstream gpt-image-2 --price 2" },
	{ .noun = NULL },
};
