#include "config.h"

#include "domain/task_picture.h"

#include <unistd.h>

#include "domain/media.h"
#include "domain/media_helper.h"

/* An upload may be of more kinds and sizes than a picture to start from. */
static enum err
upload_look(struct ctx *cx, const struct account *account, const char *url,
    struct task_picture *out)
{
	struct media_facts facts;
	struct media media;
	enum err e;
	int fd;

	e = media_find_picture(cx, &account->id, "imageUrl", url, &media);
	if (e)
		return e;
	e = media_store_open(cx, &media.name, media.extension, &fd);
	if (e)
		return e;
	e = media_helper_look(
	    cx, MEDIA_INPUT_IMAGE, fd, -1, "imageUrl", &facts);
	close(fd);
	if (e == ERR_OK)
		*out = (struct task_picture){ .name = media.name };
	return e;
}

static enum err
draft_look(struct ctx *cx, const struct account *account,
    struct media_draft *draft, struct task_picture *out)
{
	struct media_facts facts;
	enum err e = media_helper_look(
	    cx, MEDIA_INPUT_IMAGE, draft->fd, -1, "image", &facts);

	if (e)
		return e;
	*out = (struct task_picture){ .draft = draft,
		.row = { .account = account->id,
		    .use_for = "input",
		    .mime = facts.mime,
		    .extension = facts.extension,
		    .width = facts.width,
		    .height = facts.height,
		    .duration_ms = INT_NONE } };
	return ERR_OK;
}

enum err
task_picture_look(struct ctx *cx, const struct account *account,
    const struct task_new *in, struct task_picture *out)
{
	if (!in->kind->from_image) {
		*out = (struct task_picture){ .draft = NULL };
		return ERR_OK;
	}
	if (in->image != NULL && in->image_url != NULL)
		return fault(cx, ERR_INVALID_FIELD, "imageUrl",
		    "imageUrl stands instead of the part image");
	if (in->image != NULL)
		return draft_look(cx, account, in->image, out);
	if (in->image_url != NULL)
		return upload_look(cx, account, in->image_url, out);
	return fault(cx, ERR_MISSING_FIELD, "image",
	    "image is required, or imageUrl instead");
}

enum err
task_picture_keep(struct ctx *cx, struct task_picture *p)
{
	enum err e;

	if (p->draft == NULL)
		return ERR_OK;
	e = media_store_keep(cx, p->draft, p->row.extension, &p->row.name,
	    &p->row.bytes, p->row.sha256);
	if (e == ERR_OK)
		p->name = p->row.name;
	return media_store_refuse(cx, e);
}

enum err
task_picture_write(struct ctx *cx, const struct task_picture *p)
{
	return p->draft == NULL ? ERR_OK : media_add(cx, &p->row);
}

void
task_picture_drop(struct ctx *cx, const struct task_picture *p)
{
	if (!uuid_is_null(&p->row.name))
		media_store_discard(cx, &p->row.name, p->row.extension);
}
