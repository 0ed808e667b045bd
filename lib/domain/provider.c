#include "domain/provider.h"

#include <string.h>

#include "base/text.h"
#include "core/conf.h"
#include "core/db.h"
#include "core/seal.h"
#include "domain/breaker.h"

#define MODEL_NAME_MAX 100

static const struct field provider_fields[] = {
	COLUMN(struct provider, id),
	COLUMN(struct provider, type),
	COLUMN(struct provider, name),
	COLUMN(struct provider, protocol),
	COLUMN(struct provider, url),
	COLUMN(struct provider, sealed_key),
	COLUMN(struct provider, enabled),
	COLUMN(struct provider, custom),
	COLUMN(struct provider, config),
	COLUMN(struct provider, concurrency),
};
static const struct shape provider_shape =
    SHAPE(struct provider, provider_fields);

static const struct field model_fields[] = {
	COLUMN(struct model, provider_id),
	COLUMN(struct model, id),
	COLUMN(struct model, upstream),
	COLUMN(struct model, price),
	COLUMN(struct model, status),
	COLUMN(struct model, replacement),
	COLUMN(struct model, enabled),
	COLUMN(struct model, deadline_s),
	COLUMN(struct model, protocol),
	COLUMN(struct model, config),
	COLUMN(struct model, type),
	COLUMN(struct model, provider_enabled),
	COLUMN(struct model, concurrency),
	COLUMN(struct model, typical_ms),
	COLUMN(struct model, queued),
};
static const struct shape model_shape = SHAPE(struct model, model_fields);

#define PROVIDER_COLUMNS_WITH(config)                                          \
	"id, type, name, protocol, url, sealed_key, enabled, custom," config   \
	" concurrency"
#define PROVIDER_COLUMNS PROVIDER_COLUMNS_WITH(" config,")
/* A thousand configurations are more than anybody has room for. */
#define PROVIDER_LISTED PROVIDER_COLUMNS_WITH(" NULL AS config,")
#define MODEL_COLUMNS                                                          \
	"m.provider_id, m.id, m.upstream, m.price, m.status, m.replacement,"   \
	" m.enabled, m.deadline_s,"                                            \
	" COALESCE(m.protocol, p.protocol) AS protocol, m.config, p.type,"     \
	" p.enabled AS provider_enabled, p.concurrency"
/* How long it takes, and how many like it wait: a key of task counts them. */
#define MODEL_LOAD                                                             \
	", e.typical_ms, (SELECT COUNT(*) FROM task t"                         \
	"   WHERE t.provider_id = m.provider_id AND t.model_id = m.id"         \
	"     AND t.size_class = e.size_class AND t.state = 'queued') AS queued"
#define NO_LOAD ", NULL AS typical_ms, 0 AS queued"

DB_STMT(provider_by_id, "s", &provider_shape,
    "SELECT " PROVIDER_COLUMNS " FROM provider WHERE id = ?");
DB_STMT(provider_all, "", &provider_shape,
    "SELECT " PROVIDER_LISTED " FROM provider ORDER BY type, position, id");
DB_STMT(model_by_id, "ss", &model_shape,
    "SELECT " MODEL_COLUMNS NO_LOAD
    "  FROM model m JOIN provider p ON p.id = m.provider_id"
    " WHERE m.provider_id = ? AND m.id = ?");
DB_STMT(model_all, "", &model_shape,
    "SELECT " MODEL_COLUMNS NO_LOAD
    "  FROM model m JOIN provider p ON p.id = m.provider_id"
    " ORDER BY p.type, p.position, p.id, m.position, m.id");

/*
 * Who could be meant, best first: a model of that name before a provider of
 * that id or name ("DALL-E"), the vendors in use before others, by their order.
 * Parameters: size class, type, provider or NULL twice, name six times.
 */
DB_STMT(model_named, "ssssssssss", &model_shape,
    "SELECT " MODEL_COLUMNS MODEL_LOAD
    "  FROM model m JOIN provider p ON p.id = m.provider_id"
    "  LEFT JOIN estimate e ON e.provider_id = m.provider_id"
    "   AND e.model_id = m.id AND e.size_class = ?"
    " WHERE p.type = ? AND (? IS NULL OR p.id = ?)"
    "   AND (? IS NULL OR m.id = ? OR p.id = ? OR p.name = ?"
    "     OR CONCAT(p.id, '/', m.id) = ?)"
    " ORDER BY m.id = ? DESC, p.enabled AND m.enabled DESC,"
    "       m.status = 'retired', p.position, p.id, m.position, m.id"
    " LIMIT 1");

/* The model that administrators chose for this type. */
DB_STMT(model_current, "sss", &model_shape,
    "SELECT " MODEL_COLUMNS MODEL_LOAD
    "  FROM setting sp"
    "  JOIN setting sm ON sm.name = REPLACE(sp.name, 'Provider', 'Model')"
    "  JOIN provider p ON p.id = sp.value"
    "  JOIN model m ON m.provider_id = p.id AND m.id = sm.value"
    "  LEFT JOIN estimate e ON e.provider_id = m.provider_id"
    "   AND e.model_id = m.id AND e.size_class = ?"
    " WHERE sp.name = CONCAT(?, 'Provider') AND p.type = ?");

enum err
provider_find(struct ctx *cx, const char *id, struct provider *out)
{
	return db_find(cx, out, &provider_by_id, text_ascii(id));
}

enum err
provider_list(struct ctx *cx, struct provider **out, size_t *count_out)
{
	return db_list(cx, out, count_out, PROVIDERS_MAX, &provider_all);
}

enum err
model_find(
    struct ctx *cx, const char *provider, const char *id, struct model *out)
{
	return db_find(
	    cx, out, &model_by_id, text_ascii(provider), text_ascii(id));
}

enum err
model_list(struct ctx *cx, struct model **out, size_t *count_out)
{
	return db_list(cx, out, count_out, MODELS_MAX, &model_all);
}

struct tally {
	int64_t providers, models;
};
static const struct field tally_fields[] = {
	COLUMN(struct tally, providers),
	COLUMN(struct tally, models),
};
static const struct shape tally_shape = SHAPE(struct tally, tally_fields);

DB_STMT(provider_tally, "", &tally_shape,
    "SELECT (SELECT COUNT(*) FROM provider) AS providers,"
    "       (SELECT COUNT(*) FROM model) AS models");

enum err
provider_room_check(struct ctx *cx)
{
	struct tally now;
	enum err e = db_find(cx, &now, &provider_tally);

	if (e)
		return e;
	if (now.providers > PROVIDERS_MAX)
		return fault(cx, ERR_INVALID_FIELD, NULL,
		    "a site has %d vendors at most", PROVIDERS_MAX);
	if (now.models > MODELS_MAX)
		return fault(cx, ERR_INVALID_FIELD, "config.models",
		    "a site has %d models at most", MODELS_MAX);
	return ERR_OK;
}

enum err
model_check(struct ctx *cx, const char *field, const struct model *model)
{
	if (!model->enabled || !model->provider_enabled)
		return fault(cx, ERR_UNKNOWN_MODEL, field,
		    "'%s' of '%s' is not enabled", model->id,
		    model->provider_id);
	if (!text_is(model->status, "retired"))
		return ERR_OK;
	if (model->replacement == NULL)
		return fault(cx, ERR_MODEL_RETIRED, field,
		    "'%s' has been shut down by its vendor", model->id);
	fault(cx, ERR_MODEL_RETIRED, field,
	    "'%s' has been shut down by its vendor; use '%s'", model->id,
	    model->replacement);
	cx->fault.extra = arena_printf(
	    cx->arena, "\"replacement\":\"%s\"", model->replacement);
	return ERR_MODEL_RETIRED;
}

enum err
model_choose(struct ctx *cx, const char *type, const char *provider,
    const char *model, const char *default_model, const char *size_class,
    struct model *out)
{
	const char *field =
	    model == NULL && provider != NULL ? "provider" : "model";
	const char *id;
	struct model found;
	enum err e;

	if (provider == NULL && model == NULL)
		model = default_model;
	provider = text_ascii(provider);
	id = text_ascii(model);
	if (provider == NULL && model == NULL)
		e = db_find(cx, &found, &model_current, size_class, type, type);
	else
		e = db_find(cx, &found, &model_named, size_class, type,
		    provider, provider, id, id, id, model, id,
		    id == NULL ? "" : id);
	if (e == ERR_NOT_FOUND)
		return fault(cx, ERR_UNKNOWN_MODEL, field,
		    "there is no such %s model", type);
	if (e)
		return e;
	e = model_check(cx, field, &found);
	if (e)
		return e;
	*out = found;
	return ERR_OK;
}

enum err
provider_key(
    struct ctx *cx, const struct provider *provider, const char **key_out)
{
	if (text_empty(provider->sealed_key)) {
		*key_out = "";
		return ERR_OK;
	}
	return seal_open(cx, cx->conf->seal_key_file, provider->id,
	    provider->sealed_key, key_out);
}

enum err
provider_key_check(struct ctx *cx, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < len; i++)
		if (key[i] < ' ' || key[i] > '~')
			return fault(cx, ERR_INVALID_FIELD, "apiKey",
			    "apiKey must be printable ASCII");
	if (len > PROVIDER_KEY_MAX)
		return fault(cx, ERR_INVALID_FIELD, "apiKey",
		    "apiKey has %d characters at most", PROVIDER_KEY_MAX);
	return ERR_OK;
}

DB_STMT(provider_update, "siisis", NULL,
    "UPDATE provider"
    "   SET url = COALESCE(?, url), enabled = COALESCE(?, enabled),"
    "       sealed_key = IF(? = 1, ?, sealed_key),"
    "       concurrency = COALESCE(?, concurrency)"
    " WHERE id = ?");

/* A vendor on its way into the table. */
struct changing {
	const char *id, *sealed;
	const struct provider_change *change;
};

static enum err
change_work(struct ctx *cx, void *arg)
{
	const struct changing *c = arg;
	uint64_t matched;
	enum err e = db_run(cx, &matched, &provider_update, c->change->url,
	    c->change->enabled,
	    c->change->key == NULL ? INT64_C(0) : INT64_C(1), c->sealed,
	    c->change->concurrency, c->id);

	if (e == ERR_OK && matched != 1)
		return fault(cx, ERR_NOT_FOUND, NULL,
		    "there is no provider '%s'", c->id);
	/* whatever was wrong with it may be right now */
	return e ? e : breaker_succeed(cx, c->id);
}

enum err
provider_change(
    struct ctx *cx, const char *id, const struct provider_change *change)
{
	struct changing c = { id, NULL, change };
	enum err e;

	if (!text_empty(change->key)) {
		e = provider_key_check(cx, change->key);
		if (e == ERR_OK)
			e = seal_text(cx, cx->conf->seal_key_file, id,
			    change->key, &c.sealed);
		if (e)
			return e;
	}
	return db_transaction(cx, change_work, &c);
}

/* Letters, digits and what else vendors put into names. */
static bool
name_valid(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789._:/@+-");

	return len > 0 && len <= MODEL_NAME_MAX && name[len] == '\0';
}

DB_STMT(model_update, "siiiisssss", NULL,
    "UPDATE model"
    "   SET upstream = COALESCE(?, upstream), price = COALESCE(?, price),"
    "       position = COALESCE(?, position),"
    "       deadline_s = IF(? = 0, NULL, COALESCE(?, deadline_s)),"
    "       status = COALESCE(?, status),"
    "       replacement = IF(? = 'active', NULL, COALESCE(?, replacement))"
    " WHERE provider_id = ? AND id = ?");
DB_STMT(model_insert, "ssissiis", NULL,
    "INSERT INTO model (provider_id, id, upstream, price, status,"
    "       replacement, position, deadline_s)"
    "SELECT p.id, ?, ?, COALESCE(?, CASE p.type WHEN 'image' THEN 1"
    "           WHEN 'video' THEN 2 ELSE 0 END),"
    "       COALESCE(?, 'active'), ?, COALESCE(?, 100), NULLIF(?, 0)"
    "  FROM provider p WHERE p.id = ? LOCK IN SHARE MODE");

enum err
model_change(struct ctx *cx, const char *provider, const char *id,
    const struct model_change *change)
{
	const char *const names[] = { id, change->upstream,
		change->replacement };
	uint64_t matched;
	enum err e;

	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i] != NULL && !name_valid(names[i]))
			return fault(cx, ERR_INVALID_FIELD, "models",
			    "a model's name has 1 to %d letters, digits and "
			    "._:/@+-",
			    MODEL_NAME_MAX);
	e = db_run(cx, &matched, &model_update, change->upstream, change->price,
	    change->position, change->deadline_s, change->deadline_s,
	    change->status, change->status, change->replacement, provider, id);
	if (e == ERR_OK && matched == 0 && change->upstream != NULL)
		e = db_run(cx, &matched, &model_insert, id, change->upstream,
		    change->price, change->status, change->replacement,
		    change->position, change->deadline_s, provider);
	if (e == ERR_OK && matched != 1)
		return fault(cx, ERR_NOT_FOUND, NULL,
		    "there is no model '%s/%s'", provider, id);
	return e;
}

struct setting {
	const char *value;
};
static const struct field setting_fields[] = { COLUMN(struct setting, value) };
static const struct shape setting_shape = SHAPE(struct setting, setting_fields);

DB_STMT(setting_by_name, "s", &setting_shape,
    "SELECT value FROM setting WHERE name = ?");
DB_STMT(setting_put, "ss", NULL,
    "INSERT INTO setting (name, value) VALUES (?, ?)"
    " ON DUPLICATE KEY UPDATE value = VALUES(value)");

enum err
setting_get(struct ctx *cx, const char *name, const char **out)
{
	struct setting row;
	enum err e = db_find(cx, &row, &setting_by_name, name);

	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	*out = e == ERR_OK ? row.value : NULL;
	return ERR_OK;
}

enum err
setting_set(struct ctx *cx, const char *name, const char *value)
{
	return db_run(cx, NULL, &setting_put, name, value);
}

const struct db_stmt *const provider_stmts[] = { &provider_by_id, &provider_all,
	&provider_tally, &model_by_id, &model_all, &model_named, &model_current,
	&provider_update, &model_update, &model_insert, &setting_by_name,
	&setting_put, NULL };
