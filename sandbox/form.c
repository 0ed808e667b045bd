/*
 * Takes multipart bodies apart, strictly: what a vendor would refuse is
 * refused.
 */
#include "config.h"

#include "form.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/text.h"

/* "; name=value" of a header; NULL when it is not there. */
static char *
parameter(struct arena *a, const char *header, const char *name)
{
	size_t len = strlen(name);
	const char *at = header;

	while ((at = strchr(at, ';')) != NULL) {
		at += 1 + strspn(at + 1, " \t");
		if (strncasecmp(at, name, len) != 0 || at[len] != '=')
			continue;
		at += len + 1;
		if (*at == '"')
			return arena_copy(a, at + 1, strcspn(at + 1, "\""));
		return arena_copy(a, at, strcspn(at, "; \t\r\n"));
	}
	return NULL;
}

/* The value of a header in the head of a part. */
static char *
part_header(struct arena *a, const char *head, const char *name)
{
	size_t len = strlen(name);

	while (*head != '\0') {
		size_t line = strcspn(head, "\r\n");

		if (strncasecmp(head, name, len) == 0 && head[len] == ':')
			return text_trim(
			    a, arena_copy(a, head + len + 1, line - len - 1));
		head += line;
		head += strspn(head, "\r\n");
	}
	return NULL;
}

/* One part: a head, an empty line, content. */
static bool
part_parse(struct arena *a, const char *at, size_t len, struct form_part *out)
{
	const char *gap = memmem(at, len, "\r\n\r\n", 4);
	const char *head, *disposition;

	if (gap == NULL)
		return false;
	head = arena_copy(a, at, (size_t)(gap - at));
	disposition = part_header(a, head, "Content-Disposition");
	if (disposition == NULL || !text_starts(disposition, "form-data"))
		return false;
	out->name = parameter(a, disposition, "name");
	out->file_name = parameter(a, disposition, "filename");
	out->type = part_header(a, head, "Content-Type");
	if (out->type == NULL)
		out->type = "";
	out->data = gap + 4;
	out->len = len - (size_t)(gap + 4 - at);
	if (out->file_name == NULL)
		out->data = arena_copy(a, out->data, out->len);
	return out->name != NULL;
}

bool
form_parse(struct arena *a, const char *content_type, const char *body,
    size_t len, struct form *out)
{
	const char *boundary = parameter(a, content_type, "boundary");
	const char *end = body + len;
	const char *mark, *next;
	size_t mark_len;

	out->count = 0;
	if (text_empty(boundary))
		return false;
	mark = arena_printf(a, "\r\n--%s", boundary);
	mark_len = strlen(mark);
	if (len < mark_len || memcmp(body, mark + 2, mark_len - 2) != 0)
		return false;
	body += mark_len - 2;
	while (end - body >= 2 && memcmp(body, "--", 2) != 0) {
		if (memcmp(body, "\r\n", 2) != 0 ||
		    out->count == FORM_PARTS_MAX)
			return false;
		body += 2;
		next = memmem(body, (size_t)(end - body), mark, mark_len);
		if (next == NULL || !part_parse(a, body, (size_t)(next - body),
					&out->parts[out->count++]))
			return false;
		body = next + mark_len;
	}
	return end - body >= 2;
}

const struct form_part *
form_find(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++)
		if (text_is(form->parts[i].name, name))
			return &form->parts[i];
	return NULL;
}
