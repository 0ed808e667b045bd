#include "vendor/retry_after.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#define WAIT_MAX_MS ((int64_t)86400 * 1000)

/* A number of units; false when it is none. */
static bool
amount_read(const char *text, double unit_ms, int64_t *ms_out)
{
	char *end;
	double amount;

	if (text == NULL || strspn(text, "0123456789.") != strlen(text))
		return false;
	amount = strtod(text, &end) * unit_ms;
	if (end == text || *end != '\0' || !isfinite(amount))
		return false;
	*ms_out =
	    amount > (double)WAIT_MAX_MS ? WAIT_MAX_MS : (int64_t)ceil(amount);
	return true;
}

int64_t
http_date_parse(const char *text)
{
	struct tm tm = { 0 };
	struct civil c = { 0 };
	const char *end;
	int64_t ms;
	char again[32];

	end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	if (end == NULL || *end != '\0')
		return TIME_NONE;
	c.year = tm.tm_year + 1900;
	c.month = tm.tm_mon + 1;
	c.day = tm.tm_mday;
	c.hour = tm.tm_hour;
	c.minute = tm.tm_min;
	c.second = tm.tm_sec;
	ms = time_from_civil(&c);
	return strcmp(time_format_http(ms, again), text) == 0 ? ms : TIME_NONE;
}

int64_t
retry_after_ms(const char *in_ms, const char *header, int64_t now_ms)
{
	int64_t ms;

	if (amount_read(in_ms, 1, &ms) || amount_read(header, 1000, &ms))
		return ms;
	if (header == NULL)
		return INT_NONE;
	ms = http_date_parse(header);
	if (ms == TIME_NONE)
		return INT_NONE;
	ms -= now_ms;
	return ms < 0 ? 0 : ms > WAIT_MAX_MS ? WAIT_MAX_MS : ms;
}
