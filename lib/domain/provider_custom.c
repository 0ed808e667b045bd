/*
 * Vendors that administrators add: checked, sealed, written with their models.
 */
#include "config.h"

#include "domain/provider_config.h"

#include <string.h>

#include "base/text.h"
#include "core/conf.h"
#include "core/db.h"
#include "core/egress.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "core/seal.h"
#include "core/url.h"
#include "domain/breaker.h"
#include "domain/provider.h"

#define CONFIG_MAX (256 * KIB)
#define CONFIG_MODELS_MAX 100
#define PRICE_MAX INT64_C(1000000000)

static const char *const types[] = { "image", "video", "assistant", NULL };

static const struct field new_fields[] = {
	FIELD(struct provider_new, type, .required = true, .one_of = types,
	    .about = "what it makes"),
	FIELD(struct provider_new, name, .required = true, .trim = true,
	    RANGE(1, 64), .about = "shown to people"),
	FIELD(struct provider_new, api_url, .required = true,
	    RANGE(1, PROVIDER_URL_MAX),
	    .about = "base address, as its documents call it"),
	FIELD(struct provider_new, api_key, .required = true,
	    RANGE(0, PROVIDER_KEY_MAX),
	    .about = "may be empty; never shown again"),
	FIELD(struct provider_new, config,
	    .about = "protocol, models, and what the protocol needs"),
};
const struct shape provider_new_shape = SHAPE(struct provider_new, new_fields);

static const struct field edit_fields[] = {
	FIELD(struct provider_edit, type, .one_of = types,
	    .about = "can't be changed"),
	FIELD(struct provider_edit, name, .trim = true, RANGE(1, 64)),
	FIELD(struct provider_edit, api_url, RANGE(1, PROVIDER_URL_MAX)),
	FIELD(struct provider_edit, api_key, RANGE(0, PROVIDER_KEY_MAX),
	    .about = "empty takes it away"),
	COLUMN(struct provider_edit, config),
	FIELD(struct provider_edit, enabled, .about = "true or false"),
};
const struct shape provider_edit_shape =
    SHAPE(struct provider_edit, edit_fields);

static const struct field custom_fields[] = {
	COLUMN(struct provider_custom, id),
	FIELD(struct provider_custom, type, .one_of = types),
	COLUMN(struct provider_custom, name),
	COLUMN(struct provider_custom, api_url),
	COLUMN(struct provider_custom, protocol),
	COLUMN(struct provider_custom, enabled),
	FIELD(struct provider_custom, has_key,
	    .about = "the key itself is never shown"),
	FIELD(struct provider_custom, models, .about = "public names"),
	FIELD(struct provider_custom, model_info, .shape = &model_shown_shape),
	FIELD(struct provider_custom, config, .json = "object"),
};
const struct shape provider_custom_shape =
    SHAPE(struct provider_custom, custom_fields);

/* ---- what was written ---- */

/* What a protocol can make. */
static const struct {
	const char *name;
	bool image, video, assistant;
} protocols[] = {
	{ "openai", true, true, true },
	{ "stability-v1", true, false, false },
	{ "stability-v2", true, false, false },
	{ "veo", false, true, false },
	{ "omni", false, true, false },
	{ "runway", true, true, false },
	{ "automatic1111", true, false, false },
	{ "comfyui", true, true, false },
	{ "replicate", true, true, false },
	{ "sandbox", true, true, true },
};

/* A custom vendor on its way into the tables; NULL members stay. */
struct writing {
	const char *id, *type, *name, *url, *protocol, *config;
	const char *key, *sealed; /* key NULL: as it is */
	int64_t enabled;          /* INT_NONE: as it is */
	struct json_object *models;
	bool models_given;
	struct provider_custom *out;
};

static enum err
protocol_check(struct ctx *cx, const char *type, const char *name)
{
	for (size_t i = 0; i < COUNT(protocols); i++) {
		if (!text_is(protocols[i].name, name))
			continue;
		if (text_is(type, "image")   ? protocols[i].image
		    : text_is(type, "video") ? protocols[i].video
					     : protocols[i].assistant)
			return ERR_OK;
		return fault(cx, ERR_INVALID_FIELD, "config.protocol",
		    "'%s' is no protocol for the type %s", name, type);
	}
	return fault(cx, ERR_INVALID_FIELD, "config.protocol",
	    "config.protocol is not known");
}

static enum err
url_check(struct ctx *cx, const char *text)
{
	struct url url;

	if (!url_parse(cx->arena, text, &url))
		return fault(cx, ERR_INVALID_FIELD, "apiUrl",
		    "apiUrl must be an http or https address without user, "
		    "query and fragment");
	if (!egress_may_host(cx->conf->egress_allow, url.host))
		return fault(cx, ERR_INVALID_FIELD, "apiUrl",
		    "apiUrl leads to a private or reserved address");
	return ERR_OK;
}

/* A graph, and where the request's fields go in it: [node, input] each. */
static enum err
comfyui_check(struct ctx *cx, struct json_object *config)
{
	struct json_object *workflow = json_find(config, "workflow");
	struct json_object *inputs = json_find(config, "inputs"), *place;
	const char *name;
	void *cursor = NULL;

	if (!json_is_object(workflow))
		return fault(cx, ERR_INVALID_FIELD, "config.workflow",
		    "comfyui needs config.workflow, a graph in its API form");
	if (!json_is_object(inputs))
		return fault(cx, ERR_INVALID_FIELD, "config.inputs",
		    "comfyui needs config.inputs");
	while (json_next(inputs, &cursor, &name, &place)) {
		const char *node = json_text_of(json_item(place, 0));

		if (json_count(place) != 2 || node == NULL ||
		    json_text_of(json_item(place, 1)) == NULL ||
		    json_at(workflow, node) == NULL)
			return fault(cx, ERR_INVALID_FIELD,
			    arena_printf(cx->arena, "config.inputs.%s", name),
			    "must be a node of the workflow and its input");
	}
	return ERR_OK;
}

/*
 * Parses config into *tree_out, which the caller frees, and w.  Absent: the
 * protocol is openai and there are no models.
 */
static enum err
config_check(struct ctx *cx, const char *text, struct writing *w,
    struct json_object **tree_out)
{
	struct json_object *config, *protocol;
	enum err e = json_parse(cx, text, strlen(text), &config);

	if (e)
		return e;
	*tree_out = config;
	if (!json_is_object(config) || strlen(text) > CONFIG_MAX)
		return fault(cx, ERR_INVALID_FIELD, "config",
		    "config must be an object of at most %zu bytes",
		    (size_t)CONFIG_MAX);
	protocol = json_at(config, "protocol");
	w->protocol = "openai";
	if (protocol != NULL) {
		w->protocol = json_text_of(protocol);
		if (w->protocol == NULL)
			w->protocol = "";
	}
	e = protocol_check(cx, w->type, w->protocol);
	if (e)
		return e;
	w->protocol = arena_strdup(cx->arena, w->protocol);
	w->config = text;
	w->models = json_at(config, "models");
	w->models_given = true;
	if (w->models != NULL && (!json_is_array(w->models) ||
				     json_count(w->models) > CONFIG_MODELS_MAX))
		return fault(cx, ERR_INVALID_FIELD, "config.models",
		    "config.models must be an array of at most %d",
		    CONFIG_MODELS_MAX);
	return text_is(w->protocol, "comfyui") ? comfyui_check(cx, config)
					       : ERR_OK;
}

/* ---- models ---- */

DB_STMT(models_mark, "s", NULL,
    "UPDATE model SET position = -1 WHERE provider_id = ?");
DB_STMT(models_drop, "s", NULL,
    "DELETE FROM model WHERE provider_id = ? AND position = -1");

/* "name" or {"id":...,"upstream":...,"price":...} */
static enum err
model_write(struct ctx *cx, const char *provider, struct json_object *item,
    int64_t position)
{
	struct model_change change = {
		.price = INT_NONE,
		.position = position,
		.deadline_s = INT_NONE,
	};
	const char *id = json_text_of(item);
	enum err e;

	if (json_is_object(item)) {
		struct json_object *price = json_at(item, "price");

		id = json_text_at(item, "id");
		change.upstream = json_text_at(item, "upstream");
		if (price != NULL) {
			change.price = json_int_of(price);
			if (change.price < 0 || change.price > PRICE_MAX)
				return fault(cx, ERR_INVALID_FIELD,
				    "config.models",
				    "a price is a whole number from 0 on");
		}
	}
	if (id == NULL)
		return fault(cx, ERR_INVALID_FIELD, "config.models",
		    "a model is a name, or an object with an id");
	if (change.upstream == NULL)
		change.upstream = id;
	e = model_change(cx, provider, id, &change);
	if (e == ERR_INVALID_FIELD)
		cx->fault.field = "config.models";
	return e;
}

static enum err
models_write(struct ctx *cx, const struct writing *w)
{
	enum err e = db_run(cx, NULL, &models_mark, w->id);

	for (size_t i = 0; e == ERR_OK && i < json_count(w->models); i++)
		e = model_write(cx, w->id, json_item(w->models, i), (int64_t)i);
	if (e == ERR_OK)
		e = db_run(cx, NULL, &models_drop, w->id);
	return e ? e : provider_room_check(cx);
}

/* ---- rows ---- */

DB_STMT(custom_insert, "sssssss", NULL,
    "INSERT INTO provider (id, type, name, protocol, url, sealed_key, config,"
    "       enabled, custom)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, TRUE, TRUE)");
DB_STMT(custom_update, "ssssisis", NULL,
    "UPDATE provider"
    "   SET name = COALESCE(?, name), url = COALESCE(?, url),"
    "       protocol = COALESCE(?, protocol), config = COALESCE(?, config),"
    "       sealed_key = IF(? = 1, ?, sealed_key),"
    "       enabled = COALESCE(?, enabled)"
    " WHERE id = ? AND custom");
DB_STMT(custom_delete, "s", NULL,
    "DELETE FROM provider WHERE id = ? AND custom");
DB_STMT(models_delete, "s", NULL, "DELETE FROM model WHERE provider_id = ?");

/* As it is now, for the reply. */
static enum err
custom_show(struct ctx *cx, const char *id, struct provider_custom *out)
{
	struct provider row;
	struct model *models;
	size_t count;
	enum err e = provider_find(cx, id, &row);

	if (e)
		return e;
	e = model_list(cx, &models, &count);
	if (e)
		return e;
	*out = (struct provider_custom){
		.id = row.id,
		.type = row.type,
		.name = row.name,
		.api_url = row.url,
		.protocol = row.protocol,
		.enabled = row.enabled,
		.has_key = !text_empty(row.sealed_key),
		.config = { row.config },
	};
	provider_models_show(
	    cx, id, &out->models, &out->model_info, models, count);
	return ERR_OK;
}

/* ---- the choice ---- */

struct pair_row {
	const char *provider, *model;
};
static const struct field pair_fields[] = {
	COLUMN(struct pair_row, provider),
	COLUMN(struct pair_row, model),
};
static const struct shape pair_shape = SHAPE(struct pair_row, pair_fields);

DB_STMT(pair_best, "s", &pair_shape,
    "SELECT p.id AS provider, m.id AS model"
    "  FROM provider p JOIN model m ON m.provider_id = p.id"
    " WHERE p.type = ?"
    " ORDER BY p.enabled AND m.enabled DESC, m.status = 'retired',"
    "       p.position, p.id, m.position, m.id LIMIT 1");

/* Nobody may be left with a choice that is gone. */
static enum err
choice_mend(struct ctx *cx, const char *type)
{
	const char *provider_name = arena_printf(cx->arena, "%sProvider", type);
	const char *model_name = arena_printf(cx->arena, "%sModel", type);
	const char *provider, *model;
	struct pair_row best;
	struct model row;
	enum err e = setting_get(cx, provider_name, &provider);

	if (e == ERR_OK)
		e = setting_get(cx, model_name, &model);
	if (e != ERR_OK || provider == NULL || model == NULL)
		return e;
	e = model_find(cx, provider, model, &row);
	if (e == ERR_NOT_FOUND)
		e = db_find(cx, &best, &pair_best, type);
	else
		return e;
	if (e == ERR_OK)
		e = setting_set(cx, provider_name, best.provider);
	if (e == ERR_OK)
		e = setting_set(cx, model_name, best.model);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
create_work(struct ctx *cx, void *arg)
{
	const struct writing *w = arg;
	enum err e = db_run(cx, NULL, &custom_insert, w->id, w->type, w->name,
	    w->protocol, w->url, w->sealed, w->config);

	if (e == ERR_OK)
		e = models_write(cx, w);
	return e ? e : custom_show(cx, w->id, w->out);
}

static enum err
change_work(struct ctx *cx, void *arg)
{
	const struct writing *w = arg;
	enum err e = db_run(cx, NULL, &custom_update, w->name, w->url,
	    w->protocol, w->config, w->key == NULL ? INT64_C(0) : INT64_C(1),
	    w->sealed, w->enabled, w->id);

	if (e == ERR_OK && w->models_given)
		e = models_write(cx, w);
	if (e == ERR_OK)
		e = choice_mend(cx, w->type);
	if (e == ERR_OK) /* whatever was wrong with it may be right now */
		e = breaker_succeed(cx, w->id);
	return e ? e : custom_show(cx, w->id, w->out);
}

static enum err
key_seal(struct ctx *cx, struct writing *w)
{
	enum err e;

	if (text_empty(w->key))
		return ERR_OK;
	e = provider_key_check(cx, w->key);
	return e ? e
		 : seal_text(
		       cx, cx->conf->seal_key_file, w->id, w->key, &w->sealed);
}

/* What both have in common: checks, then one transaction. */
static enum err
custom_write(struct ctx *cx, struct writing *w, const char *config,
    enum err (*work)(struct ctx *, void *))
{
	struct json_object *tree = NULL;
	enum err e = ERR_OK;

	if (w->url != NULL)
		e = url_check(cx, w->url);
	if (e == ERR_OK && config != NULL)
		e = config_check(cx, config, w, &tree);
	if (e == ERR_OK)
		e = key_seal(cx, w);
	if (e == ERR_OK)
		e = db_transaction(cx, work, w);
	json_free(tree);
	return e;
}

enum err
provider_custom_create(
    struct ctx *cx, const struct provider_new *in, struct provider_custom *out)
{
	struct uuid id = uuid_new();
	struct writing w = {
		.id = uuid_format(&id, arena_alloc(cx->arena, UUID_TEXT)),
		.type = in->type,
		.name = in->name,
		.url = in->api_url,
		.key = in->api_key,
		.out = out,
	};

	return custom_write(cx, &w,
	    in->config.text == NULL ? "{}" : in->config.text, create_work);
}

enum err
provider_custom_change(struct ctx *cx, const char *id,
    const struct provider_edit *in, struct provider_custom *out)
{
	struct writing w = {
		.id = id,
		.name = in->name,
		.url = in->api_url,
		.key = in->api_key,
		.enabled = INT_NONE,
		.out = out,
	};
	struct provider row;
	bool enabled;
	enum err e = provider_find(cx, id, &row);

	if (e)
		return e;
	if (!row.custom)
		return ERR_NOT_FOUND;
	if (in->type != NULL && !text_is(in->type, row.type))
		return fault(
		    cx, ERR_INVALID_FIELD, "type", "the type can't be changed");
	if (in->enabled.text != NULL) {
		if (!text_is(in->enabled.text, "true") &&
		    !text_is(in->enabled.text, "false"))
			return fault(cx, ERR_INVALID_FIELD, "enabled",
			    "enabled must be true or false");
		enabled = text_is(in->enabled.text, "true");
		w.enabled = enabled ? 1 : 0;
	}
	w.type = row.type;
	return custom_write(cx, &w, in->config.text, change_work);
}

/* ---- removing ---- */

static enum err
delete_work(struct ctx *cx, void *arg)
{
	const char *id = arg;
	struct provider row;
	uint64_t gone;
	enum err e = provider_find(cx, id, &row);

	if (e)
		return e;
	/* the vendor, then its models, as whoever changes it takes them */
	e = db_run(cx, &gone, &custom_delete, id);
	if (e == ERR_OK && gone != 1)
		return ERR_NOT_FOUND;
	if (e == ERR_OK)
		e = db_run(cx, NULL, &models_delete, id);
	if (e == ERR_OK)
		e = breaker_succeed(cx, id);
	return e ? e : choice_mend(cx, row.type);
}

enum err
provider_custom_delete(struct ctx *cx, const char *id)
{
	return db_transaction(cx, delete_work, arena_strdup(cx->arena, id));
}

const struct db_stmt *const provider_custom_stmts[] = { &models_mark,
	&models_drop, &custom_insert, &custom_update, &custom_delete,
	&models_delete, &pair_best, NULL };
