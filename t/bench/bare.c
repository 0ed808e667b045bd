/*
 * bare - the least that can be done: libfcgi, preforked workers, and the SQL
 * that a path needs.  No token, no validation, no limits, no log.
 *
 *	bare SOCKET WORKERS DB_SOCKET DB_NAME DB_USER DB_PASSWORD
 *
 *	/bare/profile?HEX	the select of every request with a token
 *	/bare/submit?HEX	the same, the model, and what a submission
 *				writes
 *	/bare/works?HEX		a page of finished pictures and its total
 *	/bare/feed?HEX		a page of the square and its total
 *	/bare/feed/viewer?HEX	the same as somebody sees it, and the select of
 *				every request with a token
 *
 * HEX is the id of an account, 32 digits.
 */
#include <fcgiapp.h>
#include <mysql.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#define BACKLOG 4096
#define PARAMS_MAX 20

static MYSQL *db;

/* A prepared statement; all parameters are bytes or integers. */
struct act {
	const char *sql;
	const char *in; /* b: 16 bytes, i: integer, s: text */
	MYSQL_STMT *stmt;
	int bound; /* the columns are */
};

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bare: %s: %s\n", what, db ? mysql_error(db) : "");
	exit(1);
}

static void
act_run(struct act *a, const void *const *args)
{
	MYSQL_BIND bind[PARAMS_MAX];
	unsigned long len[PARAMS_MAX];

	if (a->stmt == NULL) {
		a->stmt = mysql_stmt_init(db);
		must(mysql_stmt_prepare(a->stmt, a->sql, strlen(a->sql)) == 0,
		    a->sql);
	}
	memset(bind, 0, sizeof(bind));
	for (size_t i = 0; a->in[i] != '\0'; i++) {
		bind[i].buffer = (void *)(uintptr_t)args[i];
		if (a->in[i] == 'i') {
			bind[i].buffer_type = MYSQL_TYPE_LONGLONG;
			continue;
		}
		len[i] = a->in[i] == 'b' ? 16 : strlen(args[i]);
		bind[i].buffer_type =
		    a->in[i] == 'b' ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
		bind[i].buffer_length = len[i];
		bind[i].length = &len[i];
	}
	must(a->in[0] == '\0' || mysql_stmt_bind_param(a->stmt, bind) == 0,
	    "bind");
	must(mysql_stmt_execute(a->stmt) == 0, mysql_stmt_error(a->stmt));
}

/* The statement of account_of_token() in lib/domain/account.c. */
static struct act profile = {
	"SELECT a.id, a.username, a.email, t.name AS avatar,"
	"       t.extension AS avatar_extension, a.role,"
	"       a.banned_at IS NOT NULL AS banned,"
	"       IF(a.vip_until <= NOW(3), 0, a.vip_level) AS vip_level,"
	"       a.vip_until, a.token_epoch, a.power_available, a.power_held,"
	"       a.power_spent, a.power_gifted, a.hd_count, a.generated,"
	"       a.quota_day, a.images_today, a.videos_today,"
	"       a.storage_bytes, a.created_at,"
	"       EXISTS (SELECT 1 FROM revoked_token r"
	"                WHERE r.jti = ? AND r.dies_at <= NOW(3)) AS revoked"
	"  FROM account a"
	"  LEFT JOIN media m ON m.name = a.avatar"
	"  LEFT JOIN media t ON t.name = m.thumbnail AND t.deleted_at IS NULL"
	" WHERE a.id = ?",
	"bb", NULL, 0
};
#define PROFILE_COLUMNS 22
#define COLUMNS_MAX 22
#define TEXT_MAX 300 /* bytes of a column, and its end */
/* Those of them that are shown. */
enum {
	USERNAME = 1,
	EMAIL = 2,
	ROLE = 5,
	VIP = 7,
	POWER = 10,
	GENERATED = 15,
	CREATED = 20
};

/* The columns of the row that was fetched last, as text. */
static char text[COLUMNS_MAX][TEXT_MAX];

/* Asks for the next row; 0 at the end. */
static int
act_next(struct act *a, size_t columns)
{
	static unsigned long len[COLUMNS_MAX];
	static my_bool null[COLUMNS_MAX];
	MYSQL_BIND out[COLUMNS_MAX];
	int rc;

	memset(out, 0, sizeof(out));
	for (size_t i = 0; i < columns && !a->bound; i++) {
		out[i].buffer_type = MYSQL_TYPE_STRING;
		out[i].buffer = text[i];
		out[i].buffer_length = TEXT_MAX - 1;
		out[i].length = &len[i];
		out[i].is_null = &null[i];
	}
	must(a->bound || mysql_stmt_bind_result(a->stmt, out) == 0, "result");
	a->bound = 1;
	rc = mysql_stmt_fetch(a->stmt);
	must(rc != 1, mysql_stmt_error(a->stmt));
	for (size_t i = 0; i < columns && rc != MYSQL_NO_DATA; i++)
		text[i][null[i] ? 0 : len[i]] = '\0';
	if (rc == MYSQL_NO_DATA)
		mysql_stmt_free_result(a->stmt);
	return rc != MYSQL_NO_DATA;
}

/* The only row. */
static void
act_one(struct act *a, size_t columns, const void *const *args)
{
	act_run(a, args);
	must(act_next(a, columns), "no such row");
	mysql_stmt_free_result(a->stmt);
}

static void
profile_find(const unsigned char id[16])
{
	const void *args[] = { id, id };

	act_one(&profile, PROFILE_COLUMNS, args);
}

static void
profile_reply(FCGX_Request *r, const unsigned char id[16])
{
	profile_find(id);
	FCGX_FPrintF(r->out,
	    "Content-Type: application/json\r\n\r\n"
	    "{\"code\":200,\"message\":\"success\",\"data\":{\"username\":"
	    "\"%s\",\"email\":\"%s\",\"role\":\"%s\",\"vipLevel\":%s,"
	    "\"computePower\":%s,\"totalGenerated\":%s,\"createdAt\":\"%s\"}}",
	    text[USERNAME], text[EMAIL], text[ROLE], text[VIP], text[POWER],
	    text[GENERATED], text[CREATED]);
}

static struct act submit[] = {
	/* whether the model may be used, as model_choose() asks */
	{ "SELECT m.provider_id, m.id, m.upstream, m.price, m.status,"
	  " p.enabled FROM setting sp JOIN setting sm ON sm.name ="
	  " REPLACE(sp.name, 'Provider', 'Model') JOIN provider p ON p.id ="
	  " sp.value JOIN model m ON m.provider_id = p.id AND m.id = sm.value"
	  " LEFT JOIN estimate e ON e.provider_id = m.provider_id"
	  " AND e.model_id = m.id AND e.size_class = 'medium'"
	  " WHERE sp.name = 'imageProvider'",
	    "", NULL, 0 },
	{ "UPDATE account SET power_available = power_available - 1,"
	  " power_held = power_held + 1, images_today = images_today + 1"
	  " WHERE id = ? AND power_available >= 1",
	    "b", NULL, 0 },
	{ "INSERT INTO power_transfer (account_id, task_id, kind, debit,"
	  " credit, amount, balance, created_at) SELECT id, ?, 'hold',"
	  " 'available', 'held', 1, power_available, NOW(3) FROM account"
	  " WHERE id = ?",
	    "bb", NULL, 0 },
	{ "INSERT INTO task (id, account_id, kind, state, provider_id,"
	  " model_id, prompt, params, count, cost, quota_day, size_class,"
	  " estimated_s, timeline, next_at, created_at, deadline_at) VALUES"
	  " (?, ?, 'text_to_image', 'queued', 'dalle', 'dall-e-3', 'a kite',"
	  " '{\"width\":1024,\"height\":1024,\"numImages\":1}', 1, 1, 20000,"
	  " 'medium', 30, '\"queued\":\"2024-01-26T00:00:00Z\"', NOW(3),"
	  " NOW(3), NOW(3) + INTERVAL 600 SECOND)",
	    "bb", NULL, 0 },
	{ "INSERT INTO work (id, account_id, task_id, position, type, title,"
	  " prompt, params, provider_id, model_id, width, height, created_at)"
	  " VALUES (?, ?, ?, 0, 'image', 'a kite', 'a kite',"
	  " '{\"width\":1024,\"height\":1024,\"numImages\":1}', 'dalle',"
	  " 'dall-e-3', 1024, 1024, NOW(3))",
	    "bbb", NULL, 0 },
	{ "INSERT INTO work_count (account_id, type, status, total) VALUES"
	  " (?, 'image', 'processing', 1) ON DUPLICATE KEY UPDATE total ="
	  " total + 1",
	    "b", NULL, 0 },
	{ "INSERT INTO event (account_id, task_id, body, created_at) VALUES"
	  " (?, ?, '{\"type\":\"task_progress\",\"progress\":0}', NOW(3))",
	    "bb", NULL, 0 },
};

static void
submit_reply(FCGX_Request *r, const unsigned char id[16])
{
	unsigned char task[16], work[16];
	const void *args[][3] = { { NULL }, { id }, { task, id }, { task, id },
		{ work, id, task }, { id }, { id, task } };

	profile_find(id);
	must(getrandom(task, sizeof(task), 0) == 16, "random");
	must(getrandom(work, sizeof(work), 0) == 16, "random");
	act_run(&submit[0], args[0]);
	must(mysql_stmt_store_result(submit[0].stmt) == 0, "model");
	mysql_stmt_free_result(submit[0].stmt);
	must(mysql_query(db, "START TRANSACTION") == 0, "begin");
	for (size_t i = 1; i < sizeof(submit) / sizeof(submit[0]); i++)
		act_run(&submit[i], args[i]);
	must(mysql_query(db, "COMMIT") == 0, "commit");
	FCGX_FPrintF(r->out,
	    "Content-Type: application/json\r\n\r\n"
	    "{\"code\":200,\"message\":\"success\",\"data\":{\"taskId\":"
	    "\"%02x%02x\",\"status\":\"processing\",\"estimatedTime\":30}}",
	    task[0], task[1]);
}

/* ---- lists ---- */

#define PAGE 20

/* What grows while a page is written. */
static char out[64 * 1024];
static size_t out_len;

static void __attribute__((format(printf, 1, 2))) put(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	out_len +=
	    (size_t)vsnprintf(out + out_len, sizeof(out) - out_len, fmt, ap);
	va_end(ap);
}

/* 16 bytes of a column. */
static void
put_hex(const char *bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 16; i++) {
		out[out_len++] = digits[(unsigned char)bytes[i] >> 4];
		out[out_len++] = digits[(unsigned char)bytes[i] & 15];
	}
}

/* A member with a string, escaped. */
static void
put_text(const char *name, const char *value)
{
	put("\"%s\":\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			out[out_len++] = '\\';
		out[out_len++] = *value;
	}
	put("\",");
}

static void
put_url(const char *name, const char *bytes, const char *extension)
{
	put("\"%s\":\"http://127.0.0.1:20000/media/", name);
	put_hex(bytes);
	put(".%s\",", extension);
}

/* The members that works and feeds have in common; the first nine columns. */
static void
put_work(void)
{
	put("{\"id\":\"");
	put_hex(text[0]);
	put("\",\"type\":\"%s\",", text[1]);
	put_text("title", text[2]);
	put("\"createdAt\":\"%s\",", text[3]);
	put_url("fileUrl", text[4], text[5]);
	put_url("thumbnail", text[6], text[7]);
}

static void
list_open(void)
{
	out_len = 0;
	put("{\"code\":200,\"message\":\"success\",\"data\":{\"total\":%s,"
	    "\"page\":1,\"pageSize\":%d,\"list\":[",
	    text[0], PAGE);
}

static void
list_reply(FCGX_Request *r)
{
	out[out_len - 1] = ']';
	put("}}");
	FCGX_FPrintF(r->out,
	    "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n",
	    (int)out_len);
	FCGX_PutStr(out, (int)out_len, r->out);
}

#define LIST_COLUMNS                                                           \
	"w.id, w.type, w.title, w.created_at, w.media, w.extension,"           \
	" w.thumbnail, w.thumbnail_extension"
static struct act works_total = {
	"SELECT SUM(total) FROM work_count WHERE account_id = ?"
	" AND type = 'image' AND status = 'completed'",
	"b", NULL, 0
};
static struct act works = { "SELECT " LIST_COLUMNS ", w.status FROM work w"
			    " WHERE w.account_id = ? AND w.type = 'image'"
			    "   AND w.status = 'completed'"
			    " ORDER BY w.id DESC LIMIT 21",
	"b", NULL, 0 };

static void
works_reply(FCGX_Request *r, const unsigned char id[16])
{
	const void *args[] = { id };
	size_t rows = 0;

	act_one(&works_total, 1, args);
	list_open();
	for (act_run(&works, args); act_next(&works, 9); rows++) {
		if (rows == PAGE)
			continue; /* there is another page */
		put_work();
		put("\"status\":\"%s\"},", text[8]);
	}
	list_reply(r);
}

static struct act feed_total = { "SELECT SUM(total) FROM square_count", "",
	NULL, 0 };
#define FEED_COLUMNS                                                           \
	"SELECT STRAIGHT_JOIN " LIST_COLUMNS                                   \
	", w.description, w.play_count, w.like_count, w.favorite_count,"       \
	" w.width, w.height, w.published_at, a.id, a.username, t.name,"        \
	" t.extension"
#define FEED_JOIN                                                              \
	"  FROM square s FORCE INDEX (square_hot)"                             \
	"  JOIN work w FORCE INDEX (PRIMARY) ON w.id = s.work_id"              \
	"  JOIN account a FORCE INDEX (PRIMARY) ON a.id = w.account_id"        \
	"  LEFT JOIN media m FORCE INDEX (PRIMARY) ON m.name = a.avatar"       \
	"  LEFT JOIN media t FORCE INDEX (PRIMARY) ON t.name = m.thumbnail"
#define FEED_ORDER " ORDER BY s.hot DESC, s.work_id DESC LIMIT 21"
static struct act feed = { FEED_COLUMNS FEED_JOIN FEED_ORDER, "", NULL, 0 };
static struct act feed_viewer = { FEED_COLUMNS
	", l.work_id IS NOT NULL, f.work_id IS NOT NULL" FEED_JOIN
	"  LEFT JOIN work_like l FORCE INDEX (PRIMARY)"
	"       ON l.work_id = s.work_id AND l.account_id = ?"
	"  LEFT JOIN work_favorite f FORCE INDEX (PRIMARY)"
	"       ON f.work_id = s.work_id AND f.account_id = ?" FEED_ORDER,
	"bb", NULL, 0 };

/* For somebody, or with NULL for anybody. */
static void
feed_reply(FCGX_Request *r, const unsigned char *id)
{
	const void *args[] = { id, id };
	struct act *a = id != NULL ? &feed_viewer : &feed;
	size_t rows = 0;

	if (id != NULL)
		profile_find(id);
	act_one(&feed_total, 1, NULL);
	list_open();
	for (act_run(a, args); act_next(a, id != NULL ? 21 : 19); rows++) {
		if (rows == PAGE)
			continue;
		put_work();
		put_text("description", text[8]);
		put("\"playCount\":%s,\"likeCount\":%s,"
		    "\"favoriteCount\":%s,\"width\":%s,\"height\":%s,"
		    "\"publishedAt\":\"%s\",\"author\":{\"id\":\"",
		    text[9], text[10], text[11], text[12], text[13], text[14]);
		put_hex(text[15]);
		put("\",");
		put_text("username", text[16]);
		if (text[18][0] != '\0')
			put_url("avatar", text[17], text[18]);
		out_len--;
		put("}");
		if (id != NULL)
			put(",\"liked\":%s,\"favorited\":%s", text[19],
			    text[20]);
		put("},");
	}
	list_reply(r);
}

static void
id_read(const char *hex, unsigned char id[16])
{
	for (size_t i = 0; i < 16; i++) {
		unsigned byte = 0;

		(void)sscanf(hex + 2 * i, "%2x", &byte);
		id[i] = (unsigned char)byte;
	}
}

static void
serve(int fd, char **argv)
{
	FCGX_Request r;
	unsigned char id[16];

	db = mysql_init(NULL);
	must(mysql_real_connect(
		 db, NULL, argv[5], argv[6], argv[4], 0, argv[3], 0) != NULL,
	    "connect");
	must(FCGX_Init() == 0 && FCGX_InitRequest(&r, fd, 0) == 0, "libfcgi");
	while (FCGX_Accept_r(&r) == 0) {
		const char *uri = FCGX_GetParam("REQUEST_URI", r.envp);

		r.keepConnection = 0;
		id_read(strchr(uri, '?') + 1, id);
		if (strncmp(uri, "/bare/profile", 13) == 0)
			profile_reply(&r, id);
		else if (strncmp(uri, "/bare/works", 11) == 0)
			works_reply(&r, id);
		else if (strncmp(uri, "/bare/feed/viewer", 17) == 0)
			feed_reply(&r, id);
		else if (strncmp(uri, "/bare/feed", 10) == 0)
			feed_reply(&r, NULL);
		else
			submit_reply(&r, id);
		FCGX_Finish_r(&r);
	}
}

int
main(int argc, char **argv)
{
	int fd;

	if (argc != 7)
		return 64;
	fd = FCGX_OpenSocket(argv[1], BACKLOG);
	must(fd >= 0, "socket");
	for (long i = strtol(argv[2], NULL, 10); i > 0; i--) {
		if (fork() == 0) {
			serve(fd, argv);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		continue;
	return 0;
}
