/*
 * scene - what a prompt looks like: a landscape, its colours, a thing in it.
 *
 * Words of the prompt choose where they can ("sea", "night", "kite", "red"),
 * its hash chooses the rest, so every prompt has a picture of its own and the
 * same prompt with the same seed always the same one.
 */
#ifndef SCENE_H
#define SCENE_H

#include <stdbool.h>
#include <stdint.h>

#define SCENE_LAYERS 4
#define SCENE_WAVES 3

enum land {
	LAND_HILLS,
	LAND_MOUNTAINS,
	LAND_SEA,
	LAND_CITY,
	LAND_FOREST,
	LAND__MAX
};

enum thing {
	THING_KITE,
	THING_BALLOON,
	THING_BIRDS,
	THING_BOAT,
	THING_NONE,
	THING__MAX
};

struct color {
	float r, g, b; /* 0 to 255 */
};

/* A ridge from the left to the right; lengths are shares of the height. */
struct layer {
	float base;                   /* of the mean line, from the top */
	float height[SCENE_WAVES];    /* of its waves */
	float frequency[SCENE_WAVES]; /* radians a picture's height */
	float phase[SCENE_WAVES];
	float speed; /* in a film: heights a second */
	struct color top, bottom;
	uint32_t hash; /* for what stands on it */
};

struct scene {
	enum land land;
	enum thing thing;
	bool night;
	struct color zenith, horizon, light, accent;
	float light_x, light_y, light_radius; /* shares of width and height */
	float thing_x, thing_y, thing_size;
	struct layer layers[SCENE_LAYERS]; /* the farthest first */
	uint32_t hash;
};

/* The scene of a prompt; another seed gives another one. */
void scene_make(const char *prompt, uint64_t seed, struct scene *out);
/* Spreads the bits of a number. */
uint32_t scene_mix(uint32_t);

#endif
