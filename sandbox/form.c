/*
 * Keeps what the reader of forms brings.
 */
#include "config.h"

#include "form.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "serve/multipart.h"

/* What is read, and where the next byte of it goes. */
struct filling {
	struct arena *arena;
	struct form *form;
	char *at;
};

static bool
part_begin(void *arg, const struct multipart_part *given)
{
	struct filling *f = arg;
	struct form_part *part = &f->form->parts[f->form->count++];

	*part = (struct form_part){ .name = arena_strdup(f->arena, given->name),
		.file_name = arena_strdup(f->arena, given->filename),
		.type = given->type == NULL
			    ? ""
			    : arena_strdup(f->arena, given->type),
		.data = f->at };
	return true;
}

static bool
part_data(void *arg, const void *bytes, size_t len)
{
	struct filling *f = arg;

	memcpy(f->at, bytes, len);
	f->at += len;
	f->form->parts[f->form->count - 1].len += len;
	return true;
}

static bool
part_end(void *arg)
{
	struct filling *f = arg;

	*f->at++ = '\0';
	return true;
}

bool
form_parse(struct arena *a, const char *content_type, const char *body,
    size_t len, struct form *out)
{
	static const struct multipart_handler handler = { part_begin, part_data,
		part_end };
	struct filling f = { a, out, arena_alloc(a, len + FORM_PARTS_MAX) };
	const char *wrong;
	struct multipart *mp =
	    multipart_new(content_type, &handler, &f, &wrong);
	bool good;

	out->count = 0;
	if (mp == NULL)
		return false;
	good = multipart_feed(mp, body, len) && multipart_finish(mp);
	multipart_free(mp);
	return good;
}

const struct form_part *
form_find(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++)
		if (text_is(form->parts[i].name, name))
			return &form->parts[i];
	return NULL;
}
