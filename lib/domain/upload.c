#include "config.h"

#include "domain/upload.h"

#include "core/conf.h"
#include "core/db.h"
#include "domain/media_helper.h"

#define MS_PER_S 1000.0

/* clang-format off */
#define PICTURE								\
	COLUMN(struct upload, url),					\
	FIELD(struct upload, thumbnail,					\
	    .about = "a small still picture of it"),			\
	FIELD(struct upload, width, .about = "pixels"),			\
	FIELD(struct upload, height, .about = "pixels")
#define REST								\
	FIELD(struct upload, file_size, .about = "bytes"),		\
	COLUMN(struct upload, id)
/* clang-format on */

static const struct field upload_image_fields[] = { PICTURE, REST };
const struct shape upload_image_shape =
    SHAPE(struct upload, upload_image_fields);

static const struct field upload_film_fields[] = { PICTURE,
	FIELD(struct upload, duration, .about = "seconds"), REST };
const struct shape upload_film_shape = { .name = "struct upload_film",
	.fields = upload_film_fields,
	.count = COUNT(upload_film_fields),
	.size = sizeof(struct upload) };

static enum err
quota_refuse(struct ctx *cx)
{
	return fault(cx, ERR_QUOTA_EXCEEDED, NULL,
	    "uploads of one user may take %lld bytes in all",
	    (long long)cx->conf->storage_quota);
}

enum err
upload_fits(struct ctx *cx, const struct account *account, int64_t bytes)
{
	return bytes > cx->conf->storage_quota - account->storage_bytes
		   ? quota_refuse(cx)
		   : ERR_OK;
}

/* An upload on its way. */
struct adding {
	struct media_new file, thumbnail;
	struct upload answer;
	upload_seal seal;
	void *seal_arg;
};

DB_STMT(storage_take, "iuii", NULL,
    "UPDATE account SET storage_bytes = storage_bytes + ?"
    " WHERE id = ? AND storage_bytes + ? <= ?");

static enum err
adding_write(struct ctx *cx, void *arg)
{
	struct adding *a = arg;
	uint64_t matched;
	enum err e;

	e = db_run(cx, &matched, &storage_take, a->file.bytes, &a->file.account,
	    a->file.bytes, cx->conf->storage_quota);
	if (e == ERR_OK && matched != 1)
		e = quota_refuse(cx);
	if (e == ERR_OK)
		e = media_add(cx, &a->file);
	if (e == ERR_OK)
		e = media_add(cx, &a->thumbnail);
	return e ? e : a->seal(cx, &a->answer, a->seal_arg);
}

static void
adding_fill(struct adding *a, const struct account *account,
    const struct media_facts *facts)
{
	a->file = (struct media_new){
		.account = account->id,
		.use_for = "upload",
		.upload_id = uuid_new(),
		.mime = facts->mime,
		.extension = facts->extension,
		.width = facts->width,
		.height = facts->height,
		.duration_ms = facts->duration_ms,
		.fps = facts->fps,
	};
	a->thumbnail = (struct media_new){
		.account = account->id,
		.use_for = "thumbnail",
		.mime = facts->out_mime,
		.extension = facts->out_extension,
		.width = facts->out_width,
		.height = facts->out_height,
		.duration_ms = INT_NONE,
	};
}

static void
answer_fill(struct ctx *cx, struct adding *a)
{
	const struct media_new *file = &a->file, *small = &a->thumbnail;

	a->answer = (struct upload){
		.url = media_store_url(cx, &file->name, file->extension),
		.thumbnail =
		    media_store_url(cx, &small->name, small->extension),
		.width = file->width,
		.height = file->height,
		.duration = (double)file->duration_ms / MS_PER_S,
		.file_size = file->bytes,
		.id = file->upload_id,
	};
}

static enum err
file_keep(struct ctx *cx, struct media_draft *draft, struct media_new *m)
{
	return media_store_keep(
	    cx, draft, m->extension, &m->name, &m->bytes, m->sha256);
}

/* Files first, rows second; files that get no row go at once. */
static enum err
adding_keep(struct ctx *cx, struct adding *a, struct media_draft *file,
    struct media_draft *thumbnail)
{
	enum err e = file_keep(cx, file, &a->file);

	if (e)
		return e;
	e = file_keep(cx, thumbnail, &a->thumbnail);
	if (e == ERR_OK) {
		a->file.thumbnail = a->thumbnail.name;
		answer_fill(cx, a);
		e = db_transaction(cx, adding_write, a);
	}
	if (e == ERR_OK || e == ERR_UNCERTAIN)
		return e;
	media_store_discard(cx, &a->file.name, a->file.extension);
	if (!uuid_is_null(&a->thumbnail.name))
		media_store_discard(
		    cx, &a->thumbnail.name, a->thumbnail.extension);
	return e;
}

enum err
upload_add(struct ctx *cx, const struct account *account, bool film,
    struct media_draft *file, upload_seal seal, void *arg)
{
	struct adding a = { .seal = seal, .seal_arg = arg };
	struct media_draft thumbnail;
	struct media_facts facts;
	enum err e = media_store_draft(cx, &thumbnail);

	if (e)
		return media_store_refuse(cx, e);
	e = media_helper_look(cx, film ? MEDIA_UPLOAD_FILM : MEDIA_UPLOAD_IMAGE,
	    file->fd, thumbnail.fd, "file", &facts);
	if (e == ERR_OK) {
		adding_fill(&a, account, &facts);
		e = adding_keep(cx, &a, file, &thumbnail);
	}
	media_store_drop(file);
	media_store_drop(&thumbnail);
	return media_store_refuse(cx, e);
}

/* ---- deleting ---- */

struct removal {
	const struct uuid *account, *id;
};

struct kept {
	struct uuid name;
	int64_t bytes;
};
static const struct field kept_fields[] = {
	COLUMN(struct kept, name),
	COLUMN(struct kept, bytes),
};
static const struct shape kept_shape = SHAPE(struct kept, kept_fields);

DB_STMT(storage_give, "iuu", NULL,
    "UPDATE account SET storage_bytes = storage_bytes - ?,"
    "       avatar = NULLIF(avatar, ?)"
    " WHERE id = ?");
DB_STMT(upload_lock, "uu", &kept_shape,
    "SELECT name, bytes FROM media"
    " WHERE account_id = ? AND use_for = 'upload' AND upload_id = ?"
    "   AND deleted_at IS NULL"
    "   FOR UPDATE");

static enum err
removal_write(struct ctx *cx, void *arg)
{
	const struct removal *r = arg;
	struct kept kept;
	enum err e = db_find(cx, &kept, &upload_lock, r->account, r->id);

	if (e)
		return e;
	e = db_run(cx, NULL, &storage_give, kept.bytes, &kept.name, r->account);
	return e ? e : media_delete(cx, &kept.name);
}

enum err
upload_delete(struct ctx *cx, const struct uuid *account, const struct uuid *id)
{
	struct removal r = { account, id };

	return db_transaction(cx, removal_write, &r);
}

const struct db_stmt *const upload_stmts[] = { &storage_take, &storage_give,
	&upload_lock, NULL };
