/*
 * unit - what the tests of this folder have in common: cmocka, and a unit of
 * work to hand to the functions under test.
 */
#ifndef UNIT_CORE_UNIT_H
#define UNIT_CORE_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/base.h"
#include "core/ctx.h"

#define UNIT_ARENA_MAX (64 * MIB)

static struct ctx unit_cx;

static int
unit_setup(void **state)
{
	(void)state;
	unit_cx = (struct ctx){ .arena = arena_new(UNIT_ARENA_MAX) };
	return 0;
}

static int
unit_teardown(void **state)
{
	(void)state;
	arena_free(unit_cx.arena);
	return 0;
}

#define UNIT_TEST(f)                                                           \
	cmocka_unit_test_setup_teardown(f, unit_setup, unit_teardown)

#endif
