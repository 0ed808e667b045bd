#include "protocol_ask.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>

#include "base/arena.h"
#include "base/encode.h"
#include "base/text.h"
#include "core/json_read.h"
#include "core/json_tree.h"
#include "vendor/link.h"

/* The largest JSON body: the largest picture stands in it in base64. */
#define BODY_MAX (96 * MIB)
/* No configuration makes us ask oftener than that. */
#define WAIT_MIN_MS 20

void
ask(struct ctx *cx, const struct job *job, const char *key_header,
    const char *method, const char *url, struct fetch_request *out)
{
	*out = (struct fetch_request){ .method = method, .url = url };
	if (!text_empty(job->key))
		out->key_header =
		    arena_printf(cx->arena, "%s%s", key_header, job->key);
}

void
ask_bearer(struct ctx *cx, const struct job *job, const char *version,
    const char *method, const char *path, struct fetch_request *out)
{
	ask(cx, job, ASK_BEARER, method,
	    arena_printf(cx->arena, "%s%s",
		link_base(cx->arena, job->url, version), path),
	    out);
}

void
ask_header(struct fetch_request *request, const char *header)
{
	size_t i = 0;

	while (request->headers[i] != NULL)
		i++;
	assert(i + 1 < FETCH_HEADERS_MAX);
	request->headers[i] = header;
}

void
ask_json_begin(struct ask_json *body)
{
	buf_init(&body->buf, BODY_MAX);
	jw_init(&body->jw, &body->buf);
	jw_object(&body->jw);
}

void
ask_json_send(
    struct ctx *cx, struct ask_json *body, struct fetch_request *request)
{
	jw_end_object(&body->jw);
	jw_done(&body->jw);
	request->len = body->buf.len;
	request->body = arena_copy(cx->arena, body->buf.data, body->buf.len);
	buf_release(&body->buf);
	ask_header(request, "Content-Type: application/json");
}

void
ask_text(struct jw *jw, const char *name, const char *text)
{
	if (text_empty(text))
		return;
	jw_name(jw, name);
	jw_text(jw, text);
}

void
ask_int(struct jw *jw, const char *name, int64_t n)
{
	if (n == INT_NONE)
		return;
	jw_name(jw, name);
	jw_int(jw, n);
}

void
ask_real(struct jw *jw, const char *name, double d)
{
	if (isnan(d))
		return;
	jw_name(jw, name);
	jw_real(jw, d);
}

void
ask_form_send(
    struct ctx *cx, const struct multipart *form, struct fetch_request *request)
{
	request->body = multipart_write(form, cx->arena, &request->len);
	ask_header(request, arena_printf(cx->arena, "Content-Type: %s",
				multipart_type(form, cx->arena)));
}

void
form_text(struct multipart *form, const char *name, const char *text)
{
	if (!text_empty(text))
		multipart_text(form, name, text);
}

void
form_int(struct ctx *cx, struct multipart *form, const char *name, int64_t n)
{
	if (n != INT_NONE)
		multipart_text(
		    form, name, arena_printf(cx->arena, "%" PRId64, n));
}

void
form_real(struct ctx *cx, struct multipart *form, const char *name, double d)
{
	if (!isnan(d))
		multipart_text(form, name, arena_printf(cx->arena, "%.4g", d));
}

const char *
picture_ending(const struct picture *picture)
{
	return text_is(picture->mime, "image/jpeg")   ? ".jpg"
	       : text_is(picture->mime, "image/webp") ? ".webp"
						      : ".png";
}

void
form_picture(struct ctx *cx, struct multipart *form, const char *name,
    const struct picture *picture)
{
	multipart_file(form, name,
	    arena_printf(cx->arena, "image%s", picture_ending(picture)),
	    picture->mime, picture->data, picture->len);
}

const char *
picture_base64(struct ctx *cx, const struct picture *picture)
{
	return base64_encode(cx->arena, picture->data, picture->len);
}

const char *
picture_link(struct ctx *cx, const struct picture *picture)
{
	return link_data_make(
	    cx->arena, picture->mime, picture->data, picture->len);
}

struct json_object *
ask_config(const struct job *job, const char *member)
{
	return json_at_either(job->model_config, job->config, member);
}

const char *
ask_config_text(const struct job *job, const char *member)
{
	return json_text_of(ask_config(job, member));
}

double
ask_config_real(const struct job *job, const char *member)
{
	double d = json_real_at(job->model_config, member);

	return isnan(d) ? json_real_at(job->config, member) : d;
}

/* A pace of the configuration's, within reason. */
static int64_t
ask_config_ms(const struct job *job, const char *member, int64_t usual)
{
	int64_t ms = json_int_of(ask_config(job, member));

	return ms >= WAIT_MIN_MS ? ms : usual;
}

int64_t
ask_poll_ms(const struct job *job, int64_t usual)
{
	return ask_config_ms(job, "poll_ms", usual);
}

int64_t
ask_busy_ms(const struct job *job, int64_t usual)
{
	return ask_config_ms(job, "busy_ms", usual);
}
