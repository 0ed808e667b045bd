/*
 * Redemption codes: one success of many tries, what they give, and the ledger
 * that tells of them.
 */
#include "domain/code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"
#include "base/buf.h"
#include "base/clock.h"
#include "domain/power.h"
#include "domain/throttle.h"
#include "people.h"

static struct conf *conf;
static struct ctx cx;
static int people;
static struct redeemed last;

static enum err
remember(struct ctx *c, const struct redeemed *r, void *arg)
{
	(void)c;
	*(struct redeemed *)arg = *r;
	return ERR_OK;
}

static struct account
somebody(void)
{
	return people_add(&cx, arena_printf(cx.arena, "person%d", people++));
}

static const char *
code_of(struct code_new in)
{
	const char *text;

	assert_int_equal(code_create(&cx, &in, &text), ERR_OK);
	return text;
}

static enum err
redeem(const struct account *who, const char *text)
{
	return code_redeem(&cx, &who->id, text, remember, &last);
}

static void
a_code_gives_what_is_in_it_once(void **state)
{
	struct account ann = somebody();
	const char *code =
	    code_of((struct code_new){ 100, 20, 3, 30, false, TIME_NONE });
	struct account now;

	(void)state;
	assert_int_equal(strlen(code), 23);
	assert_int_equal(redeem(&ann, code), ERR_OK);
	assert_int_equal(last.amount, 120);
	assert_int_equal(last.balance, 170);
	assert_int_equal(last.hd_count, 3);
	assert_int_equal(last.vip_level, 1);
	assert_false(uuid_is_null(&last.transaction_id));
	assert_int_equal(account_find(&cx, &ann.id, &now), ERR_OK);
	assert_int_equal(now.power_available, 170);
	assert_int_equal(now.power_gifted, ann.power_gifted + 20);
	assert_int_equal(now.hd_count, 3);
	assert_int_equal(now.vip_level, 1);
	assert_int_equal(redeem(&ann, code), ERR_INVALID_CODE);
	assert_int_equal(account_find(&cx, &ann.id, &now), ERR_OK);
	assert_int_equal(now.power_available, 170);
}

static void
how_it_is_written_does_not_matter(void **state)
{
	struct account ann = somebody();
	const char *code =
	    code_of((struct code_new){ .power = 1, .expires_ms = TIME_NONE });
	char text[64] = " ";
	size_t len = 1;

	(void)state;
	for (const char *c = code; *c != '\0'; c++) {
		if (*c == '-')
			continue;
		text[len++] = *c == '0'   ? 'o'
			      : *c == '1' ? 'l'
			      : *c >= 'A' ? (char)(*c + 'a' - 'A')
					  : *c;
		text[len++] = ' ';
	}
	assert_int_equal(redeem(&ann, text), ERR_OK);
}

static void
expired_used_and_unknown_are_the_same(void **state)
{
	struct account ann = somebody();
	const char *expired = code_of(
	    (struct code_new){ .power = 1, .expires_ms = clock_ms() - 1000 });

	(void)state;
	assert_int_equal(redeem(&ann, expired), ERR_INVALID_CODE);
	assert_string_equal(cx.fault.field, "code");
	assert_string_equal(cx.fault.detail, "it is unknown, used or expired");
	assert_int_equal(
	    redeem(&ann, "00000-00000-00000-00000"), ERR_INVALID_CODE);
	assert_int_equal(redeem(&ann, "nonsense"), ERR_INVALID_CODE);
	assert_int_equal(
	    redeem(&ann, "00000-00000-00000-00000-0"), ERR_INVALID_CODE);
}

static void
ten_wrong_tries_are_enough(void **state)
{
	struct account ann = somebody(), bob = somebody();
	const char *code =
	    code_of((struct code_new){ .power = 1, .expires_ms = TIME_NONE });

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(redeem(&ann, "wrong"), ERR_INVALID_CODE);
	assert_int_equal(redeem(&ann, code), ERR_TOO_MANY_TRIES);
	assert_true(cx.fault.retry_after_s > 0);
	assert_int_equal(redeem(&bob, code), ERR_OK);
}

static void
one_for_everybody_is_once_for_each(void **state)
{
	struct account ann = somebody(), bob = somebody();
	const char *code = code_of((struct code_new){
	    .gifted = 5, .per_user = true, .expires_ms = TIME_NONE });

	(void)state;
	assert_int_equal(redeem(&ann, code), ERR_OK);
	assert_int_equal(redeem(&bob, code), ERR_OK);
	assert_int_equal(redeem(&ann, code), ERR_INVALID_CODE);
	assert_int_equal(last.amount, 5);
}

static void
days_of_vip_come_behind_what_one_has(void **state)
{
	struct account ann = somebody();
	struct code_new ten = { .vip_days = 10, .expires_ms = TIME_NONE };
	int64_t until;

	(void)state;
	assert_int_equal(redeem(&ann, code_of(ten)), ERR_OK);
	assert_int_equal(last.amount, 0);
	assert_true(uuid_is_null(&last.transaction_id));
	until = last.vip_until.ms;
	assert_int_equal(redeem(&ann, code_of(ten)), ERR_OK);
	assert_int_equal(last.vip_until.ms, until + 10 * INT64_C(86400000));
	assert_int_equal(account_set_vip(&cx, &ann.id, 2, 0), ERR_OK);
	assert_int_equal(redeem(&ann, code_of(ten)), ERR_OK);
	assert_int_equal(last.vip_level, 2);
	assert_int_equal(last.vip_until.ms, TIME_NONE);
}

struct rush {
	const char *code;
	struct uuid who[PEOPLE_HANDS];
};

static void
redeem_often(struct ctx *c, struct people_hand *hand)
{
	const struct rush *rush = hand->arg;

	for (size_t i = 0; i < 25; i++) {
		struct uuid who = rush->who[i % PEOPLE_HANDS];
		struct redeemed out;
		enum err e = code_redeem(c, &who, rush->code, remember, &out);

		assert_true(e == ERR_OK || e == ERR_INVALID_CODE ||
			    e == ERR_TOO_MANY_TRIES);
		hand->done += e == ERR_OK ? 1 : 0;
	}
}

/* 200 tries of eight people, eight at once. */
static void
of_many_at_once_one_has_it(void **state)
{
	struct rush rush = { .code = code_of((struct code_new){
				 .power = 7, .expires_ms = TIME_NONE }) };
	struct buf complaints;
	int64_t faults;

	(void)state;
	for (size_t i = 0; i < PEOPLE_HANDS; i++)
		rush.who[i] = somebody().id;
	assert_int_equal(people_at_once(conf, redeem_often, &rush), 1);
	buf_init(&complaints, 64 * KIB);
	assert_int_equal(power_audit(&cx, &complaints, &faults), ERR_OK);
	assert_int_equal(faults, 0);
	buf_release(&complaints);
}

static void
the_ledger_is_told_page_by_page(void **state)
{
	struct account ann = somebody();
	struct power_query q = { 1, 2, NULL };
	const struct power_transfer *t;
	struct power_page page;
	int64_t balance = 50;
	size_t seen = 0;

	(void)state;
	for (int i = 1; i <= 6; i++)
		assert_int_equal(
		    redeem(&ann, code_of((struct code_new){
				     .power = i, .expires_ms = TIME_NONE })),
		    ERR_OK);
	balance += 21;
	do {
		assert_int_equal(power_list(&cx, &ann.id, &q, &page), ERR_OK);
		assert_int_equal(page.total, 7);
		t = page.list.items;
		for (size_t i = 0; i < page.list.count; i++, seen++) {
			if (seen == 0)
				assert_true(
				    uuid_equal(&t[i].id, &last.transaction_id));
			assert_int_equal(t[i].balance, balance);
			balance -= t[i].change;
			assert_string_equal(
			    t[i].kind, seen < 6 ? "recharge" : "signup");
		}
		q.cursor = page.next_cursor;
	} while (q.cursor != NULL);
	assert_int_equal(seen, 7);
	assert_int_equal(balance, 0);
	q.page = 4;
	assert_int_equal(power_list(&cx, &ann.id, &q, &page), ERR_OK);
	assert_int_equal(page.list.count, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_code_gives_what_is_in_it_once),
		cmocka_unit_test(how_it_is_written_does_not_matter),
		cmocka_unit_test(expired_used_and_unknown_are_the_same),
		cmocka_unit_test(ten_wrong_tries_are_enough),
		cmocka_unit_test(one_for_everybody_is_once_for_each),
		cmocka_unit_test(days_of_vip_come_behind_what_one_has),
		cmocka_unit_test(of_many_at_once_one_has_it),
		cmocka_unit_test(the_ledger_is_told_page_by_page),
	};
	int failed;

	conf = testdb_start();
	people_hurry(conf);
	cx = testdb_ctx(conf);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	testdb_ctx_free(&cx);
	return failed;
}
