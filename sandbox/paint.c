/*
 * Paints a scene row by row: the sky with its light, the thing in it, then the
 * ridges from the farthest to the nearest.
 *
 * Heights of ridges are computed once a column, colours once a row; a pixel
 * costs a few comparisons, so a megapixel takes some ten milliseconds.
 */
#include "config.h"

#include "paint.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/base.h"
#include "scene.h"

#define GLOW 5 /* radii of the light that its shine reaches */
#define STARS 220

struct painter {
	struct picture *picture;
	const struct scene *scene;
	float seconds;
	float unit;                 /* pixels of a share of the height */
	float *ridge[SCENE_LAYERS]; /* row of the ridge, a column each */
};

struct picture *
picture_new(struct arena *a, int width, int height)
{
	struct picture *p = ARENA_NEW(a, struct picture);

	assert(width > 0 && width <= PICTURE_SIDE_MAX);
	assert(height > 0 && height <= PICTURE_SIDE_MAX);
	p->width = width;
	p->height = height;
	p->rgb = arena_calloc(a, (size_t)width * (size_t)height, 3);
	return p;
}

static uint8_t *
pixel(struct picture *p, int x, int y)
{
	return p->rgb + ((size_t)y * (size_t)p->width + (size_t)x) * 3;
}

static void
pixel_blend(uint8_t *at, const struct color *c, float share)
{
	at[0] = (uint8_t)((float)at[0] + (c->r - (float)at[0]) * share);
	at[1] = (uint8_t)((float)at[1] + (c->g - (float)at[1]) * share);
	at[2] = (uint8_t)((float)at[2] + (c->b - (float)at[2]) * share);
}

static struct color
between(const struct color *a, const struct color *b, float share)
{
	return (struct color){ a->r + (b->r - a->r) * share,
		a->g + (b->g - a->g) * share, a->b + (b->b - a->b) * share };
}

static float
clamp(float value)
{
	return value < 0 ? 0 : value > 1 ? 1 : value;
}

/* Calls of a function for each pixel of a square around a point. */
struct stamp_pixel {
	uint8_t *at;
	float x, y; /* from the centre, in radii */
};

typedef void (*stamp_fn)(
    const struct painter *, const struct stamp_pixel *, float soft);

static void
stamp(const struct painter *p, float cx, float cy, float radius, float reach,
    stamp_fn draw)
{
	int width = p->picture->width, height = p->picture->height;
	int x0 = (int)fmaxf(0, cx - radius * reach);
	int x1 = (int)fminf((float)width - 1, cx + radius * reach);
	int y0 = (int)fmaxf(0, cy - radius * reach);
	int y1 = (int)fminf((float)height - 1, cy + radius * reach);

	for (int y = y0; y <= y1; y++) {
		for (int x = x0; x <= x1; x++) {
			struct stamp_pixel at = {
				.at = pixel(p->picture, x, y),
				.x = ((float)x - cx) / radius,
				.y = ((float)y - cy) / radius,
			};

			draw(p, &at, 1 / radius);
		}
	}
}

/* ---- the sky ---- */

static void
paint_sky(const struct painter *p)
{
	const struct scene *s = p->scene;
	float low = s->layers[0].base * p->unit;

	for (int y = 0; y < p->picture->height; y++) {
		float share = clamp((float)y / low);
		struct color c =
		    between(&s->zenith, &s->horizon, share * share);
		uint8_t *at = pixel(p->picture, 0, y);
		uint8_t *end = at + (size_t)p->picture->width * 3;

		for (; at < end; at += 3) {
			at[0] = (uint8_t)c.r;
			at[1] = (uint8_t)c.g;
			at[2] = (uint8_t)c.b;
		}
	}
}

static void
paint_stars(const struct painter *p)
{
	static const struct color white = { 255, 255, 246 };
	const struct scene *s = p->scene;
	uint32_t n = s->hash;
	int low = (int)(s->layers[0].base * p->unit);

	for (int i = 0; i < STARS && low > 1; i++) {
		int x, y;

		n = scene_mix(n + 0x9e3779b9U);
		x = (int)(n % (uint32_t)p->picture->width);
		y = (int)((n >> 12) % (uint32_t)low);
		pixel_blend(pixel(p->picture, x, y), &white,
		    0.3F + (float)(n >> 28) / 24.0F);
	}
}

/* A disk with a shine that fades. */
static void
light_pixel(const struct painter *p, const struct stamp_pixel *s, float soft)
{
	float square = s->x * s->x + s->y * s->y;
	float share, far;

	if (square > GLOW * GLOW)
		return;
	far = 1 - square / (GLOW * GLOW);
	share = 0.55F * far * far * far;
	if (square < 1)
		share = fmaxf(share, clamp((1 - sqrtf(square)) / soft));
	pixel_blend(s->at, &p->scene->light, share);
}

static void
paint_light(const struct painter *p)
{
	const struct scene *s = p->scene;

	stamp(p, s->light_x * (float)p->picture->width,
	    (s->light_y + 0.012F * p->seconds) * p->unit,
	    s->light_radius * p->unit, GLOW, light_pixel);
}

/* ---- the thing ---- */

static const struct color cream = { 250, 244, 226 };
static const struct color dark = { 40, 34, 44 };

/* A diamond of four fields, with a tail. */
static void
kite_pixel(const struct painter *p, const struct stamp_pixel *s, float soft)
{
	float tail = s->y - 1;
	float edge = 1 - fabsf(s->x) / 0.72F - fabsf(s->y);

	if (edge > 0) {
		bool field = (s->x > 0) == (s->y > 0);

		pixel_blend(s->at, field ? &p->scene->accent : &cream,
		    clamp(edge / soft));
		return;
	}
	if (tail > 0 && tail < 1.4F &&
	    fabsf(s->x - 0.16F * sinf(5 * tail + 2 * p->seconds)) <
		0.025F + soft)
		pixel_blend(s->at, &p->scene->accent, 0.9F);
}

/* Stripes, and a basket below. */
static void
balloon_pixel(const struct painter *p, const struct stamp_pixel *s, float soft)
{
	float edge = 1 - sqrtf(s->x * s->x * 1.2F + s->y * s->y);

	if (edge > 0) {
		float stripe = sinf(9 * s->x / sqrtf(1.02F - s->y * s->y));

		pixel_blend(s->at, stripe > 0 ? &p->scene->accent : &cream,
		    clamp(edge / soft));
		return;
	}
	if (fabsf(s->x) < 0.17F && s->y > 1.3F && s->y < 1.58F)
		pixel_blend(s->at, &dark, 0.95F);
	else if (fabsf(fabsf(s->x) - 0.15F - 0.9F * (1.3F - s->y)) <
		     0.015F + soft &&
		 s->y > 0.8F && s->y <= 1.3F)
		pixel_blend(s->at, &dark, 0.8F);
}

/* Two wings. */
static void
bird_pixel(const struct painter *p, const struct stamp_pixel *s, float soft)
{
	float x = fabsf(s->x);
	float beat = 0.45F + 0.25F * sinf(7 * p->seconds);
	float line = -beat * sinf(3.14F * x) + 0.1F;
	float edge = 0.09F * (1.1F - x) + soft - fabsf(s->y - line);

	if (x < 1 && edge > 0)
		pixel_blend(s->at, &dark, clamp(edge / soft) * 0.85F);
}

/* A hull, a sail behind the mast and a small one before it. */
static void
boat_pixel(const struct painter *p, const struct stamp_pixel *s, float soft)
{
	float hull = 0.95F - fabsf(s->x) - 0.9F * (s->y - 0.45F);
	float sail = s->x > 0.03F ? 0.52F * (s->y + 1.2F) - s->x
				  : 0.34F * (s->y + 0.8F) + s->x;

	if (s->y > 0.45F && s->y < 0.8F && hull > 0)
		pixel_blend(s->at, &dark, clamp(hull / soft));
	else if (s->y > -1.25F && s->y < 0.45F && fabsf(s->x) < 0.03F)
		pixel_blend(s->at, &dark, 0.9F);
	else if (s->y < 0.34F && sail > 0)
		pixel_blend(s->at, s->x > 0 ? &p->scene->accent : &cream,
		    clamp(sail / soft));
}

static void
paint_thing(const struct painter *p)
{
	static const stamp_fn draw[] = {
		[THING_KITE] = kite_pixel,
		[THING_BALLOON] = balloon_pixel,
		[THING_BIRDS] = bird_pixel,
		[THING_BOAT] = boat_pixel,
		[THING_NONE] = NULL,
	};
	const struct scene *s = p->scene;
	float width = (float)p->picture->width;
	float x = s->thing_x * width + 0.03F * p->unit * p->seconds;
	float y = (s->thing_y + 0.01F * sinf(1.7F * p->seconds)) * p->unit;
	float size = s->thing_size * p->unit;

	if (draw[s->thing] == NULL)
		return;
	if (s->thing != THING_BIRDS) {
		stamp(p, x, y, size, 2.5F, draw[s->thing]);
		return;
	}
	for (int i = 0; i < 5; i++) {
		uint32_t n = scene_mix(s->hash + (uint32_t)i);

		stamp(p, x + ((float)(n & 255) / 90.0F - 1.4F) * size,
		    y + ((float)(n >> 8 & 255) / 128.0F - 1) * size,
		    size * (0.16F + (float)(n >> 16 & 7) / 50.0F), 1.2F,
		    bird_pixel);
	}
}

/* ---- the ground ---- */

/* Houses and trees stand in cells of a ridge; their height is hashed. */
static float
standing(const struct scene *s, const struct layer *l, float x)
{
	float cell, inside, tall;
	uint32_t n;

	if (s->land == LAND_CITY) {
		cell = floorf(x * 14);
		n = scene_mix(l->hash + (uint32_t)(int32_t)cell);
		return (float)(n & 15) / 15.0F * 0.16F;
	}
	if (s->land == LAND_FOREST) {
		cell = floorf(x * 26);
		inside = fabsf(x * 26 - cell - 0.5F) * 2;
		n = scene_mix(l->hash + (uint32_t)(int32_t)cell);
		tall = 0.03F + (float)(n & 15) / 15.0F * 0.05F;
		return tall * (1 - inside);
	}
	return 0;
}

static void
ridge_make(const struct painter *p, size_t i)
{
	const struct layer *l = &p->scene->layers[i];
	bool sharp = p->scene->land == LAND_MOUNTAINS;

	for (int column = 0; column < p->picture->width; column++) {
		float x = (float)column / p->unit + l->speed * p->seconds;
		float y = l->base;

		for (size_t w = 0; w < SCENE_WAVES; w++) {
			float wave = sinf(l->frequency[w] * x + l->phase[w]);

			y += l->height[w] * (sharp ? fabsf(wave) - 0.6F : wave);
		}
		y -= standing(p->scene, l, x);
		p->ridge[i][column] = y * p->unit;
	}
}

/* Light on water: broken bands below the light, shimmering. */
static void
shimmer(const struct painter *p, uint8_t *at, int x, int y)
{
	const struct scene *s = p->scene;
	float from = fabsf((float)x - s->light_x * (float)p->picture->width);
	float reach = s->light_radius * p->unit * 1.6F;

	if (from < reach && (y + (int)(p->seconds * 6) + (x >> 4)) % 7 < 2)
		pixel_blend(at, &s->light, 0.45F * (1 - from / reach));
}

static void
paint_ground_row(const struct painter *p, int y)
{
	const struct scene *s = p->scene;
	uint8_t *at = pixel(p->picture, 0, y);
	struct color row[SCENE_LAYERS];

	for (size_t i = 0; i < SCENE_LAYERS; i++)
		row[i] = between(&s->layers[i].top, &s->layers[i].bottom,
		    clamp(((float)y / p->unit - s->layers[i].base) * 3));
	for (int x = 0; x < p->picture->width; x++, at += 3) {
		for (size_t i = SCENE_LAYERS; i-- > 0;) {
			float depth = (float)y - p->ridge[i][x] + 1;

			if (depth <= 0)
				continue;
			if (depth < 1 && i > 0 &&
			    (float)y >= p->ridge[i - 1][x])
				pixel_blend(at, &row[i - 1], 1);
			pixel_blend(at, &row[i], depth < 1 ? depth : 1);
			if (s->land == LAND_SEA)
				shimmer(p, at, x, y);
			break;
		}
	}
}

static void
paint_ground(struct arena *a, struct painter *p)
{
	float top = p->unit;

	for (size_t i = 0; i < SCENE_LAYERS; i++) {
		p->ridge[i] = ARENA_ARRAY(a, (size_t)p->picture->width, float);
		ridge_make(p, i);
		for (int x = 0; x < p->picture->width; x++)
			top = fminf(top, p->ridge[i][x]);
	}
	for (int y = (int)fmaxf(0, top); y < p->picture->height; y++)
		paint_ground_row(p, y);
}

void
paint(struct arena *a, struct picture *picture, const struct scene *s,
    float seconds)
{
	struct painter p = { .picture = picture,
		.scene = s,
		.seconds = seconds,
		.unit = (float)picture->height };
	size_t mark = arena_mark(a);

	paint_sky(&p);
	if (s->night)
		paint_stars(&p);
	paint_light(&p);
	if (s->thing != THING_BOAT)
		paint_thing(&p);
	paint_ground(a, &p);
	if (s->thing == THING_BOAT)
		paint_thing(&p);
	arena_rewind(a, mark);
}

/* One square becomes its middle pixel. */
static void
square_fill(struct picture *p, int x0, int y0, int square)
{
	int x1 = x0 + square < p->width ? x0 + square : p->width;
	int y1 = y0 + square < p->height ? y0 + square : p->height;
	const uint8_t *middle = pixel(p, (x0 + x1) / 2, (y0 + y1) / 2);
	uint8_t color[3] = { middle[0], middle[1], middle[2] };

	for (int y = y0; y < y1; y++)
		for (int x = x0; x < x1; x++)
			memcpy(pixel(p, x, y), color, sizeof(color));
}

void
picture_blur(struct picture *p, int square)
{
	for (int y = 0; y < p->height; y += square)
		for (int x = 0; x < p->width; x += square)
			square_fill(p, x, y, square);
}
