/*
 * account_name - what a user name and an e-mail address may look like.
 */
#ifndef DOMAIN_ACCOUNT_NAME_H
#define DOMAIN_ACCOUNT_NAME_H

#include <stdbool.h>

/*
 * Letters and digits of any script (and the marks that belong to letters),
 * '_', '-' and '.'.  The length is the shape's affair.
 */
bool username_valid(const char *);
/*
 * One '@', 1 to 64 characters before it, behind it labels of a domain with at
 * least one dot.
 */
bool email_valid(const char *);

#endif
