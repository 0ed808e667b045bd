#include "testdb.h"

#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "core/conf.h"
#include "core/db.h"
#include "migrate.h"

#define START_MAX_US 20000000

extern char **environ;

static char dir[64];
static pid_t server;
static struct conf *conf;

static pid_t
run(const char *log, char *const argv[])
{
	posix_spawn_file_actions_t actions;
	char path[128];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/%s", dir, log);
	posix_spawn_file_actions_init(&actions);
	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		posix_spawn_file_actions_addopen(
		    &actions, fd, path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

static void
testdb_stop(void)
{
	char *rm[] = { (char[]){ "rm" }, (char[]){ "-rf" }, dir, NULL };

	if (server > 0) {
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	server = run("log", rm);
	waitpid(server, NULL, 0);
	conf_free(conf);
}

static void
write_config(void)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/my.cnf", dir);
	f = fopen(path, "w");
	if (f == NULL)
		abort();
	fprintf(f,
	    "[mysqld]\n%sdatadir=%s/data\nsocket=%s/s\npid-file=%s/pid\n"
	    "skip-networking\nskip-name-resolve\nskip-log-bin\n"
	    "innodb-buffer-pool-size=16M\ninnodb-log-file-size=32M\n"
	    "innodb-flush-log-at-trx-commit=2\ninnodb-use-native-aio=0\n"
	    "innodb-flush-method=nosync\n"
	    "innodb-lock-wait-timeout=2\nmax-connections=100\n",
	    geteuid() == 0 ? "user=root\n" : "", dir, dir, dir);
	fclose(f);
}

void
testdb_restart(void)
{
	static char config[96];
	char *argv[] = { (char[]){ "mariadbd" }, config, NULL };
	int64_t end = clock_steady_us() + START_MAX_US;
	struct ctx cx = testdb_ctx(conf);

	snprintf(config, sizeof(config), "--defaults-file=%s/my.cnf", dir);
	server = run("log", argv);
	while (db_ping(&cx) != ERR_OK && clock_steady_us() < end)
		usleep(20000);
	testdb_ctx_free(&cx);
}

static bool
data_make(void)
{
	char config[96];
	char *argv[] = { (char[]){ "mariadb-install-db" }, config,
		(char[]){ "--auth-root-authentication-method=normal" },
		(char[]){ "--force" }, (char[]){ "--skip-test-db" }, NULL };
	int status;
	pid_t pid;

	snprintf(config, sizeof(config), "--defaults-file=%s/my.cnf", dir);
	pid = run("install.log", argv);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

struct conf *
testdb_start(void)
{
	static char socket[96];
	struct ctx cx;
	size_t applied;

	snprintf(dir, sizeof(dir), "/tmp/gesso-testdb-XXXXXX");
	if (mkdtemp(dir) == NULL)
		abort();
	conf = conf_default();
	atexit(testdb_stop);
	write_config();
	if (!data_make()) {
		puts("1..0 # SKIP no MariaDB server");
		exit(0);
	}
	snprintf(socket, sizeof(socket), "%s/s", dir);
	conf->db_socket = socket;
	conf->db_user = "root";
	conf->db_name = "";
	conf->media_dir = dir;
	conf->state_dir = dir;
	testdb_restart();
	cx = testdb_ctx(conf);
	testdb_sql(&cx, "CREATE DATABASE gesso CHARACTER SET utf8mb4");
	testdb_ctx_free(&cx);
	conf->db_name = "gesso";
	cx = testdb_ctx(conf);
	if (migrate_up(&cx, &applied) != ERR_OK) {
		fprintf(stderr, "%s\n", cx.fault.detail);
		abort();
	}
	testdb_ctx_free(&cx);
	return conf;
}

struct ctx
testdb_ctx(const struct conf *of)
{
	return (struct ctx){ .arena = arena_new(64 * MIB),
		.db = db_new(of),
		.conf = of,
		.trace = "test" };
}

void
testdb_ctx_free(struct ctx *cx)
{
	db_free(cx->db);
	arena_free(cx->arena);
}

void
testdb_sql(struct ctx *cx, const char *sql)
{
	if (db_script(cx, sql) == ERR_OK)
		return;
	fprintf(stderr, "%s\n", cx->fault.detail);
	abort();
}

void
testdb_ahead(struct ctx *cx, int64_t s)
{
	testdb_sql(cx, "SET timestamp = DEFAULT");
	if (s != 0)
		testdb_sql(cx, arena_printf(cx->arena,
				   "SET timestamp = UNIX_TIMESTAMP() + %lld",
				   (long long)s));
}

void
testdb_kill(void)
{
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
}
