#include "config.h"

#include "domain/provider_config.h"

#include "base/base.h"
#include "base/text.h"
#include "core/db.h"
#include "domain/provider.h"

static const char *const model_statuses[] = { "active", "deprecated", "retired",
	NULL };

static const struct field model_fields[] = {
	COLUMN(struct model_shown, id),
	FIELD(struct model_shown, status, .one_of = model_statuses,
	    .about = "at the vendor"),
	FIELD(struct model_shown, replacement, .nullable = true,
	    .about = "what to use instead"),
	FIELD(struct model_shown, price,
	    .about = "power for an image, a second of film or a message"),
};
const struct shape model_shown_shape = SHAPE(struct model_shown, model_fields);

static const struct field provider_fields[] = {
	COLUMN(struct provider_shown, id),
	COLUMN(struct provider_shown, name),
	COLUMN(struct provider_shown, enabled),
	FIELD(struct provider_shown, models, .about = "public names"),
	FIELD(struct provider_shown, model_info, .shape = &model_shown_shape),
};
static const struct shape provider_shape =
    SHAPE(struct provider_shown, provider_fields);

static const struct field providers_fields[] = {
	FIELD(struct providers_shown, image, .shape = &provider_shape),
	FIELD(struct providers_shown, video, .shape = &provider_shape),
	FIELD(struct providers_shown, assistant, .shape = &provider_shape),
};
const struct shape providers_shown_shape =
    SHAPE(struct providers_shown, providers_fields);

/* ---- what there is ---- */

void
provider_models_show(struct ctx *cx, const char *provider,
    struct list *names_out, struct list *info_out, const struct model *rows,
    size_t count)
{
	const char **names;
	struct model_shown *info;
	size_t n = 0;

	while (count > 0 && !text_is(rows->provider_id, provider)) {
		rows++;
		count--;
	}
	while (n < count && text_is(rows[n].provider_id, provider))
		n++;
	count = n;
	names = ARENA_ARRAY(cx->arena, count, const char *);
	info = ARENA_ARRAY(cx->arena, count, struct model_shown);
	n = 0;
	for (size_t i = 0; i < count; i++) {
		const struct model *m = &rows[i];

		if (!m->enabled)
			continue;
		names[n] = m->id;
		info[n++] = (struct model_shown){ m->id, m->status,
			m->replacement, m->price };
	}
	*names_out = (struct list){ names, n };
	*info_out = (struct list){ info, n };
}

/* Those of one type, in their order. */
static struct list
type_show(struct ctx *cx, const char *type, const struct provider *rows,
    size_t count, const struct model *models, size_t model_count)
{
	struct provider_shown *shown =
	    ARENA_ARRAY(cx->arena, count, struct provider_shown);
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (!text_is(rows[i].type, type))
			continue;
		shown[n].id = rows[i].id;
		shown[n].name = rows[i].name;
		shown[n].enabled = rows[i].enabled;
		provider_models_show(cx, rows[i].id, &shown[n].models,
		    &shown[n].model_info, models, model_count);
		n++;
	}
	return (struct list){ shown, n };
}

enum err
provider_catalogue(struct ctx *cx, struct providers_shown *out)
{
	struct provider *rows;
	struct model *models;
	size_t count, model_count;
	enum err e;

	e = provider_list(cx, &rows, &count);
	if (e)
		return e;
	e = model_list(cx, &models, &model_count);
	if (e)
		return e;
	out->image = type_show(cx, "image", rows, count, models, model_count);
	out->video = type_show(cx, "video", rows, count, models, model_count);
	out->assistant =
	    type_show(cx, "assistant", rows, count, models, model_count);
	return ERR_OK;
}

/* ---- the choice ---- */

#define CHOICE(m)                                                              \
	FIELD(struct provider_choice, m, RANGE(1, 100), .about = "an id")
static const struct field choice_fields[] = {
	CHOICE(image_provider),
	CHOICE(image_model),
	CHOICE(video_provider),
	CHOICE(video_model),
	CHOICE(assistant_provider),
	CHOICE(assistant_model),
};
const struct shape provider_choice_shape =
    SHAPE(struct provider_choice, choice_fields);

/* The two members of a type and the settings they are kept in. */
static const struct pair {
	const char *type, *provider_setting, *model_setting;
	size_t provider, model; /* offsets */
} pairs[] = {
	{ "image", "imageProvider", "imageModel",
	    offsetof(struct provider_choice, image_provider),
	    offsetof(struct provider_choice, image_model) },
	{ "video", "videoProvider", "videoModel",
	    offsetof(struct provider_choice, video_provider),
	    offsetof(struct provider_choice, video_model) },
	{ "assistant", "assistantProvider", "assistantModel",
	    offsetof(struct provider_choice, assistant_provider),
	    offsetof(struct provider_choice, assistant_model) },
};

static const char **
member(struct provider_choice *choice, size_t offset)
{
	return (const char **)(void *)((char *)choice + offset);
}

enum err
provider_choice_get(struct ctx *cx, struct provider_choice *out)
{
	struct provider_choice now = { 0 };

	for (size_t i = 0; i < COUNT(pairs); i++) {
		enum err e = setting_get(cx, pairs[i].provider_setting,
		    member(&now, pairs[i].provider));

		if (e == ERR_OK)
			e = setting_get(cx, pairs[i].model_setting,
			    member(&now, pairs[i].model));
		if (e)
			return e;
	}
	*out = now;
	return ERR_OK;
}

struct held {
	const char *id;
};
static const struct field held_fields[] = { COLUMN(struct held, id) };
static const struct shape held_shape = SHAPE(struct held, held_fields);

/* Whoever removes it waits until it is chosen, and mends the choice. */
DB_STMT(model_hold, "ss", &held_shape,
    "SELECT id FROM model WHERE provider_id = ? AND id = ?"
    " LOCK IN SHARE MODE");

/* Is there such a model, and may it be used? */
static enum err
pair_check(struct ctx *cx, const char *field, const char *type,
    const char *provider, const char *model)
{
	struct held held;
	struct model row;
	enum err e = ERR_NOT_FOUND;

	if (provider != NULL && model != NULL)
		e = db_find(cx, &held, &model_hold, text_ascii(provider),
		    text_ascii(model));
	if (e == ERR_OK)
		e = model_find(cx, provider, model, &row);
	if (e == ERR_NOT_FOUND || (e == ERR_OK && !text_is(row.type, type)))
		return fault(cx, ERR_UNKNOWN_MODEL, field,
		    "there is no %s model '%s' of '%s'", type,
		    model == NULL ? "" : model,
		    provider == NULL ? "" : provider);
	return e ? e : model_check(cx, field, &row);
}

struct choosing {
	struct provider_choice now, wanted;
};

static enum err
pair_set(struct ctx *cx, const struct pair *pair, struct choosing *c)
{
	const char *provider = *member(&c->wanted, pair->provider);
	const char *model = *member(&c->wanted, pair->model);
	const char *field =
	    model != NULL ? pair->model_setting : pair->provider_setting;
	enum err e;

	if (provider == NULL && model == NULL)
		return ERR_OK;
	if (provider == NULL)
		provider = *member(&c->now, pair->provider);
	if (model == NULL)
		model = *member(&c->now, pair->model);
	e = pair_check(cx, field, pair->type, provider, model);
	if (e)
		return e;
	e = setting_set(cx, pair->provider_setting, provider);
	return e ? e : setting_set(cx, pair->model_setting, model);
}

static enum err
choice_work(struct ctx *cx, void *arg)
{
	struct choosing *c = arg;
	enum err e = provider_choice_get(cx, &c->now);

	for (size_t i = 0; e == ERR_OK && i < COUNT(pairs); i++)
		e = pair_set(cx, &pairs[i], c);
	return e;
}

enum err
provider_choice_set(struct ctx *cx, const struct provider_choice *choice)
{
	struct choosing c = { .wanted = *choice };

	return db_transaction(cx, choice_work, &c);
}

enum err
provider_choice_use(
    struct ctx *cx, const char *type, const char *provider, const char *model)
{
	struct provider_choice choice = { 0 };

	for (size_t i = 0; i < COUNT(pairs); i++) {
		if (!text_is(pairs[i].type, type))
			continue;
		*member(&choice, pairs[i].provider) = provider;
		*member(&choice, pairs[i].model) = model;
	}
	return provider_choice_set(cx, &choice);
}

const struct db_stmt *const provider_config_stmts[] = { &model_hold, NULL };
