/*
 * zone_rule - the rule at the end of a file of the tz database, in the words of
 * POSIX's TZ and RFC 8536: "EST5EDT,M3.2.0,M11.1.0".
 *
 * Times and offsets are in seconds.
 */
#ifndef BASE_ZONE_RULE_H
#define BASE_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

/* A day of each year and the time of it, by the clock before the change. */
struct zone_date {
	char form; /* 'M' month, week and weekday; 'J' without February 29 */
	int month, week, day;
	int64_t time;
};

struct zone_rule {
	bool known;
	bool changes; /* twice a year */
	int64_t standard, summer;
	struct zone_date start, end; /* of the summer */
};

/* Reads "\nRULE\n"; what is none is not known. */
void zone_rule_parse(const char *text, struct zone_rule *out);
/* The offset to the east at a moment and until when it lasts. */
int64_t
zone_rule_offset(const struct zone_rule *, int64_t s, int64_t *until_out);

#endif
