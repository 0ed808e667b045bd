#include "source.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool
source_open_fd(struct source *s, int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);

	if (size < 0)
		return false;
	s->fd = fd;
	s->bytes = NULL;
	s->size = (uint64_t)size;
	s->window_at = 0;
	s->window_len = 0;
	return true;
}

void
source_open_bytes(struct source *s, const void *bytes, size_t size)
{
	s->fd = -1;
	s->bytes = bytes;
	s->size = size;
	s->window_at = 0;
	s->window_len = 0;
}

/* Bytes at this place that can be had at once; 0 at the end or on failure. */
static size_t
source_at(struct source *s, uint64_t at, const uint8_t **out)
{
	ssize_t n;

	if (at >= s->size)
		return 0;
	if (s->bytes != NULL) {
		*out = s->bytes + at;
		return (size_t)(s->size - at);
	}
	if (at < s->window_at || at - s->window_at >= s->window_len) {
		s->window_len = 0;
		do
			n = pread(
			    s->fd, s->window, sizeof(s->window), (off_t)at);
		while (n < 0 && errno == EINTR);
		if (n <= 0)
			return 0;
		s->window_at = at;
		s->window_len = (size_t)n;
	}
	*out = s->window + (at - s->window_at);
	return s->window_len - (size_t)(at - s->window_at);
}

int
source_read_some(struct source *s, uint64_t at, void *out, size_t n)
{
	const uint8_t *p;
	size_t have = source_at(s, at, &p);

	if (have == 0)
		return at < s->size ? -1 : 0;
	have = have < n ? have : n;
	memcpy(out, p, have);
	return (int)have;
}

bool
source_read(struct source *s, uint64_t at, void *out, size_t n)
{
	uint8_t *to = out;

	if (at > s->size || n > s->size - at)
		return false;
	while (n > 0) {
		const uint8_t *p;
		size_t have = source_at(s, at, &p);

		if (have == 0)
			return false;
		have = have < n ? have : n;
		memcpy(to, p, have);
		to += have;
		at += have;
		n -= have;
	}
	return true;
}

bool
source_find(struct source *s, uint64_t *at, uint8_t byte)
{
	const uint8_t *p;
	size_t have;

	while ((have = source_at(s, *at, &p)) > 0) {
		const uint8_t *found = memchr(p, byte, have);

		if (found != NULL) {
			*at += (uint64_t)(found - p);
			return true;
		}
		*at += have;
	}
	return false;
}

bool
source_be(struct source *s, uint64_t at, size_t n, uint64_t *out)
{
	uint8_t b[8];
	uint64_t value = 0;

	if (!source_read(s, at, b, n))
		return false;
	for (size_t i = 0; i < n; i++)
		value = value << 8 | b[i];
	*out = value;
	return true;
}

bool
source_le(struct source *s, uint64_t at, size_t n, uint64_t *out)
{
	uint8_t b[8];
	uint64_t value = 0;

	if (!source_read(s, at, b, n))
		return false;
	for (size_t i = n; i > 0; i--)
		value = value << 8 | b[i - 1];
	*out = value;
	return true;
}
