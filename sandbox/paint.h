/*
 * paint - a scene to pixels.
 */
#ifndef PAINT_H
#define PAINT_H

#include <stdint.h>

struct arena;
struct scene;

#define PICTURE_SIDE_MAX 4096

/* Rows of red, green, blue, without gaps. */
struct picture {
	int width, height;
	uint8_t *rgb;
};

/* A black picture in the arena; sides are 1 to PICTURE_SIDE_MAX. */
struct picture *picture_new(struct arena *, int width, int height);
/* Paints the scene as it is so many seconds after its beginning. */
void
paint(struct arena *, struct picture *, const struct scene *, float seconds);
/* Leaves one colour of each square: what a censor makes of a picture. */
void picture_blur(struct picture *, int square);

#endif
