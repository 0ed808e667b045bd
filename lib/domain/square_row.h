/*
 * square_row - what the statements of the square have in common; only the
 * files square*.c include it.
 */
#ifndef DOMAIN_SQUARE_ROW_H
#define DOMAIN_SQUARE_ROW_H

/* What a work (w) has earned, in ms; see square.h. */
/* clang-format off */
#define SQUARE_EARNED							\
	"CAST(ROUND(21600000 * LOG2(1 + 4 * w.like_count"		\
	" + 6 * w.favorite_count + w.play_count)) AS SIGNED)"
/* clang-format on */

#endif
