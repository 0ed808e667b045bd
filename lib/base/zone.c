/*
 * zone - days of a time zone, from the tz database's files (RFC 8536), without
 * touching TZ, which all threads share.
 *
 * A file lists changes, on some systems until 2037 and on others only as long
 * as they follow no rule; what comes later is in the rule at its end.
 */
#include "base/clock.h"

#include <endian.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "base/file.h"
#include "base/text.h"
#include "base/zone_rule.h"

#define DAY_S INT64_C(86400)
#define FILE_MAX (64 * KIB)
#define HEADER 44
#define NAME_MAX_LEN 63

/* One zone, kept while it is the one asked for. */
struct zone {
	char name[NAME_MAX_LEN + 1];
	bool known;
	unsigned char data[FILE_MAX + 1]; /* and a NUL */
	size_t changes, kinds;
	const unsigned char *times;   /* 8 bytes each */
	const unsigned char *indexes; /* 1 byte each */
	const unsigned char *infos;   /* 6 bytes each */
	struct zone_rule rule;        /* after the last change */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct zone *current;

static uint32_t
be32(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return be32toh(v);
}

static int64_t
be64(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return (int64_t)be64toh(v);
}

/* Bytes of a block after its header, with times of so many bytes. */
static size_t
block_size(const unsigned char *h, size_t time_size)
{
	return be32(h + 32) * (time_size + 1) + be32(h + 36) * (size_t)6 +
	       be32(h + 40) + be32(h + 28) * (time_size + 4) + be32(h + 24) +
	       be32(h + 20);
}

/* Finds the 64-bit block; false when the file is not what it should be. */
static bool
zone_parse(struct zone *z, size_t len)
{
	const unsigned char *h = z->data;
	size_t first, second;

	if (len < HEADER || memcmp(h, "TZif", 4) != 0 || h[4] < '2')
		return false;
	first = HEADER + block_size(h, 4);
	if (first > len || len - first < HEADER ||
	    memcmp(h + first, "TZif", 4) != 0)
		return false;
	h += first;
	z->changes = be32(h + 32);
	z->kinds = be32(h + 36);
	second = block_size(h, 8);
	if (z->kinds == 0 || second > len - first - HEADER)
		return false;
	z->times = h + HEADER;
	z->indexes = z->times + z->changes * 8;
	z->infos = z->indexes + z->changes;
	zone_rule_parse((const char *)h + HEADER + second, &z->rule);
	return true;
}

static bool
name_is_safe(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= NAME_MAX_LEN && name[0] != '/' &&
	       strstr(name, "..") == NULL;
}

static bool
zone_read(struct zone *z, const char *name)
{
	char path[NAME_MAX_LEN + 32];
	ssize_t len;
	int fd;

	if (!name_is_safe(name))
		return false;
	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = file_read_full(fd, z->data, FILE_MAX);
	close(fd);
	if (len <= 0)
		return false;
	z->data[len] = '\0';
	return zone_parse(z, (size_t)len);
}

/* The zone of that name as the current one; the lock is held. */
static const struct zone *
zone_get(const char *name)
{
	if (current != NULL && text_is(current->name, name))
		return current;
	if (current == NULL)
		current = calloc(1, sizeof(*current));
	if (current == NULL)
		abort();
	current->known = zone_read(current, name);
	snprintf(current->name, sizeof(current->name), "%s", name);
	return current;
}

/* Seconds east of UTC of a kind of time. */
static int64_t
kind_offset(const struct zone *z, size_t kind)
{
	return kind < z->kinds ? (int32_t)be32(z->infos + kind * 6) : 0;
}

/* The offset at a moment and until when it lasts; all in seconds. */
static int64_t
zone_offset(const struct zone *z, int64_t s, int64_t *until_out)
{
	size_t low = 0, high = z->changes;

	*until_out = INT64_MAX;
	if (!z->known)
		return 0;
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (be64(z->times + mid * 8) <= s)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == z->changes && z->rule.known)
		return zone_rule_offset(&z->rule, s, until_out);
	if (low < z->changes)
		*until_out = be64(z->times + low * 8);
	return kind_offset(z, low > 0 ? z->indexes[low - 1] : 0);
}

bool
time_zone_known(const char *name)
{
	bool known;

	if (text_is(name, "UTC"))
		return true;
	pthread_mutex_lock(&lock);
	known = name_is_safe(name) && zone_get(name)->known;
	pthread_mutex_unlock(&lock);
	return known;
}

/*
 * A day ends at the next one's midnight or, where a change leaves that out, at
 * the change; a change may also bring the last hour once more.
 */
static int64_t
zone_day(const struct zone *z, int64_t s, int64_t *ends_out)
{
	int64_t until, next, offset = zone_offset(z, s, &until);
	int64_t day = floor_div(s + offset, DAY_S);
	int64_t midnight = (day + 1) * DAY_S;

	while (until <= midnight - offset) {
		s = until;
		offset = zone_offset(z, s, &next);
		if (s + offset >= midnight) {
			*ends_out = s;
			return day;
		}
		until = next;
	}
	*ends_out = midnight - offset;
	return day;
}

int64_t
time_zone_day(const char *name, int64_t ms, int64_t *ends_out)
{
	int64_t day, ends_s, s = floor_div(ms, 1000);

	if (text_is(name, "UTC")) {
		day = floor_div(s, DAY_S);
		*ends_out = (day + 1) * DAY_S * 1000;
		return day;
	}
	pthread_mutex_lock(&lock);
	day = zone_day(zone_get(name), s, &ends_s);
	pthread_mutex_unlock(&lock);
	*ends_out = ends_s * 1000;
	return day;
}
