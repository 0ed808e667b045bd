/*
 * Handlers under /user that move power or tell how it moved.
 */
#include "config.h"

#include "api.h"
#include "domain/code.h"
#include "domain/power.h"
#include "reply.h"

/* In the transaction of the code: the answer is kept when it is used. */
static enum err
redeemed_reply(struct ctx *cx, const struct redeemed *redeemed, void *arg)
{
	struct req *r = arg;
	enum err e = reply_struct(r, 200, &redeemed_shape, redeemed);

	(void)cx;
	return e ? e : reply_keep(r);
}

/* POST /user/recharge: 200, 400, 429 */
enum err
api_recharge(struct req *r)
{
	const struct redeem *in = r->in;

	return code_redeem(
	    &r->cx, req_account_id(r), in->code, redeemed_reply, r);
}

/* GET /user/compute-power/transactions: 200, 400 */
enum err
api_power_list(struct req *r)
{
	struct power_page page;
	enum err e = power_list(&r->cx, req_account_id(r), r->query, &page);

	return e ? e : reply_struct(r, 200, &power_page_shape, &page);
}
