/*
 * What steps and handlers ask a request.
 */
#include "config.h"

#include "req.h"

#include <assert.h>

#include "base/text.h"
#include "core/conf.h"
#include "pool.h"
#include "serve/fcgi.h"

const struct account *
req_account(const struct req *r)
{
	assert(r->authenticated);
	return &r->session.account;
}

const struct uuid *
req_account_id(const struct req *r)
{
	return &req_account(r)->id;
}

enum err
req_id(struct req *r, size_t n, struct uuid *out)
{
	assert(n < r->match.value_count);
	return uuid_parse(r->match.values[n], out) ? ERR_OK : ERR_NOT_FOUND;
}

const char *
req_header(const struct req *r, const char *name)
{
	const char *value = fcgi_param(r->fcgi, name);

	return text_empty(value) ? NULL : value;
}

void
req_body_begin(struct req *r, struct body_reader *b)
{
	*b = (struct body_reader){ .announced = fcgi_content_length(r->fcgi) };
}

enum err
req_body(struct req *r, struct body_reader *b, void *out, size_t size,
    size_t *got_out)
{
	ssize_t n = fcgi_read(r->fcgi, out, size);

	if (n > 0)
		b->taken += n;
	if (b->taken > r->body_limit)
		return ERR_BODY_TOO_LARGE;
	if (n < 0 || (b->announced >= 0 && (n == 0 ? b->taken < b->announced
						   : b->taken > b->announced)))
		return fault(&r->cx,
		    r->route->body == BODY_JSON ? ERR_INVALID_JSON
						: ERR_INVALID_FIELD,
		    "body", "the body is not as long as announced");
	*got_out = (size_t)n;
	return ERR_OK;
}

enum err
req_db_take(struct req *r)
{
	if (r->cx.db != NULL)
		return ERR_OK;
	r->cx.db = pool_take(r->pool, r->cx.conf->db_timeout);
	if (r->cx.db == NULL)
		return fault_retry(&r->cx, ERR_UNAVAILABLE, 1,
		    "no database connection became free");
	return ERR_OK;
}

void
req_db_give(struct req *r)
{
	if (r->cx.db != NULL)
		pool_give(r->pool, r->cx.db);
	r->cx.db = NULL;
}
