/*
 * Answers of the assistant: what goes along with a question, how they end and
 * what that costs, what dead writers leave, and who may have another.
 */
#include "domain/answer.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "domain/answer_file.h"
#include "domain/power.h"
#include "domain/seat.h"
#include "people.h"

#define COMPLAINTS_MAX (64 * KIB)

static struct conf *conf;
static struct ctx cx;
static struct account ada;

static int
setup(void **state)
{
	static int n;

	(void)state;
	ada = people_add(&cx, arena_printf(cx.arena, "ada%d", n++));
	conf->chat_context = 16000;
	conf->chat_system_prompt = "";
	testdb_sql(&cx,
	    "UPDATE provider SET enabled = TRUE, config = NULL"
	    " WHERE id = 'openai'; UPDATE model SET status = 'active',"
	    " price = 0, config = NULL WHERE provider_id = 'openai'");
	return 0;
}

static enum err
plan(const char *text, const struct uuid *conversation, struct answer *out)
{
	char *id = arena_alloc(cx.arena, UUID_TEXT);
	struct question q = {
		.message = text,
		.conversation_id =
		    conversation == NULL ? NULL : uuid_format(conversation, id),
	};
	struct account now = people_look(&cx, &ada);

	return answer_plan(&cx, &now, &q, out);
}

static struct answer
begin(const char *text, const struct uuid *conversation)
{
	struct account now = people_look(&cx, &ada);
	struct answer a;

	assert_int_equal(plan(text, conversation, &a), ERR_OK);
	assert_int_equal(answer_begin(&cx, &now, &a), ERR_OK);
	return a;
}

static void
end(const struct answer *a, const char *content, enum err reason, bool stopped)
{
	struct answer_end e = {
		.message = a->message,
		.content = content,
		.reason = reason,
		.stopped = stopped,
		.prompt_tokens = 3,
		.completion_tokens = 4,
	};

	assert_int_equal(answer_end(&cx, &e), ERR_OK);
}

static struct answer_state
state_of(const struct answer *a)
{
	struct answer_state s;

	assert_int_equal(
	    answer_find(&cx, &ada.id, &a->conversation, &a->message, &s),
	    ERR_OK);
	return s;
}

static void
check_state(const struct answer *a, const char *status, const char *content)
{
	struct answer_state s = state_of(a);

	assert_string_equal(s.status, status);
	assert_string_equal(s.content, content);
}

static void
audit_is_clean(void)
{
	struct buf complaints;
	int64_t faults;

	buf_init(&complaints, COMPLAINTS_MAX);
	assert_int_equal(power_audit(&cx, &complaints, &faults), ERR_OK);
	if (faults > 0)
		fail_msg("%s", buf_text(&complaints));
	buf_release(&complaints);
}

/* So many characters. */
static const char *
text_of(const char *character, size_t count)
{
	size_t size = strlen(character);
	char *text = arena_alloc(cx.arena, count * size + 1);

	for (size_t i = 0; i < count; i++)
		memcpy(text + i * size, character, size);
	return text;
}

/* ---- what goes along ---- */

static void
a_conversation_goes_along_in_its_order(void **state)
{
	struct answer a = begin("one", NULL), b, c;

	(void)state;
	end(&a, "first", ERR_OK, false);
	b = begin("two", &a.conversation);
	assert_int_equal(b.turn_count, 1);
	end(&b, "second", ERR_PROVIDER_UNAVAILABLE, false);
	assert_int_equal(plan("three", &a.conversation, &c), ERR_OK);
	assert_int_equal(c.turn_count, 2);
	assert_string_equal(c.turns[0].question, "one");
	assert_string_equal(c.turns[0].answer, "first");
	assert_string_equal(c.turns[1].question, "two");
	assert_string_equal(c.turns[1].answer, "second");
}

static void
what_was_not_answered_stays_away(void **state)
{
	struct answer a = begin("one", NULL), b;

	(void)state;
	end(&a, "", ERR_PROVIDER_UNAVAILABLE, false);
	begin("two", &a.conversation); /* still being written */
	b = begin("three", &a.conversation);
	assert_int_equal(b.turn_count, 0);
}

/* 400 tokens of context, 100 of them for the answer. */
static void
whole_turns_go_along_as_they_fit(void **state)
{
	struct answer a, b;
	struct uuid conversation;

	(void)state;
	conf->chat_context = 400;
	a = begin("1", NULL);
	conversation = a.conversation;
	end(&a, text_of("x", 400), ERR_OK, false); /* 100 + 8 */
	a = begin("2", &conversation);
	end(&a, text_of("\xe4\xbd\xa0", 80), ERR_OK, false); /* 80 + 8 */
	a = begin("3", &conversation);
	end(&a, text_of("x", 200), ERR_OK, false); /* 50 + 8 */

	assert_int_equal(plan("4", &conversation, &b), ERR_OK);
	assert_int_equal(b.turn_count, 3);
	/* 100 of the 300 for the question: the first one goes */
	assert_int_equal(plan(text_of("x", 400), &conversation, &b), ERR_OK);
	assert_int_equal(b.turn_count, 2);
	assert_string_equal(b.turns[0].question, "2");
	/* the system prompt takes room, too */
	conf->chat_system_prompt = text_of("\xe4\xbd\xa0", 100);
	assert_int_equal(plan(text_of("x", 400), &conversation, &b), ERR_OK);
	assert_int_equal(b.turn_count, 1);
	assert_string_equal(b.turns[0].question, "3");
	/* and a question alone may take it all */
	assert_int_equal(plan(text_of("x", 4000), &conversation, &b), ERR_OK);
	assert_int_equal(b.turn_count, 0);
}

/* However large a context is, a request has an end. */
static void
two_megabytes_go_along_at_most(void **state)
{
	const char *much = text_of("x", 256 * KIB - 1);
	struct answer a, b;
	struct uuid conversation;

	(void)state;
	conf->chat_context = 10000000;
	a = begin("1", NULL);
	conversation = a.conversation;
	for (int i = 0; i < 12; i++) {
		end(&a, much, ERR_OK, false);
		a = begin("1", &conversation);
	}
	assert_int_equal(plan("2", &conversation, &b), ERR_OK);
	assert_int_equal(b.turn_count, 8);
}

static void
the_models_configuration_counts(void **state)
{
	struct answer a = begin("1", NULL), b;

	(void)state;
	end(&a, text_of("x", 4000), ERR_OK, false);
	testdb_sql(&cx, "UPDATE provider SET config = '{\"maxTokens\":500,"
			"\"maxTokensField\":\"max_tokens\",\"context\":1000}'"
			" WHERE id = 'openai'");
	assert_int_equal(plan("2", &a.conversation, &b), ERR_OK);
	assert_int_equal(b.tokens_max, 500);
	assert_string_equal(b.tokens_field, "max_tokens");
	assert_int_equal(b.turn_count, 0);
	testdb_sql(&cx, "UPDATE model SET config = '{\"context\":2000}'"
			" WHERE id = 'gpt-4'");
	assert_int_equal(plan("2", &a.conversation, &b), ERR_OK);
	assert_int_equal(b.turn_count, 1);
}

static void
a_conversation_keeps_its_model_while_it_may(void **state)
{
	struct account now = people_look(&cx, &ada);
	struct question q = { .message = "x", .model = "gpt-3.5-turbo" };
	struct answer a, b;

	(void)state;
	assert_int_equal(answer_plan(&cx, &now, &q, &a), ERR_OK);
	assert_int_equal(answer_begin(&cx, &now, &a), ERR_OK);
	assert_int_equal(plan("y", &a.conversation, &b), ERR_OK);
	assert_string_equal(b.model.id, "gpt-3.5-turbo");
	testdb_sql(&cx,
	    "UPDATE model SET status = 'retired' WHERE id = 'gpt-3.5-turbo'");
	assert_int_equal(plan("y", &a.conversation, &b), ERR_OK);
	assert_string_equal(b.model.id, "gpt-4");
	assert_int_equal(answer_plan(&cx, &now, &q, &b), ERR_MODEL_RETIRED);
}

static void
the_conversations_of_others_are_not_there(void **state)
{
	struct answer a = begin("one", NULL), b;
	struct account bob =
	    people_add(&cx, arena_printf(cx.arena, "bob-%s", ada.username));
	struct answer_state s;

	(void)state;
	end(&a, "first", ERR_OK, false);
	assert_int_equal(
	    answer_find(&cx, &bob.id, &a.conversation, &a.message, &s),
	    ERR_NOT_FOUND);
	assert_int_equal(
	    answer_find(&cx, &ada.id, &a.conversation, &a.question, &s),
	    ERR_NOT_FOUND);
	ada = bob;
	assert_int_equal(plan("x", &a.conversation, &b), ERR_NOT_FOUND);
}

/* ---- how it ends ---- */

static void
an_answer_ends_once(void **state)
{
	struct answer a = begin("one", NULL), b = begin("two", NULL),
		      c = begin("three", NULL);

	(void)state;
	check_state(&a, "streaming", "");
	end(&a, "all", ERR_OK, false);
	end(&a, "else", ERR_INTERNAL, false);
	check_state(&a, "complete", "all");
	assert_int_equal(state_of(&a).completion_tokens, 4);
	end(&b, "half", ERR_CANCELLED, true);
	check_state(&b, "partial", "half");
	assert_string_equal(state_of(&b).reason, "cancelled");
	end(&c, "", ERR_PROVIDER_TIMEOUT, false);
	check_state(&c, "failed", "");
}

static void
what_it_costs(void **state)
{
	int64_t before = people_look(&cx, &ada).power_available;
	struct answer a;

	(void)state;
	testdb_sql(&cx, "UPDATE model SET price = 5 WHERE id = 'gpt-4'");
	a = begin("whole", NULL);
	assert_int_equal(people_look(&cx, &ada).power_held, 5);
	end(&a, "all", ERR_OK, false);
	end(&a, "all", ERR_OK, false);
	a = begin("left", NULL);
	end(&a, "", ERR_CANCELLED, true);
	a = begin("broken", NULL);
	end(&a, "half", ERR_PROVIDER_UNAVAILABLE, false);
	assert_int_equal(people_look(&cx, &ada).power_held, 0);
	assert_int_equal(people_look(&cx, &ada).power_spent, 10);
	assert_int_equal(people_look(&cx, &ada).power_available, before - 10);
	assert_int_equal(people_look(&cx, &ada).images_today, 0);
	audit_is_clean();
}

static void
without_power_nothing_is_written(void **state)
{
	struct account now = people_look(&cx, &ada);
	struct answer a;

	(void)state;
	testdb_sql(&cx, "UPDATE model SET price = 51 WHERE id = 'gpt-4'");
	assert_int_equal(plan("x", NULL, &a), ERR_OK);
	assert_int_equal(answer_begin(&cx, &now, &a), ERR_INSUFFICIENT_POWER);
	assert_int_equal(plan("x", &a.conversation, &a), ERR_NOT_FOUND);
	audit_is_clean();
}

/* ---- dead writers ---- */

static size_t
sweep(void)
{
	size_t count;

	assert_int_equal(answer_sweep(&cx, 100, &count), ERR_OK);
	return count;
}

static void
what_a_dead_writer_leaves_is_kept(void **state)
{
	int64_t before = people_look(&cx, &ada).power_available;
	struct answer a;
	int fd, reader;

	(void)state;
	testdb_sql(&cx, "UPDATE model SET price = 5 WHERE id = 'gpt-4'");
	a = begin("x", NULL);
	fd = answer_file_make(conf, &a.message);
	assert_true(fd >= 0);
	/* the last character was not written whole */
	assert_true(answer_file_add(fd, "half \xe4\xbd\xa0\xe5\xa5", 10));
	assert_false(answer_file_watched(fd));
	reader = answer_file_follow(conf, &a.message);
	assert_true(reader >= 0);
	assert_true(answer_file_watched(fd));
	assert_true(answer_file_written(reader));
	assert_int_equal(sweep(), 0);
	check_state(&a, "streaming", "");

	close(fd);
	assert_false(answer_file_written(reader));
	assert_int_equal(sweep(), 1);
	check_state(&a, "partial", "half \xe4\xbd\xa0");
	assert_string_equal(state_of(&a).reason, "internal");
	assert_int_equal(people_look(&cx, &ada).power_available, before);
	assert_int_equal(answer_file_follow(conf, &a.message), -1);
	assert_int_equal(sweep(), 0);
	close(reader);
	audit_is_clean();
}

static void *
make_again(void *message)
{
	static int fd;

	fd = answer_file_make(conf, message);
	return &fd;
}

/* One that a sweeper takes for dead, because its writer has only just made it.
 */
static void
a_writer_that_begins_keeps_its_file(void **state)
{
	const struct timespec moment = { .tv_nsec = 100000000 };
	struct answer_files *cursor = NULL;
	struct uuid message = uuid_new(), found;
	const char *text;
	pthread_t writer;
	void *fd;

	(void)state;
	close(answer_file_make(conf, &message));
	assert_true(answer_file_dead(&cx, &cursor, &found, &text));
	assert_true(uuid_equal(&found, &message));
	assert_int_equal(
	    pthread_create(&writer, NULL, make_again, &message), 0);
	nanosleep(&moment, NULL); /* it may wait, and may not get through */
	answer_file_remove(conf, &message);
	assert_false(answer_file_dead(&cx, &cursor, &found, &text));
	assert_int_equal(pthread_join(writer, &fd), 0);
	assert_true(*(int *)fd >= 0);
	assert_false(answer_file_removed(*(int *)fd));
	close(*(int *)fd);
	answer_file_remove(conf, &message);
}

static void
a_writer_of_another_machine_is_waited_for(void **state)
{
	struct answer a = begin("x", NULL);

	(void)state;
	assert_int_equal(sweep(), 0);
	testdb_sql(&cx,
	    "UPDATE message SET dies_at = NOW(3) - INTERVAL 1 SECOND"
	    " WHERE status = 'streaming'");
	assert_true(sweep() >= 1);
	check_state(&a, "failed", "");
	assert_int_equal(sweep(), 0);
}

/* ---- seats ---- */

static void
seats_are_counted(void **state)
{
	struct uuid bob = uuid_new(), eve = uuid_new();
	int a[2], b, follow, none;

	(void)state;
	conf->chat_streams = 4;
	conf->chat_streams_per_user = 2;
	for (int i = 0; i < 2; i++)
		assert_int_equal(
		    seat_take(&cx, &ada.id, SEAT_WRITE, &a[i]), ERR_OK);
	assert_int_equal(
	    seat_take(&cx, &ada.id, SEAT_WRITE, &none), ERR_TOO_MANY_STREAMS);
	assert_true(cx.fault.retry_after_s > 0);
	assert_int_equal(seat_take(&cx, &ada.id, SEAT_FOLLOW, &follow), ERR_OK);
	assert_int_equal(seat_take(&cx, &bob, SEAT_WRITE, &b), ERR_OK);
	assert_int_equal(
	    seat_take(&cx, &eve, SEAT_WRITE, &none), ERR_UNAVAILABLE);
	assert_true(cx.fault.retry_after_s > 0);
	close(a[0]);
	assert_int_equal(seat_take(&cx, &eve, SEAT_WRITE, &a[0]), ERR_OK);
	close(a[0]);
	close(a[1]);
	close(b);
	close(follow);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(a_conversation_goes_along_in_its_order),
		TEST(what_was_not_answered_stays_away),
		TEST(whole_turns_go_along_as_they_fit),
		TEST(two_megabytes_go_along_at_most),
		TEST(the_models_configuration_counts),
		TEST(a_conversation_keeps_its_model_while_it_may),
		TEST(the_conversations_of_others_are_not_there),
		TEST(an_answer_ends_once),
		TEST(what_it_costs),
		TEST(without_power_nothing_is_written),
		TEST(what_a_dead_writer_leaves_is_kept),
		TEST(a_writer_that_begins_keeps_its_file),
		TEST(a_writer_of_another_machine_is_waited_for),
		TEST(seats_are_counted),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	conf = testdb_start();
	people_hurry(conf);
	cx = testdb_ctx(conf);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	testdb_ctx_free(&cx);
	return failed;
}
