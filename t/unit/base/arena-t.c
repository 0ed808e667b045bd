/*
 * Blocks, marks and the ceiling of an arena.
 */
#include "base/arena.h"

#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
memory_is_zeroed_and_aligned(void **state)
{
	struct arena *arena = arena_new(MIB);

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (size_t n = 0; n < 300; n++) {
			unsigned char *p = arena_alloc(arena, n);

			assert_int_equal((uintptr_t)p % 16, 0);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xff, n);
		}
		arena_reset(arena);
		assert_int_equal(arena_used(arena), 0);
	}
	arena_free(arena);
}

static void
a_rewind_gives_back_what_came_after_the_mark(void **state)
{
	struct arena *arena = arena_new(64 * MIB);
	char *kept = arena_strdup(arena, "kept");

	(void)state;
	for (size_t n = 1; n < 10 * MIB; n *= 3) {
		size_t mark = arena_mark(arena);

		memset(arena_alloc(arena, n), 'x', n);
		arena_alloc(arena, 100 * KIB);
		arena_alloc(arena, 1);
		arena_rewind(arena, mark);
		assert_int_equal(arena_used(arena), mark);
	}
	assert_string_equal(kept, "kept");
	arena_free(arena);
}

static void
texts_are_copied(void **state)
{
	struct arena *arena = arena_new(MIB);

	(void)state;
	assert_null(arena_strdup(arena, NULL));
	assert_string_equal(arena_copy(arena, "abc", 2), "ab");
	assert_string_equal(arena_printf(arena, "%d-%s", 7, "x"), "7-x");
	arena_free(arena);
	arena_free(NULL);
}

/* The exit status of a child that runs into the ceiling. */
static int
status_of(void (*act)(struct arena *))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		close(STDERR_FILENO);
		act(arena_new(MIB));
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
take_all(struct arena *arena)
{
	for (;;)
		arena_alloc(arena, 1000);
}

static void
take_huge(struct arena *arena)
{
	arena_alloc(arena, SIZE_MAX - 8);
}

static void
take_product(struct arena *arena)
{
	arena_calloc(arena, SIZE_MAX / 2, 3);
}

static void
the_ceiling_ends_the_process(void **state)
{
	(void)state;
	assert_int_equal(status_of(take_all), EX_SOFTWARE);
	assert_int_equal(status_of(take_huge), EX_SOFTWARE);
	assert_int_equal(status_of(take_product), EX_SOFTWARE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(a_rewind_gives_back_what_came_after_the_mark),
		cmocka_unit_test(texts_are_copied),
		cmocka_unit_test(the_ceiling_ends_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
