#include "serve/mime.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t";

const char *
mime_parameters(const char *value, const char *word)
{
	size_t len = strlen(word);

	value += strspn(value, blanks);
	if (strncasecmp(value, word, len) != 0)
		return NULL;
	value += len;
	value += strspn(value, blanks);
	return *value == '\0' || *value == ';' ? value : NULL;
}

/* tchar of RFC 9110 5.6.2 */
static bool
is_token(char c)
{
	return isalnum((unsigned char)c) ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool
name_read(const char **at, char name[MIME_NAME_MAX + 1])
{
	const char *p = *at;
	size_t len = 0;

	for (; is_token(*p); p++) {
		if (len == MIME_NAME_MAX)
			return false;
		name[len++] = (char)tolower((unsigned char)*p);
	}
	name[len] = '\0';
	*at = p;
	return len > 0;
}

static bool
quoted_read(const char **at, char *value, size_t size)
{
	const char *p = *at + 1;
	size_t len = 0;

	for (; *p != '"'; p++) {
		if (*p == '\0')
			return false;
		if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
			p++;
		if (len + 1 == size)
			return false;
		value[len++] = *p;
	}
	value[len] = '\0';
	*at = p + 1;
	return true;
}

/*
 * Without quotes more than tokens are taken: boundaries are often written so
 * although they hold a '/' or a ':'.
 */
static bool
bare_read(const char **at, char *value, size_t size)
{
	size_t len = strcspn(*at, "; \t\"");

	if (len == 0 || len >= size)
		return false;
	memcpy(value, *at, len);
	value[len] = '\0';
	*at += len;
	return true;
}

enum mime_next
mime_next(const char **at, char name[MIME_NAME_MAX + 1], char *value,
    size_t value_size)
{
	const char *p = *at + strspn(*at, blanks);

	if (*p == '\0')
		return MIME_END;
	if (*p++ != ';')
		return MIME_MALFORMED;
	p += strspn(p, blanks);
	if (*p == '\0') {
		*at = p;
		return MIME_END; /* a lone semicolon at the end */
	}
	if (!name_read(&p, name) || *p++ != '=')
		return MIME_MALFORMED;
	if (!(*p == '"' ? quoted_read(&p, value, value_size)
			: bare_read(&p, value, value_size)))
		return MIME_MALFORMED;
	*at = p;
	return MIME_FOUND;
}
