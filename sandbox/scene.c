/*
 * A prompt to the numbers of a landscape.
 */
#include "config.h"

#include "scene.h"

#include <ctype.h>
#include <string.h>

#include "base/base.h"
#include "base/encode.h"

#define WORD_MAX 32

/* Numbers that follow from the prompt and the seed alone. */
struct dice {
	uint64_t state;
};

static uint64_t
dice_next(struct dice *d)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15U; /* splitmix64 */

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

static uint32_t
dice_below(struct dice *d, uint32_t bound)
{
	return (uint32_t)((dice_next(d) >> 32) % bound);
}

static float
dice_in(struct dice *d, float low, float high)
{
	float share = (float)(dice_next(d) >> 40) / (float)(1 << 24);

	return low + (high - low) * share;
}

static struct dice
dice_of(const char *prompt, uint64_t seed)
{
	struct dice d;
	uint8_t digest[32];

	sha256(prompt, strlen(prompt), digest);
	memcpy(&d.state, digest, sizeof(d.state));
	d.state ^= seed * 0xd1342543de82ef95U;
	return d;
}

uint32_t
scene_mix(uint32_t n)
{
	n = (n ^ (n >> 16)) * 0x7feb352dU;
	n = (n ^ (n >> 15)) * 0x846ca68bU;
	return n ^ (n >> 16);
}

/* ---- what the words say ---- */

/* Colours of an hour: zenith, horizon, light, the far and the near ground. */
struct hour {
	struct color zenith, horizon, light, far, near;
};

enum {
	HOUR_DAWN,
	HOUR_DAY,
	HOUR_SUNSET,
	HOUR_DUSK,
	HOUR_NIGHT,
	HOUR__MAX
};

static const struct hour hours[] = {
	[HOUR_DAWN] = { { 120, 150, 210 }, { 255, 214, 190 }, { 255, 244, 214 },
	    { 170, 150, 180 }, { 62, 74, 94 } },
	[HOUR_DAY] = { { 64, 132, 214 }, { 206, 232, 250 }, { 255, 252, 228 },
	    { 142, 176, 170 }, { 52, 104, 66 } },
	[HOUR_SUNSET] = { { 74, 60, 128 }, { 255, 158, 92 }, { 255, 226, 150 },
	    { 176, 98, 110 }, { 54, 30, 58 } },
	[HOUR_DUSK] = { { 38, 46, 92 }, { 226, 142, 168 }, { 255, 206, 190 },
	    { 106, 92, 140 }, { 30, 30, 58 } },
	[HOUR_NIGHT] = { { 8, 12, 36 }, { 52, 66, 112 }, { 240, 244, 252 },
	    { 40, 52, 88 }, { 10, 14, 30 } },
};

static const struct color accents[] = {
	{ 220, 52, 44 },
	{ 245, 168, 28 },
	{ 52, 110, 200 },
	{ 60, 160, 90 },
	{ 150, 70, 170 },
	{ 250, 248, 240 },
};

/* What a word decides; -1 leaves it open. */
struct hint {
	const char *word;
	int land, thing, hour, accent;
};

static const struct hint hints[] = {
	{ "hill", LAND_HILLS, -1, -1, -1 },
	{ "meadow", LAND_HILLS, -1, -1, -1 },
	{ "mountain", LAND_MOUNTAINS, -1, -1, -1 },
	{ "cliff", LAND_MOUNTAINS, -1, -1, -1 },
	{ "sea", LAND_SEA, -1, -1, -1 },
	{ "ocean", LAND_SEA, -1, -1, -1 },
	{ "lake", LAND_SEA, -1, -1, -1 },
	{ "boat", LAND_SEA, THING_BOAT, -1, -1 },
	{ "ship", LAND_SEA, THING_BOAT, -1, -1 },
	{ "city", LAND_CITY, -1, -1, -1 },
	{ "street", LAND_CITY, -1, -1, -1 },
	{ "forest", LAND_FOREST, -1, -1, -1 },
	{ "tree", LAND_FOREST, -1, -1, -1 },
	{ "fox", LAND_FOREST, -1, -1, -1 },
	{ "kite", -1, THING_KITE, -1, -1 },
	{ "balloon", -1, THING_BALLOON, -1, -1 },
	{ "bird", -1, THING_BIRDS, -1, -1 },
	{ "dawn", -1, -1, HOUR_DAWN, -1 },
	{ "morning", -1, -1, HOUR_DAWN, -1 },
	{ "day", -1, -1, HOUR_DAY, -1 },
	{ "sunset", -1, -1, HOUR_SUNSET, -1 },
	{ "evening", -1, -1, HOUR_DUSK, -1 },
	{ "night", -1, -1, HOUR_NIGHT, -1 },
	{ "moon", -1, -1, HOUR_NIGHT, -1 },
	{ "red", -1, -1, -1, 0 },
	{ "yellow", -1, -1, -1, 1 },
	{ "orange", -1, -1, -1, 1 },
	{ "blue", -1, -1, -1, 2 },
	{ "green", -1, -1, -1, 3 },
	{ "purple", -1, -1, -1, 4 },
	{ "white", -1, -1, -1, 5 },
};

/* The first word that decides something decides it. */
static void
hint_take(const struct hint *h, struct hint *sum)
{
	if (sum->land < 0)
		sum->land = h->land;
	if (sum->thing < 0)
		sum->thing = h->thing;
	if (sum->hour < 0)
		sum->hour = h->hour;
	if (sum->accent < 0)
		sum->accent = h->accent;
}

/* A word or its plural. */
static bool
hint_is(const struct hint *h, const char *word)
{
	size_t len = strlen(h->word);

	return strncmp(h->word, word, len) == 0 &&
	       (word[len] == '\0' || strcmp(word + len, "s") == 0);
}

/* All that the words of the prompt decide. */
static struct hint
hints_read(const char *prompt)
{
	struct hint sum = { NULL, -1, -1, -1, -1 };
	char word[WORD_MAX];
	size_t len = 0;

	for (const char *p = prompt;; p++) {
		if (isalpha((unsigned char)*p)) {
			if (len < sizeof(word) - 1)
				word[len++] = (char)tolower((unsigned char)*p);
			continue;
		}
		word[len] = '\0';
		for (size_t i = 0; len > 0 && i < COUNT(hints); i++)
			if (hint_is(&hints[i], word))
				hint_take(&hints[i], &sum);
		len = 0;
		if (*p == '\0')
			return sum;
	}
}

/* ---- what the dice say ---- */

static struct color
color_mix(struct color a, struct color b, float share)
{
	return (struct color){ a.r + (b.r - a.r) * share,
		a.g + (b.g - a.g) * share, a.b + (b.b - a.b) * share };
}

/* Rough mountains, calm water, blocks that carry a town. */
static const struct {
	float base, step;        /* of the farthest layer; to the next one */
	float height, frequency; /* of the longest wave */
} lands[] = {
	[LAND_HILLS] = { 0.52F, 0.12F, 0.050F, 3.0F },
	[LAND_MOUNTAINS] = { 0.46F, 0.14F, 0.110F, 4.0F },
	[LAND_SEA] = { 0.58F, 0.11F, 0.004F, 9.0F },
	[LAND_CITY] = { 0.60F, 0.09F, 0.012F, 2.0F },
	[LAND_FOREST] = { 0.54F, 0.12F, 0.040F, 3.0F },
};

static void
layer_make(struct dice *d, struct scene *s, const struct hour *h, size_t i)
{
	struct layer *l = &s->layers[i];
	float share = (float)i / (SCENE_LAYERS - 1);
	float height = lands[s->land].height * (1.2F - 0.4F * share);
	float frequency = lands[s->land].frequency;

	l->base = lands[s->land].base + lands[s->land].step * (float)i;
	for (size_t w = 0; w < SCENE_WAVES; w++) {
		l->height[w] = height * dice_in(d, 0.7F, 1.2F);
		l->frequency[w] = frequency * dice_in(d, 0.8F, 1.4F);
		l->phase[w] = dice_in(d, 0.0F, 6.28F);
		height *= 0.45F;
		frequency *= 2.3F;
	}
	l->speed = 0.010F + 0.045F * share;
	l->top = color_mix(h->far, h->near, share);
	l->top = color_mix(l->top, s->horizon, 0.35F * (1 - share));
	l->bottom = color_mix(l->top, h->near, 0.55F);
	l->hash = (uint32_t)dice_next(d);
}

void
scene_make(const char *prompt, uint64_t seed, struct scene *out)
{
	struct dice d = dice_of(prompt, seed);
	struct hint hint = hints_read(prompt);
	uint32_t land = dice_below(&d, LAND__MAX);
	uint32_t thing = dice_below(&d, THING__MAX);
	uint32_t hour = dice_below(&d, HOUR__MAX);
	uint32_t accent = dice_below(&d, COUNT(accents));
	const struct hour *h;

	memset(out, 0, sizeof(*out));
	out->land = hint.land >= 0 ? (enum land)hint.land : (enum land)land;
	out->thing =
	    hint.thing >= 0 ? (enum thing)hint.thing : (enum thing)thing;
	if (out->thing == THING_BOAT && out->land != LAND_SEA)
		out->thing = THING_BIRDS;
	h = &hours[hint.hour >= 0 ? (uint32_t)hint.hour : hour];
	out->night = h == &hours[HOUR_NIGHT];
	out->accent =
	    accents[hint.accent >= 0 ? (uint32_t)hint.accent : accent];
	/* Each prompt has its own tint of the hour. */
	out->zenith = color_mix(h->zenith,
	    accents[dice_below(&d, COUNT(accents))], dice_in(&d, 0, 0.16F));
	out->horizon = color_mix(h->horizon, h->light, dice_in(&d, 0.0F, 0.3F));
	out->light = h->light;
	out->light_x = dice_in(&d, 0.15F, 0.85F);
	out->light_y = dice_in(&d, 0.14F, 0.42F);
	out->light_radius = dice_in(&d, 0.045F, 0.085F);
	out->thing_x = dice_in(&d, 0.25F, 0.75F);
	out->thing_y =
	    out->thing == THING_BOAT ? 0.80F : dice_in(&d, 0.22F, 0.40F);
	out->thing_size = dice_in(&d, 0.085F, 0.13F);
	for (size_t i = 0; i < SCENE_LAYERS; i++)
		layer_make(&d, out, h, i);
	out->hash = (uint32_t)dice_next(&d);
}
