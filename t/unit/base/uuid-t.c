/*
 * Ids grow within a process, also in threads, and have one form only.
 */
#include "base/uuid.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/base.h"
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PER_THREAD 25000
#define THREADS 4

static struct uuid ids[THREADS][PER_THREAD];

static void *
make(void *arg)
{
	struct uuid *to = arg;

	for (int i = 0; i < PER_THREAD; i++)
		to[i] = uuid_new();
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct uuid));
}

static void
they_grow_and_are_different(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	for (int t = 0; t < THREADS; t++)
		pthread_create(&threads[t], NULL, make, ids[t]);
	for (int t = 0; t < THREADS; t++)
		pthread_join(threads[t], NULL);
	for (int t = 0; t < THREADS; t++)
		for (int i = 1; i < PER_THREAD; i++)
			assert_true(compare(&ids[t][i - 1], &ids[t][i]) < 0);
	qsort(ids, THREADS * (size_t)PER_THREAD, sizeof(struct uuid), compare);
	for (int i = 1; i < THREADS * PER_THREAD; i++)
		assert_true(compare(&ids[0][0] + i - 1, &ids[0][0] + i) < 0);
}

static void
a_clock_that_steps_back_does_no_harm(void **state)
{
	struct uuid before, after;

	(void)state;
	before = uuid_new();
	clock_set(1000);
	after = uuid_new();
	clock_set(TIME_NONE);
	assert_true(compare(&before, &after) < 0);
}

static void
the_form_is_strict(void **state)
{
	static const char *const wrong[] = { "",
		"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5",
		"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b0",
		"0190A1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b",
		"0190a1b2c3d4-7e5f-8a9b-0c1d2e3f4a5b",
		"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5g",
		"{190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b}", "-" };
	struct uuid id = uuid_new(), back;
	char text[UUID_TEXT];

	(void)state;
	assert_true(uuid_parse(uuid_format(&id, text), &back));
	assert_true(uuid_equal(&id, &back));
	assert_int_equal(text[14], '7');
	assert_non_null(strchr("89ab", text[19]));
	assert_true(llabs(uuid_time_ms(&id) - clock_ms()) < 10000);
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(uuid_parse(wrong[i], &back));
	assert_false(uuid_is_null(&id));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_grow_and_are_different),
		cmocka_unit_test(a_clock_that_steps_back_does_no_harm),
		cmocka_unit_test(the_form_is_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
