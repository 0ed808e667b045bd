#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"

#define FIRST_SIZE ((size_t)256)

void
buf_init(struct buf *buf, size_t limit)
{
	*buf = (struct buf){ .limit = limit };
}

void
buf_release(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){ .limit = buf->limit };
}

void
buf_clear(struct buf *buf)
{
	buf->len = 0;
	buf->overflowed = false;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

static void
buf_overflow(struct buf *buf)
{
	buf_clear(buf);
	buf->overflowed = true;
}

char *
buf_reserve(struct buf *buf, size_t n)
{
	size_t size = buf->size == 0 ? FIRST_SIZE : buf->size;

	if (buf->overflowed)
		return NULL;
	if (n > buf->limit || buf->len > buf->limit - n) {
		buf_overflow(buf);
		return NULL;
	}
	while (size < buf->len + n + 1)
		size *= 2;
	if (size != buf->size) {
		char *data = realloc(buf->data, size);

		if (data == NULL)
			die(EX_OSERR, "out of memory");
		buf->data = data;
		buf->size = size;
	}
	return buf->data + buf->len;
}

void
buf_commit(struct buf *buf, size_t n)
{
	buf->len += n;
	buf->data[buf->len] = '\0';
}

bool
buf_add(struct buf *buf, const void *bytes, size_t n)
{
	char *to = buf_reserve(buf, n);

	if (to == NULL)
		return false;
	if (n > 0)
		memcpy(to, bytes, n);
	buf_commit(buf, n);
	return true;
}

bool
buf_puts(struct buf *buf, const char *text)
{
	return buf_add(buf, text, strlen(text));
}

bool
buf_putc(struct buf *buf, char c)
{
	return buf_add(buf, &c, 1);
}

bool
buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list ap;
	char *to;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		return false;
	to = buf_reserve(buf, (size_t)len);
	if (to == NULL)
		return false;
	va_start(ap, fmt);
	vsnprintf(to, (size_t)len + 1, fmt, ap);
	va_end(ap);
	buf_commit(buf, (size_t)len);
	return true;
}

bool
buf_overflowed(const struct buf *buf)
{
	return buf->overflowed;
}

const char *
buf_text(const struct buf *buf)
{
	return buf->data == NULL ? "" : buf->data;
}
