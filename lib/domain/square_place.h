/*
 * square_place - remembered places of the feeds, so that a page by its number
 * is sought and not counted to.
 *
 * Each process remembers, for each list and for two seconds, which row stands
 * before every twentieth.  A list that changes meanwhile is shown as far off
 * as it has moved; near its beginning nothing is remembered and all is exact.
 */
#ifndef DOMAIN_SQUARE_PLACE_H
#define DOMAIN_SQUARE_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/page.h"

#define PLACE_LISTS 6      /* three kinds in two orders */
#define PLACE_STEP 20      /* rows from one place to the next */
#define PLACE_EXACT 500    /* rows up to which nothing is remembered */
#define PLACE_LIFE_MS 2000 /* of what is remembered */

/*
 * The nearest place at or before row skip: its row stands before the rows that
 * are meant, *left_out rows further on.  False: none is remembered, count from
 * the start.
 */
bool square_place_find(
    size_t list, int64_t skip, struct place *out, int64_t *left_out);
/* Row number skip - 1 of the list is this one. */
void square_place_keep(size_t list, int64_t skip, const struct place *);

#endif
