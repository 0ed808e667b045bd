/*
 * The shared counters: a row a route, found by its text; a slot a process for
 * what is being served.
 */
#include "config.h"

#include "domain/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "domain/state_file.h"

/* The layout is part of the name: another one is another file. */
#define METRICS_FILE "metrics.1"
#define ROUTES 256
#define ROUTE_BYTES 80
#define PROCESSES 1024
#define LOCK_BYTE 0
#define FNV_OFFSET UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)

static const int statuses[] = { 200, 201, 204, 206, 302, 304, 400, 401, 403,
	404, 405, 409, 413, 415, 416, 429, 500, 503 };
/* Upper ends in microseconds; one more for what is slower. */
static const int64_t ends_us[] = { 1000, 2500, 5000, 10000, 25000, 50000,
	100000, 250000, 500000, 1000000, 5000000 };

enum row_state {
	ROW_FREE,
	ROW_TAKEN, /* its name is being written */
	ROW_READY
};

struct row {
	_Atomic uint32_t state;
	char route[ROUTE_BYTES];
	_Atomic uint64_t replies[COUNT(statuses) + 1]; /* the last: others */
	_Atomic uint64_t took[COUNT(ends_us) + 1];
	_Atomic uint64_t sum_us;
};

struct process {
	_Atomic int32_t pid; /* 0: free */
	_Atomic int32_t serving;
};

struct table {
	struct row row[ROUTES];
	struct process process[PROCESSES];
};

/* Of the process. */
static struct table *table;
static struct process *_Atomic self; /* claimed by its first request */
static pthread_mutex_t claim_mutex = PTHREAD_MUTEX_INITIALIZER;

/* A place among the processes, a dead one's if need be; NULL: all are taken. */
static struct process *
process_claim(struct table *t)
{
	int32_t pid = (int32_t)getpid();

	for (size_t i = 0; i < PROCESSES; i++) {
		struct process *p = &t->process[i];
		int32_t seen = atomic_load(&p->pid);

		if (seen != 0 && seen != pid &&
		    (kill(seen, 0) == 0 || errno != ESRCH))
			continue;
		if (atomic_compare_exchange_strong(&p->pid, &seen, pid)) {
			atomic_store(&p->serving, 0);
			return p;
		}
	}
	return NULL;
}

/* Room on the disk is taken at once: a hole could not be filled later. */
static struct table *
table_map(int fd)
{
	struct table *t;

	if (posix_fallocate(fd, 0, (off_t)sizeof(*t)) != 0)
		return NULL;
	t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return t == MAP_FAILED ? NULL : t;
}

enum err
metrics_open(const struct conf *conf, struct ctx *cx)
{
	int fd = state_file_open(conf, METRICS_FILE);
	struct table *t = NULL;

	if (fd >= 0 && state_file_lock(fd, LOCK_BYTE, true)) {
		t = table_map(fd);
		/* not by closing: the mapping keeps the file open */
		state_file_unlock(fd, LOCK_BYTE);
	}
	if (t == NULL)
		(void)fault(cx, ERR_INTERNAL, NULL, "cannot map %s/%s: %s",
		    conf->state_dir, METRICS_FILE, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (t == NULL)
		return ERR_INTERNAL;
	if (table != NULL)
		munmap(table, sizeof(*table));
	table = t;
	atomic_store(&self, NULL);
	return ERR_OK;
}

static uint64_t
route_hash(const char *route)
{
	uint64_t hash = FNV_OFFSET;

	for (; *route != '\0'; route++)
		hash = (hash ^ (unsigned char)*route) * FNV_PRIME;
	return hash;
}

/* A free row is named by whoever is first; a row whose maker died is lost. */
static bool
row_name(struct row *row, const char *route)
{
	uint32_t state = ROW_FREE;

	if (!atomic_compare_exchange_strong(&row->state, &state, ROW_TAKEN))
		return false;
	memcpy(row->route, route, strnlen(route, ROUTE_BYTES - 1));
	atomic_store(&row->state, ROW_READY);
	return true;
}

static struct row *
row_find(const char *route)
{
	uint64_t hash = route_hash(route);

	for (size_t i = 0; i < ROUTES; i++) {
		struct row *row = &table->row[(hash + i) % ROUTES];

		if (atomic_load(&row->state) == ROW_FREE &&
		    row_name(row, route))
			return row;
		if (atomic_load(&row->state) == ROW_READY &&
		    strncmp(row->route, route, ROUTE_BYTES - 1) == 0)
			return row;
	}
	return NULL;
}

/* Of this process; a master that serves nobody never has one. */
static struct process *
process_self(void)
{
	struct process *p = atomic_load(&self);

	if (p != NULL || table == NULL)
		return p;
	pthread_mutex_lock(&claim_mutex);
	p = atomic_load(&self);
	if (p == NULL) {
		p = process_claim(table);
		atomic_store(&self, p);
	}
	pthread_mutex_unlock(&claim_mutex);
	return p;
}

void
metrics_begin(void)
{
	struct process *p = process_self();

	if (p != NULL)
		atomic_fetch_add(&p->serving, 1);
}

void
metrics_end(const char *route, int status, int64_t us)
{
	struct process *p = atomic_load(&self);
	struct row *row;
	size_t at = 0;

	if (p != NULL)
		atomic_fetch_sub(&p->serving, 1);
	row = table == NULL ? NULL : row_find(route);
	if (row == NULL)
		return;
	while (at < COUNT(statuses) && statuses[at] != status)
		at++;
	atomic_fetch_add(&row->replies[at], 1);
	for (at = 0; at < COUNT(ends_us) && us > ends_us[at];)
		at++;
	atomic_fetch_add(&row->took[at], 1);
	atomic_fetch_add(&row->sum_us, (uint64_t)us);
}

/* "GET /works/{id}" as labels. */
static const char *
row_labels(struct ctx *cx, const struct row *row)
{
	const char *blank = strchr(row->route, ' ');

	if (blank == NULL)
		return arena_printf(
		    cx->arena, "method=\"\",route=\"%s\"", row->route);
	return arena_printf(cx->arena, "method=\"%.*s\",route=\"%s\"",
	    (int)(blank - row->route), row->route, blank + 1);
}

static void
write_replies(struct ctx *cx, struct buf *out)
{
	buf_puts(out, "# HELP gesso_requests_total Requests answered.\n"
		      "# TYPE gesso_requests_total counter\n");
	for (size_t r = 0; r < ROUTES; r++) {
		const struct row *row = &table->row[r];

		if (atomic_load(&row->state) != ROW_READY)
			continue;
		for (size_t i = 0; i <= COUNT(statuses); i++) {
			uint64_t n = atomic_load(&row->replies[i]);

			if (n > 0)
				buf_printf(out,
				    "gesso_requests_total{%s,status=\"%d\"} "
				    "%" PRIu64 "\n",
				    row_labels(cx, row),
				    i < COUNT(statuses) ? statuses[i] : 0, n);
		}
	}
}

static void
write_row_times(struct ctx *cx, const struct row *row, struct buf *out)
{
	const char *labels = row_labels(cx, row);
	uint64_t sum = 0;

	for (size_t i = 0; i <= COUNT(ends_us); i++) {
		sum += atomic_load(&row->took[i]);
		if (i < COUNT(ends_us))
			buf_printf(out,
			    "gesso_request_seconds_bucket{%s,le=\"%g\"} "
			    "%" PRIu64 "\n",
			    labels, (double)ends_us[i] / 1e6, sum);
	}
	buf_printf(out,
	    "gesso_request_seconds_bucket{%s,le=\"+Inf\"} %" PRIu64 "\n"
	    "gesso_request_seconds_sum{%s} %.6f\n"
	    "gesso_request_seconds_count{%s} %" PRIu64 "\n",
	    labels, sum, labels, (double)atomic_load(&row->sum_us) / 1e6,
	    labels, sum);
}

static void
write_processes(struct buf *out)
{
	int64_t serving = 0, alive = 0;

	for (size_t i = 0; i < PROCESSES; i++) {
		const struct process *p = &table->process[i];
		int32_t pid = atomic_load(&p->pid);

		if (pid == 0 || (kill(pid, 0) != 0 && errno == ESRCH))
			continue;
		alive++;
		serving += atomic_load(&p->serving);
	}
	buf_printf(out,
	    "# HELP gesso_workers Worker processes that live and have served.\n"
	    "# TYPE gesso_workers gauge\n"
	    "gesso_workers %" PRId64 "\n"
	    "# HELP gesso_requests_in_flight Requests being served: each holds "
	    "a thread, and while it asks the database a connection.\n"
	    "# TYPE gesso_requests_in_flight gauge\n"
	    "gesso_requests_in_flight %" PRId64 "\n",
	    alive, serving);
}

void
metrics_write_requests(struct ctx *cx, struct buf *out)
{
	if (table == NULL)
		return;
	write_replies(cx, out);
	buf_puts(out, "# HELP gesso_request_seconds Time from a request to the "
		      "end of its reply.\n"
		      "# TYPE gesso_request_seconds histogram\n");
	for (size_t r = 0; r < ROUTES; r++)
		if (atomic_load(&table->row[r].state) == ROW_READY)
			write_row_times(cx, &table->row[r], out);
	write_processes(out);
}
