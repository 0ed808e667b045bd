/*
 * google_film - what Veo and Omni have in common: shapes, resolutions, files.
 */
#ifndef GOOGLE_FILM_H
#define GOOGLE_FILM_H

#include <stdbool.h>

struct call;
struct job;

/*
 * "16:9" or "9:16" and "720p", "1080p", ... to the size of the job; NULLs are
 * the usual ones.  false when there is no such size.
 */
bool google_film_size(struct job *, const char *ratio, const char *resolution);
/* The address of the job's film, as the words lead it. */
const char *google_film_uri(struct call *, const struct job *);
/* An id of letters and digits. */
const char *google_film_id(struct call *, const char *prefix);

#endif
