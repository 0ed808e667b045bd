/*
 * media_helper - pictures and films of strangers, looked at by gesso-media.
 *
 * The helper is a process without rights (seccomp, rlimits, no keys, no
 * network) that is kept warm: started at the first use, kept, replaced when it
 * dies or hangs.  Each process of ours has helpers of its own; any of its
 * threads may ask.  Whatever the helper does or says, the caller gets an answer
 * in bounded time, and everything it says is held against its limits here.
 */
#ifndef DOMAIN_MEDIA_HELPER_H
#define DOMAIN_MEDIA_HELPER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

/* What is asked of a file; the limits of each stand in media_helper.c. */
enum media_use {
	MEDIA_UPLOAD_IMAGE, /* PNG JPEG WebP GIF; contract 13 */
	MEDIA_UPLOAD_FILM,  /* MP4 WebM MOV */
	MEDIA_INPUT_IMAGE,  /* PNG JPEG WebP, sides 64-8192; contract 3 */
	MEDIA_RESULT_IMAGE, /* what a vendor delivers */
	MEDIA_RESULT_FILM,
};

struct media_facts {
	const char *mime, *extension; /* static texts, by the content alone */
	int64_t width, height;        /* upright, as it is shown */
	int64_t frames;               /* pictures: 1, or more when animated */
	int64_t duration_ms;          /* films, else INT_NONE */
	double fps;                   /* films, else 0 */
	/* what was written to the output, if any */
	const char *out_mime, *out_extension;
	int64_t out_width, out_height, out_bytes;
};

/*
 * Checks the file on in_fd, tells its facts and writes a thumbnail of it (of
 * a film: its poster), upright and without metadata, thumbnail_size long, to
 * the empty file on out_fd (-1: none).  Neither descriptor's offset matters.
 * ERR_UNSUPPORTED_MEDIA with the field (ERR_RESULT_INVALID for results) when
 * the file is not what the use allows or can't be decoded; ERR_UNAVAILABLE when
 * no helper can be started; ERR_STORAGE_FULL.  Waits its turn.
 */
enum err media_helper_look(struct ctx *, enum media_use, int in_fd, int out_fd,
    const char *field, struct media_facts *out) MUST_CHECK;

enum media_format {
	MEDIA_PNG,
	MEDIA_JPEG,
	MEDIA_WEBP,
};

/*
 * Writes the picture on in_fd, scaled to cover width x height and cropped in
 * the middle to exactly that, upright and without metadata, to out_fd.  Never
 * waits its turn: ERR_UNAVAILABLE while all helpers are busy.
 */
enum err
media_helper_fit(struct ctx *, int in_fd, int64_t width, int64_t height,
    enum media_format, int out_fd, struct media_facts *out) MUST_CHECK;

/*
 * For an event loop: the same as media_helper_look() in two steps.  *job_out
 * stays NULL (and ERR_OK) while all helpers are busy: finish one, or try again
 * later.  media_helper_fd() becomes readable when media_helper_finish() will
 * not wait (but for a helper that died and is asked again); the loop looks by
 * media_helper_left_ms() at the latest, 0 meaning that finishing would kill it
 * for taking too long.  Every job must be finished, which ends it; the
 * descriptors must stay open until then.
 */
struct media_job;
enum err media_helper_start(struct ctx *, enum media_use, int in_fd, int out_fd,
    const char *field, struct media_job **job_out) MUST_CHECK;
int media_helper_fd(const struct media_job *);
int64_t media_helper_left_ms(const struct media_job *);
enum err media_helper_finish(
    struct ctx *, struct media_job *, struct media_facts *out) MUST_CHECK;

/* Is one of them idle? */
bool media_helper_idle(struct ctx *);
/* Ends this process's idle helpers, for a clean stop. */
void media_helper_stop(void);

#endif
