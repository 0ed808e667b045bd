/*
 * Dates in both directions, their formats, and days of zones.
 */
#include "base/clock.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int64_t
at(int year, int month, int day, int hour)
{
	struct civil c = { year, month, day, hour, 0, 0, 0 };

	return time_from_civil(&c);
}

static void
dates_go_both_ways(void **state)
{
	struct civil c;

	(void)state;
	for (int64_t day = -800000; day < 3000000; day += 13) {
		time_t seconds = (time_t)(day * 86400 + 86399);
		struct tm tm;

		time_to_civil(day * 86400000 + 86399999, &c);
		gmtime_r(&seconds, &tm);
		assert_int_equal(c.year, tm.tm_year + 1900);
		assert_int_equal(c.month, tm.tm_mon + 1);
		assert_int_equal(c.day, tm.tm_mday);
		assert_int_equal(c.ms, 999);
		assert_int_equal(
		    time_from_civil(&c), day * 86400000 + 86399999);
	}
	time_to_civil(-1, &c);
	assert_int_equal(c.year, 1969);
	assert_int_equal(c.ms, 999);
	/* cursors may be made up */
	time_to_civil(INT64_MIN, &c);
	assert_in_range(c.month, 1, 12);
	time_to_civil(INT64_MAX, &c);
	assert_in_range(c.month, 1, 12);
}

static void
formats(void **state)
{
	char out[32];

	(void)state;
	assert_string_equal(
	    time_format(INT64_C(1706284800123), out), "2024-01-26T16:00:00Z");
	assert_string_equal(time_format_ms(INT64_C(1706284800007), out),
	    "2024-01-26T16:00:00.007Z");
	assert_string_equal(time_format_http(INT64_C(784111777000), out),
	    "Sun, 06 Nov 1994 08:49:37 GMT");
	assert_string_equal(
	    time_format(at(9999, 12, 31, 23), out), "9999-12-31T23:00:00Z");
}

static void
the_clock_can_be_stopped(void **state)
{
	(void)state;
	clock_set(12345);
	assert_int_equal(clock_ms(), 12345);
	clock_set(TIME_NONE);
	assert_true(clock_ms() > INT64_C(1700000000000));
}

#define SUSPENDED_S 100000

/* In a process whose machine was suspended for as long; 77: can't be made. */
static int
steady_after_suspension(void)
{
	int64_t before = clock_steady_us();
	int fd, status;
	pid_t child;

	if (unshare(CLONE_NEWUSER | CLONE_NEWTIME) != 0)
		return 77;
	fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || dprintf(fd, "boottime %d 0\n", SUSPENDED_S) < 0)
		return 77;
	(void)close(fd);
	child = fork();
	if (child == 0)
		_exit(clock_steady_us() - before <
		      SUSPENDED_S * INT64_C(1000000));
	if (child < 0 || waitpid(child, &status, 0) != child)
		return 77;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void
steady_time_counts_what_was_slept_over(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0)
		_exit(steady_after_suspension());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip(); /* a kernel without namespaces of time */
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
days_of_zones(void **state)
{
	static const struct {
		const char *zone;
		int year, month, day, hour; /* UTC */
		int local_day;              /* of the month */
		int ends_hour;              /* UTC */
	} rows[] = {
		{ "UTC", 2024, 3, 10, 23, 10, 0 },
		{ "Asia/Shanghai", 2024, 3, 10, 15, 10, 16 },
		{ "Asia/Shanghai", 2024, 3, 10, 16, 11, 16 },
		{ "America/New_York", 2024, 3, 10, 4, 9, 5 },
		{ "America/New_York", 2024, 3, 10, 6, 10, 4 }, /* 23 hours */
		{ "America/New_York", 2024, 11, 3, 5, 3, 5 },  /* 25 hours */
		{ "Asia/Kolkata", 2024, 3, 10, 18, 10, 18 },
	};
	int64_t ends;
	struct civil c;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t ms =
		    at(rows[i].year, rows[i].month, rows[i].day, rows[i].hour);
		int64_t day = time_zone_day(rows[i].zone, ms, &ends);

		time_to_civil(day * 86400000, &c);
		assert_int_equal(c.day, rows[i].local_day);
		time_to_civil(ends, &c);
		assert_int_equal(c.hour, rows[i].ends_hour);
		assert_true(ends > ms);
		assert_int_equal(
		    time_zone_day(rows[i].zone, ends, &ends), day + 1);
	}
	assert_true(time_zone_known("Europe/Berlin"));
	assert_false(time_zone_known("Mars/Olympus"));
	assert_false(time_zone_known("../../../etc/passwd"));
	assert_false(time_zone_known("/etc/passwd"));
	assert_false(time_zone_known(""));
}

/* The C library's answer, which reads the same files in its own way. */
static int64_t
day_of_libc(int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct civil c = { 0 };
	struct tm tm;

	localtime_r(&seconds, &tm);
	c.year = tm.tm_year + 1900;
	c.month = tm.tm_mon + 1;
	c.day = tm.tm_mday;
	return time_from_civil(&c) / 86400000;
}

/*
 * Zones whose midnight is left out once a year, whose day begins twice, whose
 * summer is the standard, of half hours, and after the last year of the files.
 */
static void
days_end_when_the_next_begins(void **state)
{
	static const char *const zones[] = { "America/Santiago", "Africa/Cairo",
		"Atlantic/Azores", "America/Havana", "Asia/Beirut", "Asia/Gaza",
		"Europe/Dublin", "America/Nuuk", "Australia/Lord_Howe",
		"Asia/Kolkata", "Pacific/Apia", "Pacific/Chatham",
		"Africa/Casablanca", "America/New_York" };

	(void)state;
	for (size_t i = 0; i < COUNT(zones); i++) {
		int64_t ms = at(2011, 12, 20, 0), until = at(2045, 1, 1, 0);
		int64_t ends;

		assert_true(time_zone_known(zones[i]));
		setenv("TZ", zones[i], 1);
		tzset();
		while (ms < until) {
			int64_t day = time_zone_day(zones[i], ms, &ends);

			assert_int_equal(day, day_of_libc(ms));
			assert_int_equal(day, day_of_libc(ends - 1000));
			assert_true(day < day_of_libc(ends));
			assert_true(ends > ms && ends <= ms + 25 * 3600000);
			/* late in a day its end is the same */
			assert_int_equal(
			    time_zone_day(zones[i], ends - 1, &ms), day);
			assert_int_equal(ms, ends);
		}
	}
	unsetenv("TZ");
	tzset();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_go_both_ways),
		cmocka_unit_test(formats),
		cmocka_unit_test(the_clock_can_be_stopped),
		cmocka_unit_test(steady_time_counts_what_was_slept_over),
		cmocka_unit_test(days_of_zones),
		cmocka_unit_test(days_end_when_the_next_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
