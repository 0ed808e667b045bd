#include "vendor/refusal.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/base.h"
#include "base/text.h"

/*
 * Words of code or type, whole or (with a '*' at the end) their beginning.
 * providers.md of the vendors' documents: OpenAI, Stability, Google, Runway,
 * Replicate, and servers that people host.
 */
static const struct word {
	const char *word;
	enum refusal kind;
} words[] = {
	{ "content_policy_violation", REFUSAL_CONTENT },
	{ "moderation_blocked", REFUSAL_CONTENT },
	{ "content_moderation", REFUSAL_CONTENT },
	{ "content_filter", REFUSAL_CONTENT },
	{ "content_filtered", REFUSAL_CONTENT },
	{ "invalid_prompts", REFUSAL_CONTENT },
	{ "safety*", REFUSAL_CONTENT },
	{ "input_preprocessing.safety*", REFUSAL_CONTENT },
	{ "prohibited_content", REFUSAL_CONTENT },
	{ "asset.invalid", REFUSAL_INPUT },
	{ "insufficient_quota", REFUSAL_MONEY },
	{ "daily_quota", REFUSAL_MONEY },
	{ "billing_hard_limit_reached", REFUSAL_MONEY },
	{ "billing_not_active", REFUSAL_MONEY },
	{ "payment_required", REFUSAL_MONEY },
	{ "budget_exceeded", REFUSAL_MONEY },
	{ "invalid_api_key", REFUSAL_SETUP },
	{ "api_key_invalid", REFUSAL_SETUP },
	{ "permission_denied", REFUSAL_SETUP },
	{ "unauthenticated", REFUSAL_SETUP },
	{ "unauthorized", REFUSAL_SETUP },
	{ "model_not_found", REFUSAL_MODEL },
	{ "rate_limit_exceeded", REFUSAL_BUSY },
	{ "resource_exhausted", REFUSAL_BUSY },
};

/*
 * What only the sentence tells; looked for when the words say nothing.  A
 * sentence may repeat the user's prompt, so what is counted against the vendor
 * or the administrator must stand at its beginning.
 */
static const struct phrase {
	int status; /* with which it counts, 0: with any */
	bool first; /* the sentence begins so */
	const char *text;
	enum refusal kind;
} phrases[] = {
	{ 400, true, "You do not have enough credits", REFUSAL_MONEY },
	{ 400, true, "API key not valid", REFUSAL_SETUP },
	{ 0, false, "NSFW content", REFUSAL_CONTENT },
	{ 0, false, "content policy", REFUSAL_CONTENT },
	{ 0, false, "flagged by", REFUSAL_CONTENT },
	{ 0, false, "flagged as sensitive", REFUSAL_CONTENT },
	{ 0, false, "safety system", REFUSAL_CONTENT },
	{ 0, false, "safety filter", REFUSAL_CONTENT },
	{ 0, false, "usage guidelines", REFUSAL_CONTENT },
};

/* When neither says more; the first that fits. */
static const struct by_status {
	int from, to;
	enum refusal kind;
} by_status[] = {
	{ 300, 399, REFUSAL_SETUP },
	{ 401, 401, REFUSAL_SETUP },
	{ 402, 402, REFUSAL_MONEY },
	{ 403, 403, REFUSAL_SETUP },
	{ 404, 404, REFUSAL_MODEL },
	{ 405, 405, REFUSAL_SETUP },
	{ 410, 410, REFUSAL_MODEL },
	{ 413, 413, REFUSAL_INPUT },
	{ 429, 429, REFUSAL_BUSY },
	{ 503, 503, REFUSAL_BUSY },
	{ 400, 499, REFUSAL_REQUEST },
};

static bool
word_fits(const char *form, const char *word)
{
	size_t len = strlen(form);

	if (form[len - 1] == '*')
		return strncasecmp(form, word, len - 1) == 0;
	return strcasecmp(form, word) == 0;
}

static bool
word_find(const char *word, enum refusal *kind_out)
{
	for (size_t i = 0; i < COUNT(words); i++)
		if (word_fits(words[i].word, word)) {
			*kind_out = words[i].kind;
			return true;
		}
	return false;
}

static bool
phrase_fits(const struct phrase *phrase, int status, const char *message)
{
	if (phrase->status != 0 && phrase->status != status)
		return false;
	if (phrase->first)
		return strncasecmp(
			   message, phrase->text, strlen(phrase->text)) == 0;
	return strcasestr(message, phrase->text) != NULL;
}

enum refusal
refusal_of(int status, const struct vendor_error *error)
{
	enum refusal kind;

	if (word_find(error->type, &kind) || word_find(error->code, &kind))
		return kind;
	for (size_t i = 0; i < COUNT(phrases); i++)
		if (phrase_fits(&phrases[i], status, error->message))
			return phrases[i].kind;
	/* Runway: 400, and the path of its complaint is the model. */
	if (status == 400 && text_is(error->param, "model"))
		return REFUSAL_MODEL;
	for (size_t i = 0; i < COUNT(by_status); i++)
		if (status >= by_status[i].from && status <= by_status[i].to)
			return by_status[i].kind;
	return REFUSAL_BROKEN;
}

enum err
refusal_reason(enum refusal kind)
{
	static const enum err reasons[REFUSAL__MAX] = {
		[REFUSAL_REQUEST] = ERR_PROVIDER_REJECTED,
		[REFUSAL_CONTENT] = ERR_CONTENT_POLICY,
		[REFUSAL_INPUT] = ERR_PROVIDER_REJECTED,
		[REFUSAL_MONEY] = ERR_PROVIDER_MISCONFIGURED,
		[REFUSAL_SETUP] = ERR_PROVIDER_MISCONFIGURED,
		[REFUSAL_MODEL] = ERR_PROVIDER_MISCONFIGURED,
		[REFUSAL_BUSY] = ERR_PROVIDER_UNAVAILABLE,
		[REFUSAL_BROKEN] = ERR_PROVIDER_UNAVAILABLE,
	};

	return reasons[kind];
}
