/*
 * What is allowed to be what, and what to make of the helper's answers.
 */
#include "config.h"

#include "domain/media_helper.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "core/conf.h"
#include "domain/media_pool.h"
#include "domain/media_store.h"

#define SECOND_US INT64_C(1000000)
#define DURATION_MAX_MS INT64_C(86400000)
#define FPS_MAX 1000
#define TRIES_MAX 2 /* a helper that dies may have died of something else */

#define STILLS                                                                 \
	(MEDIA_BIT(MEDIA_KIND_PNG) | MEDIA_BIT(MEDIA_KIND_JPEG) |              \
	    MEDIA_BIT(MEDIA_KIND_WEBP))
#define PICTURES (STILLS | MEDIA_BIT(MEDIA_KIND_GIF))
#define FILMS                                                                  \
	(MEDIA_BIT(MEDIA_KIND_MP4) | MEDIA_BIT(MEDIA_KIND_WEBM) |              \
	    MEDIA_BIT(MEDIA_KIND_MOV))
#define PIXELS_MAX 40000000 /* decoded at all */

struct rule {
	uint32_t kinds, side_min, side_max, frames_max;
	enum err refused;
	int64_t bytes_max; /* 0: as configured for uploads */
};

/* clang-format off: a line each */
static const struct rule rules[] = {
	[MEDIA_UPLOAD_IMAGE] = { PICTURES, 1, 16384, 200, ERR_UNSUPPORTED_MEDIA,
	    0 },
	[MEDIA_UPLOAD_FILM] = { FILMS, 1, 8192, 1, ERR_UNSUPPORTED_MEDIA, 0 },
	[MEDIA_INPUT_IMAGE] = { STILLS, 64, 8192, 1, ERR_UNSUPPORTED_MEDIA, 0 },
	[MEDIA_RESULT_IMAGE] = { PICTURES, 1, 16384, 200, ERR_RESULT_INVALID,
	    64 * (int64_t)MIB },
	[MEDIA_RESULT_FILM] = { FILMS, 1, 8192, 1, ERR_RESULT_INVALID,
	    4096 * (int64_t)MIB },
};

static const struct {
	const char *mime, *extension;
} names[MEDIA_KIND__MAX] = {
	[MEDIA_KIND_PNG] = { "image/png", "png" },
	[MEDIA_KIND_JPEG] = { "image/jpeg", "jpg" },
	[MEDIA_KIND_WEBP] = { "image/webp", "webp" },
	[MEDIA_KIND_GIF] = { "image/gif", "gif" },
	[MEDIA_KIND_MP4] = { "video/mp4", "mp4" },
	[MEDIA_KIND_WEBM] = { "video/webm", "webm" },
	[MEDIA_KIND_MOV] = { "video/quicktime", "mov" },
};

static const uint32_t formats[] = {
	[MEDIA_PNG] = MEDIA_KIND_PNG,
	[MEDIA_JPEG] = MEDIA_KIND_JPEG,
	[MEDIA_WEBP] = MEDIA_KIND_WEBP,
};
/* clang-format on */

/* What a worker is busy with; in a table, since it outlives an arena. */
struct media_job {
	struct media_worker *worker;
	const struct rule *rule;
	struct media_ask ask;
	const char *field;
	int in_fd, out_fd;
	int64_t until_us;
	int tries;
};
static struct media_job jobs[MEDIA_WORKERS_MAX];

/*
 * The same file, but for reading only: the helper may not write to what it
 * was given to read.
 */
static int
reopen(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The job's worker hears of it; dead ones are replaced while tries last. */
static enum err
job_send(struct ctx *cx, struct media_job *job)
{
	while (job->tries-- > 0) {
		enum err e = media_worker_start(cx, job->worker);

		if (e)
			return e;
		if (job->out_fd >= 0 && ftruncate(job->out_fd, 0) != 0)
			return media_store_failed(cx, "emptying an output");
		job->until_us =
		    clock_steady_us() + cx->conf->media_timeout * SECOND_US;
		if (media_worker_ask(
			job->worker, &job->ask, job->in_fd, job->out_fd))
			return ERR_OK;
		media_worker_kill(job->worker);
	}
	return fault(cx, ERR_UNAVAILABLE, NULL, "gesso-media does not listen");
}

static void
job_end(struct media_job *job)
{
	if (job->in_fd >= 0)
		close(job->in_fd);
	media_pool_give(job->worker);
}

static int64_t
bytes_max(const struct conf *conf, const struct rule *rule)
{
	if (rule->bytes_max != 0)
		return rule->bytes_max;
	return (rule->kinds & FILMS) != 0 ? conf->max_video_bytes
					  : conf->max_image_bytes;
}

static enum err
job_start(struct ctx *cx, const struct rule *rule, struct media_ask *ask,
    int in_fd, int out_fd, const char *field, bool wait,
    struct media_job **job_out)
{
	struct media_worker *worker = NULL;
	struct media_job *job;
	enum err e = media_pool_take(cx, wait, &worker);

	if (e || worker == NULL)
		return e;
	ask->version = MEDIA_WIRE_VERSION;
	ask->kinds = rule->kinds;
	ask->side_min = rule->side_min;
	ask->side_max = rule->side_max;
	ask->frames_max = rule->frames_max;
	ask->pixels_max = PIXELS_MAX;
	ask->bytes_max = (uint64_t)bytes_max(cx->conf, rule);
	job = &jobs[worker->index];
	*job = (struct media_job){ .worker = worker,
		.rule = rule,
		.ask = *ask,
		.field = field,
		.in_fd = reopen(in_fd),
		.out_fd = out_fd,
		.tries = TRIES_MAX };
	if (job->in_fd < 0)
		e = media_store_failed(cx, "opening /proc/self/fd");
	else
		e = job_send(cx, job);
	if (e)
		job_end(job);
	else
		*job_out = job;
	return e;
}

static bool
kind_is(uint32_t kind, uint32_t kinds)
{
	return kind < MEDIA_KIND__MAX && (MEDIA_BIT(kind) & kinds) != 0;
}

static bool
within(int64_t n, int64_t least, int64_t most)
{
	return n >= least && n <= most;
}

/* Nothing that a helper says is believed beyond what it was told to allow. */
static bool
answer_is_sane(const struct media_answer *a, const struct media_job *job)
{
	const struct rule *rule = job->rule;
	bool film = MEDIA_IS_FILM(a->kind);

	if (!kind_is(a->kind, rule->kinds) ||
	    !within(a->width, rule->side_min, rule->side_max) ||
	    !within(a->height, rule->side_min, rule->side_max) ||
	    !within(a->frames, 1, rule->frames_max))
		return false;
	if (film && (!within(a->duration_ms, 1, DURATION_MAX_MS) ||
			!isfinite(a->fps) || a->fps < 0 || a->fps > FPS_MAX))
		return false;
	return job->out_fd < 0 ||
	       (kind_is(a->out_kind, STILLS) &&
		   within(a->out_width, 1, rule->side_max) &&
		   within(a->out_height, 1, rule->side_max) &&
		   lseek(job->out_fd, 0, SEEK_END) == a->out_bytes &&
		   a->out_bytes > 0);
}

/* What the helper says of a refusal, made fit for a log and a reply. */
static const char *
answer_why(struct ctx *cx, const struct media_answer *a)
{
	char *why =
	    arena_copy(cx->arena, a->why, strnlen(a->why, sizeof(a->why)));

	for (char *p = why; *p != '\0'; p++)
		if (!isprint((unsigned char)*p))
			*p = '?';
	return why;
}

static void
facts_take(const struct media_answer *a, struct media_facts *out)
{
	bool film = MEDIA_IS_FILM(a->kind);

	*out = (struct media_facts){
		.mime = names[a->kind].mime,
		.extension = names[a->kind].extension,
		.width = a->width,
		.height = a->height,
		.frames = a->frames,
		.duration_ms = film ? a->duration_ms : INT_NONE,
		.fps = film ? a->fps : 0,
	};
	if (!kind_is(a->out_kind, STILLS))
		return;
	out->out_mime = names[a->out_kind].mime;
	out->out_extension = names[a->out_kind].extension;
	out->out_width = a->out_width;
	out->out_height = a->out_height;
	out->out_bytes = a->out_bytes;
}

static enum err
answer_judge(struct ctx *cx, const struct media_job *job,
    const struct media_answer *a, struct media_facts *out)
{
	if (a->verdict == MEDIA_FULL)
		return fault(cx, ERR_STORAGE_FULL, NULL,
		    "the output of gesso-media could not be written");
	if (a->verdict == MEDIA_REFUSED)
		return fault(cx, job->rule->refused, job->field, "%s",
		    answer_why(cx, a));
	if (a->verdict != MEDIA_TAKEN || !answer_is_sane(a, job)) {
		media_worker_kill(job->worker);
		return fault(cx, job->rule->refused, job->field,
		    "it made no sense to the decoder");
	}
	facts_take(a, out);
	return ERR_OK;
}

enum err
media_helper_finish(
    struct ctx *cx, struct media_job *job, struct media_facts *out)
{
	struct media_answer answer;
	enum err e;

	for (;;) {
		e = media_worker_answer(job->worker, job->until_us, &answer);
		if (e == ERR_OK) {
			e = answer_judge(cx, job, &answer, out);
			break;
		}
		media_worker_kill(job->worker);
		if (e == ERR_DEADLINE || job->tries == 0) {
			e = fault(cx, job->rule->refused, job->field,
			    e == ERR_DEADLINE ? "decoding it takes too long"
					      : "it broke the decoder");
			break;
		}
		e = job_send(cx, job);
		if (e)
			break;
	}
	job_end(job);
	return e;
}

int
media_helper_fd(const struct media_job *job)
{
	return job->worker->fd;
}

int64_t
media_helper_left_ms(const struct media_job *job)
{
	int64_t left_us = job->until_us - clock_steady_us();

	return left_us < 0 ? 0 : (left_us + 999) / 1000;
}

static struct media_ask
look_ask(const struct ctx *cx)
{
	return (struct media_ask){ .act = MEDIA_ACT_LOOK,
		.thumbnail = (uint32_t)cx->conf->thumbnail_size };
}

enum err
media_helper_start(struct ctx *cx, enum media_use use, int in_fd, int out_fd,
    const char *field, struct media_job **job_out)
{
	struct media_ask ask = look_ask(cx);

	*job_out = NULL;
	return job_start(
	    cx, &rules[use], &ask, in_fd, out_fd, field, false, job_out);
}

enum err
media_helper_look(struct ctx *cx, enum media_use use, int in_fd, int out_fd,
    const char *field, struct media_facts *out)
{
	struct media_ask ask = look_ask(cx);
	struct media_job *job;
	enum err e =
	    job_start(cx, &rules[use], &ask, in_fd, out_fd, field, true, &job);

	return e ? e : media_helper_finish(cx, job, out);
}

enum err
media_helper_fit(struct ctx *cx, int in_fd, int64_t width, int64_t height,
    enum media_format format, int out_fd, struct media_facts *out)
{
	struct media_ask ask = { .act = MEDIA_ACT_FIT,
		.width = (uint32_t)width,
		.height = (uint32_t)height,
		.format = formats[format] };
	struct media_job *job = NULL;
	enum err e = job_start(cx, &rules[MEDIA_RESULT_IMAGE], &ask, in_fd,
	    out_fd, NULL, false, &job);

	if (e == ERR_OK && job == NULL)
		e = fault(cx, ERR_UNAVAILABLE, NULL, "all helpers are busy");
	return e ? e : media_helper_finish(cx, job, out);
}
