#include "config.h"

#include "form.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "core/conf.h"
#include "core/json_read.h"
#include "core/json_rule.h"
#include "domain/upload.h"
#include "serve/multipart.h"

#define CHUNK (16 * KIB)
#define TEXT_MAX (64 * KIB) /* 4000 characters and the blanks around them */

enum part {
	PART_SKIPPED,
	PART_TEXT,
	PART_FILE
};

struct form {
	struct req *r;
	struct query_pair texts[MULTIPART_PARTS_MAX];
	size_t count;
	enum part part;   /* the one at hand */
	const char *name; /* of it */
	struct buf text;  /* of it */
	int64_t file_bytes;
	enum err err; /* why a function below stopped */
};

static bool
stop(struct form *f, enum err e)
{
	f->err = e;
	return false;
}

/* ---- the file ---- */

static enum err
file_begin(struct req *r)
{
	return media_store_refuse(&r->cx, media_store_draft(&r->cx, &r->file));
}

/* Uploads stay with us: what goes over the quota is not even taken. */
static enum err
file_limits(const struct form *f)
{
	struct req *r = f->r;
	const struct conf *conf = r->cx.conf;
	int64_t most = r->route->body == BODY_VIDEO_FORM
			   ? conf->max_video_bytes
			   : conf->max_image_bytes;

	if (f->file_bytes > most)
		return fault(&r->cx, ERR_BODY_TOO_LARGE, f->name,
		    "%s may have at most %lld bytes", f->name, (long long)most);
	return r->route->stays
		   ? upload_fits(&r->cx, req_account(r), f->file_bytes)
		   : ERR_OK;
}

static enum err
file_take(struct form *f, const void *data, size_t len)
{
	struct req *r = f->r;
	enum err e;

	f->file_bytes += (int64_t)len;
	e = file_limits(f);
	if (e == ERR_OK && r->file.fd < 0)
		e = file_begin(r);
	if (e)
		return e;
	return media_store_refuse(
	    &r->cx, media_store_write(&r->cx, &r->file, data, len));
}

/* ---- texts ---- */

static bool
is_asked_for(const struct shape *shape, const char *part)
{
	char name[JSON_NAME_MAX];

	for (size_t i = 0; shape != NULL && i < shape->count; i++)
		if (text_is(rule_json_name(&shape->fields[i], name), part))
			return true;
	return false;
}

static bool
text_take(struct form *f, const void *data, size_t len)
{
	if (buf_add(&f->text, data, len))
		return true;
	return stop(f, fault(&f->r->cx, ERR_INVALID_FIELD, f->name,
			   "%s is too long", f->name));
}

static bool
text_end(struct form *f)
{
	struct ctx *cx = &f->r->cx;
	const char *text = buf_text(&f->text);
	size_t len = f->text.len;

	if (memchr(text, '\0', len) != NULL || !utf8_valid(text, len))
		return stop(f, fault(cx, ERR_INVALID_FIELD, f->name,
				   "%s is no UTF-8 text", f->name));
	f->texts[f->count++] =
	    (struct query_pair){ f->name, arena_copy(cx->arena, text, len) };
	return true;
}

/* ---- parts as they come ---- */

/* A part without a file name and bytes is what browsers send for no file. */
static bool
part_begin(void *arg, const struct multipart_part *part)
{
	struct form *f = arg;
	struct req *r = f->r;
	enum err e;

	f->name = arena_strdup(r->cx.arena, part->name);
	buf_clear(&f->text);
	f->part = PART_SKIPPED;
	if (text_is(part->name, r->route->file))
		f->part = PART_FILE;
	else if (is_asked_for(r->route->input, part->name))
		f->part = PART_TEXT;
	if (f->part != PART_FILE || text_empty(part->filename))
		return true;
	e = file_begin(r);
	return e ? stop(f, e) : true;
}

static bool
part_data(void *arg, const void *data, size_t len)
{
	struct form *f = arg;
	enum err e;

	if (f->part == PART_TEXT)
		return text_take(f, data, len);
	if (f->part != PART_FILE)
		return true;
	e = file_take(f, data, len);
	return e ? stop(f, e) : true;
}

static bool
part_end(void *arg)
{
	struct form *f = arg;

	return f->part == PART_TEXT ? text_end(f) : true;
}

static const struct multipart_handler handler = { part_begin, part_data,
	part_end };

/* ---- the whole ---- */

static enum err
form_wrong(const struct form *f, const struct multipart *mp)
{
	struct ctx *cx = &f->r->cx;
	const char *why = multipart_wrong(mp), *again = multipart_again(mp);

	if (why == NULL)
		return f->err;
	if (again != NULL)
		return fault(
		    cx, ERR_INVALID_FIELD, again, "%s is given twice", again);
	return fault(
	    cx, ERR_INVALID_FIELD, "body", "the form is malformed: %s", why);
}

static enum err
parts_read(struct form *f, struct multipart *mp)
{
	struct body_reader b;
	char chunk[CHUNK];
	size_t got = 1;

	req_body_begin(f->r, &b);
	while (got > 0) {
		enum err e = req_body(f->r, &b, chunk, sizeof(chunk), &got);

		if (e)
			return e;
		if (!multipart_feed(mp, chunk, got))
			return form_wrong(f, mp);
	}
	return multipart_finish(mp) ? ERR_OK : form_wrong(f, mp);
}

static int
text_order(const void *a, const void *b)
{
	const struct query_pair *left = a, *right = b;

	return strcmp(left->name, right->name);
}

/*
 * Two bodies are the same when their texts and their file are: boundaries
 * differ from try to try, and so may the order.
 */
static enum err
form_hash(struct form *f)
{
	struct req *r = f->r;
	uint8_t file[32] = { 0 };
	int64_t bytes = 0;
	struct buf all;
	enum err e = ERR_OK;

	if (r->file.fd >= 0)
		e = media_store_hash(&r->cx, &r->file, &bytes, file);
	if (e)
		return e;
	qsort(f->texts, f->count, sizeof(f->texts[0]), text_order);
	buf_init(&all, MULTIPART_PARTS_MAX * 2 * TEXT_MAX);
	for (size_t i = 0; i < f->count; i++)
		buf_printf(&all, "%s %zu %s\n", f->texts[i].name,
		    strlen(f->texts[i].value), f->texts[i].value);
	buf_add(&all, file, sizeof(file));
	sha256(all.data, all.len, r->hash);
	buf_release(&all);
	return ERR_OK;
}

static enum err
form_take(struct form *f)
{
	struct req *r = f->r;
	const struct shape *shape = r->route->input;
	void *out;
	enum err e = r->id.key != NULL ? form_hash(f) : ERR_OK;

	if (e || shape == NULL)
		return e;
	out = arena_alloc(r->cx.arena, shape->size);
	e = pairs_read(&r->cx, f->texts, f->count, shape, out);
	if (e)
		return e;
	r->in = out;
	return ERR_OK;
}

enum err
form_read(struct req *r)
{
	struct form f = { .r = r };
	const char *wrong;
	struct multipart *mp =
	    multipart_new(req_header(r, "CONTENT_TYPE"), &handler, &f, &wrong);
	enum err e;

	if (mp == NULL)
		return fault(
		    &r->cx, ERR_INVALID_FIELD, "Content-Type", "%s", wrong);
	buf_init(&f.text, TEXT_MAX);
	req_db_give(r); /* others need it while a slow sender sends */
	e = parts_read(&f, mp);
	if (e == ERR_OK)
		e = req_db_take(r);
	if (e == ERR_OK)
		e = form_take(&f);
	buf_release(&f.text);
	multipart_free(mp);
	return e;
}
