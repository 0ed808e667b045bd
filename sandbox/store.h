/*
 * store - what the vendors remember: their tasks, and how often something was
 * asked.
 *
 * A task is a file of its own, written once under a temporary name and renamed,
 * so that every thread and every later process sees all of it or nothing.  What
 * becomes of it follows from the time that has passed since.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stdint.h>

struct call;

struct job {
	const char *id;
	const char *vendor;
	const char *kind; /* "image", "video" */
	const char *model;
	const char *prompt;
	const char *format; /* of pictures: "png"; of films: "mp4" */
	const char *size;   /* as the caller put it, or NULL */
	const char *extra;  /* what the vendor repeats, or NULL */
	int64_t count;      /* of pictures */
	int64_t width, height;
	int64_t fps, duration_ms; /* of a film */
	int64_t seed;
	int64_t created_ms;
	int64_t work_ms; /* that it takes */
};

/* Makes the directories and sweeps out what is old; false with errno. */
bool store_open(const char *dir);
/* Keeps a job; its created_ms is set.  false when it can't be written. */
bool store_put(struct call *, struct job *);
/* The job of an id of this vendor; false when there is none. */
bool store_get(struct call *, const char *id, struct job *out);
/* Takes it out; false when it is not there. */
bool store_remove(struct call *, const char *id);
/* Puts a mark on an id, and asks for it. */
bool store_mark(struct call *, const char *id, const char *mark);
bool store_marked(struct call *, const char *id, const char *mark);
void store_unmark(struct call *, const char *id, const char *mark);
/* All ids with a mark, in no order; NULL at the end. */
const char **store_ids_marked(struct call *, const char *mark);
/* Counts: 1 for the first call with this name and text, then 2 ... */
int64_t store_count(struct call *, const char *name, const char *text);

#endif
