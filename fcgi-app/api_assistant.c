/*
 * Handlers under /assistant/conversations: what was said.
 */
#include "config.h"

#include "api.h"
#include "domain/conversation.h"
#include "reply.h"

/* GET /assistant/conversations: 200, 400 */
enum err
api_conversations(struct req *r)
{
	struct conversation_page page;
	enum err e =
	    conversation_list(&r->cx, req_account_id(r), r->query, &page);

	return e ? e : reply_struct(r, 200, &conversation_page_shape, &page);
}

static enum err
reply_conversation(
    struct req *r, const struct uuid *id, const struct message_query *which)
{
	struct conversation_detail detail;
	enum err e =
	    conversation_find(&r->cx, req_account_id(r), id, which, &detail);

	return e ? e
		 : reply_struct(r, 200, &conversation_detail_shape, &detail);
}

/* GET /assistant/conversations/{id}: 200, 400, 404 */
enum err
api_conversation(struct req *r)
{
	struct uuid id;
	enum err e = req_id(r, 0, &id);

	return e ? e : reply_conversation(r, &id, r->query);
}

/* PUT /assistant/conversations/{id}: 200, 400, 404 */
enum err
api_conversation_title(struct req *r)
{
	const struct conversation_title *in = r->in;
	const struct message_query all = { NULL };
	struct uuid id;
	enum err e = req_id(r, 0, &id);

	if (e == ERR_OK)
		e = conversation_set_title(
		    &r->cx, req_account_id(r), &id, in->title);
	return e ? e : reply_conversation(r, &id, &all);
}

/* DELETE /assistant/conversations/{id}: 200, 404 */
enum err
api_conversation_delete(struct req *r)
{
	struct uuid id;
	enum err e = req_id(r, 0, &id);

	return e ? e : conversation_delete(&r->cx, req_account_id(r), &id);
}
