#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)

static _Atomic int64_t stopped_at = TIME_NONE;

int64_t
clock_ms(void)
{
	int64_t fixed = atomic_load_explicit(&stopped_at, memory_order_relaxed);
	struct timespec t;

	if (fixed != TIME_NONE)
		return fixed;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
clock_steady_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void
clock_set(int64_t ms)
{
	atomic_store(&stopped_at, ms);
}

int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/*
 * Days since 1970 to a date and back: Howard Hinnant, "chrono-compatible
 * low-level date algorithms"; years are counted from March.
 */
void
time_to_civil(int64_t ms, struct civil *out)
{
	int64_t days = floor_div(ms, DAY_MS);
	int64_t rest = ms % DAY_MS < 0 ? ms % DAY_MS + DAY_MS : ms % DAY_MS;
	int64_t z = days + 719468;
	int64_t era = floor_div(z, 146097);
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	int64_t month = mp < 10 ? mp + 3 : mp - 9;

	out->year = (int)(yoe + era * 400 + (month <= 2));
	out->month = (int)month;
	out->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	out->hour = (int)(rest / 3600000);
	out->minute = (int)(rest / 60000 % 60);
	out->second = (int)(rest / 1000 % 60);
	out->ms = (int)(rest % 1000);
}

int64_t
time_from_civil(const struct civil *c)
{
	int64_t year = c->year - (c->month <= 2);
	int64_t era = floor_div(year, 400);
	int64_t yoe = year - era * 400;
	int64_t mp = c->month + (c->month > 2 ? -3 : 9);
	int64_t doy = (153 * mp + 2) / 5 + c->day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	int64_t days = era * 146097 + doe - 719468;

	return days * DAY_MS + c->hour * INT64_C(3600000) +
	       c->minute * INT64_C(60000) + c->second * INT64_C(1000) + c->ms;
}

char *
time_format(int64_t ms, char out[32])
{
	struct civil c;

	time_to_civil(ms, &c);
	snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month,
	    c.day, c.hour, c.minute, c.second);
	return out;
}

char *
time_format_ms(int64_t ms, char out[32])
{
	struct civil c;

	time_to_civil(ms, &c);
	snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", c.year,
	    c.month, c.day, c.hour, c.minute, c.second, c.ms);
	return out;
}

char *
time_format_http(int64_t ms, char out[32])
{
	static const char day_names[][4] = { "Thu", "Fri", "Sat", "Sun", "Mon",
		"Tue", "Wed" }; /* 1970-01-01 was a Thursday */
	static const char month_names[][4] = { "Jan", "Feb", "Mar", "Apr",
		"May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	int64_t days = floor_div(ms, DAY_MS);
	struct civil c;

	time_to_civil(ms, &c);
	snprintf(out, 32, "%s, %02d %s %04d %02d:%02d:%02d GMT",
	    day_names[days - floor_div(days, 7) * 7], c.day,
	    month_names[c.month - 1], c.year, c.hour, c.minute, c.second);
	return out;
}
