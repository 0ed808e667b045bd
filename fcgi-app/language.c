/*
 * Accept-Language.
 */
#include "config.h"

#include "language.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* Is the tag the language itself or one of its regions? */
static bool
tag_is(const char *tag, size_t len, const char *language)
{
	size_t n = strlen(language);

	return len >= n && strncasecmp(tag, language, n) == 0 &&
	       (len == n || tag[n] == '-');
}

/* "zh-CN;q=0.8" -> 800; without a weight, or with a broken one, 1000. */
static int
weight_of(const char *item, size_t len)
{
	const char *semicolon = memchr(item, ';', len);
	const char *at;

	if (semicolon == NULL)
		return 1000;
	at = semicolon + 1 + strspn(semicolon + 1, " \t");
	if ((*at != 'q' && *at != 'Q') || at[1] != '=')
		return 1000;
	at += 2;
	if (at[0] == '1')
		return 1000;
	if (at[0] != '0')
		return 0;
	if (at[1] != '.')
		return 0;
	at += 2;
	for (int weight = 0, unit = 100;; unit /= 10, at++) {
		if (*at < '0' || *at > '9' || unit == 0)
			return weight;
		weight += (*at - '0') * unit;
	}
}

/* What a header says of each language: 1000 q, or what it does not say. */
struct wishes {
	int zh, en, rest; /* rest: "*" */
	enum lang first;  /* the first one named, of equals */
};
#define UNSAID (-1)

static void
item_read(struct wishes *w, const char *item, size_t len)
{
	size_t tag = strcspn(item, ",; \t");
	int *of = tag_is(item, tag, "zh")      ? &w->zh
		  : tag_is(item, tag, "en")    ? &w->en
		  : tag == 1 && item[0] == '*' ? &w->rest
					       : NULL;
	int weight = weight_of(item, len);

	if (of == NULL)
		return;
	if (of != &w->rest && w->zh == UNSAID && w->en == UNSAID)
		w->first = of == &w->zh ? LANG_ZH : LANG_EN;
	if (weight > *of)
		*of = weight;
}

enum lang
language_choose(const char *header, const char *configured)
{
	enum lang otherwise = lang_parse(configured);
	struct wishes w = { UNSAID, UNSAID, UNSAID, otherwise };

	while (header != NULL && *header != '\0') {
		const char *item = header + strspn(header, " \t,");
		size_t len = strcspn(item, ",");

		item_read(&w, item, len);
		header = item + len;
	}
	if (w.zh <= 0 && w.en <= 0 && w.rest <= 0)
		return otherwise;
	if (w.zh == UNSAID)
		w.zh = w.rest;
	if (w.en == UNSAID)
		w.en = w.rest;
	if (w.zh == w.en)
		return w.first;
	return w.zh > w.en ? LANG_ZH : LANG_EN;
}
