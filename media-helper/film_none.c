/*
 * Films, built --without-libav: every one is refused.
 */
#include <stddef.h>

#include "film.h"

void
film_warm(void)
{
}

bool
film_read(struct source *source, const struct head *head, uint64_t pixels_max,
    uint32_t side, struct film *out, const char **why_out)
{
	(void)source;
	(void)head;
	(void)pixels_max;
	(void)side;
	(void)out;
	*why_out = "films are not decoded here";
	return false;
}

bool
film_still(struct source *source, const struct head *head, uint32_t side,
    struct film *out)
{
	(void)source;
	(void)head;
	(void)side;
	(void)out;
	return false;
}

void
film_release(struct film *film)
{
	(void)film;
}
