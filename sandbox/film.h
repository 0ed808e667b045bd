/*
 * film - a scene in motion as an MP4, by libavformat and libavcodec.
 */
#ifndef FILM_H
#define FILM_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct scene;

struct film {
	const struct scene *scene;
	int width, height; /* even */
	int fps;
	int64_t frames;
	bool index_last; /* the moov box behind the pictures */
};

/* Writes the film to a file; false when it can't be made. */
bool film_write(struct arena *, const struct film *, const char *path);

#endif
