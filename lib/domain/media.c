/*
 * Rows of the table media.
 */
#include "config.h"

#include "domain/media.h"

#include "base/text.h"
#include "core/db.h"
#include "domain/media_store.h"

DB_STMT(media_insert, "uusussibiiiru", NULL,
    "INSERT INTO media (name, account_id, use_for, upload_id, mime, extension,"
    "       bytes, sha256, width, height, duration_ms, fps, thumbnail,"
    "       created_at)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULLIF(?, 0), ?, NOW(3))");

enum err
media_add(struct ctx *cx, const struct media_new *m)
{
	return db_run(cx, NULL, &media_insert, &m->name, &m->account,
	    m->use_for, &m->upload_id, m->mime, m->extension, m->bytes,
	    m->sha256, sizeof(m->sha256), m->width, m->height, m->duration_ms,
	    m->fps, &m->thumbnail);
}

static const struct field media_fields[] = {
	COLUMN(struct media, name),
	COLUMN(struct media, account),
	COLUMN(struct media, use_for),
	COLUMN(struct media, mime),
	COLUMN(struct media, extension),
	COLUMN(struct media, bytes),
	COLUMN(struct media, sha256),
	COLUMN(struct media, width),
	COLUMN(struct media, height),
	COLUMN(struct media, duration_ms),
	COLUMN(struct media, thumbnail),
	COLUMN(struct media, created_at),
};
static const struct shape media_shape = SHAPE(struct media, media_fields);

#define MEDIA_BY_NAME                                                          \
	"SELECT name, account_id AS account, use_for, mime, extension, bytes," \
	"       LOWER(HEX(sha256)) AS sha256, width, height, duration_ms,"     \
	"       thumbnail, created_at"                                         \
	"  FROM media WHERE name = ? AND deleted_at IS NULL"

DB_STMT(media_by_name, "u", &media_shape, MEDIA_BY_NAME);

enum err
media_find(struct ctx *cx, const struct uuid *name, struct media *out)
{
	return db_find(cx, out, &media_by_name, name);
}

static enum err
picture_refuse(struct ctx *cx, const char *field)
{
	return fault(cx, ERR_INVALID_FIELD, field,
	    "%s must be the address of a picture that you uploaded", field);
}

enum err
media_find_picture(struct ctx *cx, const struct uuid *account,
    const char *field, const char *url, struct media *out)
{
	const char *extension;
	struct media media;
	struct uuid name;
	enum err e = ERR_NOT_FOUND;

	if (media_url_parse(cx, url, &name, &extension))
		e = media_find(cx, &name, &media);
	if (e == ERR_OK && (!uuid_equal(&media.account, account) ||
			       !text_is(media.use_for, "upload") ||
			       !text_is(media.extension, extension) ||
			       media.duration_ms != INT_NONE))
		e = ERR_NOT_FOUND;
	if (e == ERR_NOT_FOUND)
		return picture_refuse(cx, field);
	if (e == ERR_OK)
		*out = media;
	return e;
}

/* Whoever deletes it locks its row before the account's, too. */
DB_STMT(media_hold, "u", &media_shape,
    MEDIA_BY_NAME " LOCK IN SHARE MODE");

enum err
media_hold_picture(struct ctx *cx, const char *field, const struct uuid *name)
{
	struct media media;
	enum err e = db_find(cx, &media, &media_hold, name);

	return e == ERR_NOT_FOUND ? picture_refuse(cx, field) : e;
}

DB_STMT(media_thumbnail_end, "u", NULL,
    "UPDATE media t JOIN media m ON t.name = m.thumbnail"
    "   SET t.deleted_at = NOW(3)"
    " WHERE m.name = ? AND t.deleted_at IS NULL");
DB_STMT(media_end, "u", NULL,
    "UPDATE media SET deleted_at = NOW(3)"
    " WHERE name = ? AND deleted_at IS NULL");

enum err
media_delete(struct ctx *cx, const struct uuid *name)
{
	enum err e = db_run(cx, NULL, &media_thumbnail_end, name);

	return e ? e : db_run(cx, NULL, &media_end, name);
}

DB_STMT(media_input_gone, "u", NULL,
    "UPDATE media SET deleted_at = NOW(3)"
    " WHERE name = ? AND use_for = 'input' AND deleted_at IS NULL");

enum err
media_input_end(struct ctx *cx, const struct uuid *name)
{
	return uuid_is_null(name) ? ERR_OK
				  : db_run(cx, NULL, &media_input_gone, name);
}

const struct db_stmt *const media_stmts[] = { &media_insert, &media_by_name,
	&media_hold, &media_thumbnail_end, &media_end, &media_input_gone,
	NULL };
