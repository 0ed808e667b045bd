/*
 * jwt - the checks around libjwt.
 *
 * libjwt 1.10 takes any HS* algorithm with one key, reads broken claims as 0,
 * and looks neither at "exp" nor at "crit" nor at members given twice.  So the
 * text is held against our own rules first, and only then is libjwt asked
 * whether the signature is right.
 */
#include "config.h"

#include "core/jwt.h"

#include <json-c/json.h>
#include <jwt.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_write.h"
#include "core/shape.h"

#define SECONDS_MAX 253402300799.0   /* the end of the year 9999 */
#define EPOCH_MAX 9007199254740992.0 /* 2^53 */
#define SIGNATURE_BYTES 32

struct header {
	const char *alg, *kid, *typ;
};

static const char *const algs[] = { "HS256", NULL };
static const char *const typs[] = { "JWT", NULL };

static const struct field header_fields[] = {
	FIELD(struct header, alg, .required = true, .one_of = algs),
	FIELD(struct header, kid, .required = true),
	FIELD(struct header, typ, .one_of = typs),
};
static const struct shape header_shape = SHAPE(struct header, header_fields);

static const struct field claims_fields[] = {
	FIELD(struct claims, sub, .required = true),
	FIELD(struct claims, jti, .required = true),
	FIELD(struct claims, iat, .required = true, RANGE(0, SECONDS_MAX)),
	FIELD(struct claims, exp, .required = true, RANGE(1, SECONDS_MAX)),
	FIELD(struct claims, epoch, .required = true, RANGE(0, EPOCH_MAX)),
};
static const struct shape claims_shape = SHAPE(struct claims, claims_fields);

/* The three parts between the dots. */
struct parts {
	const char *at[3];
	size_t len[3];
};

enum err
jwt_keys_read(struct ctx *cx, const char *path, struct jwt_keys *out)
{
	return key_file_read(
	    cx, path, JWT_KEY_BYTES_MIN, KEY_BYTES_MAX, &out->set);
}

static enum err
refuse(struct ctx *cx)
{
	return fault(cx, ERR_UNAUTHENTICATED, NULL, "the token is not valid");
}

/* ---- signing ---- */

static bool
token_fill(jwt_t *jwt, const struct key *key, const char *claims)
{
	return jwt_add_header(jwt, "kid", key->id) == 0 &&
	       jwt_add_grants_json(jwt, claims) == 0 &&
	       jwt_set_alg(jwt, JWT_ALG_HS256, key->bytes, (int)key->len) == 0;
}

enum err
jwt_sign(struct ctx *cx, const struct jwt_keys *keys,
    const struct claims *claims, const char **token_out)
{
	jwt_t *jwt = NULL;
	char *token = NULL;

	if (keys->set.count == 0)
		return fault(cx, ERR_INTERNAL, NULL, "no key to sign with");
	if (jwt_new(&jwt) == 0 && token_fill(jwt, &keys->set.key[0],
				      json_write(cx, &claims_shape, claims)))
		token = jwt_encode_str(jwt);
	jwt_free(jwt);
	if (token == NULL)
		return fault(cx, ERR_INTERNAL, NULL, "cannot sign a token");
	*token_out = arena_strdup(cx->arena, token);
	free(token);
	return ERR_OK;
}

/* ---- verifying ---- */

static bool
parts_split(const char *token, struct parts *out)
{
	for (int i = 0; i < 3; i++) {
		out->at[i] = token;
		out->len[i] = strcspn(token, ".");
		token += out->len[i];
		if (*token != (i < 2 ? '.' : '\0'))
			return false;
		token++;
	}
	return true;
}

/* A part as a JSON object by shape; members in refused must not be there. */
static enum err
part_read(struct ctx *cx, const struct parts *parts, int i,
    const char *const *refused, const struct shape *shape, void *out)
{
	struct json_object *object = NULL;
	uint8_t *text;
	size_t len;
	enum err e;

	if (!base64url_decode(
		cx->arena, parts->at[i], parts->len[i], &text, &len))
		return ERR_UNAUTHENTICATED;
	e = json_parse(cx, (const char *)text, len, &object);
	if (e)
		return e;
	e = json_read_value(cx, object, shape, out);
	for (; e == ERR_OK && *refused != NULL; refused++)
		if (json_object_object_get_ex(object, *refused, NULL))
			e = ERR_UNAUTHENTICATED;
	json_object_put(object);
	return e;
}

static bool
signature_has_form(struct ctx *cx, const struct parts *parts)
{
	uint8_t *bytes;
	size_t len;

	return base64url_decode(
		   cx->arena, parts->at[2], parts->len[2], &bytes, &len) &&
	       len == SIGNATURE_BYTES;
}

static bool
signature_is_right(const char *token, const struct key *key)
{
	jwt_t *jwt = NULL;
	bool right = jwt_decode(&jwt, token, key->bytes, (int)key->len) == 0 &&
		     jwt_get_alg(jwt) == JWT_ALG_HS256;

	jwt_free(jwt);
	return right;
}

enum err
jwt_lives(struct ctx *cx, const struct claims *claims, int64_t now_ms)
{
	if (claims->exp > now_ms / 1000)
		return ERR_OK;
	return fault(cx, ERR_TOKEN_EXPIRED, NULL, "the token has expired");
}

enum err
jwt_verify(struct ctx *cx, const struct jwt_keys *keys, const char *token,
    int64_t now_ms, struct claims *out)
{
	static const char *const header_refused[] = { "crit", "b64", NULL };
	static const char *const claims_refused[] = { "nbf", NULL };
	struct parts parts;
	struct header header;
	struct claims claims;
	const struct key *key;

	if (text_empty(token) ||
	    strnlen(token, JWT_LENGTH_MAX + 1) > JWT_LENGTH_MAX ||
	    !parts_split(token, &parts) || !signature_has_form(cx, &parts))
		return refuse(cx);
	if (part_read(cx, &parts, 0, header_refused, &header_shape, &header) ||
	    part_read(cx, &parts, 1, claims_refused, &claims_shape, &claims))
		return refuse(cx);
	key = keys_find(&keys->set, header.kid);
	if (key == NULL || !signature_is_right(token, key))
		return refuse(cx);
	fault_clear(cx);
	if (jwt_lives(cx, &claims, now_ms) != ERR_OK)
		return ERR_TOKEN_EXPIRED;
	*out = claims;
	return ERR_OK;
}
