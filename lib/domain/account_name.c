/*
 * The characters of names, by the C.UTF-8 locale whatever the environment
 * says.
 */
#include "config.h"

#include "domain/account_name.h"

#include <locale.h>
#include <pthread.h>
#include <string.h>
#include <wctype.h>

#include "base/log.h"
#include "base/text.h"

#define LOCAL_PART_MAX 64
#define LABEL_MAX 63 /* RFC 1035 2.3.4 */

static pthread_once_t locale_once = PTHREAD_ONCE_INIT;
static locale_t locale;
static wctype_t marks; /* glibc's class of Unicode's M, or 0 */

static void
locale_init(void)
{
	locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (locale == (locale_t)0)
		die(72, "the locale C.UTF-8 is missing");
	marks = wctype_l("combining", locale);
}

static bool
is_alnum(uint32_t c)
{
	pthread_once(&locale_once, locale_init);
	return iswalnum_l((wint_t)c, locale) != 0;
}

static bool
is_mark(uint32_t c)
{
	pthread_once(&locale_once, locale_init);
	return marks != 0 && iswctype_l((wint_t)c, marks, locale) != 0;
}

static bool
is_alnum_or(uint32_t c, const char *others)
{
	return is_alnum(c) || (c < 0x80 && strchr(others, (int)c) != NULL);
}

/* Are all characters alphanumeric or among the others? */
static bool
all_alnum_or(const char *text, size_t len, const char *others)
{
	size_t size;

	for (size_t i = 0; i < len; i += size)
		if (!is_alnum_or(utf8_decode(text + i, len - i, &size), others))
			return false;
	return true;
}

/* Vowels of Hindi, tones of Thai and accents are marks on a letter. */
bool
username_valid(const char *name)
{
	size_t len = strlen(name), size;
	bool letter = false;

	for (size_t i = 0; i < len; i += size) {
		uint32_t c = utf8_decode(name + i, len - i, &size);

		if (!is_alnum_or(c, "_-.") && !(letter && is_mark(c)))
			return false;
		letter = c >= 0x80 || is_alnum(c);
	}
	return len > 0;
}

static bool
label_valid(const char *label, size_t len)
{
	return len >= 1 && len <= LABEL_MAX && label[0] != '-' &&
	       label[len - 1] != '-' && all_alnum_or(label, len, "-");
}

static bool
domain_valid(const char *domain)
{
	size_t dots = 0;

	for (;;) {
		size_t len = strcspn(domain, ".");

		if (!label_valid(domain, len))
			return false;
		if (domain[len] == '\0')
			return dots > 0;
		dots++;
		domain += len + 1;
	}
}

bool
email_valid(const char *email)
{
	const char *at = strchr(email, '@');
	size_t local;

	if (at == NULL || strchr(at + 1, '@') != NULL)
		return false;
	local = (size_t)(at - email);
	/* RFC 5322 3.2.3, and letters of all scripts (RFC 6532) */
	return local >= 1 && utf8_length(email, local) <= LOCAL_PART_MAX &&
	       all_alnum_or(email, local, "!#$%&'*+-/=?^_`{|}~.") &&
	       domain_valid(at + 1);
}
