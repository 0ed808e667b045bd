/*
 * listeners - thousands of open WebSockets at one notifier, and how long events
 * take from their commit to them.
 *
 *	listeners --config FILE --socket PATH [--connections N]
 *
 * Connects all and says "open"; then obeys lines on standard input:
 *
 *	load SECONDS RATE DEAF
 *
 * commits RATE events a second to random people, and 100 a second of 4 KiB to
 * one more, who reads (DEAF 0) or never does (1).  Each load ends with a line
 * of figures of the others.  At the end of the input it ends.
 */
#include "config.h"

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"
#include "base/text.h"
#include "core/conf.h"
#include "core/db.h"
#include "crowd.h"
#include "domain/event.h"
#include "people.h"

#define WRITERS 4
#define AT_ONCE 64 /* handshakes */
#define BIG_RATE 100
#define BIG_SIZE 4096
#define PATIENCE_US 10000000 /* for what is late */
#define RETRY_US 100000

static const char *config, *path;
static int64_t connections = 10000;
static const struct conf *conf;
static struct person *people; /* the last is the one more */
static struct crowd *crowd;
static int64_t *last;     /* eventId, by client */
static int64_t *retry_us; /* 0: not waiting, by client */
static size_t waiting, failed;

/* ---- the events of a load ---- */

struct load {
	int64_t seconds, rate, deaf;
	size_t first; /* number of its first event */
	size_t count;
	int64_t begin_us;
	_Atomic(int64_t) *committed_us; /* by event */
	atomic_size_t next;
	int64_t *took_us; /* by event; -1: not heard */
	size_t heard, twice;
};

static struct load load;

static void
sleep_until(int64_t us)
{
	int64_t left = us - clock_steady_us();
	const struct timespec t = { left / 1000000, left % 1000000 * 1000 };

	if (left > 0)
		(void)nanosleep(&t, NULL);
}

static void
event_write(struct ctx *cx, size_t who, const char *body)
{
	people_must(cx, event_append(cx, &people[who].id, NULL, body), "event");
	arena_reset(cx->arena);
}

static void *
writer_run(void *arg)
{
	struct ctx cx = people_ctx(conf);
	size_t i;

	(void)arg;
	while ((i = atomic_fetch_add(&load.next, 1)) < load.count) {
		sleep_until(load.begin_us + (int64_t)i * 1000000 / load.rate);
		/* until it is known: the beginning */
		atomic_store(&load.committed_us[i], clock_steady_us());
		event_write(&cx, random_below((uint32_t)connections),
		    arena_printf(cx.arena, "{\"type\":\"bench\",\"n\":%zu}",
			load.first + i));
		atomic_store(&load.committed_us[i], clock_steady_us());
	}
	people_ctx_free(&cx);
	return NULL;
}

static void *
big_run(void *arg)
{
	struct ctx cx = people_ctx(conf);
	char *body = malloc(BIG_SIZE + 64);

	(void)arg;
	if (body == NULL)
		die(EX_OSERR, "out of memory");
	(void)snprintf(body, BIG_SIZE + 64, "{\"type\":\"big\",\"p\":\"%0*d\"}",
	    BIG_SIZE, 0);
	for (int64_t i = 0; i < load.seconds * BIG_RATE; i++) {
		sleep_until(load.begin_us + i * 1000000 / BIG_RATE);
		event_write(&cx, (size_t)connections, body);
	}
	free(body);
	people_ctx_free(&cx);
	return NULL;
}

/* ---- the clients ---- */

static void
client_open(size_t who)
{
	char query[1024];

	(void)snprintf(query, sizeof(query), "token=%s&since=%" PRId64,
	    people[who].token, last[who]);
	crowd_open(crowd, who, query);
}

static void
client_heard(void *arg, size_t who, char *text, size_t len)
{
	const char *id = strstr(text, "\"eventId\":");
	const char *n = strstr(text, "\"n\":");
	size_t i;

	(void)arg;
	(void)len;
	if (id != NULL)
		last[who] = strtoll(id + 10, NULL, 10);
	if (n == NULL)
		return;
	i = strtoull(n + 4, NULL, 10) - load.first;
	if (i >= load.count)
		return;
	if (load.took_us[i] >= 0) {
		load.twice++;
		return;
	}
	load.took_us[i] =
	    clock_steady_us() - atomic_load(&load.committed_us[i]);
	load.heard++;
}

static void
client_ended(void *arg, size_t who, int code)
{
	(void)arg;
	(void)code;
	/* the one more is cut off when it does not read */
	if (who < (size_t)connections && ++failed > (size_t)connections)
		die(EX_UNAVAILABLE, "connections fail");
	retry_us[who] = clock_steady_us() + RETRY_US;
	waiting++;
}

static void
turn(int wait_ms)
{
	crowd_turn(crowd, wait_ms);
	for (size_t i = 0; waiting > 0 && i <= (size_t)connections; i++) {
		if (retry_us[i] == 0 || retry_us[i] > clock_steady_us())
			continue;
		retry_us[i] = 0;
		waiting--;
		client_open(i);
	}
}

static void
open_all(void)
{
	int64_t began = clock_steady_us();

	for (size_t i = 0; i <= (size_t)connections; i++) {
		while (i - crowd_count_open(crowd) >= AT_ONCE)
			turn(100);
		client_open(i);
	}
	while (crowd_count_open(crowd) <= (size_t)connections)
		turn(100);
	printf("open seconds=%.2f again=%zu\n",
	    (double)(clock_steady_us() - began) / 1e6, failed);
	(void)fflush(stdout);
}

/* ---- a load ---- */

static int
order(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
load_report(void)
{
	int64_t *all = load.took_us;
	size_t n = load.heard;

	for (size_t i = 0, k = 0; i < load.count; i++)
		if (all[i] >= 0)
			all[k++] = all[i];
	qsort(all, n, sizeof(*all), order);
	printf("load deaf=%" PRId64 " events=%zu lost=%zu twice=%zu "
	       "median=%.1f p99=%.1f slowest=%.1f again=%zu\n",
	    load.deaf, load.count, load.count - n, load.twice,
	    n > 0 ? (double)all[n / 2] / 1000 : 0,
	    n > 0 ? (double)all[n * 99 / 100] / 1000 : 0,
	    n > 0 ? (double)all[n - 1] / 1000 : 0, failed);
	(void)fflush(stdout);
}

static void
load_run(int64_t seconds, int64_t rate, int64_t deaf)
{
	size_t count = (size_t)(seconds * rate);
	pthread_t writers[WRITERS + 1];
	int64_t until;

	load = (struct load){ .seconds = seconds,
		.rate = rate,
		.deaf = deaf,
		.first = load.first + load.count,
		.count = count,
		.begin_us = clock_steady_us(),
		.committed_us = calloc(count, sizeof(*load.committed_us)),
		.took_us = calloc(count, sizeof(*load.took_us)) };
	if (load.committed_us == NULL || load.took_us == NULL)
		die(EX_OSERR, "out of memory");
	memset(load.took_us, 0xff, count * sizeof(*load.took_us));
	crowd_deafen(crowd, (size_t)connections, deaf != 0);
	for (size_t i = 0; i <= WRITERS; i++)
		if (pthread_create(&writers[i], NULL,
			i < WRITERS ? writer_run : big_run, NULL) != 0)
			die(EX_OSERR, "cannot start a thread");
	until = load.begin_us + seconds * 1000000 + PATIENCE_US;
	while (load.heard < count && clock_steady_us() < until)
		turn(10);
	for (size_t i = 0; i <= WRITERS; i++)
		(void)pthread_join(writers[i], NULL);
	load_report();
	free(load.committed_us);
	free(load.took_us);
	load.took_us = NULL;
}

static void
obey(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	int64_t seconds, rate, deaf;
	char line[128];

	setvbuf(stdin, NULL, _IONBF, 0);
	while (true) {
		turn(20);
		if (poll(&input, 1, 0) <= 0)
			continue;
		if (fgets(line, sizeof(line), stdin) == NULL)
			return;
		if (sscanf(line, "load %" SCNd64 " %" SCNd64 " %" SCNd64,
			&seconds, &rate, &deaf) != 3)
			die(EX_USAGE, "not understood: %s", line);
		load_run(seconds, rate, deaf);
	}
}

static void
files_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int
main(int argc, char **argv)
{
	const struct crowd_calls calls = { NULL, client_heard, client_ended };
	struct conf *loaded;
	struct ctx cx;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (text_is(argv[i], "--config"))
			config = argv[i + 1];
		else if (text_is(argv[i], "--socket"))
			path = argv[i + 1];
		else if (!text_is(argv[i], "--connections") ||
			 !text_to_int_in(argv[i + 1], 1, 1000000, &connections))
			die(EX_USAGE, "not understood: '%s'", argv[i]);
	}
	if (config == NULL || path == NULL)
		die(EX_USAGE, "--config and --socket are wanted");
	loaded = conf_load(config, "listeners");
	conf = loaded;
	files_raise();
	cx = people_ctx(conf);
	people = people_new(&cx, (size_t)connections + 1);
	people_ctx_free(&cx);
	last = calloc((size_t)connections + 1, sizeof(*last));
	retry_us = calloc((size_t)connections + 1, sizeof(*retry_us));
	if (last == NULL || retry_us == NULL)
		die(EX_OSERR, "out of memory");
	crowd = crowd_new(path, (size_t)connections + 1, &calls);
	open_all();
	obey();
	crowd_free(crowd);
	free(last);
	free(retry_us);
	people_free(people, (size_t)connections + 1);
	conf_free(loaded);
	return EX_OK;
}
