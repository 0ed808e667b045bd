/*
 * provider_config - vendors as people see and administrators change them.
 *
 * What a request uses is in provider.h.
 */
#ifndef DOMAIN_PROVIDER_CONFIG_H
#define DOMAIN_PROVIDER_CONFIG_H

#include <stdbool.h>

#include "core/ctx.h"
#include "core/shape.h"

/* ---- what there is ---- */

struct model;

struct model_shown {
	const char *id;
	const char *status; /* active, deprecated, retired */
	const char *replacement;
	int64_t price;
};
extern const struct shape model_shown_shape;
struct provider_shown {
	const char *id, *name;
	bool enabled;
	struct list models;     /* texts */
	struct list model_info; /* struct model_shown */
};
/* GET /config/providers: struct provider_shown each. */
struct providers_shown {
	struct list image, video, assistant;
};
extern const struct shape providers_shown_shape;

enum err
provider_catalogue(struct ctx *, struct providers_shown *out) MUST_CHECK;

/* ---- what is used when nothing else is asked for ---- */

/* NULL members: not chosen, or (to be set) as they are. */
struct provider_choice {
	const char *image_provider, *image_model;
	const char *video_provider, *video_model;
	const char *assistant_provider, *assistant_model;
};
extern const struct shape provider_choice_shape;

enum err
provider_choice_get(struct ctx *, struct provider_choice *out) MUST_CHECK;
/*
 * All of it or nothing.  ERR_UNKNOWN_MODEL for a pair that is unknown, of
 * another type, or not enabled; ERR_MODEL_RETIRED.
 */
enum err
provider_choice_set(struct ctx *, const struct provider_choice *) MUST_CHECK;
/* The same of one type. */
enum err provider_choice_use(struct ctx *, const char *type,
    const char *provider, const char *model) MUST_CHECK;

/* ---- those that administrators add (provider_custom.c) ---- */

struct provider_new {
	const char *type, *name, *api_url, *api_key;
	struct json_text
	    config; /* object: protocol, models and what it needs */
};
extern const struct shape provider_new_shape;

/* NULL members stay as they are; api_key "" takes it away. */
struct provider_edit {
	const char *type, *name, *api_url, *api_key;
	struct json_text config, enabled;
};
extern const struct shape provider_edit_shape;

/* As an administrator sees it: never the key. */
struct provider_custom {
	const char *id, *type, *name, *api_url, *protocol;
	bool enabled, has_key;
	struct list models, model_info;
	struct json_text config;
};
extern const struct shape provider_custom_shape;

/*
 * ERR_INVALID_FIELD: apiUrl is malformed or leads to a private address that
 * egress_allow does not name; config.protocol or config.models is none.
 */
enum err provider_custom_create(struct ctx *, const struct provider_new *,
    struct provider_custom *out) MUST_CHECK;
/* ERR_NOT_FOUND, also for the vendors that came with gesso. */
enum err provider_custom_change(struct ctx *, const char *id,
    const struct provider_edit *, struct provider_custom *out) MUST_CHECK;
/* Where it was chosen the first of those that remain is. ERR_NOT_FOUND. */
enum err provider_custom_delete(struct ctx *, const char *id) MUST_CHECK;

/* The models of one provider from the rows of all (for provider_custom.c). */
void
provider_models_show(struct ctx *, const char *provider, struct list *names_out,
    struct list *info_out, const struct model *rows, size_t count);

#endif
