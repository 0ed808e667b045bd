/*
 * language - which of our languages a caller reads.
 */
#ifndef FCGI_APP_LANGUAGE_H
#define FCGI_APP_LANGUAGE_H

#include "core/err.h"

/*
 * By an Accept-Language header (RFC 9110 12.5.4), which may be NULL: the tag of
 * ours with the greatest weight, "*" standing for what is not named, the first
 * one of equals; otherwise the configured one.
 */
enum lang language_choose(const char *header, const char *configured);

#endif
