/*
 * conversation - what people and the assistant said, as its owner sees it.
 *
 * answer.h writes it.
 */
#ifndef DOMAIN_CONVERSATION_H
#define DOMAIN_CONVERSATION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ctx.h"
#include "core/shape.h"

struct conversation_query {
	int64_t page, page_size;
	const char *cursor;
};
extern const struct shape conversation_query_shape;

struct conversation {
	struct uuid id;
	const char *title;
	const char *model; /* public name */
	struct stamp created_at, updated_at;
	int64_t message_count;
};
struct conversation_page {
	struct list list; /* struct conversation */
	int64_t total, page, page_size;
	const char *next_cursor;
};
extern const struct shape conversation_page_shape;
/* Those talked in last come first. */
enum err conversation_list(struct ctx *, const struct uuid *account,
    const struct conversation_query *,
    struct conversation_page *out) MUST_CHECK;

struct message {
	struct uuid id;
	const char *role, *content, *status;
	const char *reason; /* why it is not complete, NULL: it is */
	struct stamp created_at;
};
/* Which messages of a conversation. */
struct message_query {
	const char *before; /* a message's id; NULL: up to the last */
};
extern const struct shape message_query_shape;
struct conversation_detail {
	struct uuid id;
	const char *title, *model;
	struct stamp created_at, updated_at;
	int64_t message_count;
	struct list messages; /* struct message, in their order */
	bool earlier;         /* there are more before these */
};
extern const struct shape conversation_detail_shape;
/*
 * With its last messages, at most 200 and a few megabytes of them.
 * ERR_NOT_FOUND for others' conversations.
 */
enum err conversation_find(struct ctx *, const struct uuid *account,
    const struct uuid *id, const struct message_query *,
    struct conversation_detail *out) MUST_CHECK;

struct conversation_title {
	const char *title;
};
extern const struct shape conversation_title_shape;
enum err conversation_set_title(struct ctx *, const struct uuid *account,
    const struct uuid *id, const char *title) MUST_CHECK;
/*
 * With all that was said.  An answer that is being written is paid for and, on
 * this machine, stopped.
 */
enum err conversation_delete(
    struct ctx *, const struct uuid *account, const struct uuid *id) MUST_CHECK;

#endif
