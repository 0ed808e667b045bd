#include "serve/multipart.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/text.h"
#include "serve/mime.h"

/* "\r\n--" + boundary: what ends a part's data. */
#define DELIMITER_MAX (MULTIPART_BOUNDARY_MAX + 4)

enum place {
	AT_START,     /* the first boundary, with no line break before it */
	AT_DELIMITER, /* behind a boundary: "--" or a line break */
	IN_HEADERS,
	IN_DATA,
	AT_END, /* behind the closing boundary */
};

struct multipart {
	const struct multipart_handler *handler;
	void *arg;
	enum place place;
	const char *wrong;
	char delimiter[DELIMITER_MAX + 1];
	size_t delimiter_len;
	size_t matched; /* bytes of the delimiter seen so far */
	char after[2];  /* what follows a boundary */
	size_t after_len;
	bool padded; /* there were blanks before it */
	char headers[MULTIPART_HEADER_MAX + 1];
	size_t headers_len;
	const char *again; /* the name that came twice */
	char names[MULTIPART_PARTS_MAX][MULTIPART_NAME_MAX + 1];
	size_t parts;
};

static bool
wrong(struct multipart *mp, const char *what)
{
	mp->wrong = what;
	return false;
}

/* bcharsnospace of RFC 2046, and the blank inside. */
static bool
boundary_is_valid(const char *text, size_t len)
{
	static const char extra[] = "'()+_,-./:=? ";

	if (len == 0 || len > MULTIPART_BOUNDARY_MAX || text[len - 1] == ' ')
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			     (c >= 'a' && c <= 'z');

		if (!plain && memchr(extra, c, sizeof(extra) - 1) == NULL)
			return false;
	}
	return true;
}

/* The only boundary of a content type; false when there is no usable one. */
static bool
boundary_find(const char *content_type, char out[MULTIPART_BOUNDARY_MAX + 1])
{
	const char *at = mime_parameters(content_type, "multipart/form-data");
	char name[MIME_NAME_MAX + 1], value[MULTIPART_HEADER_MAX];
	enum mime_next next;
	bool found = false;

	if (at == NULL)
		return false;
	while (
	    (next = mime_next(&at, name, value, sizeof(value))) == MIME_FOUND) {
		if (!text_is(name, "boundary"))
			continue;
		if (found || !boundary_is_valid(value, strlen(value)))
			return false;
		memcpy(out, value, strlen(value) + 1);
		found = true;
	}
	return found && next == MIME_END;
}

struct multipart *
multipart_new(const char *content_type, const struct multipart_handler *handler,
    void *arg, const char **wrong_out)
{
	char boundary[MULTIPART_BOUNDARY_MAX + 1];
	struct multipart *mp;
	size_t len;

	if (!boundary_find(content_type, boundary)) {
		*wrong_out = "the content type has no usable boundary";
		return NULL;
	}
	mp = calloc(1, sizeof(*mp));
	if (mp == NULL)
		die(EX_OSERR, "out of memory");
	mp->handler = handler;
	mp->arg = arg;
	len = strlen(boundary);
	memcpy(mp->delimiter, "\r\n--", 4);
	memcpy(mp->delimiter + 4, boundary, len);
	mp->delimiter_len = len + 4;
	mp->matched = 2; /* the first one needs no line break before it */
	return mp;
}

void
multipart_free(struct multipart *mp)
{
	free(mp);
}

const char *
multipart_wrong(const struct multipart *mp)
{
	return mp->wrong;
}

const char *
multipart_again(const struct multipart *mp)
{
	return mp->again;
}

/* The texts of a part's headers. */
struct part_texts {
	char name[MULTIPART_NAME_MAX + 1];
	char filename[MULTIPART_HEADER_MAX + 1];
	bool has_name, has_filename;
};

/* form-data; name="..."; filename="..." */
static bool
disposition_read(const char *value, struct part_texts *t)
{
	const char *at = mime_parameters(value, "form-data");
	char name[MIME_NAME_MAX + 1], text[MULTIPART_HEADER_MAX + 1];
	enum mime_next next;

	if (at == NULL || t->has_name)
		return false;
	while (
	    (next = mime_next(&at, name, text, sizeof(text))) == MIME_FOUND) {
		if (text_is(name, "name")) {
			if (t->has_name || strlen(text) > MULTIPART_NAME_MAX)
				return false;
			memcpy(t->name, text, strlen(text) + 1);
			t->has_name = true;
		} else if (text_is(name, "filename")) {
			if (t->has_filename)
				return false;
			memcpy(t->filename, text, strlen(text) + 1);
			t->has_filename = true;
		}
	}
	return next == MIME_END && t->has_name;
}

/* The value of a header line, NULL when it is another one. */
static const char *
header_value(const char *line, const char *name)
{
	size_t len = strlen(name);

	if (strncasecmp(line, name, len) != 0 || line[len] != ':')
		return NULL;
	line += len + 1;
	return line + strspn(line, " \t");
}

static bool
name_is_new(struct multipart *mp, const char *name)
{
	for (size_t i = 0; i < mp->parts; i++)
		if (text_is(mp->names[i], name) && !text_ends(name, "[]")) {
			mp->again = mp->names[i];
			return false;
		}
	memcpy(mp->names[mp->parts++], name, strlen(name) + 1);
	return true;
}

/* Only encodings that change nothing. */
static bool
encoding_is_plain(const char *value)
{
	return strcasecmp(value, "binary") == 0 ||
	       strcasecmp(value, "8bit") == 0 || strcasecmp(value, "7bit") == 0;
}

static bool
header_read(struct multipart *mp, const char *line, struct part_texts *texts,
    const char **type_out)
{
	const char *value;

	if (strpbrk(line, "\r\n") != NULL || strchr(line, ':') == NULL ||
	    *line == ' ' || *line == '\t')
		return wrong(mp, "a header of a part is malformed");
	value = header_value(line, "Content-Disposition");
	if (value != NULL && !disposition_read(value, texts))
		return wrong(mp, "a part's Content-Disposition is malformed");
	value = header_value(line, "Content-Type");
	if (value != NULL)
		*type_out = value;
	value = header_value(line, "Content-Transfer-Encoding");
	if (value != NULL && !encoding_is_plain(value))
		return wrong(mp, "transfer encodings are not taken");
	return true;
}

/* Reads the lines of one part's headers, all of which are here. */
static bool
headers_read(
    struct multipart *mp, struct part_texts *texts, const char **type_out)
{
	char *line = mp->headers;

	for (int n = 0; *line != '\0'; n++) {
		char *end = strstr(line, "\r\n");

		if (n == MULTIPART_HEADERS_MAX)
			return wrong(mp, "a part has too many headers");
		*end = '\0';
		if (!header_read(mp, line, texts, type_out))
			return false;
		line = end + 2;
	}
	return true;
}

static bool
part_begin(struct multipart *mp)
{
	struct part_texts texts = { .has_name = false };
	struct multipart_part part = { .type = NULL };

	if (!headers_read(mp, &texts, &part.type))
		return false;
	if (!texts.has_name)
		return wrong(mp, "a part has no name");
	if (!utf8_valid(texts.name, strlen(texts.name)))
		return wrong(mp, "a name is not UTF-8");
	if (part.type != NULL && strncasecmp(part.type, "multipart/", 10) == 0)
		return wrong(mp, "nested multipart is not taken");
	if (mp->parts == MULTIPART_PARTS_MAX)
		return wrong(mp, "there are too many parts");
	if (!name_is_new(mp, texts.name))
		return wrong(mp, "a field is given twice");
	part.name = texts.name;
	part.filename = texts.has_filename ? texts.filename : NULL;
	mp->place = IN_DATA;
	mp->matched = 0;
	return mp->handler->begin(mp->arg, &part);
}

/*
 * One byte of headers; the empty line ends them.  A part without headers
 * begins with it.
 */
static bool
headers_take(struct multipart *mp, char c)
{
	char *h = mp->headers;
	size_t len;

	if (c == '\0')
		return wrong(mp, "a header of a part holds a NUL");
	if (mp->headers_len == MULTIPART_HEADER_MAX)
		return wrong(mp, "the headers of a part are too long");
	h[mp->headers_len++] = c;
	len = mp->headers_len;
	if (len < 2 || h[len - 1] != '\n' || h[len - 2] != '\r')
		return true;
	if (len > 2 && (len < 4 || h[len - 3] != '\n' || h[len - 4] != '\r'))
		return true;
	h[len - 2] = '\0';
	return part_begin(mp);
}

/* Behind a boundary: "--" closes, a line break begins a part. */
static bool
delimiter_take(struct multipart *mp, char c)
{
	bool padded = mp->padded;

	if (mp->after_len == 0 && (c == ' ' || c == '\t')) {
		mp->padded = true; /* transport padding, RFC 2046 5.1.1 */
		return true;
	}
	mp->after[mp->after_len++] = c;
	if (mp->after_len < 2)
		return true;
	mp->after_len = 0;
	mp->padded = false;
	if (!padded && memcmp(mp->after, "--", 2) == 0) {
		mp->place = AT_END;
		return true;
	}
	if (memcmp(mp->after, "\r\n", 2) != 0)
		return wrong(mp, "a boundary is followed by rubbish");
	mp->place = IN_HEADERS;
	mp->headers_len = 0;
	return true;
}

/* Line breaks before the first boundary are let pass. */
static bool
start_take(struct multipart *mp, char c)
{
	if (mp->matched == 2 && c == '\r')
		mp->matched = 0;
	if (c != mp->delimiter[mp->matched])
		return wrong(mp, "the body does not begin with the boundary");
	if (++mp->matched == mp->delimiter_len)
		mp->place = AT_DELIMITER;
	return true;
}

/*
 * Hands data over in pieces as large as they come.  The delimiter begins with
 * the only CR in it, so after a mismatch nothing of what was matched can begin
 * another match but the present byte.
 */
static bool
data_take(struct multipart *mp, const char *bytes, size_t len, size_t *used_out)
{
	size_t carried = mp->matched; /* of the delimiter, before these bytes */
	size_t i = 0, data_len;

	while (i < len && mp->place == IN_DATA) {
		if (mp->matched == 0) {
			const char *cr = memchr(bytes + i, '\r', len - i);

			i = cr == NULL ? len : (size_t)(cr - bytes);
			if (i == len)
				break;
		}
		if (bytes[i] == mp->delimiter[mp->matched]) {
			i++;
			if (++mp->matched == mp->delimiter_len)
				mp->place = AT_DELIMITER;
			continue;
		}
		/* what looked like the delimiter was data */
		if (carried > 0 &&
		    !mp->handler->data(mp->arg, mp->delimiter, carried))
			return false;
		carried = mp->matched = 0;
	}
	data_len = i - (mp->matched - carried);
	*used_out = i;
	if (data_len > 0 && !mp->handler->data(mp->arg, bytes, data_len))
		return false;
	return mp->place == IN_DATA || mp->handler->end(mp->arg);
}

static bool
byte_take(struct multipart *mp, char c)
{
	switch (mp->place) {
	case AT_START:
		return start_take(mp, c);
	case AT_DELIMITER:
		return delimiter_take(mp, c);
	case IN_HEADERS:
		return headers_take(mp, c);
	case AT_END:
		if (c == '\r' || c == '\n' || c == ' ' || c == '\t')
			return true;
		return wrong(mp, "there is more behind the closing boundary");
	case IN_DATA:
		break;
	}
	return true;
}

bool
multipart_feed(struct multipart *mp, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len > 0) {
		size_t used = 1;

		if (mp->place == IN_DATA) {
			if (!data_take(mp, p, len, &used))
				return false;
		} else if (!byte_take(mp, *p)) {
			return false;
		}
		p += used;
		len -= used;
	}
	return true;
}

bool
multipart_finish(struct multipart *mp)
{
	if (mp->place != AT_END)
		return wrong(mp, "the closing boundary is missing");
	return true;
}
