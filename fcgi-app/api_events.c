/*
 * Handlers for those who want to hear what happens.
 */
#include "config.h"

#include "api.h"
#include "domain/event.h"
#include "domain/ticket.h"
#include "reply.h"

/* POST /auth/ws-ticket: 200 */
enum err
api_ws_ticket(struct req *r)
{
	struct ticket ticket;
	enum err e = ticket_open(&r->cx, &r->session, &ticket);

	return e ? e : reply_struct(r, 200, &ticket_shape, &ticket);
}

/* GET /events: 200, 400 */
enum err
api_events(struct req *r)
{
	struct event_page page;
	enum err e = event_list(&r->cx, req_account_id(r), r->query, &page);

	return e ? e : reply_struct(r, 200, &event_page_shape, &page);
}
