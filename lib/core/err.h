/*
 * err - what can go wrong, as one catalogue (errors.def).
 *
 * 0 is success.  Outputs are written only on success.  ERR_CONFLICT (a guard
 * of an UPDATE did not hold, a unique key exists) and ERR_UNCERTAIN (a commit
 * whose outcome is unknown) are for the domain to decide on.
 */
#ifndef CORE_ERR_H
#define CORE_ERR_H

#include "base/base.h"

enum err {
	ERR_OK = 0,
#define ERR(symbol, status, reason, en, zh) ERR_##symbol,
#include "core/errors.def"
#undef ERR
	ERR__MAX
};

enum lang {
	LANG_EN,
	LANG_ZH
};

/* "zh", "zh-CN", "zh-Hant" ... are Chinese, anything else English. */
enum lang lang_parse(const char *tag);

/* The HTTP status of an error; 200 for ERR_OK. */
int err_status(enum err);
/* The stable machine word: "invalid_field". */
const char *err_reason(enum err);
/* The symbol's own name, for logs: "INVALID_FIELD". */
const char *err_name(enum err);
/* One sentence for a person. */
const char *err_sentence(enum err, enum lang);
/* The error of a reason, ERR_OK for an unknown one. */
enum err err_from_reason(const char *);

#endif
