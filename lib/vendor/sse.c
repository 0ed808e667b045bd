#include "vendor/sse.h"

#include <string.h>

#define FIELD "data"
#define MARK "\xef\xbb\xbf" /* a byte-order mark */

void
sse_init(struct sse *s, size_t max)
{
	*s = (struct sse){ 0 };
	buf_init(&s->line, max);
	buf_init(&s->data, max);
}

void
sse_release(struct sse *s)
{
	buf_release(&s->line);
	buf_release(&s->data);
}

/* An empty line: the event is whole.  Without data there was none. */
static bool
event_end(struct sse *s, sse_take take, void *arg)
{
	bool more = true;

	if (s->data.len > 0) {
		/* the line break behind the last line is not part of it */
		s->data.data[--s->data.len] = '\0';
		more = take(arg, buf_text(&s->data), s->data.len);
	}
	buf_clear(&s->data);
	return more;
}

/* "data: text" and "data:text"; "data" alone is an empty line of it. */
static void
line_field(struct sse *s)
{
	const char *line = buf_text(&s->line);
	size_t len = s->line.len, name = strlen(FIELD);

	if (len < name || memcmp(line, FIELD, name) != 0 ||
	    (len > name && line[name] != ':'))
		return;
	if (len > name)
		name++;
	if (len > name && line[name] == ' ')
		name++;
	buf_add(&s->data, line + name, len - name);
	buf_putc(&s->data, '\n');
}

static bool
line_end(struct sse *s, sse_take take, void *arg)
{
	bool more = true;

	if (s->line.len == 0)
		more = event_end(s, take, arg);
	else
		line_field(s);
	buf_clear(&s->line);
	return more && !buf_overflowed(&s->data);
}

/* A mark at the very beginning is no text. */
static void
mark_drop(struct sse *s)
{
	size_t len = strlen(MARK);

	if (s->begun || s->line.len < len)
		return;
	s->begun = true;
	if (memcmp(s->line.data, MARK, len) != 0)
		return;
	s->line.len -= len;
	memmove(s->line.data, s->line.data + len, s->line.len + 1);
}

static bool
is_break(char c)
{
	return c == '\n' || c == '\r';
}

bool
sse_feed(struct sse *s, const char *bytes, size_t len, sse_take take, void *arg)
{
	const char *end = bytes + len;

	while (bytes < end) {
		size_t text = 0;

		if (s->cr && *bytes == '\n') {
			s->cr = false;
			bytes++;
			continue;
		}
		while (bytes + text < end && !is_break(bytes[text]) &&
		       (s->begun || s->line.len + text < strlen(MARK)))
			text++;
		s->cr = false;
		if (!buf_add(&s->line, bytes, text))
			return false;
		mark_drop(s);
		bytes += text;
		if (bytes == end || !is_break(*bytes))
			continue;
		s->begun = true;
		s->cr = *bytes++ == '\r';
		if (!line_end(s, take, arg))
			return false;
	}
	return true;
}

bool
sse_end(struct sse *s, sse_take take, void *arg)
{
	if (s->line.len > 0 && !line_end(s, take, arg))
		return false;
	return event_end(s, take, arg);
}
