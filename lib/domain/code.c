#include "config.h"

#include "domain/code.h"

#include <string.h>

#include "base/encode.h"
#include "core/db.h"
#include "domain/power.h"
#include "domain/throttle.h"

#define CODE_LENGTH 20 /* characters of 5 bits */
#define CODE_GROUP 5
#define TAIL_LENGTH 4
#define TRIES_MAX 10
#define TRIES_WINDOW_S 600
#define DAY_MS INT64_C(86400000)

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static const struct field redeem_fields[] = {
	FIELD(struct redeem, code, .required = true, RANGE(1, 200),
	    .about = "a redemption code"),
};
const struct shape redeem_shape = SHAPE(struct redeem, redeem_fields);

static const struct field redeemed_fields[] = {
	FIELD(struct redeemed, amount, .about = "power that was in it"),
	FIELD(struct redeemed, balance, .about = "what can be spent now"),
	FIELD(struct redeemed, transaction_id, .nullable = true,
	    .about = "null when there was no power in it"),
	FIELD(struct redeemed, hd_count, .omit_null = true,
	    .about = "high-definition generations that were in it"),
	FIELD(struct redeemed, vip_level, .omit_null = true,
	    .about = "the level that one has now"),
	FIELD(struct redeemed, vip_until, .omit_null = true,
	    .about = "the end of the level"),
};
const struct shape redeemed_shape = SHAPE(struct redeemed, redeemed_fields);

/* ---- the text ---- */

/* The value of a character, -1 for one that no code has. */
static int
digit_value(char c)
{
	const char *at;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
	at = c == '\0' ? NULL : strchr(alphabet, c);
	return at == NULL ? -1 : (int)(at - alphabet);
}

/* Its 20 characters without what doesn't matter; false when it is no code. */
static bool
code_normalize(const char *text, char out[CODE_LENGTH + 1])
{
	size_t len = 0;

	for (; *text != '\0'; text++) {
		int value = digit_value(*text);

		if (*text == '-' || *text == ' ')
			continue;
		if (value < 0 || len == CODE_LENGTH)
			return false;
		out[len++] = alphabet[value];
	}
	out[len] = '\0';
	return len == CODE_LENGTH;
}

/* What is kept of it; false when it is no code. */
static bool
code_hash(const char *text, uint8_t out[32])
{
	char code[CODE_LENGTH + 1];

	if (!code_normalize(text, code))
		return false;
	sha256(code, CODE_LENGTH, out);
	return true;
}

static void
code_random(char out[CODE_LENGTH + 1])
{
	for (size_t i = 0; i < CODE_LENGTH; i++)
		out[i] = alphabet[random_below(sizeof(alphabet) - 1)];
	out[CODE_LENGTH] = '\0';
}

/* "ABCDEFGH..." -> "ABCDE-FGH..." */
static const char *
code_format(struct arena *a, const char *code)
{
	char *text = arena_alloc(a, CODE_LENGTH + CODE_LENGTH / CODE_GROUP);
	char *at = text;

	for (size_t i = 0; i < CODE_LENGTH; i++) {
		if (i > 0 && i % CODE_GROUP == 0)
			*at++ = '-';
		*at++ = code[i];
	}
	return text;
}

/* ---- making ---- */

DB_STMT(code_insert, "bsiiiiit", NULL,
    "INSERT INTO redemption_code (hash, tail, power, gifted, hd, vip_days,"
    "       max_uses, expires_at, created_at)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, NOW(3))");

enum err
code_create(struct ctx *cx, const struct code_new *in, const char **text_out)
{
	char code[CODE_LENGTH + 1];
	uint8_t hash[32];
	enum err e;

	code_random(code);
	sha256(code, CODE_LENGTH, hash);
	e = db_run(cx, NULL, &code_insert, hash, sizeof(hash),
	    code + CODE_LENGTH - TAIL_LENGTH, in->power, in->gifted, in->hd,
	    in->vip_days, in->per_user ? INT_NONE : INT64_C(1), in->expires_ms);
	if (e == ERR_OK)
		*text_out = code_format(cx->arena, code);
	return e;
}

/* ---- redeeming ---- */

/* Only while it may be used: the row that matched is the licence. */
DB_STMT(code_use, "b", NULL,
    "UPDATE redemption_code SET uses = uses + 1"
    " WHERE hash = ? AND (max_uses IS NULL OR uses < max_uses)"
    "   AND (expires_at IS NULL OR expires_at > NOW(3))");
DB_STMT(redemption_insert, "bu", NULL,
    "INSERT INTO redemption (code_hash, account_id, created_at)"
    "VALUES (?, ?, NOW(3))");

struct worth {
	const char *tail;
	int64_t power, gifted, hd, vip_days;
};
static const struct field worth_fields[] = {
	COLUMN(struct worth, tail),
	COLUMN(struct worth, power),
	COLUMN(struct worth, gifted),
	COLUMN(struct worth, hd),
	COLUMN(struct worth, vip_days),
};
static const struct shape worth_shape = SHAPE(struct worth, worth_fields);

DB_STMT(code_worth, "b", &worth_shape,
    "SELECT tail, power, gifted, hd, vip_days FROM redemption_code"
    " WHERE hash = ?");

enum err
code_find(struct ctx *cx, const char *text)
{
	uint8_t hash[32];
	struct worth worth;

	if (!code_hash(text, hash))
		return ERR_NOT_FOUND;
	return db_find(cx, &worth, &code_worth, hash, sizeof(hash));
}

struct standing {
	int64_t power_available, vip_level;
	struct stamp vip_until, now;
};
static const struct field standing_fields[] = {
	COLUMN(struct standing, power_available),
	COLUMN(struct standing, vip_level),
	COLUMN(struct standing, vip_until),
	COLUMN(struct standing, now),
};
static const struct shape standing_shape =
    SHAPE(struct standing, standing_fields);

DB_STMT(standing_lock, "u", &standing_shape,
    "SELECT power_available, IF(vip_until <= NOW(3), 0, vip_level)"
    "           AS vip_level,"
    "       vip_until, NOW(3) AS now"
    "  FROM account WHERE id = ? FOR UPDATE");
DB_STMT(standing_raise, "iitu", NULL,
    "UPDATE account SET hd_count = hd_count + ?, vip_level = ?,"
    "       vip_until = ?"
    " WHERE id = ?");

/* A code on its way. */
struct redemption {
	const struct uuid *account;
	uint8_t hash[32];
	code_seal seal;
	void *arg;
};

/* Level 1 at least, for so many days behind what one has. */
static void
vip_extend(struct standing *s, int64_t days)
{
	int64_t from = s->now.ms;

	if (s->vip_level > 0 && s->vip_until.ms == TIME_NONE)
		return; /* has no end */
	if (s->vip_level > 0)
		from = s->vip_until.ms;
	else
		s->vip_level = 1;
	s->vip_until.ms = from + days * DAY_MS;
}

static enum err
plan_raise(struct ctx *cx, const struct uuid *account, const struct worth *w,
    struct redeemed *out)
{
	struct standing s;
	enum err e = db_find(cx, &s, &standing_lock, account);

	if (e)
		return e;
	out->balance = s.power_available + w->power + w->gifted;
	if (w->hd > 0)
		out->hd_count = w->hd;
	if (w->vip_days > 0) {
		vip_extend(&s, w->vip_days);
		out->vip_level = s.vip_level;
		out->vip_until = s.vip_until;
	}
	if (w->hd == 0 && w->vip_days == 0)
		return ERR_OK;
	return db_run(cx, NULL, &standing_raise, w->hd, s.vip_level,
	    s.vip_until.ms, account);
}

/* What was bought and what is on the house, a row of the ledger each. */
static enum err
power_raise(struct ctx *cx, const struct uuid *account, const struct worth *w,
    struct redeemed *out)
{
	const struct {
		int64_t amount;
		bool gifted;
	} parts[] = { { w->power, false }, { w->gifted, true } };
	const char *note = arena_printf(cx->arena, "\xe2\x80\xa6%s", w->tail);

	for (size_t i = 0; i < COUNT(parts); i++) {
		enum err e;

		if (parts[i].amount == 0)
			continue;
		e = power_credit(cx, account, "recharge", parts[i].amount,
		    parts[i].gifted, note);
		if (e == ERR_OK && out->amount == 0)
			e = power_last_transfer(cx, &out->transaction_id);
		if (e)
			return e;
		out->amount += parts[i].amount;
	}
	return ERR_OK;
}

static enum err
code_take(struct ctx *cx, const struct redemption *r, struct worth *worth_out)
{
	uint64_t matched;
	enum err e = db_run(cx, &matched, &code_use, r->hash, sizeof(r->hash));

	if (e == ERR_OK && matched == 1)
		e = db_run(cx, NULL, &redemption_insert, r->hash,
		    sizeof(r->hash), r->account);
	if (e == ERR_CONFLICT || (e == ERR_OK && matched != 1)) {
		fault_clear(cx);
		return ERR_INVALID_CODE;
	}
	return e ? e
		 : db_find(
		       cx, worth_out, &code_worth, r->hash, sizeof(r->hash));
}

static enum err
redeem_work(struct ctx *cx, void *arg)
{
	const struct redemption *r = arg;
	struct redeemed out = {
		.hd_count = INT_NONE,
		.vip_level = INT_NONE,
		.vip_until = { TIME_NONE },
	};
	struct worth worth;
	enum err e;

	e = code_take(cx, r, &worth);
	if (e)
		return e;
	e = plan_raise(cx, r->account, &worth, &out);
	if (e)
		return e;
	e = power_raise(cx, r->account, &worth, &out);
	if (e)
		return e;
	return r->seal(cx, &out, r->arg);
}

enum err
code_redeem(struct ctx *cx, const struct uuid *account, const char *text,
    code_seal seal, void *arg)
{
	struct redemption r = { account, { 0 }, seal, arg };
	char who[UUID_TEXT];
	enum err e, counted;

	uuid_format(account, who);
	e = throttle_check(cx, "code", who, TRIES_MAX, TRIES_WINDOW_S);
	if (e)
		return e;
	e = code_hash(text, r.hash) ? db_transaction(cx, redeem_work, &r)
				    : ERR_INVALID_CODE;
	if (e != ERR_INVALID_CODE)
		return e;
	counted = throttle_count(cx, "code", who, TRIES_WINDOW_S);
	if (counted)
		return counted;
	return fault(cx, e, "code", "it is unknown, used or expired");
}

const struct db_stmt *const code_stmts[] = { &code_insert, &code_use,
	&redemption_insert, &code_worth, &standing_lock, &standing_raise,
	NULL };
