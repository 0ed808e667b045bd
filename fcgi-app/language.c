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

enum lang
language_choose(const char *header, const char *configured)
{
	enum lang best = lang_parse(configured);
	int best_weight = 0;

	while (header != NULL && *header != '\0') {
		const char *item = header + strspn(header, " \t,");
		size_t len = strcspn(item, ",");
		size_t tag = strcspn(item, ",; \t");
		int weight = weight_of(item, len);

		if (weight > best_weight) {
			if (tag_is(item, tag, "zh")) {
				best = LANG_ZH;
				best_weight = weight;
			} else if (tag_is(item, tag, "en")) {
				best = LANG_EN;
				best_weight = weight;
			}
		}
		header = item + len;
	}
	return best;
}
