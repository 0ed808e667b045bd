/*
 * egress - which addresses a vendor may live on.
 *
 * Private, loopback, link-local and other special-purpose networks (the IANA
 * registries) are denied unless egress_allow names them; IPv4 inside IPv6
 * (mapped, 6to4, NAT64) is unwrapped first.  reliability.md 10.
 */
#ifndef CORE_EGRESS_H
#define CORE_EGRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* May we connect there?  allow: the option's text (CIDRs, commas). */
bool egress_may(const char *allow, const struct sockaddr *);
/*
 * The same for a host, as far as can be told now: an address in any spelling
 * (also "2130706433", "0x7f.1"), or a name that leads to none but denied ones.
 * A name that leads nowhere may be: it is looked at again at every connect.
 * Waits a few seconds at most for the name's addresses.
 */
bool egress_may_host(const char *allow, const char *host);
/* The same of an address as text, "192.0.2.1" or "2001:db8::1". */
bool egress_may_text(const char *allow, const char *ip);
/* Is the option's text well-formed? */
bool egress_allow_valid(const char *allow);

#endif
