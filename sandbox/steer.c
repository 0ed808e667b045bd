/*
 * The fate of submissions.
 */
#include "config.h"

#include "steer.h"

#include <string.h>

#include "base/base.h"
#include "base/text.h"
#include "call.h"
#include "serve/fcgi.h"
#include "store.h"

#define NEVER_MS (INT64_C(3600) * 1000)
#define LIMITED_S 1

static const char page[] = "<html>\r\n<head><title>503 Service Temporarily "
			   "Unavailable</title></head>\r\n<body>\r\n"
			   "<center><h1>503 Service Temporarily Unavailable"
			   "</h1></center>\r\n</body>\r\n</html>\r\n";

static void
answer_html(struct call *c)
{
	call_reply(c, 503, "text/html", page, strlen(page));
}

static void
answer_busy(struct call *c)
{
	vendor_complain(c, TROUBLE_BUSY, NULL, NULL);
}

static void
answer_later(struct call *c)
{
	vendor_complain_later(c, TROUBLE_LIMIT, LIMITED_S);
}

static void
answer_limit(struct call *c)
{
	vendor_complain(c, TROUBLE_LIMIT, NULL, NULL);
}

static void
answer_key(struct call *c)
{
	vendor_complain(c, TROUBLE_KEY, NULL, NULL);
}

static void
answer_model(struct call *c)
{
	vendor_complain(c, TROUBLE_MODEL, NULL, NULL);
}

static void
answer_money(struct call *c)
{
	vendor_complain(c, TROUBLE_MONEY, NULL, NULL);
}

static void
answer_broken(struct call *c)
{
	vendor_complain(c, TROUBLE_BROKEN, NULL, NULL);
}

static void
answer_not_json(struct call *c)
{
	static const char text[] = "<!doctype html><title>It works!</title>\n";

	c->accepted = true;
	call_reply(c, 200, "application/json", text, strlen(text));
}

/* The six forms of errors that servers of this kind have. */
static void
answer_text(struct call *c, const char *text)
{
	call_reply(c, 500, "application/json", text, strlen(text));
}

static void
answer_error_string(struct call *c)
{
	answer_text(c, "{\"error\":\"generation failed\"}");
}

static void
answer_error_detail(struct call *c)
{
	answer_text(c, "{\"detail\":\"generation failed\"}");
}

static void
answer_error_message(struct call *c)
{
	answer_text(c, "{\"message\":\"generation failed\"}");
}

static void
answer_error_object(struct call *c)
{
	answer_text(c,
	    "{\"object\":\"error\",\"message\":\"generation failed\","
	    "\"type\":\"InternalServerError\",\"code\":500}");
}

static void
answer_error_list(struct call *c)
{
	answer_text(c, "[{\"error\":{\"code\":500,\"message\":"
		       "\"generation failed\",\"status\":\"INTERNAL\"}}]");
}

/* Words that answer a submission, in the order in which they are asked. */
static const struct fate {
	enum word word;
	bool once; /* only the first submission of a prompt */
	void (*answer)(struct call *);
} fates[] = {
	{ WORD_BADKEY, false, answer_key },
	{ WORD_MODELGONE, false, answer_model },
	{ WORD_NOMONEY, false, answer_money },
	{ WORD_LIMITED, false, answer_limit },
	{ WORD_DOWN, false, answer_busy },
	{ WORD_SERVERERROR, false, answer_broken },
	{ WORD_NOTJSON, false, answer_not_json },
	{ WORD_ERRORSTRING, false, answer_error_string },
	{ WORD_ERRORDETAIL, false, answer_error_detail },
	{ WORD_ERRORMESSAGE, false, answer_error_message },
	{ WORD_ERROROBJECT, false, answer_error_object },
	{ WORD_ERRORLIST, false, answer_error_list },
	{ WORD_FAILONCE, true, answer_busy },
	{ WORD_HTMLONCE, true, answer_html },
	{ WORD_LIMITONCE, true, answer_later },
	{ WORD_LIMITBARE, true, answer_limit },
};

bool
steer_order(struct call *c, const char *prompt)
{
	c->prompt = prompt;
	c->words = words_find(prompt);
	for (size_t i = 0; i < COUNT(fates); i++) {
		const struct fate *f = &fates[i];

		if (!words_have(&c->words, f->word))
			continue;
		if (f->once && store_count(c, c->vendor->name, prompt) > 1)
			continue;
		f->answer(c);
		return true;
	}
	return false;
}

bool
steer_accept(struct call *c, const char *id)
{
	bool lost = words_have(&c->words, WORD_LOSTANSWER);

	c->id = id;
	c->accepted = true;
	call_note(c, lost ? 0 : 200);
	if (lost)
		fcgi_break(c->fcgi);
	return lost;
}

int64_t
steer_work_ms(const struct call *c)
{
	if (words_have(&c->words, WORD_INSTANT))
		return 0;
	return c->words.delay_ms >= 0 ? c->words.delay_ms : c->box->delay_ms;
}

bool
steer_work(struct call *c)
{
	return call_wait(c, words_have(&c->words, WORD_NEVERENDS)
				? NEVER_MS
				: steer_work_ms(c));
}
