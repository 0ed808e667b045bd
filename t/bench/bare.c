/*
 * bare - the least that can be done: libfcgi, preforked workers, and the SQL
 * that a path needs.  No token, no validation, no limits, no log.
 *
 *	bare SOCKET WORKERS DB_SOCKET DB_NAME DB_USER DB_PASSWORD
 *
 *	/bare/profile?HEX	the select of every request with a token
 *	/bare/submit?HEX	the same, the model, and what a submission
 *writes
 *
 * HEX is the id of an account, 32 digits.
 */
#include <fcgiapp.h>
#include <mysql.h>
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
	"bb", NULL
};
#define PROFILE_COLUMNS 22
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

static void
profile_find(const unsigned char id[16], char text[][300])
{
	static MYSQL_BIND out[PROFILE_COLUMNS];
	static unsigned long len[PROFILE_COLUMNS];
	static my_bool null[PROFILE_COLUMNS];
	const void *args[] = { id, id };

	act_run(&profile, args);
	for (size_t i = 0; i < PROFILE_COLUMNS; i++) {
		out[i].buffer_type = MYSQL_TYPE_STRING;
		out[i].buffer = text[i];
		out[i].buffer_length = 299;
		out[i].length = &len[i];
		out[i].is_null = &null[i];
	}
	must(mysql_stmt_bind_result(profile.stmt, out) == 0, "result");
	must(mysql_stmt_fetch(profile.stmt) == 0, "no such account");
	for (size_t i = 0; i < PROFILE_COLUMNS; i++)
		text[i][null[i] ? 0 : len[i]] = '\0';
	mysql_stmt_free_result(profile.stmt);
}

static void
profile_reply(FCGX_Request *r, const unsigned char id[16])
{
	static char text[PROFILE_COLUMNS][300];

	profile_find(id, text);
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
	    "", NULL },
	{ "UPDATE account SET power_available = power_available - 1,"
	  " power_held = power_held + 1, images_today = images_today + 1"
	  " WHERE id = ? AND power_available >= 1",
	    "b", NULL },
	{ "INSERT INTO power_transfer (account_id, task_id, kind, debit,"
	  " credit, amount, balance, created_at) SELECT id, ?, 'hold',"
	  " 'available', 'held', 1, power_available, NOW(3) FROM account"
	  " WHERE id = ?",
	    "bb", NULL },
	{ "INSERT INTO task (id, account_id, kind, state, provider_id,"
	  " model_id, prompt, params, count, cost, quota_day, size_class,"
	  " estimated_s, timeline, next_at, created_at, deadline_at) VALUES"
	  " (?, ?, 'text_to_image', 'queued', 'dalle', 'dall-e-3', 'a kite',"
	  " '{\"width\":1024,\"height\":1024,\"numImages\":1}', 1, 1, 20000,"
	  " 'medium', 30, '\"queued\":\"2024-01-26T00:00:00Z\"', NOW(3),"
	  " NOW(3), NOW(3) + INTERVAL 600 SECOND)",
	    "bb", NULL },
	{ "INSERT INTO work (id, account_id, task_id, position, type, title,"
	  " prompt, params, provider_id, model_id, width, height, created_at)"
	  " VALUES (?, ?, ?, 0, 'image', 'a kite', 'a kite',"
	  " '{\"width\":1024,\"height\":1024,\"numImages\":1}', 'dalle',"
	  " 'dall-e-3', 1024, 1024, NOW(3))",
	    "bbb", NULL },
	{ "INSERT INTO work_count (account_id, type, status, total) VALUES"
	  " (?, 'image', 'processing', 1) ON DUPLICATE KEY UPDATE total ="
	  " total + 1",
	    "b", NULL },
	{ "INSERT INTO event (account_id, task_id, body, created_at) VALUES"
	  " (?, ?, '{\"type\":\"task_progress\",\"progress\":0}', NOW(3))",
	    "bb", NULL },
};

static void
submit_reply(FCGX_Request *r, const unsigned char id[16])
{
	unsigned char task[16], work[16];
	const void *args[][3] = { { NULL }, { id }, { task, id }, { task, id },
		{ work, id, task }, { id }, { id, task } };

	static char text[PROFILE_COLUMNS][300];

	profile_find(id, text);
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

static void
id_read(const char *text, unsigned char id[16])
{
	for (size_t i = 0; i < 16; i++) {
		unsigned byte = 0;

		(void)sscanf(text + 2 * i, "%2x", &byte);
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
