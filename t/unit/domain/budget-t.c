/*
 * Calls an hour are counted exactly over all processes, and survive them.
 */
#include "domain/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "core/conf.h"

#define NOON INT64_C(1700049600000) /* a full hour */
#define PROCESSES 8
#define TRIES 50
#define LIMIT 100

static char dir[] = "/tmp/gesso-budget-XXXXXX";
static struct conf *conf;
static struct ctx cx;

static int64_t
calls(const char *subject, int tries)
{
	struct budget b;
	int64_t passed = 0;

	for (int i = 0; i < tries; i++)
		if (budget_take(&cx, subject, LIMIT, &b) == ERR_OK)
			passed++;
	return passed;
}

/* Every process maps the file for itself. */
static int64_t
calls_of_many(const char *subject)
{
	pid_t pids[PROCESSES];
	int64_t sum = 0;
	int status;

	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			if (budget_open(conf, &cx) != ERR_OK)
				_exit(255);
			_exit((int)calls(subject, TRIES));
		}
	}
	for (int i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		assert_in_range(WEXITSTATUS(status), 0, TRIES);
		sum += WEXITSTATUS(status);
	}
	return sum;
}

static void
many_processes_share_one_budget(void **state)
{
	struct budget b;

	(void)state;
	clock_set(NOON);
	assert_int_equal(calls_of_many("u:1"), LIMIT);
	budget_look(&cx, "u:1", LIMIT, &b);
	assert_int_equal(b.remaining, 0);
	assert_int_equal(b.reset_s, 3600);
	assert_int_equal(budget_take(&cx, "u:1", LIMIT, &b), ERR_API_LIMIT);
	assert_int_equal(cx.fault.retry_after_s, 3600);
	/* a higher limit (somebody became VIP) lets more through */
	assert_int_equal(budget_take(&cx, "u:1", LIMIT + 1, &b), ERR_OK);
}

static void
hours_begin_anew(void **state)
{
	struct budget b;

	(void)state;
	clock_set(NOON + 3599999);
	assert_int_equal(calls("u:2", TRIES), TRIES);
	budget_look(&cx, "u:2", LIMIT, &b);
	assert_int_equal(b.remaining, LIMIT - TRIES);
	assert_int_equal(b.reset_s, 1);
	assert_int_equal(b.reset_ms, NOON + 3600000);
	clock_set(NOON + 3600000);
	budget_look(&cx, "u:2", LIMIT, &b);
	assert_int_equal(b.remaining, LIMIT);
	assert_int_equal(calls("u:2", LIMIT + 5), LIMIT);
}

static void
subjects_do_not_share(void **state)
{
	char name[16];

	(void)state;
	clock_set(NOON);
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "a:%d", i);
		assert_int_equal(calls(name, 1), 1);
	}
	for (int i = 0; i < 20000; i += 997) {
		struct budget b;

		snprintf(name, sizeof(name), "a:%d", i);
		budget_look(&cx, name, LIMIT, &b);
		assert_int_equal(b.remaining, LIMIT - 1);
	}
}

static void
what_was_counted_survives(void **state)
{
	struct budget b;

	(void)state;
	clock_set(NOON);
	assert_int_equal(calls("u:3", 7), 7);
	assert_int_equal(budget_open(conf, &cx), ERR_OK);
	budget_look(&cx, "u:3", LIMIT, &b);
	assert_int_equal(b.remaining, LIMIT - 7);
}

static void
nobody_waits_for_the_hour_of_a_wrong_clock(void **state)
{
	struct budget b;

	(void)state;
	clock_set(NOON + INT64_C(86400000));
	assert_int_equal(calls("u:4", LIMIT + 5), LIMIT);
	clock_set(NOON);
	budget_look(&cx, "u:4", LIMIT, &b);
	assert_int_equal(b.remaining, LIMIT);
	assert_int_equal(b.reset_ms, NOON + 3600000);
	assert_int_equal(calls("u:4", LIMIT + 5), LIMIT);
	/* a clock that is set back a little gives nothing twice */
	clock_set(NOON - 2000);
	assert_int_equal(calls("u:4", 1), 0);
	assert_in_range(cx.fault.retry_after_s, 1, 3600);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_processes_share_one_budget),
		cmocka_unit_test(hours_begin_anew),
		cmocka_unit_test(subjects_do_not_share),
		cmocka_unit_test(what_was_counted_survives),
		cmocka_unit_test(nobody_waits_for_the_hour_of_a_wrong_clock),
	};
	char path[64];
	int status;

	if (mkdtemp(dir) == NULL)
		abort();
	conf = conf_default();
	conf->state_dir = dir;
	cx = (struct ctx){ .arena = arena_new(MIB), .conf = conf };
	if (budget_open(conf, &cx) != ERR_OK)
		abort();
	status = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(path, sizeof(path), "%s/budget", dir);
	unlink(path);
	rmdir(dir);
	arena_free(cx.arena);
	conf_free(conf);
	return status;
}
