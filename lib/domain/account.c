/*
 * Accounts: their rows, and how they come to be.  Logging in is in
 * account_login.c.
 */
#include "config.h"

#include "domain/account.h"

#include "base/log.h"
#include "base/text.h"
#include "core/conf.h"
#include "core/db.h"
#include "core/json_member.h"
#include "domain/account_name.h"
#include "domain/media.h"
#include "domain/password.h"
#include "domain/power.h"
#include "domain/throttle.h"

#define REGISTER_KIND "register"

static const struct field account_new_fields[] = {
	FIELD(struct account_new, username, .required = true, RANGE(3, 32),
	    .about = "letters of any script, digits, _ - ."),
	FIELD(struct account_new, email, .required = true, RANGE(3, 254),
	    .about = "unique without regard to case"),
	FIELD(struct account_new, password, .required = true,
	    RANGE(PASSWORD_LENGTH_MIN, PASSWORD_LENGTH_MAX),
	    .about = "no rule but its length"),
};
const struct shape account_new_shape =
    SHAPE(struct account_new, account_new_fields);

static const struct field account_fields[] = {
	COLUMN(struct account, id),
	COLUMN(struct account, username),
	COLUMN(struct account, email),
	COLUMN(struct account, avatar),
	COLUMN(struct account, avatar_extension),
	COLUMN(struct account, role),
	COLUMN(struct account, banned),
	COLUMN(struct account, vip_level),
	COLUMN(struct account, vip_until),
	COLUMN(struct account, token_epoch),
	COLUMN(struct account, power_available),
	COLUMN(struct account, power_held),
	COLUMN(struct account, power_spent),
	COLUMN(struct account, power_gifted),
	COLUMN(struct account, hd_count),
	COLUMN(struct account, generated),
	COLUMN(struct account, quota_day),
	COLUMN(struct account, images_today),
	COLUMN(struct account, videos_today),
	COLUMN(struct account, storage_bytes),
	COLUMN(struct account, created_at),
	COLUMN(struct account, revoked),
};
static const struct shape account_shape = SHAPE(struct account, account_fields);

bool
account_is_admin(const struct account *account)
{
	return text_is(account->role, "admin");
}

bool
account_is_vip(const struct account *account)
{
	return account->vip_level > 0;
}

/* All of struct account but its last member; the avatar by its thumbnail. */
#define ACCOUNT_COLUMNS                                                        \
	"SELECT a.id, a.username, a.email, t.name AS avatar,"                  \
	"       t.extension AS avatar_extension, a.role,"                      \
	"       a.banned_at IS NOT NULL AS banned,"                            \
	"       IF(a.vip_until <= NOW(3), 0, a.vip_level) AS vip_level,"       \
	"       a.vip_until, a.token_epoch, a.power_available, a.power_held,"  \
	"       a.power_spent, a.power_gifted, a.hd_count, a.generated,"       \
	"       a.quota_day, a.images_today, a.videos_today,"                  \
	"       a.storage_bytes, a.created_at,"
#define ACCOUNT_FROM                                                           \
	"  FROM account a"                                                     \
	"  LEFT JOIN media m ON m.name = a.avatar"                             \
	"  LEFT JOIN media t ON t.name = m.thumbnail"                          \
	"       AND t.deleted_at IS NULL"

DB_STMT(account_by_id, "u", &account_shape,
    ACCOUNT_COLUMNS " FALSE AS revoked" ACCOUNT_FROM " WHERE a.id = ?");

enum err
account_find(struct ctx *cx, const struct uuid *id, struct account *out)
{
	return db_find(cx, out, &account_by_id, id);
}

DB_STMT(account_by_email, "s", &account_shape,
    ACCOUNT_COLUMNS " FALSE AS revoked" ACCOUNT_FROM " WHERE a.email = ?");

enum err
account_find_email(struct ctx *cx, const char *email, struct account *out)
{
	return db_find(
	    cx, out, &account_by_email, text_lower(cx->arena, email));
}

DB_STMT(account_by_token, "uu", &account_shape,
    ACCOUNT_COLUMNS " EXISTS (SELECT 1 FROM revoked_token r"
		    "          WHERE r.jti = ? AND r.dies_at <= NOW(3))"
		    "           AS revoked" ACCOUNT_FROM " WHERE a.id = ?");

enum err
account_of_token(struct ctx *cx, const struct uuid *id, const struct uuid *jti,
    struct account *out)
{
	return db_find(cx, out, &account_by_token, jti, id);
}

static enum err
username_check(struct ctx *cx, const char *username)
{
	if (username_valid(username))
		return ERR_OK;
	return fault(cx, ERR_INVALID_FIELD, "username",
	    "username may have letters, digits, '_', '-' and '.'");
}

static enum err
username_taken(struct ctx *cx)
{
	return fault(
	    cx, ERR_USERNAME_TAKEN, "username", "somebody has this username");
}

/* The shape's rules, also for those who did not come through JSON. */
static enum err
account_check(struct ctx *cx, const struct account_new *in)
{
	enum err e;

	for (size_t i = 0; i < account_new_shape.count; i++) {
		e = member_end(cx, &account_new_fields[i], ERR_OK, in);
		if (e)
			return e;
	}
	e = username_check(cx, in->username);
	if (e)
		return e;
	if (!email_valid(in->email))
		return fault(cx, ERR_INVALID_FIELD, "email",
		    "email must be an e-mail address");
	return ERR_OK;
}

struct creation {
	const struct account_new *in;
	struct uuid id;
	const char *email; /* in lower case */
	const char *hash;
};

DB_STMT(account_insert, "usssis", NULL,
    "INSERT INTO account (id, username, email, password_hash, vip_level,"
    "       role, created_at)"
    "VALUES (?, ?, ?, ?, ?, ?, NOW(3))");

static enum err
creation_write(struct ctx *cx, void *arg)
{
	const struct creation *c = arg;
	const char *role = c->in->role == NULL ? "user" : c->in->role;
	enum err e;

	e = db_run(cx, NULL, &account_insert, &c->id, c->in->username, c->email,
	    c->hash, c->in->vip_level, role);
	if (e == ERR_CONFLICT &&
	    text_is(db_conflict_key(cx->db), "account_username"))
		return username_taken(cx);
	if (e == ERR_CONFLICT)
		return fault(cx, ERR_EMAIL_TAKEN, "email",
		    "there is an account with this email");
	if (e)
		return e;
	return power_credit(
	    cx, &c->id, "signup", cx->conf->signup_power, true, NULL);
}

enum err
account_create(
    struct ctx *cx, const struct account_new *in, struct account *out)
{
	struct creation c = { .in = in, .id = uuid_new() };
	enum err e;

	e = account_check(cx, in);
	if (e)
		return e;
	c.email = text_lower(cx->arena, in->email);
	e = password_hash(cx, in->password, &c.hash);
	if (e)
		return e;
	e = db_transaction(cx, creation_write, &c);
	if (e != ERR_OK && e != ERR_UNCERTAIN)
		return e;
	/* whether an uncertain commit went through is seen here */
	e = account_find(cx, &c.id, out);
	if (e == ERR_NOT_FOUND)
		return fault_retry(
		    cx, ERR_UNAVAILABLE, 1, "the account was not made");
	if (e == ERR_UNAVAILABLE)
		return fault_retry(
		    cx, ERR_UNCERTAIN, 1, "the account may have been made");
	return e;
}

enum err
account_register(struct ctx *cx, const struct account_new *in,
    const char *address, struct account *out)
{
	enum err e, back;
	struct fault why;

	e = account_check(cx, in);
	if (e)
		return e;
	e = throttle_take_hour(
	    cx, REGISTER_KIND, address, cx->conf->limit_registrations_per_hour);
	if (e)
		return e;
	e = account_create(cx, in, out);
	if (e == ERR_OK)
		return ERR_OK;
	why = cx->fault;
	back = throttle_give_back(cx, REGISTER_KIND, address);
	if (back)
		log_warn("a registration of '%s' that failed stays counted: %s",
		    address, err_name(back));
	cx->fault = why;
	return e;
}

DB_STMT(account_profile, "siuu", NULL,
    "UPDATE account"
    "   SET username = COALESCE(?, username), avatar = IF(? = 0, avatar, ?)"
    " WHERE id = ?");

/* A change on its way. */
struct changing {
	const struct uuid *id;
	const struct account_change *change;
};

static enum err
change_write(struct ctx *cx, void *arg)
{
	const struct changing *c = arg;
	const struct uuid *avatar = c->change->avatar;
	int64_t new_avatar = avatar != NULL;
	enum err e = ERR_OK;

	if (avatar != NULL && !uuid_is_null(avatar))
		e = media_hold_picture(cx, "avatar", avatar);
	if (e == ERR_OK)
		e = db_run(cx, NULL, &account_profile, c->change->username,
		    new_avatar, avatar, c->id);
	return e == ERR_CONFLICT ? username_taken(cx) : e;
}

enum err
account_change(struct ctx *cx, struct account *account,
    const struct account_change *change)
{
	struct changing c = { &account->id, change };
	enum err e = ERR_OK;

	if (change->username != NULL)
		e = username_check(cx, change->username);
	if (e == ERR_OK)
		e = db_transaction(cx, change_write, &c);
	return e ? e : account_find(cx, &account->id, account);
}

/* An UPDATE of one account that must be there. */
static enum err
changed(enum err e, const uint64_t *matched)
{
	if (e == ERR_OK && *matched != 1)
		return ERR_NOT_FOUND;
	return e;
}

DB_STMT(account_role, "su", NULL, "UPDATE account SET role = ? WHERE id = ?");

enum err
account_set_role(struct ctx *cx, const struct uuid *id, const char *role)
{
	uint64_t matched = 0;

	return changed(db_run(cx, &matched, &account_role, role, id), &matched);
}

DB_STMT(account_vip, "iiiu", NULL,
    "UPDATE account"
    "   SET vip_level = ?,"
    "       vip_until = IF(? = 0, NULL, NOW(3) + INTERVAL ? DAY)"
    " WHERE id = ?");

enum err
account_set_vip(
    struct ctx *cx, const struct uuid *id, int64_t level, int64_t days)
{
	uint64_t matched = 0;
	int64_t kept = level == 0 ? 0 : days;

	return changed(
	    db_run(cx, &matched, &account_vip, level, kept, kept, id),
	    &matched);
}

DB_STMT(account_ban, "iiu", NULL,
    "UPDATE account"
    "   SET token_epoch = token_epoch + ?,"
    "       banned_at = IF(? = 0, NULL, COALESCE(banned_at, NOW(3)))"
    " WHERE id = ?");

enum err
account_set_banned(struct ctx *cx, const struct uuid *id, bool banned)
{
	uint64_t matched = 0;
	int64_t flag = banned;

	return changed(
	    db_run(cx, &matched, &account_ban, flag, flag, id), &matched);
}

const struct db_stmt *const account_stmts[] = { &account_by_id,
	&account_by_email, &account_by_token, &account_insert, &account_profile,
	&account_role, &account_vip, &account_ban, NULL };
