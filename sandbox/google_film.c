/*
 * Google's films, however they were asked for.
 */
#include "config.h"

#include "google_film.h"

#include "base/encode.h"
#include "base/text.h"
#include "call.h"
#include "deliver.h"
#include "store.h"

bool
google_film_size(struct job *job, const char *ratio, const char *resolution)
{
	static const struct {
		const char *name;
		int64_t width, height;
	} sizes[] = {
		{ "720p", 1280, 720 },
		{ "360p", 640, 360 },
		{ "1080p", 1920, 1080 },
		{ "4k", 3840, 2160 },
	};
	bool tall = text_is(ratio, "9:16");

	if (ratio != NULL && !tall && !text_is(ratio, "16:9"))
		return false;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		if (resolution != NULL && !text_is(resolution, sizes[i].name))
			continue;
		job->width = tall ? sizes[i].height : sizes[i].width;
		job->height = tall ? sizes[i].width : sizes[i].height;
		return true;
	}
	return false;
}

const char *
google_film_uri(struct call *c, const struct job *job)
{
	return deliver_link(c, job,
	    arena_printf(c->cx.arena,
		"%s/google/v1beta/files/%s:download?alt=media",
		c->box->public_url, job->id));
}

const char *
google_film_id(struct call *c, const char *prefix)
{
	uint8_t bytes[12];

	random_fill(bytes, sizeof(bytes));
	return arena_printf(c->cx.arena, "%s%s", prefix,
	    hex_encode(c->cx.arena, bytes, sizeof(bytes)));
}
