/*
 * answer - one question to the assistant and what is answered.
 *
 * Both are written before a model is asked, the answer once more when it has
 * ended, in whatever way; no transaction is open in between.  A message that
 * costs something holds its price, which is captured unless the answer failed.
 */
#ifndef DOMAIN_ANSWER_H
#define DOMAIN_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"
#include "core/ctx.h"
#include "core/shape.h"
#include "domain/account.h"
#include "domain/provider.h"

#define ANSWER_MAX (256 * KIB) /* bytes of an answer */
#define QUESTION_MAX 32000     /* code points */

/* POST /assistant/chat */
struct question {
	const char *message;
	const char *conversation_id; /* NULL: a new conversation */
	const char *model;           /* NULL: the conversation's, the site's */
};
extern const struct shape question_shape;

/* A question and its answer of before. */
struct turn {
	const char *question, *answer;
};

struct answer {
	struct uuid conversation;
	bool fresh; /* the conversation begins with it */
	struct uuid question, message;
	const char *text; /* of the question */
	struct model model;
	struct provider provider;
	const char *key; /* of the provider, in clear */
	bool failing;    /* the last calls to the provider failed */
	const char *system_prompt;
	const struct turn *turns; /* oldest first, as many as fit */
	size_t turn_count;
	int64_t tokens_max; /* of the answer; INT_NONE: not limited */
	const char *tokens_field;
};

/*
 * What is to be asked: model, conversation, and as much of what was said before
 * as the model takes.  ERR_NOT_FOUND for a conversation of others,
 * ERR_UNKNOWN_MODEL, ERR_MODEL_RETIRED; ERR_PROVIDER_UNAVAILABLE while its
 * breaker is open.
 */
enum err answer_plan(struct ctx *, const struct account *,
    const struct question *, struct answer *out) MUST_CHECK;
/*
 * Writes the question and an answer that is "streaming", and holds the price.
 * ERR_INSUFFICIENT_POWER.
 */
enum err answer_begin(
    struct ctx *, const struct account *, const struct answer *) MUST_CHECK;

/* How it ended. */
struct answer_end {
	struct uuid message;
	const char *content; /* as far as it came */
	enum err reason;     /* ERR_OK: all of it came */
	bool stopped;        /* by the caller: it is partial and costs */
	int64_t prompt_tokens, completion_tokens; /* INT_NONE: not told */
};
/*
 * "complete", "partial" or "failed", and the price captured or given back.
 * Does nothing when it has ended before, or was deleted.
 */
enum err answer_end(struct ctx *, const struct answer_end *) MUST_CHECK;
/*
 * Ends the answers whose writers have died: those that left a file on this
 * machine, and those of other machines after chat_timeout; at most max.
 */
enum err answer_sweep(struct ctx *, size_t max, size_t *count_out) MUST_CHECK;

/* An answer as its owner may pick it up again. */
struct answer_state {
	const char *status, *reason, *content;
	int64_t prompt_tokens, completion_tokens;
};
/* ERR_NOT_FOUND for others' and for questions. */
enum err answer_find(struct ctx *, const struct uuid *account,
    const struct uuid *conversation, const struct uuid *message,
    struct answer_state *out) MUST_CHECK;

#endif
