#include "base/uuid.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"

#define COUNTER_BITS 12

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t last; /* milliseconds and counter of the last one */

/*
 * Milliseconds and, within one, a counter in the 12 bits of rand_a (RFC 9562
 * 6.2, method 1): grows strictly, also when the clock steps back.
 */
static uint64_t
tick_next(void)
{
	uint64_t tick = (uint64_t)clock_ms() << COUNTER_BITS;
	uint64_t start = random_below(1U << (COUNTER_BITS - 1));

	pthread_mutex_lock(&lock);
	last = tick + start > last ? tick + start : last + 1;
	tick = last;
	pthread_mutex_unlock(&lock);
	return tick;
}

struct uuid
uuid_new(void)
{
	uint64_t tick = tick_next();
	uint64_t ms = tick >> COUNTER_BITS;
	unsigned counter = tick & ((1U << COUNTER_BITS) - 1);
	struct uuid id;

	for (int i = 0; i < 6; i++)
		id.b[i] = (uint8_t)(ms >> (40 - 8 * i));
	id.b[6] = (uint8_t)(0x70 | counter >> 8);
	id.b[7] = (uint8_t)counter;
	random_fill(id.b + 8, 8);
	id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3f));
	return id;
}

char *
uuid_format(const struct uuid *id, char out[UUID_TEXT])
{
	static const char hex[] = "0123456789abcdef";
	char *p = out;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = hex[id->b[i] >> 4];
		*p++ = hex[id->b[i] & 15];
	}
	*p = '\0';
	return out;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool
uuid_parse(const char *text, struct uuid *out)
{
	struct uuid id;
	const char *p = text;

	for (int i = 0; i < 16; i++) {
		int high, low;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && *p++ != '-')
			return false;
		high = hex_value(p[0]);
		low = high < 0 ? -1 : hex_value(p[1]);
		if (low < 0)
			return false;
		id.b[i] = (uint8_t)(high << 4 | low);
		p += 2;
	}
	if (*p != '\0')
		return false;
	*out = id;
	return true;
}

bool
uuid_is_null(const struct uuid *id)
{
	static const struct uuid null;

	return uuid_equal(id, &null);
}

bool
uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

int64_t
uuid_time_ms(const struct uuid *id)
{
	int64_t ms = 0;

	for (int i = 0; i < 6; i++)
		ms = ms << 8 | id->b[i];
	return ms;
}
