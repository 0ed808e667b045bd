/*
 * vendor - how a vendor knows its callers and says no.
 *
 * What can go wrong is the same everywhere; each vendor has its own status,
 * its own words and its own form for it, in one table.
 */
#ifndef VENDOR_H
#define VENDOR_H

#include <stdbool.h>

struct call;
struct jw;

enum trouble {
	TROUBLE_KEY,       /* none, or a wrong one */
	TROUBLE_INVALID,   /* a field is missing or wrong */
	TROUBLE_REFUSED,   /* content rules */
	TROUBLE_MODEL,     /* no such model, or no longer */
	TROUBLE_NOT_FOUND, /* no such task, file, address */
	TROUBLE_LIMIT,     /* too many calls */
	TROUBLE_MONEY,     /* the account is empty */
	TROUBLE_BUSY,      /* come again later */
	TROUBLE_BROKEN,    /* the vendor's own fault */
	TROUBLE__MAX
};

/* How a vendor puts it; NULLs are JSON's null or left out. */
struct complaint {
	int status;
	const char *code;    /* the machine word */
	const char *type;    /* a second one */
	const char *message; /* when the caller has none to give */
};

struct vendor {
	const char *name;
	/* The header of the key and what stands before it; NULL: no key. */
	const char *key_header, *key_scheme;
	const char *key_query; /* a parameter that may hold it, too */
	bool key_optional;     /* a missing key is as good as any */
	bool lax;              /* takes fields and models it does not know */
	bool no_links;         /* its pictures come in the answer only */
	struct complaint complaints[TROUBLE__MAX];
	/* Writes the body of a complaint. */
	void (*write)(struct jw *, const struct call *,
	    const struct complaint *, const char *param, const char *message);
	/* Says when to come again, in headers; NULL: never does. */
	void (*retry_head)(struct call *, int seconds);
};

extern const struct vendor vendor_openai;

/* Reads the key of a call; false (and answered) when it opens nothing. */
bool vendor_admits(struct call *);
/*
 * Answers with a complaint in the vendor's way.  param names a field or is
 * NULL, message may be NULL for the vendor's own.
 */
void vendor_complain(
    struct call *, enum trouble, const char *param, const char *message);
/* The same with a time after which to come again. */
void vendor_complain_later(struct call *, enum trouble, int seconds);

#endif
