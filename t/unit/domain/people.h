/*
 * people - accounts for the tests of this folder, and many hands at once.
 */
#ifndef T_UNIT_DOMAIN_PEOPLE_H
#define T_UNIT_DOMAIN_PEOPLE_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/conf.h"
#include "core/db.h"
#include "domain/account.h"
#include "testdb.h"

#define PEOPLE_PASSWORD "a long password"

/* Somebody new with signup_power; the name is also that of the e-mail. */
static inline struct account
people_add(struct ctx *cx, const char *name)
{
	struct account_new in = {
		.username = name,
		.email = arena_printf(cx->arena, "%s@example.org", name),
		.password = PEOPLE_PASSWORD,
	};
	struct account out;

	assert_int_equal(account_create(cx, &in, &out), ERR_OK);
	return out;
}

/* An account as it stands by now. */
static inline struct account
people_look(struct ctx *cx, const struct account *account)
{
	struct account now;

	assert_int_equal(account_find(cx, &account->id, &now), ERR_OK);
	return now;
}

/* Quick passwords, for tests that are not about them. */
static inline void
people_hurry(struct conf *conf)
{
	conf->password_ops = 1;
	conf->password_memory = 8192;
}

#define PEOPLE_HANDS 8

/* Runs work in so many threads, each with a connection of its own. */
struct people_hand {
	const struct conf *conf;
	void (*work)(struct ctx *, struct people_hand *);
	void *arg;
	int64_t done; /* for the work to count in */
};

static inline void *
people_hand_run(void *arg)
{
	struct people_hand *hand = arg;
	struct ctx cx = testdb_ctx(hand->conf);

	hand->work(&cx, hand);
	testdb_ctx_free(&cx);
	return NULL;
}

/* The sum of what the hands counted. */
static inline int64_t
people_at_once(const struct conf *conf,
    void (*work)(struct ctx *, struct people_hand *), void *arg)
{
	struct people_hand hands[PEOPLE_HANDS];
	pthread_t threads[PEOPLE_HANDS];
	int64_t sum = 0;

	for (size_t i = 0; i < PEOPLE_HANDS; i++) {
		hands[i] = (struct people_hand){ conf, work, arg, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL,
				     people_hand_run, &hands[i]),
		    0);
	}
	for (size_t i = 0; i < PEOPLE_HANDS; i++) {
		pthread_join(threads[i], NULL);
		sum += hands[i].done;
	}
	return sum;
}

#endif
