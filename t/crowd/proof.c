/*
 * proof - that no event is lost: writers commit, roll back and take their time,
 * clients are cut off and come back with since, and meanwhile somebody kills
 * the notifiers.  The naive reader, which asks for "id > the last I saw", reads
 * the same rows beside, and loses some.
 *
 * Every event is the n-th of its task, counted in the task's row under its
 * lock, so what a client must see is 1, 2, 3 ... for each task, whatever was
 * rolled back.
 *
 *	proof --config FILE --socket PATH[,PATH] [--writers N] [--commits N]
 *	      [--clients N] [--slow-ms N] [--patience SECONDS]
 *
 * Says "written" when the writers are done; the figures follow, name=value.
 */
#include "config.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"
#include "base/text.h"
#include "core/conf.h"
#include "core/db.h"
#include "crowd.h"
#include "domain/event.h"
#include "people.h"

#define TASKS_EACH 2
#define SOCKETS_MAX 4
#define ROLLBACK_PERCENT 2
#define THINK_US 4000 /* within a transaction, at most */
#define CUT_EVERY_US 5000
#define OLDER 8 /* one in so many comes back with an older since */
#define OLDER_BY 50
#define RETRY_US 100000 /* before a client tries again, at most */
#define NAIVE_US 1000
#define NAIVE_MAX 1000

static struct {
	const char *config, *sockets;
	int64_t writers, commits, clients, slow_ms, patience_s;
} given = { NULL, NULL, 64, 200000, 1000, 3000, 120 };

/* ---- what is written ---- */

struct task {
	int64_t n;
	struct uuid account_id;
};
static const struct field task_fields[] = {
	COLUMN(struct task, n),
	COLUMN(struct task, account_id),
};
static const struct shape task_shape = SHAPE(struct task, task_fields);

DB_STMT(task_insert, "iu", NULL,
    "INSERT INTO proof_task (id, n, account_id) VALUES (?, 0, ?)");
DB_STMT(task_lock, "i", &task_shape,
    "SELECT n, account_id FROM proof_task WHERE id = ? FOR UPDATE");
DB_STMT(task_step, "i", NULL, "UPDATE proof_task SET n = n + 1 WHERE id = ?");

static const struct conf *conf;
static struct person *people;
static size_t task_count;
static atomic_llong *committed; /* by task: how many there are */
static atomic_llong started, done, rolled_back;
static atomic_bool written;

struct step {
	int64_t task;
	int64_t n;
	int64_t think_us;
	bool roll_back;
};

static void
nap(int64_t us)
{
	const struct timespec t = { us / 1000000, us % 1000000 * 1000 };

	(void)nanosleep(&t, NULL);
}

static enum err
step_work(struct ctx *cx, void *arg)
{
	struct step *s = arg;
	struct task task;
	enum err e = db_find(cx, &task, &task_lock, s->task);

	if (e == ERR_OK)
		e = db_run(cx, NULL, &task_step, s->task);
	if (e)
		return e;
	s->n = task.n + 1;
	e = event_append(cx, &task.account_id, NULL,
	    arena_printf(cx->arena,
		"{\"type\":\"proof\",\"task\":%" PRId64 ",\"n\":%" PRId64 "}",
		s->task, s->n));
	nap(s->think_us);
	return e == ERR_OK && s->roll_back ? ERR_CONFLICT : e;
}

/* The one that takes its time comes when half is done. */
static void *
writer_run(void *arg)
{
	struct ctx cx = people_ctx(conf);
	int64_t turn;

	(void)arg;
	while ((turn = atomic_fetch_add(&started, 1)) < given.commits) {
		struct step s = {
			.task = random_below((uint32_t)task_count),
			.think_us = turn == given.commits / 2
					? given.slow_ms * 1000
					: random_below(THINK_US),
		};

		do {
			enum err e;

			s.roll_back = random_below(100) < ROLLBACK_PERCENT;
			e = db_transaction(&cx, step_work, &s);
			if (!s.roll_back || e != ERR_CONFLICT)
				people_must(&cx, e, "commit");
			atomic_fetch_add(&rolled_back, s.roll_back);
			fault_clear(&cx);
			arena_reset(cx.arena);
		} while (s.roll_back);
		/* commits of a task may get here in another order */
		atomic_fetch_add(&committed[s.task], 1);
		atomic_fetch_add(&done, 1);
	}
	people_ctx_free(&cx);
	return NULL;
}

/* ---- the naive reader ---- */

struct row {
	int64_t id;
};
static const struct field row_fields[] = { COLUMN(struct row, id) };
static const struct shape row_shape = SHAPE(struct row, row_fields);

DB_STMT(naive_read, "ii", &row_shape,
    "SELECT id FROM event WHERE id > ? ORDER BY id LIMIT ?");

static void *
naive_run(void *arg)
{
	struct ctx cx = people_ctx(conf);
	int64_t *seen = arg, last = 0;
	struct row *rows;
	size_t count;
	bool end;

	do {
		end = atomic_load(&written);
		people_must(&cx,
		    db_list(&cx, &rows, &count, NAIVE_MAX, &naive_read, last,
			(int64_t)NAIVE_MAX),
		    "naive");
		if (count > 0)
			last = rows[count - 1].id;
		*seen += (int64_t)count;
		arena_reset(cx.arena);
		if (count < NAIVE_MAX)
			nap(NAIVE_US);
	} while (!end || count == NAIVE_MAX);
	people_ctx_free(&cx);
	return NULL;
}

/* ---- the clients ---- */

struct listener {
	int64_t last;     /* eventId of the last message */
	int64_t here;     /* the same of this connection */
	int64_t retry_us; /* 0: connected or trying */
	int64_t seen[TASKS_EACH];
};

static struct listener *listeners;
static struct crowd *crowds[SOCKETS_MAX];
static unsigned char *place; /* by client: at which notifier */
static size_t crowd_count;
static int64_t heard, twice, twice_here, holes, cuts, ends, code_bad;

static int64_t
number_after(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at == NULL ? -1 : strtoll(at + strlen(name), NULL, 10);
}

static void
client_heard(void *arg, size_t who, char *text, size_t len)
{
	struct listener *l = &listeners[who];
	int64_t id = number_after(text, "\"eventId\":");
	int64_t task = number_after(text, "\"task\":");
	int64_t n = number_after(text, "\"n\":");
	int64_t *seen;

	(void)arg;
	(void)len;
	if (task < 0) {
		code_bad += strstr(text, "\"hello\"") == NULL;
		return;
	}
	seen = &l->seen[task % TASKS_EACH];
	heard++;
	twice_here += id <= l->here;
	l->here = id;
	if (id > l->last)
		l->last = id;
	if (n <= *seen) {
		twice++;
	} else {
		holes += n != *seen + 1;
		*seen = n;
	}
}

static void
client_later(size_t who)
{
	listeners[who].retry_us =
	    clock_steady_us() + 1 + random_below(RETRY_US);
}

static void
client_ended(void *arg, size_t who, int code)
{
	(void)arg;
	ends++;
	/* killed, ended, or too slow: no other way to go */
	code_bad += code != 0 && code != 1006 && code != 1001 && code != 4408;
	client_later(who);
}

static void
client_open(size_t who)
{
	struct listener *l = &listeners[who];
	int64_t since = l->last;
	char query[1024];

	if (random_below(OLDER) == 0)
		since -= random_below(OLDER_BY);
	(void)snprintf(query, sizeof(query), "token=%s&since=%" PRId64,
	    people[who].token, since > 0 ? since : 0);
	l->here = 0;
	l->retry_us = 0;
	place[who] = (unsigned char)random_below((uint32_t)crowd_count);
	crowd_open(crowds[place[who]], who, query);
}

static void
clients_turn(int64_t *cut_us, bool cut)
{
	int64_t now = clock_steady_us();

	for (size_t i = 0; i < (size_t)given.clients; i++)
		if (listeners[i].retry_us != 0 && listeners[i].retry_us <= now)
			client_open(i);
	for (; cut && *cut_us <= now; *cut_us += CUT_EVERY_US) {
		size_t who = random_below((uint32_t)given.clients);

		if (!crowd_is_open(crowds[place[who]], who))
			continue;
		crowd_cut(crowds[place[who]], who);
		client_later(who);
		cuts++;
	}
	for (size_t i = 0; i < crowd_count; i++)
		crowd_turn(crowds[i], 1);
}

static int64_t
missing(void)
{
	int64_t sum = 0;

	for (size_t task = 0; task < task_count; task++)
		sum += atomic_load(&committed[task]) -
		       listeners[task / TASKS_EACH].seen[task % TASKS_EACH];
	return sum;
}

/* ---- all together ---- */

static void
prepare(void)
{
	struct ctx cx = people_ctx(conf);
	const struct crowd_calls calls = { NULL, client_heard, client_ended };
	const char *rest = given.sockets, *path;

	people_must(&cx,
	    db_script(&cx, "CREATE OR REPLACE TABLE proof_task"
			   " (id BIGINT PRIMARY KEY, n BIGINT NOT NULL,"
			   "  account_id BINARY(16) NOT NULL)"),
	    "table");
	people = people_new(&cx, (size_t)given.clients);
	task_count = (size_t)given.clients * TASKS_EACH;
	committed = calloc(task_count, sizeof(*committed));
	listeners = calloc((size_t)given.clients, sizeof(*listeners));
	place = calloc((size_t)given.clients, 1);
	if (committed == NULL || listeners == NULL || place == NULL)
		die(EX_OSERR, "out of memory");
	for (size_t task = 0; task < task_count; task++)
		people_must(&cx,
		    db_run(&cx, NULL, &task_insert, (int64_t)task,
			&people[task / TASKS_EACH].id),
		    "task");
	while ((path = text_split(cx.arena, &rest, ',')) != NULL &&
	       crowd_count < SOCKETS_MAX)
		crowds[crowd_count++] =
		    crowd_new(path, (size_t)given.clients, &calls);
	for (size_t i = 0; i < (size_t)given.clients; i++)
		client_later(i);
	people_ctx_free(&cx);
}

static void
report(int64_t began_us, int64_t wrote_us, int64_t naive, int64_t late)
{
	int64_t all = atomic_load(&done);

	printf("seconds=%.1f\n", (double)(wrote_us - began_us) / 1e6);
	printf("committed=%" PRId64 "\n", all);
	printf("rolledback=%" PRId64 "\n", (int64_t)atomic_load(&rolled_back));
	printf("heard=%" PRId64 "\n", heard);
	printf("missing_at_the_end_of_writing=%" PRId64 "\n", late);
	printf("cuts=%" PRId64 "\n", cuts);
	printf("ends=%" PRId64 "\n", ends);
	printf("lost=%" PRId64 "\n", missing());
	printf("disorder=%" PRId64 "\n", holes);
	printf("twice=%" PRId64 "\n", twice);
	printf("twice_in_a_connection=%" PRId64 "\n", twice_here);
	printf("surprises=%" PRId64 "\n", code_bad);
	printf("naive_lost=%" PRId64 "\n", all - naive);
}

static void
prove(void)
{
	pthread_t naive, *writers;
	int64_t began = clock_steady_us(), cut = began, wrote, late, left;
	int64_t until, naive_seen = 0;

	writers = calloc((size_t)given.writers, sizeof(*writers));
	if (writers == NULL ||
	    pthread_create(&naive, NULL, naive_run, &naive_seen) != 0)
		die(EX_OSERR, "cannot start a thread");
	for (int64_t i = 0; i < given.writers; i++)
		if (pthread_create(&writers[i], NULL, writer_run, NULL) != 0)
			die(EX_OSERR, "cannot start a thread");
	while (atomic_load(&done) < given.commits)
		clients_turn(&cut, true);
	wrote = clock_steady_us();
	late = missing();
	atomic_store(&written, true);
	puts("written");
	(void)fflush(stdout);
	/* as long as anything comes */
	left = late;
	until = wrote + given.patience_s * 1000000;
	while (missing() > 0 && clock_steady_us() < until) {
		/* who is far behind is cut off in the middle of it, too */
		clients_turn(&cut, missing() > given.commits / 100);
		if (missing() < left) {
			left = missing();
			until = clock_steady_us() + given.patience_s * 1000000;
		}
	}
	for (int64_t i = 0; i < given.writers; i++)
		(void)pthread_join(writers[i], NULL);
	(void)pthread_join(naive, NULL);
	report(began, wrote, naive_seen, late);
	free(writers);
}

static void
arguments_read(int argc, char **argv)
{
	const struct {
		const char *name;
		const char **text;
		int64_t *number;
	} all[] = {
		{ "--config", &given.config, NULL },
		{ "--socket", &given.sockets, NULL },
		{ "--writers", NULL, &given.writers },
		{ "--commits", NULL, &given.commits },
		{ "--clients", NULL, &given.clients },
		{ "--slow-ms", NULL, &given.slow_ms },
		{ "--patience", NULL, &given.patience_s },
	};

	for (int i = 1; i + 1 < argc; i += 2)
		for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
			if (!text_is(argv[i], all[k].name))
				continue;
			if (all[k].text != NULL)
				*all[k].text = argv[i + 1];
			else if (!text_to_int_in(
				     argv[i + 1], 1, 100000000, all[k].number))
				die(EX_USAGE, "a number: '%s'", argv[i]);
		}
	if (given.config == NULL || given.sockets == NULL)
		die(EX_USAGE, "--config and --socket are wanted");
}

int
main(int argc, char **argv)
{
	struct conf *loaded;

	arguments_read(argc, argv);
	loaded = conf_load(given.config, "proof");
	conf = loaded;
	prepare();
	prove();
	for (size_t i = 0; i < crowd_count; i++)
		crowd_free(crowds[i]);
	people_free(people, (size_t)given.clients);
	free(committed);
	free(listeners);
	free(place);
	conf_free(loaded);
	return EX_OK;
}
