/*
 * Tokens and tickets, by clocks that jump and by machines that do not agree.
 */
#include "domain/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "domain/ticket.h"
#include "people.h"

#define HOUR_S INT64_C(3600)

static struct conf *conf;
static struct ctx cx;
static struct account ada;

static struct session
opened(const char **token_out)
{
	struct session s;

	assert_int_equal(session_open(&cx, &ada, token_out), ERR_OK);
	assert_int_equal(session_check(&cx, *token_out, &s), ERR_OK);
	return s;
}

static enum err
check(const char *token)
{
	struct session s;

	return session_check(&cx, token, &s);
}

static void
a_token_lives_its_life_on_every_machine(void **state)
{
	int64_t now = clock_ms() / 1000 * 1000;
	int64_t life = conf->token_lifetime * 1000;
	const char *token;

	(void)state;
	clock_set(now);
	(void)opened(&token);
	/* issued by a machine that is ahead */
	clock_set(now - 1000);
	assert_int_equal(check(token), ERR_OK);
	clock_set(now - 2 * HOUR_S * 1000);
	assert_int_equal(check(token), ERR_OK);
	clock_set(now + life - 1);
	assert_int_equal(check(token), ERR_OK);
	clock_set(now + life);
	assert_int_equal(check(token), ERR_TOKEN_EXPIRED);
	clock_set(TIME_NONE);
	/* the database's clock has no say in it */
	testdb_ahead(&cx, 365 * 24 * HOUR_S);
	assert_int_equal(check(token), ERR_OK);
	testdb_ahead(&cx, 0);
}

static void
a_clock_that_is_set_back_revives_no_token(void **state)
{
	const char *token;
	struct session s = opened(&token);

	(void)state;
	assert_int_equal(session_revoke(&cx, &s, 0), ERR_OK);
	assert_int_equal(check(token), ERR_UNAUTHENTICATED);
	testdb_ahead(&cx, -24 * HOUR_S);
	assert_int_equal(check(token), ERR_UNAUTHENTICATED);
	testdb_ahead(&cx, 0);
}

static void
the_old_token_of_a_refresh_has_its_grace(void **state)
{
	const char *token;
	struct session s;

	(void)state;
	/* whatever the two clocks say of each other */
	for (int64_t ahead = -2 * HOUR_S; ahead <= 2 * HOUR_S;
	     ahead += HOUR_S / 2) {
		testdb_ahead(&cx, ahead);
		s = opened(&token);
		assert_int_equal(session_revoke(&cx, &s, 60), ERR_OK);
		testdb_ahead(&cx, ahead + 58);
		assert_int_equal(check(token), ERR_OK);
		testdb_ahead(&cx, ahead + 61);
		assert_int_equal(check(token), ERR_UNAUTHENTICATED);
	}
	testdb_ahead(&cx, 0);
}

static void
a_ticket_lives_half_a_minute(void **state)
{
	const char *token;
	struct session s = opened(&token), got;
	struct ticket t;

	(void)state;
	for (int64_t ahead = -2 * HOUR_S; ahead <= 2 * HOUR_S;
	     ahead += HOUR_S) {
		testdb_ahead(&cx, ahead);
		assert_int_equal(ticket_open(&cx, &s, &t), ERR_OK);
		assert_in_range(
		    t.expires_at.ms - clock_ms(), 20 * 1000, 30 * 1000);
		testdb_ahead(&cx, ahead + 28);
		assert_int_equal(ticket_redeem(&cx, t.ticket, &got), ERR_OK);
		assert_int_equal(
		    ticket_redeem(&cx, t.ticket, &got), ERR_UNAUTHENTICATED);
		testdb_ahead(&cx, ahead);
		assert_int_equal(ticket_open(&cx, &s, &t), ERR_OK);
		testdb_ahead(&cx, ahead + 31);
		assert_int_equal(
		    ticket_redeem(&cx, t.ticket, &got), ERR_UNAUTHENTICATED);
	}
	testdb_ahead(&cx, 0);
}

static void
keys_make(void)
{
	char *path = arena_printf(cx.arena, "%s/token.key", conf->state_dir);
	FILE *f = fopen(path, "w");

	if (f == NULL || fchmod(fileno(f), 0600) != 0)
		abort();
	fputs("k1 000102030405060708090a0b0c0d0e0f"
	      "101112131415161718191a1b1c1d1e1f\n",
	    f);
	fclose(f);
	conf->token_key_file = path;
	if (session_keys_load(&cx) != ERR_OK)
		abort();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_lives_its_life_on_every_machine),
		cmocka_unit_test(a_clock_that_is_set_back_revives_no_token),
		cmocka_unit_test(the_old_token_of_a_refresh_has_its_grace),
		cmocka_unit_test(a_ticket_lives_half_a_minute),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	conf = testdb_start();
	people_hurry(conf);
	cx = testdb_ctx(conf);
	keys_make();
	ada = people_add(&cx, "ada");
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	testdb_ctx_free(&cx);
	return failed;
}
