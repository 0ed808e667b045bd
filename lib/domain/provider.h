/*
 * provider - vendors and models as rows; choosing one for a request.
 */
#ifndef DOMAIN_PROVIDER_H
#define DOMAIN_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

struct provider {
	const char *id;
	const char *type; /* image, video, assistant */
	const char *name;
	const char *protocol;
	const char *url;
	const char *sealed_key;
	bool enabled;
	bool custom;
	const char *config; /* JSON or NULL */
	int64_t concurrency;
};

struct model {
	const char *provider_id;
	const char *id;
	const char *upstream;
	int64_t price;
	const char *status; /* active, deprecated, retired */
	const char *replacement;
	bool enabled;
	int64_t deadline_s;   /* INT_NONE: the configured one */
	const char *protocol; /* its own or its provider's */
	const char *config;   /* JSON or NULL; goes before its provider's */
	/* of its provider */
	const char *type;
	bool provider_enabled;
	int64_t concurrency;
	/* from model_choose() only */
	int64_t typical_ms; /* what the size class takes, INT_NONE unknown */
	int64_t queued;     /* tasks of the size class that wait */
};

/*
 * The model for a request: provider and model may each be NULL, then the
 * current configuration decides (for a film without a model: default_model).
 * A provider's id may stand in model's place ("sora"): its first enabled model
 * is meant.  ERR_UNKNOWN_MODEL, ERR_MODEL_RETIRED naming the replacement.
 */
enum err model_choose(struct ctx *, const char *type, const char *provider,
    const char *model, const char *default_model, const char *size_class,
    struct model *out) MUST_CHECK;

enum err
provider_find(struct ctx *, const char *id, struct provider *out) MUST_CHECK;
/* All of them, without their configurations. */
enum err provider_list(
    struct ctx *, struct provider **out, size_t *count_out) MUST_CHECK;
enum err model_find(struct ctx *, const char *provider, const char *id,
    struct model *out) MUST_CHECK;
enum err
model_list(struct ctx *, struct model **out, size_t *count_out) MUST_CHECK;
/* ERR_INVALID_FIELD when there are more than can be listed. */
enum err provider_room_check(struct ctx *) MUST_CHECK;
/*
 * May it be used?  field: which of the caller's words was wrong.
 * ERR_UNKNOWN_MODEL when it is not enabled, ERR_MODEL_RETIRED.
 */
enum err
model_check(struct ctx *, const char *field, const struct model *) MUST_CHECK;
/* The key in clear, "" when the provider has none. */
enum err provider_key(
    struct ctx *, const struct provider *, const char **key_out) MUST_CHECK;
/* Lists are read whole. */
#define PROVIDERS_MAX 1000 /* of all kinds */
#define MODELS_MAX 10000   /* of all of them together */
#define PROVIDER_URL_MAX 500
#define PROVIDER_KEY_MAX 1000
/* It goes into a header: ERR_INVALID_FIELD for what can't. */
enum err provider_key_check(struct ctx *, const char *key) MUST_CHECK;
/* NULL members are left as they are; key "" takes it away. */
struct provider_change {
	const char *url;
	const char *key;
	int64_t enabled;     /* INT_NONE, 0, 1 */
	int64_t concurrency; /* INT_NONE: as it is */
};
/* ERR_NOT_FOUND, ERR_INVALID_FIELD for a key that is none. */
enum err provider_change(
    struct ctx *, const char *id, const struct provider_change *) MUST_CHECK;
struct model_change {
	const char *upstream;
	int64_t price;    /* INT_NONE: as it is */
	int64_t position; /* in lists; INT_NONE: as it is */
	/* of a task; 0: as configured for all, INT_NONE: as it is */
	int64_t deadline_s;
	const char *status;
	const char *replacement;
};
/*
 * A model that is not there yet is made when it is said what the vendor calls
 * it.  ERR_NOT_FOUND, ERR_INVALID_FIELD for a name that is none.
 */
enum err model_change(struct ctx *, const char *provider, const char *id,
    const struct model_change *) MUST_CHECK;
/* A setting ("imageProvider"); NULL when it is not set. */
enum err
setting_get(struct ctx *, const char *name, const char **out) MUST_CHECK;
enum err
setting_set(struct ctx *, const char *name, const char *value) MUST_CHECK;

#endif
