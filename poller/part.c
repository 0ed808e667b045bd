#include "part.h"

#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "core/json_write.h"

#define PARTS_JSON_MAX (256 * KIB)

static const char *const state_names[PART_STATE__MAX] = {
	[PART_UNSENT] = "unsent",
	[PART_SENT] = "sent",
	[PART_UNKNOWN] = "unknown",
	[PART_RUNNING] = "running",
	[PART_READY] = "ready",
	[PART_STORED] = "stored",
	[PART_FAILED] = "failed",
};

/*
 * A delivery as it is remembered: where it is to be had, in which draft it is,
 * or what is kept.
 */
struct note {
	const char *url, *draft;
	bool keyed;
	int64_t seed;
	struct uuid media, thumbnail;
	const char *mime, *extension, *thumbnail_mime, *thumbnail_extension;
	int64_t bytes, thumbnail_bytes;
	const char *sha256, *thumbnail_sha256; /* hex */
	int64_t width, height, thumbnail_width, thumbnail_height, duration_ms;
	double fps;
	struct json_text made;
};
static const struct field note_fields[] = {
	FIELD(struct note, url, .omit_null = true),
	FIELD(struct note, draft, .omit_null = true),
	COLUMN(struct note, keyed),
	FIELD(struct note, seed, .def = INT_NONE, .omit_null = true),
	FIELD(struct note, media, .omit_null = true),
	FIELD(struct note, thumbnail, .omit_null = true),
	FIELD(struct note, mime, .omit_null = true),
	FIELD(struct note, extension, .omit_null = true),
	FIELD(struct note, thumbnail_mime, .omit_null = true),
	FIELD(struct note, thumbnail_extension, .omit_null = true),
	COLUMN(struct note, bytes),
	COLUMN(struct note, thumbnail_bytes),
	FIELD(struct note, sha256, .omit_null = true),
	FIELD(struct note, thumbnail_sha256, .omit_null = true),
	COLUMN(struct note, width),
	COLUMN(struct note, height),
	COLUMN(struct note, thumbnail_width),
	COLUMN(struct note, thumbnail_height),
	FIELD(struct note, duration_ms, .def = INT_NONE, .omit_null = true),
	COLUMN(struct note, fps),
};
static const struct shape note_shape = SHAPE(struct note, note_fields);

static void
note_fill(struct ctx *cx, const struct delivery *d, struct note *n)
{
	const struct task_item *item = &d->item;

	*n = (struct note){ .url = d->url,
		.keyed = d->keyed,
		.seed = d->seed,
		.duration_ms = INT_NONE };
	if (d->state == DELIVERY_HERE)
		n->draft = media_draft_name(&d->file);
	if (d->state != DELIVERY_KEPT)
		return;
	n->media = item->media;
	n->thumbnail = item->thumbnail;
	n->mime = item->mime;
	n->extension = item->extension;
	n->thumbnail_mime = item->thumbnail_mime;
	n->thumbnail_extension = item->thumbnail_extension;
	n->bytes = item->bytes;
	n->thumbnail_bytes = item->thumbnail_bytes;
	n->sha256 = hex_encode(cx->arena, item->sha256, 32);
	n->thumbnail_sha256 = hex_encode(cx->arena, item->thumbnail_sha256, 32);
	n->width = item->width;
	n->height = item->height;
	n->thumbnail_width = item->thumbnail_width;
	n->thumbnail_height = item->thumbnail_height;
	n->duration_ms = item->duration_ms;
	n->fps = item->fps;
}

static void
part_write(struct ctx *cx, const struct part *p, struct jw *jw)
{
	jw_object(jw);
	jw_name(jw, "state");
	jw_text(jw, state_names[p->state]);
	jw_name(jw, "count");
	jw_int(jw, p->count);
	if (p->remote_id != NULL) {
		jw_name(jw, "remoteId");
		jw_text(jw, p->remote_id);
	}
	if (p->state == PART_FAILED) {
		jw_name(jw, "reason");
		jw_text(jw, err_reason(p->reason));
	}
	jw_name(jw, "works");
	jw_array(jw);
	for (size_t i = 0; i < p->delivery_count; i++) {
		const struct delivery *d = &p->deliveries[i];
		struct note n;

		if (d->state == DELIVERY_FAILED)
			continue;
		note_fill(cx, d, &n);
		jw_object(jw);
		jw_members(jw, &note_shape, &n);
		if (d->state == DELIVERY_KEPT) {
			jw_name(jw, "made");
			jw_json(jw, d->item.made);
		}
		jw_end_object(jw);
	}
	jw_end_array(jw);
	jw_end_object(jw);
}

const char *
parts_write(struct ctx *cx, const struct part *parts, size_t count)
{
	struct buf buf;
	struct jw jw;
	const char *text;

	buf_init(&buf, PARTS_JSON_MAX);
	jw_init(&jw, &buf);
	jw_array(&jw);
	for (size_t i = 0; i < count; i++)
		part_write(cx, &parts[i], &jw);
	jw_end_array(&jw);
	jw_done(&jw);
	text = arena_copy(cx->arena, buf.data, buf.len);
	buf_release(&buf);
	return text;
}

static int
hex_digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static bool
sha256_parse(const char *hex, uint8_t out[32])
{
	if (hex == NULL || strlen(hex) != 64 ||
	    strspn(hex, "0123456789abcdef") != 64)
		return false;
	for (size_t i = 0; i < 32; i++)
		out[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 |
				   hex_digit(hex[2 * i + 1]));
	return true;
}

/*
 * What was only on its way: the draft, if it is still there, or else from the
 * vendor again.
 */
static void
delivery_resume(struct ctx *cx, const struct note *n, struct delivery *d)
{
	d->state = DELIVERY_AFAR;
	if (n->draft != NULL &&
	    media_store_reopen(cx, n->draft, &d->file) == ERR_OK) {
		d->state = DELIVERY_HERE;
	} else if (n->url == NULL) {
		d->state = DELIVERY_FAILED;
		d->reason = ERR_RESULT_INVALID;
	}
	fault_clear(cx);
}

/* What was kept stays kept. */
static bool
delivery_read(struct ctx *cx, struct json_object *from, struct delivery *d)
{
	struct task_item *item = &d->item;
	struct json_object *made = json_at(from, "made");
	struct note n;

	if (json_read_value(cx, from, &note_shape, &n) != ERR_OK)
		return false;
	*d = (struct delivery){ .state = DELIVERY_AFAR,
		.url = n.url,
		.keyed = n.keyed,
		.seed = n.seed,
		.file.fd = -1,
		.thumbnail.fd = -1 };
	if (uuid_is_null(&n.media)) {
		delivery_resume(cx, &n, d);
		return true;
	}
	d->state = DELIVERY_KEPT;
	*item = (struct task_item){ .media = n.media,
		.thumbnail = n.thumbnail,
		.mime = n.mime,
		.extension = n.extension,
		.thumbnail_mime = n.thumbnail_mime,
		.thumbnail_extension = n.thumbnail_extension,
		.bytes = n.bytes,
		.thumbnail_bytes = n.thumbnail_bytes,
		.width = n.width,
		.height = n.height,
		.thumbnail_width = n.thumbnail_width,
		.thumbnail_height = n.thumbnail_height,
		.duration_ms = n.duration_ms,
		.fps = n.fps,
		.seed = n.seed };
	item->made = made != NULL ? json_print(cx->arena, made) : "{}";
	return n.mime != NULL && n.extension != NULL &&
	       n.thumbnail_mime != NULL && n.thumbnail_extension != NULL &&
	       sha256_parse(n.sha256, item->sha256) &&
	       sha256_parse(n.thumbnail_sha256, item->thumbnail_sha256);
}

static bool
part_read(struct ctx *cx, struct json_object *from, struct part *p)
{
	const char *state = json_text_at(from, "state");
	struct json_object *works = json_at(from, "works");
	size_t i = 0;

	while (i < PART_STATE__MAX && !text_is(state_names[i], state))
		i++;
	if (i == PART_STATE__MAX)
		return false;
	*p = (struct part){ .state = (enum part_state)i,
		.count = json_int_at(from, "count"),
		.remote_id =
		    arena_strdup(cx->arena, json_text_at(from, "remoteId")),
		.reason = err_from_reason(json_text_at(from, "reason")),
		.progress = INT_NONE };
	if (p->state == PART_SENT)
		p->state = PART_UNKNOWN;
	p->delivery_count = json_count(works);
	p->deliveries =
	    ARENA_ARRAY(cx->arena, p->delivery_count + 1, struct delivery);
	for (i = 0; i < p->delivery_count; i++)
		if (!delivery_read(cx, json_item(works, i), &p->deliveries[i]))
			return false;
	return p->count > 0;
}

enum err
parts_read(
    struct ctx *cx, const char *json, struct part **out, size_t *count_out)
{
	struct json_object *doc;
	struct part *parts = NULL;
	size_t count = 0;
	bool good = true;

	*count_out = 0;
	if (json == NULL)
		return ERR_OK;
	doc = json_parse_loose(json, strlen(json));
	good = json_is_array(doc);
	if (good) {
		count = json_count(doc);
		good = count <= PARTS_MAX;
		parts = ARENA_ARRAY(cx->arena, PARTS_MAX, struct part);
	}
	for (size_t i = 0; good && i < count; i++)
		good = part_read(cx, json_item(doc, i), &parts[i]);
	json_free(doc);
	if (!good)
		return fault(
		    cx, ERR_INTERNAL, NULL, "the task's parts can't be read");
	*out = parts;
	*count_out = count;
	return ERR_OK;
}

struct part *
parts_new(struct ctx *cx, int64_t works, int64_t batch, size_t *count_out)
{
	struct part *parts = ARENA_ARRAY(cx->arena, PARTS_MAX, struct part);
	size_t count = 0;

	while (works > 0 && count < PARTS_MAX) {
		int64_t n = works < batch ? works : batch;

		parts[count++] = (struct part){
			.state = PART_UNSENT, .count = n, .progress = INT_NONE
		};
		works -= n;
	}
	*count_out = count;
	return parts;
}
