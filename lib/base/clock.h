/*
 * clock - wall time and steady time, both settable by tests.
 *
 * Times are milliseconds since 1970-01-01T00:00:00Z in an int64_t.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIME_NONE INT64_MIN /* no time: null in replies and in rows */

int64_t clock_ms(void); /* wall time */
/*
 * For durations: never goes back, is never set, and counts also while the
 * machine is suspended, as leases in the database do.
 */
int64_t clock_steady_us(void);
/* For tests: wall time stands still at ms; TIME_NONE lets it run again. */
void clock_set(int64_t ms);

/* "2024-01-26T00:00:00Z" needs 21 bytes; returns out. */
char *time_format(int64_t ms, char out[32]);
/* The same with milliseconds, for logs: "2024-01-26T00:00:00.123Z". */
char *time_format_ms(int64_t ms, char out[32]);
/* RFC 7231 "Sun, 06 Nov 1994 08:49:37 GMT". */
char *time_format_http(int64_t ms, char out[32]);

/* Division that rounds down, also before 1970. */
int64_t floor_div(int64_t a, int64_t b);

struct civil {
	int year, month, day, hour, minute, second, ms;
};
/* Proleptic Gregorian calendar, UTC; exact in both directions. */
void time_to_civil(int64_t ms, struct civil *out);
int64_t time_from_civil(const struct civil *);

/* Is it a zone of the tz database? */
bool time_zone_known(const char *zone);
/*
 * The calendar day (days since 1970-01-01) of a moment in a zone of the tz
 * database ("UTC", "Asia/Shanghai"), and when that day ends (ms).  An unknown
 * zone is checked when the configuration is read and counts as UTC here.
 */
int64_t time_zone_day(const char *zone, int64_t ms, int64_t *ends_out);

#endif
