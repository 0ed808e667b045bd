/*
 * The fields of the four calls, and a table of what follows from the kind.
 */
#include "config.h"

#include "domain/task_kind.h"

#include <inttypes.h>

#include "base/base.h"
#include "base/text.h"
#include "domain/task.h"

#define HD_SIDE 1024 /* a longer side is high definition */
#define SEED_MAX 4294967295.0

static const char *const resolutions[] = { "480p", "720p", "1080p", "4k",
	NULL };
/* Those of them that are high definition. */
static const char *const hd_resolutions[] = { "1080p", "4k" };

/* clang-format off */
#define PROMPT								\
	FIELD(struct task_new, prompt, .required = true, .trim = true,	\
	    RANGE(1, 4000), .about = "what to make"),			\
	FIELD(struct task_new, negative_prompt, RANGE(0, 4000),		\
	    .about = "what not to make"),				\
	FIELD(struct task_new, style, RANGE(0, 64),			\
	    .about = "a style"),					\
	FIELD(struct task_new, seed, .def = INT_NONE,			\
	    RANGE(0, SEED_MAX),						\
	    .about = "the same seed makes the same again, where possible")
#define CHOICE								\
	FIELD(struct task_new, provider, RANGE(1, 64),			\
	    .about = "id of a vendor; without it the configured one"),	\
	FIELD(struct task_new, model, RANGE(1, 100),			\
	    .about = "model, vendor, or both: gen-4, runway/gen-4")
#define IMAGE								\
	FIELD(struct task_new, width, .def = 1024, RANGE(256, 2048),	\
	    .multiple = 8, .about = "pixels"),				\
	FIELD(struct task_new, height, .def = 1024, RANGE(256, 2048),	\
	    .multiple = 8, .about = "pixels"),				\
	FIELD(struct task_new, num_images, .def = 1,			\
	    RANGE(1, TASK_IMAGES_MAX), .about = "how many")
#define VIDEO								\
	FIELD(struct task_new, duration, .def = 5, RANGE(1, 60),	\
	    .about = "seconds"),					\
	FIELD(struct task_new, fps, .def = 24, RANGE(1, 60),		\
	    .about = "frames a second"),				\
	FIELD(struct task_new, resolution, .def_text = "720p",		\
	    .one_of = resolutions, .about = "of the shorter side")
#define PICTURE								\
	FIELD(struct task_new, image_url, RANGE(1, 500),		\
	    .about = "an own upload, instead of the part image")
#define STRENGTH							\
	FIELD(struct task_new, strength, .def_real = 0.8, RANGE(0, 1),	\
	    .about = "0 keeps the picture, 1 ignores it")
/* clang-format on */

static const struct field text_to_image_fields[] = { PROMPT, IMAGE, CHOICE };
const struct shape text_to_image_shape =
    SHAPE(struct task_new, text_to_image_fields);

static const struct field image_to_image_fields[] = { PROMPT, IMAGE, STRENGTH,
	PICTURE, CHOICE };
const struct shape image_to_image_shape =
    SHAPE(struct task_new, image_to_image_fields);

static const struct field text_to_video_fields[] = { PROMPT, VIDEO, CHOICE };
const struct shape text_to_video_shape =
    SHAPE(struct task_new, text_to_video_fields);

static const struct field image_to_video_fields[] = { PROMPT, VIDEO, PICTURE,
	CHOICE };
const struct shape image_to_video_shape =
    SHAPE(struct task_new, image_to_video_fields);

/* ---- what is kept ---- */

/* clang-format off */
#define KEPT								\
	FIELD(struct task_new, negative_prompt, .omit_null = true),	\
	FIELD(struct task_new, style, .omit_null = true),		\
	FIELD(struct task_new, seed, .def = INT_NONE, .omit_null = true)
/* clang-format on */

static const struct field kept_image_fields[] = { KEPT,
	COLUMN(struct task_new, width), COLUMN(struct task_new, height),
	COLUMN(struct task_new, num_images) };
static const struct shape kept_image =
    SHAPE(struct task_new, kept_image_fields);

static const struct field kept_redraw_fields[] = { KEPT,
	COLUMN(struct task_new, width), COLUMN(struct task_new, height),
	COLUMN(struct task_new, num_images),
	COLUMN(struct task_new, strength) };
static const struct shape kept_redraw =
    SHAPE(struct task_new, kept_redraw_fields);

static const struct field kept_video_fields[] = { KEPT,
	COLUMN(struct task_new, duration), COLUMN(struct task_new, fps),
	COLUMN(struct task_new, resolution) };
static const struct shape kept_video =
    SHAPE(struct task_new, kept_video_fields);

static const struct task_kind kinds[] = {
	{ .name = "text_to_image",
	    .type = "image",
	    .input = &text_to_image_shape,
	    .kept = &kept_image },
	{ .name = "image_to_image",
	    .type = "image",
	    .from_image = true,
	    .input = &image_to_image_shape,
	    .kept = &kept_redraw },
	{ .name = "text_to_video",
	    .type = "video",
	    .film = true,
	    .default_model = "runway",
	    .input = &text_to_video_shape,
	    .kept = &kept_video },
	{ .name = "image_to_video",
	    .type = "video",
	    .film = true,
	    .from_image = true,
	    .default_model = "runway",
	    .input = &image_to_video_shape,
	    .kept = &kept_video },
};

const struct task_kind *
task_kind_find(const char *name)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (text_is(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

static const char *
image_size(const struct task_new *in)
{
	int64_t pixels = in->width * in->height;

	return pixels <= 512 * 512     ? "small"
	       : pixels <= 1024 * 1024 ? "medium"
				       : "large";
}

const char *
task_kind_size(
    struct ctx *cx, const struct task_kind *kind, const struct task_new *in)
{
	if (!kind->film)
		return image_size(in);
	return arena_printf(
	    cx->arena, "%s %" PRId64 "s", in->resolution, in->duration);
}

bool
task_kind_is_hd(const struct task_kind *kind, const struct task_new *in)
{
	if (!kind->film)
		return in->width > HD_SIDE || in->height > HD_SIDE;
	for (size_t i = 0; i < COUNT(hd_resolutions); i++)
		if (text_is(in->resolution, hd_resolutions[i]))
			return true;
	return false;
}

int64_t
task_kind_items(const struct task_kind *kind, const struct task_new *in)
{
	return kind->film ? 1 : in->num_images;
}

int64_t
task_kind_price(const struct task_kind *kind, const struct task_new *in,
    int64_t model_price)
{
	return kind->film ? model_price * in->duration : model_price;
}
