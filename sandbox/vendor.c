/*
 * Keys and complaints, the same for every vendor but for its table.
 */
#include "config.h"

#include "vendor.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "call.h"

/* A key that begins so is a wrong one; any other opens. */
#define KEY_WRONG "wrong"

/* What was sent as the key, without its scheme; NULL for another scheme. */
static const char *
key_read(struct call *c)
{
	const struct vendor *v = c->vendor;
	const char *header = call_header(c, v->key_header);
	size_t scheme = strlen(v->key_scheme);
	const char *query = NULL;

	if (*header == '\0' && v->key_query != NULL)
		query = call_query(c, v->key_query);
	if (*header == '\0')
		return query != NULL ? query : "";
	if (strncasecmp(header, v->key_scheme, scheme) != 0)
		return NULL;
	header += scheme;
	return header + strspn(header, " ");
}

bool
vendor_admits(struct call *c)
{
	const char *key;

	if (c->vendor->key_header == NULL)
		return true;
	key = key_read(c);
	if (key != NULL && *key != '\0')
		c->key = key;
	if (key == NULL || (*key == '\0' && !c->vendor->key_optional) ||
	    text_starts(key, KEY_WRONG)) {
		vendor_complain(c, TROUBLE_KEY, NULL, NULL);
		return false;
	}
	return true;
}

void
vendor_complain(struct call *c, enum trouble trouble, const char *param,
    const char *message)
{
	const struct complaint *row = &c->vendor->complaints[trouble];
	struct jw *jw = call_json(c);

	if (message == NULL)
		message = row->message;
	c->vendor->write(jw, c, row, param, message);
	call_json_end(c, row->status);
}

void
vendor_complain_later(struct call *c, enum trouble trouble, int seconds)
{
	if (c->vendor->retry_head != NULL)
		c->vendor->retry_head(c, seconds);
	vendor_complain(c, trouble, NULL, NULL);
}
