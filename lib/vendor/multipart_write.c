#include "vendor/multipart_write.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/encode.h"

void
multipart_init(struct multipart *m)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t bytes[(MULTIPART_BOUNDARY - 1) / 2];

	*m = (struct multipart){ .count = 0 };
	random_fill(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		m->boundary[2 * i] = hex[bytes[i] >> 4];
		m->boundary[2 * i + 1] = hex[bytes[i] & 15];
	}
}

static void
part_add(struct multipart *m, struct multipart_part part)
{
	assert(m->count < MULTIPART_PARTS_MAX);
	assert(strpbrk(part.name, "\"\r\n") == NULL);
	assert(part.file_name == NULL ||
	       (strpbrk(part.file_name, "\"\r\n") == NULL &&
		   strpbrk(part.type, "\r\n") == NULL));
	m->parts[m->count++] = part;
}

void
multipart_text(struct multipart *m, const char *name, const char *value)
{
	if (value != NULL)
		part_add(
		    m, (struct multipart_part){
			   .name = name, .data = value, .len = strlen(value) });
}

void
multipart_file(struct multipart *m, const char *name, const char *file_name,
    const char *type, const void *data, size_t len)
{
	part_add(m, (struct multipart_part){ .name = name,
			.file_name = file_name,
			.type = type,
			.data = data,
			.len = len });
}

static char *
head_write(const struct multipart *m, struct arena *arena,
    const struct multipart_part *part)
{
	if (part->file_name == NULL)
		return arena_printf(arena,
		    "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n"
		    "\r\n",
		    m->boundary, part->name);
	return arena_printf(arena,
	    "--%s\r\nContent-Disposition: form-data; name=\"%s\"; "
	    "filename=\"%s\"\r\nContent-Type: %s\r\n\r\n",
	    m->boundary, part->name, part->file_name, part->type);
}

static char *
bytes_put(char *at, const void *data, size_t len)
{
	if (len > 0)
		memcpy(at, data, len);
	return at + len;
}

char *
multipart_write(const struct multipart *m, struct arena *arena, size_t *len_out)
{
	const char *heads[MULTIPART_PARTS_MAX];
	char *end = arena_printf(arena, "--%s--\r\n", m->boundary);
	size_t size = strlen(end);
	char *body, *at;

	for (size_t i = 0; i < m->count; i++) {
		heads[i] = head_write(m, arena, &m->parts[i]);
		size += strlen(heads[i]) + m->parts[i].len + 2;
	}
	at = body = arena_alloc(arena, size + 1);
	for (size_t i = 0; i < m->count; i++) {
		at = bytes_put(at, heads[i], strlen(heads[i]));
		at = bytes_put(at, m->parts[i].data, m->parts[i].len);
		at = bytes_put(at, "\r\n", 2);
	}
	at = bytes_put(at, end, strlen(end));
	assert((size_t)(at - body) == size);
	*len_out = size;
	return body;
}

char *
multipart_type(const struct multipart *m, struct arena *arena)
{
	return arena_printf(
	    arena, "multipart/form-data; boundary=%s", m->boundary);
}
