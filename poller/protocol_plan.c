#include "protocol_plan.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/encode.h"
#include "base/text.h"
#include "core/json_tree.h"
#include "protocol_ask.h"

/* Beside what was asked for it has room in a column of 64 KiB. */
#define MADE_MAX ((size_t)40000)

void
plan_begin(const struct job *job, struct plan *plan)
{
	*plan = (struct plan){
		.prompt = job->prompt, .seed = INT_NONE, .strength = NAN
	};
}

void
plan_wish(const struct job *job, int64_t *width, int64_t *height)
{
	const struct picture *picture = job->picture;

	*width = picture == NULL ? 0 : picture->width;
	*height = picture == NULL ? 0 : picture->height;
	if (job->film) {
		nearest_frame(job->resolution, *width, *height, width, height);
	} else if (job->width > 0 && job->height > 0) {
		*width = job->width;
		*height = job->height;
	}
}

static void
size_take(struct plan *plan, const struct nearest_size *size)
{
	plan->size = size->word;
	plan->width = size->width;
	plan->height = size->height;
}

/* Of config.sizes; false when there are none. */
static bool
size_configured(struct ctx *cx, const struct job *job, struct plan *plan)
{
	const struct nearest_size *sizes;
	int64_t width, height;
	size_t count;

	sizes = nearest_sizes_read(cx->arena, ask_config(job, "sizes"), &count);
	if (sizes == NULL)
		return false;
	plan_wish(job, &width, &height);
	size_take(plan, nearest_size(sizes, count, width, height));
	return true;
}

void
plan_size(struct ctx *cx, const struct job *job,
    const struct nearest_size *table, size_t count, struct plan *plan)
{
	int64_t width, height;

	if (size_configured(cx, job, plan))
		return;
	plan_wish(job, &width, &height);
	size_take(plan, nearest_size(table, count, width, height));
}

void
plan_size_free(
    struct ctx *cx, const struct job *job, int64_t grid, struct plan *plan)
{
	if (size_configured(cx, job, plan))
		return;
	plan_wish(job, &plan->width, &plan->height);
	nearest_grid(grid, &plan->width, &plan->height);
	plan->size = arena_printf(
	    cx->arena, "%" PRId64 "x%" PRId64, plan->width, plan->height);
}

void
plan_seconds(struct ctx *cx, const struct job *job, const int64_t *table,
    size_t count, struct plan *plan)
{
	size_t own;
	const int64_t *numbers =
	    nearest_numbers_read(cx->arena, ask_config(job, "durations"), &own);

	if (numbers != NULL)
		plan->seconds = nearest_number(numbers, own, job->duration);
	else if (count > 0)
		plan->seconds = nearest_number(table, count, job->duration);
	else
		plan->seconds = job->duration;
}

void
plan_fit(const struct job *job, struct plan *plan)
{
	if (job->picture == NULL)
		return;
	plan->fit_width = plan->width;
	plan->fit_height = plan->height;
}

void
plan_seed(const struct job *job, struct plan *plan)
{
	if (job->seed != INT_NONE)
		plan->seed = (int64_t)(uint32_t)(job->seed + job->part);
}

int64_t
plan_any_seed(const struct job *job)
{
	uint8_t hash[32];
	uint32_t seed;

	sha256(job->task.b, sizeof(job->task.b), hash);
	memcpy(&seed, hash, sizeof(seed));
	return (int64_t)(uint32_t)(seed + (uint32_t)job->part);
}

void
plan_fields(const struct job *job, struct plan_field out[PLAN_FIELDS])
{
	const struct plan *plan = &job->plan;
	bool film = job->film;
	const struct plan_field fields[PLAN_FIELDS] = {
		{ "prompt", plan->prompt, INT_NONE, NAN },
		{ "negativePrompt", plan->negative, INT_NONE, NAN },
		{ "image", job->picture_ref, INT_NONE, NAN },
		{ "model", job->upstream, INT_NONE, NAN },
		{ "width", NULL, plan->width, NAN },
		{ "height", NULL, plan->height, NAN },
		{ "seed", NULL, plan->seed, NAN },
		{ "batch", NULL, film ? INT_NONE : job->count, NAN },
		{ "duration", NULL, film ? plan->seconds : INT_NONE, NAN },
		{ "fps", NULL, film ? plan->fps : INT_NONE, NAN },
		{ "frames", NULL, film ? plan->seconds * plan->fps : INT_NONE,
		    NAN },
		{ "strength", NULL, INT_NONE, plan->strength },
	};

	memcpy(out, fields, sizeof(fields));
}

void
plan_field_set(const struct plan_field *field, struct json_object *into,
    const char *member)
{
	if (field->text != NULL)
		json_set_text(into, member, field->text);
	else if (field->number != INT_NONE)
		json_set_int(into, member, field->number);
	else if (!isnan(field->real))
		json_set_real(into, member, field->real);
}

/* 0 says that it is not known. */
static void
known_write(struct jw *jw, const char *name, int64_t n)
{
	ask_int(jw, name, n == 0 ? INT_NONE : n);
}

static void
made_write(struct buf *buf, const struct job *job, const char *prompt)
{
	const struct plan *plan = &job->plan;
	struct jw jw;

	buf_clear(buf);
	jw_init(&jw, buf);
	jw_object(&jw);
	ask_text(&jw, "model", job->upstream);
	ask_text(&jw, "size", plan->size);
	ask_text(&jw, "resolution", plan->resolution);
	known_write(&jw, "width", plan->width);
	known_write(&jw, "height", plan->height);
	known_write(&jw, "duration", plan->seconds);
	known_write(&jw, "fps", plan->fps);
	ask_int(&jw, "seed", plan->seed);
	ask_real(&jw, "strength", plan->strength);
	ask_text(&jw, "style", plan->style);
	ask_text(&jw, "prompt", prompt);
	jw_end_object(&jw);
}

/* What is too long to be kept is left out: the prompt, or all of it. */
const char *
plan_write(struct ctx *cx, const struct job *job)
{
	const char *prompt = job->plan.prompt, *text;
	struct buf buf;

	buf_init(&buf, MADE_MAX);
	made_write(&buf, job, text_is(prompt, job->prompt) ? NULL : prompt);
	if (buf_overflowed(&buf))
		made_write(&buf, job, NULL);
	text = arena_strdup(
	    cx->arena, buf_overflowed(&buf) ? "{}" : buf_text(&buf));
	buf_release(&buf);
	return text;
}
