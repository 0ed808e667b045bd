/*
 * err - the catalogue of errors as a table.
 */
#include "core/err.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

struct entry {
	int status;
	const char *name;
	const char *reason;
	const char *sentence[2]; /* by enum lang */
};

/* clang-format off */
static const struct entry entries[ERR__MAX] = {
	[ERR_OK] = { 200, "OK", "ok", { "Done.", "成功。" } },
#define ERR(symbol, status, reason, en, zh)				\
	[ERR_##symbol] = { status, #symbol, reason, { en, zh } },
#include "core/errors.def"
#undef ERR
};
/* clang-format on */

static const struct entry *
entry_of(enum err err)
{
	if ((unsigned)err >= ERR__MAX)
		err = ERR_INTERNAL;
	return &entries[err];
}

int
err_status(enum err err)
{
	return entry_of(err)->status;
}

const char *
err_reason(enum err err)
{
	return entry_of(err)->reason;
}

const char *
err_name(enum err err)
{
	return entry_of(err)->name;
}

const char *
err_sentence(enum err err, enum lang lang)
{
	return entry_of(err)->sentence[lang == LANG_ZH ? LANG_ZH : LANG_EN];
}

enum err
err_from_reason(const char *reason)
{
	/* Those that share a reason come last. */
	for (unsigned i = 0; reason != NULL && i < ERR__MAX; i++)
		if (strcmp(entries[i].reason, reason) == 0)
			return (enum err)i;
	return ERR_OK;
}

enum lang
lang_parse(const char *tag)
{
	bool chinese = tag != NULL && strncasecmp(tag, "zh", 2) == 0 &&
		       (tag[2] == '\0' || tag[2] == '-' || tag[2] == '_');

	return chinese ? LANG_ZH : LANG_EN;
}
