/*
 * The part of doctor that calls the site as everybody does, through its public
 * address and the web server in front.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "config.h"
#include "core/db.h"
#include "domain/media_store.h"
#include "domain/session.h"
#include "exam.h"
#include "vendor/fetch.h"

/* The address is the administrator's own: it may be a private one. */
#define EVERYWHERE "0.0.0.0/0,::/0"
#define CALL_MS 10000
/* No more is sent to see whether the web server's limit is below ours. */
#define PROBE_MAX (64 * (int64_t)MIB)
#define FORM_ROOM (8 * (int64_t)KIB)
/* Parts of a stream that come closer than this came in one piece. */
#define STREAM_SPREAD_US 50000
#define STREAM_QUESTION "{\"message\":\"Count from one to thirty, in words.\"}"

static enum fetch_outcome
site_call(
    struct exam *exam, struct fetch_request *request, struct fetch_reply *reply)
{
	request->connect_ms = request->wait_ms = request->total_ms = CALL_MS;
	if (request->method == NULL)
		request->method = "GET";
	return fetch_run(exam->cx->arena, EVERYWHERE, request, reply);
}

/* An address of the API; doctor_files saw that base_path lies below the site.
 */
static const char *
site_url(struct exam *exam, const char *path)
{
	const struct conf *conf = exam->conf;

	return arena_printf(exam->cx->arena, "%s%s%s", conf->public_url,
	    conf->base_path + strlen(conf->site_path), path);
}

static bool
is_ours(const struct fetch_reply *reply)
{
	return fetch_header(reply, "X-Request-Id") != NULL;
}

/* Who answers at public_url? */
static bool
check_reach(struct exam *exam)
{
	struct fetch_request request = { .url = site_url(exam, "/health") };
	struct fetch_reply reply;

	if (site_call(exam, &request, &reply) != FETCH_OK) {
		exam_wrong(exam, EXAM_FAIL, "public address",
		    "does the web server run, and is public_url right?",
		    "%s: %s", request.url, reply.detail);
		return false;
	}
	if (reply.status == 503 && !is_ours(&reply)) {
		exam_wrong(exam, EXAM_FAIL, "public address",
		    "start gesso.fcgi; does the web server name the socket it "
		    "listens at?",
		    "the web server does not reach gesso.fcgi");
		return false;
	}
	if (!is_ours(&reply)) {
		exam_wrong(exam, EXAM_FAIL, "public address",
		    "do base_path, public_url and the web server's "
		    "configuration name one path?",
		    "%s answers %d, and that is not gesso", request.url,
		    reply.status);
		return false;
	}
	if (strstr(reply.body, "\"version\":\"" PACKAGE_VERSION "\"") == NULL)
		exam_wrong(exam, EXAM_WARN, "public address",
		    "restart gesso.fcgi after an upgrade",
		    "another version than %s runs there", PACKAGE_VERSION);
	else
		exam_ok(exam, "public address", "%s", request.url);
	return true;
}

struct admin_row {
	const char *email;
};
static const struct field admin_fields[] = { COLUMN(struct admin_row, email) };
static const struct shape admin_shape = SHAPE(struct admin_row, admin_fields);

DB_STMT(doctor_admin, "", &admin_shape,
    "SELECT email FROM account WHERE role = 'admin' AND banned_at IS NULL"
    " ORDER BY id LIMIT 1");

/* "Authorization: Bearer ..." of an administrator; NULL (said): none. */
static const char *
token_make(struct exam *exam)
{
	struct account account;
	struct admin_row row;
	const char *token;
	enum err e;

	e = db_find(exam->cx, &row, &doctor_admin);
	if (e == ERR_OK)
		e = account_find_email(exam->cx, row.email, &account);
	if (e == ERR_OK)
		e = session_keys_load(exam->cx);
	if (e == ERR_OK)
		e = session_open(exam->cx, &account, &token);
	if (e == ERR_OK)
		return arena_printf(
		    exam->cx->arena, "Authorization: Bearer %s", token);
	exam_wrong(exam, EXAM_WARN, "authorization",
	    "run: gessoctl user role EMAIL admin",
	    "without an administrator it cannot be tried: %s",
	    exam_fault(exam, e));
	return NULL;
}

static bool
check_authorization(struct exam *exam, const char *token)
{
	struct fetch_request request = { .url = site_url(exam, "/user/profile"),
		.key_header = token };
	struct fetch_reply reply;

	(void)site_call(exam, &request, &reply);
	if (reply.status == 200 || reply.status == 429) {
		exam_ok(exam, "authorization", "reaches gesso");
		return true;
	}
	if (reply.status == 401)
		exam_wrong(exam, EXAM_FAIL, "authorization",
		    "Apache drops the header: CGIPassAuth On; or gesso.fcgi "
		    "has other keys than token_key_file: send it SIGHUP",
		    "a good token is refused");
	else
		exam_wrong(exam, EXAM_FAIL, "authorization",
		    "look into the log of gesso.fcgi",
		    "/user/profile answers %d %s", reply.status, reply.detail);
	return false;
}

/* A body as large as ours allow must come through to us. */
static void
check_limit(struct exam *exam, const char *check, const char *path,
    const char *type, int64_t bytes, const char *token)
{
	char *body;
	struct fetch_request request = {
		.method = "POST",
		.url = site_url(exam, path),
		.key_header = token,
		.headers = { arena_printf(
		    exam->cx->arena, "Content-Type: %s", type) },
	};
	struct fetch_reply reply;

	if (bytes > PROBE_MAX)
		bytes = PROBE_MAX;
	body = arena_alloc(exam->cx->arena, (size_t)bytes);
	memset(body, ' ', (size_t)bytes);
	request.body = body;
	request.len = (size_t)bytes;
	if (site_call(exam, &request, &reply) == FETCH_OK && is_ours(&reply))
		exam_ok(exam, check, "%" PRId64 " KiB come through",
		    bytes / (int64_t)KIB);
	else
		exam_wrong(exam, EXAM_FAIL, check,
		    "raise it: server.max-request-size of lighttpd, "
		    "GESSO_BODY_MAX of Apache",
		    "the web server answers %d to %" PRId64 " KiB %s",
		    reply.status, bytes / (int64_t)KIB, reply.detail);
}

struct file_row {
	struct uuid name;
	const char *extension;
	int64_t bytes;
};
static const struct field file_fields[] = {
	COLUMN(struct file_row, name),
	COLUMN(struct file_row, extension),
	COLUMN(struct file_row, bytes),
};
static const struct shape file_shape = SHAPE(struct file_row, file_fields);

DB_STMT(doctor_file, "", &file_shape,
    "SELECT name, extension, bytes FROM media WHERE deleted_at IS NULL"
    " ORDER BY bytes LIMIT 1");

/* What may be wrong with the smallest file there is. */
static void
check_file(struct exam *exam, const struct file_row *row)
{
	struct fetch_request request = { .url = media_store_url(exam->cx,
					     &row->name, row->extension) };
	struct fetch_reply reply;

	(void)site_call(exam, &request, &reply);
	if (fetch_header(&reply, "X-Sendfile") != NULL)
		exam_wrong(exam, EXAM_FAIL, "media",
		    "load mod_xsendfile (XSendFile On) or x-sendfile of "
		    "mod_fastcgi, or set sendfile = none",
		    "the web server hands X-Sendfile on instead of the file");
	else if (reply.status != 200)
		exam_wrong(exam, EXAM_FAIL, "media",
		    "may the web server read media_dir, and does it name it "
		    "(x-sendfile-docroot, XSendFilePath)?",
		    "%s answers %d %s", request.url, reply.status,
		    reply.detail);
	else if ((int64_t)reply.len != row->bytes)
		exam_wrong(exam, EXAM_FAIL, "media",
		    "look into the web server's configuration",
		    "%zu bytes came instead of %" PRId64, reply.len,
		    row->bytes);
	else if (!text_is(
		     fetch_header(&reply, "X-Content-Type-Options"), "nosniff"))
		exam_wrong(exam, EXAM_WARN, "media",
		    "take the headers over from the example of the web "
		    "server's configuration",
		    "files go out without X-Content-Type-Options");
	else
		exam_ok(exam, "media", "files go out whole");
}

static void
check_media(struct exam *exam)
{
	struct file_row row;
	enum err e = db_find(exam->cx, &row, &doctor_file);

	if (e == ERR_OK)
		check_file(exam, &row);
	else if (e == ERR_NOT_FOUND)
		exam_ok(exam, "media", "there is no file yet to try with");
	else
		exam_wrong(exam, EXAM_FAIL, "media", "look at the database",
		    "%s", exam_fault(exam, e));
}

/* Without a token the notifier, and nobody else, says 401. */
static void
check_websocket(struct exam *exam)
{
	struct fetch_request request = {
		.url = arena_printf(
		    exam->cx->arena, "%s/ws", exam->conf->public_url),
		.headers = { "Connection: Upgrade", "Upgrade: websocket",
		    "Sec-WebSocket-Version: 13",
		    "Sec-WebSocket-Key: Z2Vzc28gZG9jdG9yLi4uLg==" },
	};
	struct fetch_reply reply;

	(void)site_call(exam, &request, &reply);
	if (reply.status == 401)
		exam_ok(exam, "websocket", "reaches the notifier");
	else
		exam_wrong(exam, EXAM_WARN, "websocket",
		    "start gesso-notifier; does the web server hand /ws on to "
		    "ws_listen (upgrade)? Or let clients ask GET /events",
		    "/ws answers %d %s", reply.status, reply.detail);
}

/* When the parts of a stream came. */
struct arrivals {
	int64_t first_us, last_us;
	size_t bytes;
};

static bool
stream_part(void *arg, const char *data, size_t len)
{
	struct arrivals *a = arg;

	(void)data;
	a->last_us = clock_steady_us();
	if (a->bytes == 0)
		a->first_us = a->last_us;
	a->bytes += len;
	return true;
}

/* A question that takes a moment to answer; the administrator asks it. */
static void
check_stream(struct exam *exam, const char *token)
{
	struct arrivals a = { 0 };
	struct fetch_request request = {
		.method = "POST",
		.url = site_url(exam, "/assistant/chat"),
		.key_header = token,
		.headers = { "Content-Type: application/json" },
		.body = STREAM_QUESTION,
		.len = strlen(STREAM_QUESTION),
		.on_data = stream_part,
		.arg = &a,
	};
	struct fetch_reply reply;

	if (site_call(exam, &request, &reply) == FETCH_OK && !is_ours(&reply))
		exam_ok(exam, "streaming", "there is no assistant");
	else if (reply.status == 400)
		exam_ok(exam, "streaming",
		    "no model of the assistant is enabled to try it with");
	else if (reply.outcome != FETCH_OK || reply.status != 200)
		exam_wrong(exam, EXAM_WARN, "streaming",
		    "does the assistant's vendor answer? run: gessoctl "
		    "provider list",
		    "/assistant/chat answers %d %s", reply.status,
		    reply.detail);
	else if (a.last_us - a.first_us < STREAM_SPREAD_US)
		exam_wrong(exam, EXAM_FAIL, "streaming",
		    "server.stream-response-body = 1 (lighttpd), "
		    "flushpackets=on (mod_proxy_fcgi), FcgidOutputBufferSize 0 "
		    "(mod_fcgid); no compression of text/event-stream",
		    "the web server keeps answers back until they are whole");
	else
		exam_ok(exam, "streaming", "words arrive as they are written");
}

void
doctor_site(struct exam *exam)
{
	const struct conf *conf = exam->conf;
	const char *token;

	if (!check_reach(exam))
		return;
	check_media(exam);
	check_websocket(exam);
	token = token_make(exam);
	if (token == NULL || !check_authorization(exam, token))
		return;
	check_limit(exam, "limit of JSON", "/auth/login", "application/json",
	    conf->max_json_bytes - FORM_ROOM, token);
	check_limit(exam, "limit of images", "/upload/image",
	    "multipart/form-data; boundary=gesso",
	    conf->max_image_bytes - FORM_ROOM, token);
	check_stream(exam, token);
}

const struct db_stmt *const doctor_site_stmts[] = { &doctor_admin, &doctor_file,
	NULL };
