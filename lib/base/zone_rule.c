#include "base/zone_rule.h"

#include <ctype.h>
#include <string.h>

#include "base/base.h"
#include "base/clock.h"

#define DAY_S INT64_C(86400)
#define USUAL_TIME (2 * INT64_C(3600))

/* "EST" or "<-03>" */
static bool
name_skip(const char **at)
{
	size_t len;

	if (**at == '<') {
		len = strcspn(*at, ">");
		if ((*at)[len] != '>')
			return false;
		*at += len + 1;
		return true;
	}
	for (len = 0; isalpha((unsigned char)(*at)[len]);)
		len++;
	*at += len;
	return len >= 3;
}

/* At most three digits, as all numbers here have. */
static bool
number_read(const char **at, int *out)
{
	const char *start = *at;

	for (*out = 0; isdigit((unsigned char)**at) && *at < start + 3; ++*at)
		*out = *out * 10 + (**at - '0');
	return *at > start;
}

/* "3", "-1", "5:30", "50:00:00" */
static bool
time_read(const char **at, int64_t *out)
{
	int sign = **at == '-' ? -1 : 1;
	int64_t unit = 3600;
	int n;

	if (**at == '-' || **at == '+')
		++*at;
	for (*out = 0;; ++*at, unit /= 60) {
		if (!number_read(at, &n))
			return false;
		*out += n * unit;
		if (**at != ':' || unit == 1)
			break;
	}
	*out *= sign;
	return true;
}

/* ",M3.2.0", ",J60/1" or ",59" */
static bool
date_read(const char **at, struct zone_date *out)
{
	bool good;

	*out = (struct zone_date){ .form = '0', .time = USUAL_TIME };
	if (*(*at)++ != ',')
		return false;
	if (**at == 'M' || **at == 'J')
		out->form = *(*at)++;
	if (out->form == 'M')
		good = number_read(at, &out->month) && *(*at)++ == '.' &&
		       number_read(at, &out->week) && *(*at)++ == '.' &&
		       number_read(at, &out->day) && out->month >= 1 &&
		       out->month <= 12 && out->week >= 1 && out->week <= 5 &&
		       out->day <= 6;
	else
		good = number_read(at, &out->day) && out->day <= 365;
	if (!good || **at != '/')
		return good;
	++*at;
	return time_read(at, &out->time);
}

static bool
rule_read(const char *at, struct zone_rule *out)
{
	int64_t west;

	if (*at++ != '\n' || !name_skip(&at) || !time_read(&at, &west))
		return false;
	out->standard = -west;
	if (*at == '\n')
		return true;
	out->changes = true;
	out->summer = out->standard + 3600;
	if (!name_skip(&at))
		return false;
	if (*at != ',') {
		if (!time_read(&at, &west))
			return false;
		out->summer = -west;
	}
	return date_read(&at, &out->start) && date_read(&at, &out->end) &&
	       *at == '\n';
}

void
zone_rule_parse(const char *text, struct zone_rule *out)
{
	*out = (struct zone_rule){ 0 };
	out->known = rule_read(text, out);
}

static int64_t
days_from_civil(int year, int month, int day)
{
	struct civil c = { .year = year, .month = month, .day = day };

	return time_from_civil(&c) / (DAY_S * 1000);
}

/* When it comes in a year, by the clock of the place. */
static int64_t
date_in(const struct zone_date *d, int year)
{
	int64_t first, next;
	bool leap;

	if (d->form == 'M') {
		first = days_from_civil(year, d->month, 1);
		next = d->month == 12 ? days_from_civil(year + 1, 1, 1)
				      : days_from_civil(year, d->month + 1, 1);
		/* 1970-01-01 was a Thursday */
		first += ((d->day - 4 - first) % 7 + 7) % 7;
		first += (int64_t)7 * (d->week - 1);
		while (first >= next)
			first -= 7;
		return first * DAY_S + d->time;
	}
	first = days_from_civil(year, 1, 1);
	leap = days_from_civil(year + 1, 1, 1) - first == 366;
	if (d->form == 'J')
		first += d->day - 1 + (leap && d->day >= 60);
	else
		first += d->day;
	return first * DAY_S + d->time;
}

int64_t
zone_rule_offset(const struct zone_rule *rule, int64_t s, int64_t *until_out)
{
	int64_t latest = INT64_MIN, offset = rule->standard;
	struct civil now;

	*until_out = INT64_MAX;
	if (!rule->changes)
		return offset;
	time_to_civil(s * 1000, &now);
	for (int year = now.year - 1; year <= now.year + 1; year++) {
		const struct {
			int64_t at, to;
		} changes[] = {
			{ date_in(&rule->start, year) - rule->standard,
			    rule->summer },
			{ date_in(&rule->end, year) - rule->summer,
			    rule->standard },
		};

		for (size_t i = 0; i < COUNT(changes); i++) {
			if (changes[i].at <= s && changes[i].at > latest) {
				latest = changes[i].at;
				offset = changes[i].to;
			}
			if (changes[i].at > s && changes[i].at < *until_out)
				*until_out = changes[i].at;
		}
	}
	return offset;
}
