/*
 * GET /events, for sites without a notifier and for those who come rarely.
 */
#include "config.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "core/db.h"
#include "core/json_write.h"
#include "domain/event.h"
#include "domain/page.h"

#define LIMIT_MAX 500                /* messages in a page */
#define PAGE_BYTES ((size_t)4 * MIB) /* of them, but one at least */
#define NUMBER_ROUNDS 20 /* of event_number() that one caller does */
#define NUMBER_TRIES 200 /* at one whose commit is not over, 5 ms each */

static const struct field query_fields[] = {
	FIELD(struct event_query, since, .def = INT_NONE, RANGE(0, HUGE_VAL),
	    .about = "eventId of the last one seen"),
	FIELD(struct event_query, limit, .def = 100, RANGE(1, HUGE_VAL),
	    .about = "at most 500"),
	FIELD(struct event_query, cursor, RANGE(1, 100),
	    .about = "nextCursor of the page before"),
};
const struct shape event_query_shape = SHAPE(struct event_query, query_fields);

static const struct field page_fields[] = {
	FIELD(struct event_page, list, .json = "array",
	    .about = "messages, oldest first"),
	FIELD(struct event_page, next_cursor, .nullable = true,
	    .about = "null at the end"),
	FIELD(struct event_page, last_event_id, .about = "the next since"),
};
const struct shape event_page_shape = SHAPE(struct event_page, page_fields);

/*
 * What was committed when we were asked has its number then: its caller may
 * have been told of the change already, while the commit still held its locks,
 * which event_number() does not wait for.
 */
static enum err
number_all(struct ctx *cx)
{
	const struct timespec moment = { .tv_nsec = 5000000 };
	int rounds = 0, tries = 0;

	while (rounds < NUMBER_ROUNDS && tries < NUMBER_TRIES) {
		bool pending;
		size_t count;
		enum err e = event_pending(cx, &pending);

		if (e == ERR_OK && pending)
			e = event_number(cx, &count);
		if (e || !pending)
			return e;
		rounds += count > 0;
		tries += count == 0;
		if (count == 0)
			(void)nanosleep(&moment, NULL);
	}
	return ERR_OK;
}

static const char *
messages_json(
    struct ctx *cx, const struct event *events, size_t count, int64_t reset)
{
	const char *text;
	struct buf b;
	struct jw jw;

	buf_init(&b, SIZE_MAX / 2);
	jw_init(&jw, &b);
	jw_array(&jw);
	if (reset != INT_NONE)
		jw_json(&jw, event_note(cx, "reset", reset));
	for (size_t i = 0; i < count; i++)
		jw_json(&jw, event_message(cx, &events[i]));
	jw_end_array(&jw);
	jw_done(&jw);
	text = arena_copy(cx->arena, b.data, b.len);
	buf_release(&b);
	return text;
}

/* How many of them make a page. */
static size_t
events_shown(const struct event *events, size_t count, size_t limit)
{
	size_t n = 0, bytes = 0;

	for (; n < count && n < limit; n++) {
		bytes += strlen(events[n].body);
		if (n > 0 && bytes > PAGE_BYTES)
			break;
	}
	return n;
}

enum err
event_list(struct ctx *cx, const struct uuid *account,
    const struct event_query *q, struct event_page *out)
{
	size_t limit = q->limit < LIMIT_MAX ? (size_t)q->limit : LIMIT_MAX;
	int64_t last, after = q->since, reset = INT_NONE;
	struct event *events;
	struct page page;
	size_t count, shown;
	enum err e = page_make(cx, 1, 1, q->cursor, "events", &page);

	if (e == ERR_OK)
		e = number_all(cx);
	if (e == ERR_OK && q->cursor != NULL)
		after = page.after.key;
	if (e == ERR_OK)
		e = event_start(cx, after, &last, &reset);
	if (e)
		return e;
	if (reset != INT_NONE)
		after = reset;
	else if (after == INT_NONE)
		after = 0;
	e = event_since_of(
	    cx, account, after, last, limit + 1, &events, &count);
	if (e)
		return e;
	out->next_cursor = NULL;
	out->last_event_id = last;
	shown = events_shown(events, count, limit);
	if (count > shown) {
		struct place at = { .key = events[shown - 1].seq };

		out->last_event_id = at.key;
		out->next_cursor = page_cursor(cx, &page, &at);
	}
	out->list.text = messages_json(cx, events, shown, reset);
	return ERR_OK;
}
