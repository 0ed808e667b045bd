/*
 * refusal - what kind of no a vendor's no is.
 *
 * Every vendor says the same dozen things in other words.  The words are one
 * table, so that a refusal by content rules, an empty purse, a wrong key and a
 * retired model are told apart for all of them, in every place.
 */
#ifndef VENDOR_REFUSAL_H
#define VENDOR_REFUSAL_H

#include "core/err.h"
#include "vendor/error_read.h"

enum refusal {
	REFUSAL_REQUEST, /* this request, for no better known reason */
	REFUSAL_CONTENT, /* by the vendor's content rules */
	REFUSAL_INPUT,   /* the given picture can't be used */
	REFUSAL_MONEY,   /* the administrator's account is empty: never retry */
	REFUSAL_SETUP,   /* the key or the address is wrong */
	REFUSAL_MODEL,   /* there is no such model (any more) */
	REFUSAL_BUSY,    /* nothing was begun: may be sent again later */
	REFUSAL_BROKEN,  /* the vendor failed */
	REFUSAL__MAX
};

/*
 * Of a reply that is no success.  status: of HTTP, 0 when the no came inside a
 * success (a failed job); then the words alone decide, REFUSAL_BROKEN when they
 * say nothing.
 */
enum refusal refusal_of(int status, const struct vendor_error *);
/* The reason that callers are told (contract 9). */
enum err refusal_reason(enum refusal);

#endif
